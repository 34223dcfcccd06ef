"""Foreign currency through the books: settlements, revaluations and payments that follow them."""

import re
import shutil
import subprocess
from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.core.management import call_command
from django.db import connection

from accounting import (
    chart,
    closing,
    periods,
    positions,
    posting,
    queries,
    rates,
    revaluing,
    reversing,
    valuing,
)
from accounting.positions import Unvalued
from accounting.refusals import KeyConflict, PeriodClosed
from accounting.rules import fx
from accounting.rules.drafts import EntryDraft, LineDraft
from accounting.rules.fx import RateDraft, SettlesTooMuch
from accounting.valuing import Payment
from backoffice.kernel.actors import NotAllowed

pytestmark = pytest.mark.django_db
JAN_5, JAN_31, FEB_1, FEB_10 = (
    date(2026, 1, 5), date(2026, 1, 31), date(2026, 2, 1), date(2026, 2, 10),
)  # fmt: skip
END = date(2026, 12, 31)
AR, BANK, SALES = "Assets:Receivable", "Assets:Bank", "Income:Sales"


@pytest.fixture
def books(db, system, at) -> str:
    chart.ensure_entity(
        code="HOUSE", name_en="House", name_th="บ้าน", functional_currency="THB", actor=system, at=at
    )
    codes = [AR, BANK, "Assets:Bank USD", SALES, "Liabilities:Payable", "Expenses:Goods"]
    chart.ensure_accounts(entity="HOUSE", codes=codes, actor=system, at=at)
    return "HOUSE"


@pytest.fixture
def book(books, system, at):
    """Verbs with the usual arguments filled in."""
    return Book(system, at)


class Book:
    def __init__(self, actor, at):
        self.who = {"actor": actor, "at": at}

    def invoice(self, usd: str, rate: str, day: date = JAN_5, dimensions=None, key="inv") -> None:
        amount = Decimal(usd)
        value = (amount * Decimal(rate)).quantize(Decimal("0.01"))
        lines = (
            LineDraft(AR, amount, "USD", value, dimensions or {}),
            LineDraft(SALES, -value, "THB"),
        )
        valuing.post_valued(entry=self.draft(key, day, lines), **self.who)

    def pay(self, usd: str, thb: str, day: date, key="pay", **other):
        paid = (LineDraft(BANK, Decimal(thb), "THB"),)
        payment = Payment(
            key=key, date=day, entity="HOUSE", account=AR, currency="USD", amount=Decimal(usd),
            paid=paid, **other,
        )  # fmt: skip
        return valuing.settle(payment=payment, **self.who)

    def revalue(self, rate: str, day: date = JAN_31):
        return revaluing.revalue(entity="HOUSE", on=day, stated={"USD": Decimal(rate)}, **self.who)

    def draft(self, key, day, lines):
        return EntryDraft(key=key, date=day, journal="GEN", entity="HOUSE", memo="", lines=lines)


def held(day: date = END) -> list[tuple[Decimal, Decimal]]:
    return [
        (p.amount, p.value) for p in positions.open_at(entity="HOUSE", as_of=day) if p.account == AR
    ]


def gains(day: date = END) -> tuple[Decimal, Decimal]:
    """Realised and unrealised gains up to a day."""
    found = {row.account: -row.balance for row in queries.trial_balance(entity="HOUSE", as_of=day)}
    return found.get(fx.REALISED, Decimal(0)), found.get(fx.UNREALISED, Decimal(0))


def worth_of_trading() -> Decimal:
    rows = queries.trial_balance(entity="HOUSE", as_of=END)
    return sum((r.value for r in rows if r.account.startswith(fx.TRADING)), Decimal(0))


def test_a_payment_realises_the_difference_to_cost(book):
    book.invoice("100", "32")
    book.pay("100", "3500", FEB_10)
    assert held() == []
    assert gains() == (300, 0)
    assert worth_of_trading() == 0


