"""The demo firm: entered once, through verbs, with a real clearing, never in production."""

from datetime import date
from decimal import Decimal
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from accounting import queries as ledger
from backoffice.demo import business, firm, seeding
from backoffice.desk.models import WorkItem
from backoffice.outbox import delivering
from backoffice.people.models import Staff
from backoffice.portal.models import Request
from settlement import queries
from settlement.formats import register, trades, trades_csv

pytestmark = pytest.mark.django_db


@pytest.fixture
def seeded(at):
    return seeding.seed(clock=lambda: at)


def test_what_stands_after_seeding(seeded, at):
    assert (seeded.people, seeded.parties, seeded.goods, seeded.days_closed) == (15, 21, 24, 5)
    assert seeded.trades == 30
    today = at.astimezone(firm.BANGKOK).date()
    balances = ledger.trial_balance(entity=firm.BOOK, as_of=today)
    assert sum(row.balance for row in balances) == 0
    assert len(balances) > 15
    # The last of the six days, 5 January, stays open; the others were closed.
    first, last = date(2025, 12, 1), date(2026, 1, 4)
    totals = queries.totals(book=firm.BOOK, first=first, last=last)
    assert totals.transactions > 250
    assert totals.obligations == 20
    assert totals.net_value > 0


def test_a_second_run_enters_nothing_twice(seeded, at):
    def count():
        return (
            Staff.objects.count(),
            Request.objects.count(),
            WorkItem.objects.count(),
            queries.transactions().count(),
            len(business.pricing.quote(good="RICE-HM-5", on=at.date()).prices),
        )

    before = count()
    again = seeding.seed(clock=lambda: at)
    assert (again.days_closed, again.trades) == (0, 0)
    assert count() == before


def test_the_answered_request_reaches_the_front_office(seeded, at):
    delivering.deliver_pending(at=at)
    answered = Request.objects.get(key="demo-tea")
    assert answered.state == Request.State.ANSWERED
    quote = business.pricing.quote(good="TEA-OO-500", on=at.date())
    assert quote.price_for(Decimal(2000), "WHOLESALE").amount == Decimal("338.00")


def test_every_department_has_a_maker_and_a_checker(seeded):
    roles = set(Staff.objects.values_list("department", "role"))
    for department in ("accounting", "settlement", "records", "compliance", "itsupport"):
        assert {(department, "clerk"), (department, "checker")} <= roles
    assert Staff.objects.get(username="jaime").time_zone == "Asia/Manila"


def test_the_register_is_clean_and_its_balances_are_its_own():
    running: dict[str, Decimal] = {}
    for line in register.read(business.REGISTER):
        assert isinstance(line, register.RegisterLine), line
        running[line.account] = running.get(line.account, Decimal(0)) + line.signed_amount
        assert running[line.account] == line.balance
        assert line.balance >= 0
    assert len(running) == 12


def test_the_trade_file_is_clean_and_its_totals_are_right():
    items = list(trades_csv.read(firm.DATA / "trades.csv"))
    traded = [item for item in items if isinstance(item, trades.Trade)]
    assert len(traded) == len(items) - 2 == 30
    assert {trade.type for trade in traded} == set(trades.TradeType)
    known = {row["code"] for row in firm.rows("parties.csv")}
    goods = {row["code"] for row in firm.rows("goods.csv")}
    assert {name for trade in traded for name in (trade.buyer, trade.seller)} <= known
    assert {t.instrument for t in traded if not t.instrument.startswith("TH")} - {
        "",
        "USD",
    } <= goods


def test_accounts_are_printed_and_open_the_door(seeded, client):
    out = StringIO()
    call_command("seed_demo", "--accounts", stdout=out)
    assert firm.password() in out.getvalue()
    assert len(out.getvalue().splitlines()) == 16
    response = client.post("/accounts/login/", {"login": "nok", "password": firm.password()})
    assert response.status_code == 302


def test_production_refuses(settings):
    settings.PRODUCTION = True
    with pytest.raises(firm.NotInProduction):
        seeding.seed(clock=lambda: pytest.fail("the clock was read"))
    with pytest.raises(CommandError, match="demo-in-production"):
        call_command("seed_demo", "--accounts")
    assert not Staff.objects.exists()