def test_parts_take_their_share_of_the_cost(book):
    book.invoice("100", "32.005")
    book.pay("33.33", "1100", FEB_10, key="p1")
    assert held() == [(Decimal("66.67"), Decimal("2133.77"))]
    book.pay("66.67", "2000", FEB_10, key="p2")
    assert held() == []
    assert gains() == (Decimal(3100) - Decimal("3200.50"), 0)


def test_a_revaluation_is_taken_back_the_next_day(book):
    book.invoice("100", "32")
    done = book.revalue("35")
    assert done.gain == 300
    assert gains(JAN_31) == (0, 300)
    assert held(JAN_31) == [(100, 3500)]
    assert gains(FEB_1) == (0, 0)
    assert held(FEB_1) == [(100, 3200)]
    assert [entry.date for entry in done.reversals] == [FEB_1]


@pytest.mark.parametrize("day", [FEB_10, FEB_1, JAN_31, date(2026, 1, 20)])
def test_a_payment_after_a_revaluation_counts_the_gain_once(book, day):
    """Whether it is dated after the revaluation, on its day, or before it."""
    book.invoice("100", "32")
    book.revalue("35")
    book.pay("100", "3600", day)
    assert gains() == (400, 0)
    assert held() == []
    # At the revaluation's own day too: what is paid by then is realised, nothing stands twice.
    assert gains(JAN_31) == ((400, 0) if day <= JAN_31 else (0, 300))
    assert held(JAN_31) == ([] if day <= JAN_31 else [(100, 3500)])


def test_a_part_paid_on_the_day_leaves_the_rest_revalued(book):
    book.invoice("100", "32")
    book.revalue("35")
    book.pay("40", "1440", JAN_31)
    assert held(JAN_31) == [(60, 2100)]
    assert gains(JAN_31) == (160, 180)
    assert gains() == (160, 0)
    assert book.revalue("35").entries == ()


def test_a_revaluation_run_again_corrects_and_then_rests(book):
    book.invoice("100", "32")
    book.revalue("35")
    assert book.revalue("35").entries == ()
    assert book.revalue("34").gain == -100
    assert gains(JAN_31) == (0, 200)
    assert gains() == (0, 0)
    book.revalue("36", date(2026, 2, 28))
    assert gains(date(2026, 2, 28)) == (0, 400)


def test_what_takes_a_revaluation_back_is_not_undone(book):
    """Undone, the gain of January would stand in every month after it."""
    book.invoice("100", "32")
    [back] = book.revalue("35").reversals
    with pytest.raises(reversing.RevaluationKept, match="2026-01-31"):
        reversing.reverse(entity="HOUSE", entry_id=back.id, date=FEB_10, key="undo", **book.who)
    assert (gains(JAN_31), gains(FEB_10)) == ((0, 300), (0, 0))


def test_daily_revaluations_do_not_add_up(book):
    book.invoice("100", "32")
    for step, rate in enumerate(("33", "34", "35")):
        book.revalue(rate, JAN_31 + timedelta(days=step))
    assert gains(date(2026, 2, 2)) == (0, 300)
    book.pay("100", "3500", FEB_1)
    assert gains(JAN_31) == (0, 100)
    assert gains(FEB_1) == (300, 0)
    assert gains(date(2026, 2, 2)) == (300, 0)
    assert held() == []


def test_a_supplier_is_paid_at_a_loss(book):
    payable = (
        LineDraft("Liabilities:Payable", Decimal(-110), "USD", Decimal(-3500)),
        LineDraft("Expenses:Goods", Decimal(3500), "THB"),
    )
    valuing.post_valued(entry=book.draft("bill", JAN_5, payable), **book.who)
    payment = Payment(
        key="pay", date=FEB_10, entity="HOUSE", account="Liabilities:Payable", currency="USD",
        amount=Decimal(110), paid=(LineDraft(BANK, Decimal(-3630), "THB"),),
    )  # fmt: skip
    valuing.settle(payment=payment, **book.who)
    assert gains() == (-130, 0)
    assert positions.open_at(entity="HOUSE", as_of=END) == []


def test_a_payment_in_its_own_currency_takes_the_days_rate(book):
    book.invoice("100", "32")
    rates.record_rates(
        rates=[RateDraft("USD", "THB", FEB_10, Decimal("34.5"))], source="BOT", **book.who
    )
    paid = (
        LineDraft("Assets:Bank USD", Decimal(98), "USD"),
        LineDraft("Expenses:Goods", Decimal(2), "USD"),
    )
    payment = Payment(
        key="pay", date=FEB_10, entity="HOUSE", account=AR, currency="USD", amount=Decimal(100),
        paid=paid,
    )  # fmt: skip
    valuing.settle(payment=payment, **book.who)
    assert gains() == (250, 0)
    assert held() == []
    bank = queries.trial_balance(entity="HOUSE", as_of=END)
    assert {r.account: r.value for r in bank if r.account == "Assets:Bank USD"} == {
        "Assets:Bank USD": Decimal("3381.00")
    }


def test_items_are_told_apart_by_dimensions(book):
    book.invoice("100", "32", dimensions={"item": "A"}, key="A")
    book.invoice("100", "36", dimensions={"item": "B"}, key="B")
    book.pay("100", "3500", FEB_10, dimensions={"item": "B"})
    assert held() == [(100, 3200)]
    assert gains() == (-100, 0)
    with pytest.raises(SettlesTooMuch):
        book.pay("1", "35", FEB_10, key="more", dimensions={"item": "B"})


def test_a_back_dated_payment_cannot_settle_what_was_settled_since(book):
    book.invoice("100", "32")
    book.pay("60", "2100", FEB_10, key="p1")
    with pytest.raises(SettlesTooMuch):
        book.pay("50", "1700", JAN_31, key="p2")
    book.pay("40", "1400", JAN_31, key="p3")
    assert held() == []
    assert gains() == (300, 0)


def test_a_key_gives_its_first_answer_and_refuses_another_payment(book):
    book.invoice("100", "32")
    first = book.pay("50", "1700", FEB_10)
    again = book.pay("50", "1700", FEB_10)
    assert (again.id, again.replayed) == (first.id, True)
    assert held() == [(50, 1600)]
    with pytest.raises(KeyConflict):
        book.pay("50", "1750", FEB_10)
    with pytest.raises(KeyConflict):
        book.pay("50", "1700", FEB_1)


def test_what_is_left_in_one_currency_is_cleared(book):
    book.invoice("100", "80")
    lines = (
        LineDraft(AR, Decimal(-95), "USD", Decimal(-8000)),
        LineDraft(BANK, Decimal(8000), "THB"),
    )
    valuing.post_valued(entry=book.draft("pay", FEB_10, lines), **book.who)
    assert held() == [(5, 0)]
    book.revalue("84", FEB_10)  # and a revaluation of the same day does not stand in the way
    posted = valuing.clear_residues(
        entity="HOUSE", on=FEB_10, key="rest", accounts=[AR], stated={"USD": Decimal("84.2105")},
        **book.who,
    )  # fmt: skip
    assert posted is not None
    assert gains() == (0, 0)
    assert held() == []
    again = valuing.clear_residues(entity="HOUSE", on=END, key="none", accounts=[AR], **book.who)
    assert again is None


def test_a_value_without_an_amount_is_realised(book):
    book.invoice("100", "80")
    lines = (
        LineDraft(AR, Decimal(-100), "USD", Decimal(-8500)),
        LineDraft(BANK, Decimal(8500), "THB"),
    )
    valuing.post_valued(entry=book.draft("pay", FEB_10, lines), **book.who)
    assert held() == [(0, -500)]
    valuing.clear_residues(entity="HOUSE", on=FEB_10, key="rest", accounts=["Assets"], **book.who)
    assert held() == []
    assert gains() == (500, 0)


def test_amounts_without_a_cost_are_refused(book):
    lines = (LineDraft(AR, Decimal(100), "USD"), LineDraft(SALES, Decimal(-100), "USD"))
    posting.post(entry=book.draft("bare", JAN_5, lines), **book.who)
    with pytest.raises(Unvalued):
        book.revalue("35")
    with pytest.raises(Unvalued):
        book.pay("100", "3500", FEB_10)


def test_a_closed_next_period_keeps_the_whole_revaluation_out(book):
    book.invoice("100", "32")
    periods.define_year(entity="HOUSE", year=2026, **book.who)
    periods.hard_close(entity="HOUSE", name="2026-01", **book.who)
    periods.hard_close(entity="HOUSE", name="2026-02", **book.who)
    with pytest.raises(PeriodClosed):
        book.revalue("35")
    with pytest.raises(PeriodClosed):
        book.revalue("35", date(2026, 2, 28))
    assert gains() == (0, 0)


def test_a_year_end_between_revaluation_and_payment(book):
    """The gain of the old year and what the new one takes back sum to what was realised."""
    book.invoice("100", "32")
    book.revalue("35", END)
    closing.close_year(entity="HOUSE", year=2026, **book.who)
    book.pay("100", "3600", date(2027, 1, 20))
    later = date(2027, 12, 31)
    assert gains(later) == (400, -300)
    found = queries.balance(entity="HOUSE", account=closing.RETAINED, as_of=later)
    assert found["THB"] == -(3200 + 300)


def test_rates_are_looked_up_and_kept_with_the_entry(book):
    book.invoice("100", "32")
    with pytest.raises(rates.RateMissing):
        revaluing.revalue(entity="HOUSE", on=JAN_31, **book.who)
    rates.record_rates(
        rates=[RateDraft("USD", "THB", date(2026, 1, 30), Decimal(35))], source="BOT", **book.who
    )
    done = revaluing.revalue(entity="HOUSE", on=JAN_31, source="BOT", **book.who)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT attributes ->> 'rate:USD' FROM accounting_entry WHERE id = %s",
            [done.entries[0].id],
        )
        assert cursor.fetchone() == ("35 (USD/THB 35 BOT 2026-01-30)",)


def test_the_number_of_statements_does_not_grow_with_the_positions(
    book, django_assert_max_num_queries
):
    for number in range(12):
        item = {"item": str(number)}
        book.invoice("100", f"{30 + number}", dimensions=item, key=f"inv {number}")
    with django_assert_max_num_queries(60):
        assert book.revalue("35").positions == 12


@pytest.mark.skipif(not shutil.which("hledger"), reason="hledger is not installed")
def test_hledger_finds_the_same_gains(book, tmp_path):
    """An independent program reads the export and finds each gain once."""
    book.invoice("100", "32")
    book.revalue("35")
    book.pay("40", "1440", JAN_31, key="p1")
    book.pay("60", "2200", FEB_10, key="p2")
    file = tmp_path / "house.journal"
    call_command("export_ledger", "--entity", "HOUSE", "--output", str(file))
    found = {}
    for end in (FEB_1, date(2027, 1, 1)):
        command = [
            "hledger",
            "-f",
            str(file),
            "bal",
            "-N",
            "--flat",
            "-e",
            end.isoformat(),
            "Income",
        ]
        out = subprocess.run(command, capture_output=True, text=True, check=True).stdout
        found[end] = {
            account: Decimal(amount)
            for amount, account in re.findall(r"(-?[\d.]+) THB\s+(\S.*)", out)
        }
    realised, unrealised = fx.REALISED, fx.UNREALISED
    # Sixty dollars were open at the month's end, worth 2,100 and carried at 1,920.
    assert found[FEB_1] == {SALES: -3200, realised: -160, unrealised: -180}
    assert found[date(2027, 1, 1)] == {SALES: -3200, realised: -440}


@pytest.mark.department("settlement")
def test_other_departments_do_not_revalue(cast, books, at):
    with pytest.raises(NotAllowed):
        revaluing.revalue(entity="HOUSE", on=JAN_31, actor=cast.actor("mek"), at=at)
