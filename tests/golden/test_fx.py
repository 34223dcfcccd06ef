"""Foreign-currency cases read off other systems' tests: told in steps, compared in figures.

The steps of a case are sentences ("invoice USD 100 at 80", "revalue AR at 85"). Each kind of
sentence is one entry of `STEPS`; a case with a sentence or a figure that is not known is skipped
with the sentence as its reason. Cases of receivables (`ar`) belong to the sub-ledger.
"""

import copy
import csv
import json
import re
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from io import StringIO
from itertools import count

import pytest
from django.core.management import call_command
from django.db import transaction

from accounting import chart, positions, queries, rates, revaluing, valuing
from accounting.models import Line
from accounting.rules import fx, rate_files
from accounting.rules.drafts import EntryDraft, LineDraft
from accounting.valuing import Payment
from backoffice.kernel.actors import Actor
from tests.conftest import golden_folder

AT = datetime(2026, 1, 5, tzinfo=UTC)
WHO = {"actor": Actor.system("golden"), "at": AT}
START = date(2026, 1, 5)
ACCOUNTS = {"AR": "Assets:Receivable", "AP": "Liabilities:Payable"}
NUMBER = r"-?\d[\d,]*(?:\.\d+)?"
FOREIGN = "USD"
NOTES = {"note", "notes", "comment"}


class NotKnown(Exception):
    """A sentence or a figure that this interpreter does not know."""


def number(text: str) -> Decimal:
    return Decimal(str(text).replace(",", ""))


class Telling:
    """Plays a case's steps and measures the books."""

    def __init__(self, case: dict):
        self.base = case.get("base", "THB")
        self.foreign = FOREIGN if self.base != FOREIGN else "EUR"
        self.day, self.rate, self.keys = START, Decimal(1), count(1)
        self.entry: int | None = None
        chart.ensure_entity(
            code="CASE", name_en="Case", name_th="กรณี", functional_currency=self.base, **WHO
        )
        codes = [*ACCOUNTS.values(), "Assets:Bank", "Income:Sales", "Expenses:Goods"]
        chart.ensure_accounts(entity="CASE", codes=codes, **WHO)

    def play(self, sentence: str) -> None:
        for pattern, act in STEPS:
            found = re.fullmatch(pattern, sentence.strip(), re.IGNORECASE)
            if found:
                self.day += timedelta(days=10)
                act(self, {k: v for k, v in found.groupdict().items() if v is not None})
                return
        raise NotKnown(f"step {sentence!r}")

    def in_base(self, amount: Decimal, said: dict) -> Decimal:
        if "base" in said:
            return number(said["base"])
        return (amount * self.rate).quantize(Decimal("0.01"))

    def invoice(self, said: dict) -> None:
        kind = said.get("kind", "AR").upper()
        amount = number(said["tc"])
        if "rate" in said:
            self.rate = number(said["rate"])
        value, currency = self.in_base(amount, said), said.get("currency", self.foreign)
        sign = 1 if kind == "AR" else -1
        other = "Income:Sales" if kind == "AR" else "Expenses:Goods"
        self.post(
            LineDraft(ACCOUNTS[kind], sign * amount, currency, sign * value),
            LineDraft(other, -sign * value, self.base),
        )

    def pay(self, said: dict) -> None:
        amount, self.rate = number(said["tc"]), number(said["rate"])
        value, currency = self.in_base(amount, said), said.get("currency", self.foreign)
        kind = said.get("kind", "").upper() or self.open_kind()
        sign = 1 if kind == "AR" else -1
        bank = LineDraft("Assets:Bank", sign * value, self.base)
        if said.get("loose"):
            self.post(bank, LineDraft(ACCOUNTS[kind], -sign * amount, currency, -sign * value))
            return
        payment = Payment(
            key=f"k{next(self.keys)}", date=self.day, entity="CASE", account=ACCOUNTS[kind],
            currency=currency, amount=amount, paid=(bank,),
        )  # fmt: skip
        self.entry = valuing.settle(payment=payment, **WHO).id

    def revalue(self, said: dict) -> None:
        self.rate = number(said["rate"])
        currencies = {p.currency for p in positions.open_at(entity="CASE", as_of=self.day)}
        done = revaluing.revalue(
            entity="CASE", on=self.day, stated=dict.fromkeys(currencies, self.rate), **WHO
        )
        self.entry = done.entries[0].id if done.entries else None

    def taken_back(self, said: dict) -> None:
        """The books have done so already: a revaluation is reversed the next day."""
        self.day += timedelta(days=1)

    def clear(self) -> None:
        held = positions.open_at(entity="CASE", as_of=self.day)
        posted = valuing.clear_residues(
            entity="CASE", on=self.day, key=f"k{next(self.keys)}", accounts=ACCOUNTS.values(),
            stated={p.currency: self.rate for p in held}, **WHO,
        )  # fmt: skip
        self.entry = posted.id if posted else None

    def post(self, *lines: LineDraft) -> None:
        draft = EntryDraft(f"k{next(self.keys)}", self.day, "GEN", "CASE", "", lines)
        self.entry = valuing.post_valued(entry=draft, **WHO).id

    def open_kind(self) -> str:
        held = {p.account for p in positions.open_at(entity="CASE", as_of=self.day) if p.amount}
        return next((kind for kind, account in ACCOUNTS.items() if account in held), "AR")

    def gain(self, *accounts: str) -> Decimal:
        rows = queries.trial_balance(entity="CASE", as_of=self.day)
        return -sum((row.balance for row in rows if row.account in accounts), Decimal(0))

    def carried(self, kinds: tuple[str, ...], what: str) -> Decimal:
        held = positions.open_at(entity="CASE", as_of=self.day)
        names = {ACCOUNTS[kind] for kind in kinds}
        return sum((getattr(p, what) for p in held if p.account in names), Decimal(0))

    def moved(self, of: Callable[[str], bool], side: int, what: str) -> Decimal:
        """Sum of one side of the last entry, over accounts, in amounts or in value."""
        rows = Line.objects.filter(entry_id=self.entry).select_related("account")
        own = [line for line in rows if of(line.account.code)]
        figures = [getattr(line, what) or Decimal(0) for line in own]
        return sum((abs(figure) for figure in figures if figure * side > 0), Decimal(0))

    def measure(self, name: str) -> Decimal:
        for pattern, figure in FIGURES:
            if found := re.fullmatch(pattern, name):
                return figure(self, found)
        raise NotKnown(f"figure {name!r}")


DATED = r"(?: (?:dated|on) (?:D[+-]?\d*|\d{4}-\d\d-\d\d))?"
TOLD = r"(?:\s*(?:->|=>|\().*)?"
INVOICE = (
    rf"(?:(?P<kind>A[RP]) )?invoice (?P<currency>[A-Z]{{3}}) (?P<tc>{NUMBER}) at"
    rf" (?:rate )?(?P<rate>{NUMBER}){DATED}{TOLD}"
)
PAYMENT = (
    rf"(?:(?P<kind>A[RP]) )?pay(?:ment)? (?P<currency>[A-Z]{{3}}) (?P<tc>{NUMBER}) at"
    rf" (?:rate )?(?P<rate>{NUMBER})(?: = (?P<base>{NUMBER}) base)?"
    rf"(?:, (?:(?P<loose>not allocated)|allocated))?{DATED}{TOLD}"
)
PAYMENT_TC = (
    rf"(?:(?P<kind>A[RP]) )?pay(?:ment)? tc (?P<tc>{NUMBER})(?:, base (?P<base>{NUMBER}),?)?"
    rf" at (?:rate )?(?P<rate>{NUMBER}){DATED}{TOLD}"
)
INVOICE_TC = (
    rf"(?:(?P<kind>A[RP]) )?invoice tc (?P<tc>{NUMBER}), base (?P<base>{NUMBER}){DATED}{TOLD}"
)
STEPS = [
    (INVOICE, Telling.invoice),
    (INVOICE_TC, Telling.invoice),
    (PAYMENT, Telling.pay),
    (PAYMENT_TC, Telling.pay),
    (rf"revalue(?: A[RP])? at (?P<rate>{NUMBER}){DATED}{TOLD}", Telling.revalue),
    (rf"(?:reverse|undo)(?: the)? revaluation{DATED}{TOLD}", Telling.taken_back),
]
GAINS = (fx.REALISED, fx.UNREALISED)
PARTS = {"tc": "amount", "base": "value"}


def _of_entry(telling: Telling, found: re.Match) -> Decimal:
    side = 1 if found["side"] == "debit" else -1
    if found["account"] == "gain_account":
        return telling.moved(lambda code: code in GAINS, side, "amount")
    account = ACCOUNTS[found["account"].upper()]
    return telling.moved(lambda code: code == account, side, PARTS[found["part"]])


FIGURES = [
    (r"unreali[sz]ed_gain", lambda t, _: t.gain(fx.UNREALISED)),
    (r"unreali[sz]ed_loss", lambda t, _: -t.gain(fx.UNREALISED)),
    (r"reali[sz]ed_gain", lambda t, _: t.gain(fx.REALISED)),
    (r"reali[sz]ed_loss", lambda t, _: -t.gain(fx.REALISED)),
    (r"(?:total|net|fx)_gain|gain_total|gain", lambda t, _: t.gain(*GAINS)),
    (r"(?:total|net|fx)_loss|loss_total|loss", lambda t, _: -t.gain(*GAINS)),
    (r"(?P<kind>a[rp])_(?P<part>tc|base)",
     lambda t, m: t.carried((m["kind"].upper(),), PARTS[m["part"]])),
    (r"open_item_sum_(?P<part>tc|base)", lambda t, m: t.carried(("AR", "AP"), PARTS[m["part"]])),
    (r"(?P<account>a[rp]|gain_account)_(?P<side>debit|credit)_(?P<part>tc|base)", _of_entry),
]  # fmt: skip


def differences(case: dict) -> Iterator[str]:
    """What of a case's expectation the books do not show."""
    told = Telling(case)
    steps, expected = case.get("steps"), case.get("expected", case.get("right"))
    if not isinstance(steps, list) or not isinstance(expected, dict):
        raise NotKnown("the case has no steps, or no figures")
    for sentence in steps:
        told.play(sentence)
    yield from _compared(told, expected)


def _compared(told: Telling, expected: dict) -> Iterator[str]:
    for name, wanted in expected.items():
        if name == "revaluation_entry":
            told.clear()
        if isinstance(wanted, dict):
            yield from _compared(told, wanted)
        elif name not in NOTES:
            within = name.removesuffix("_abs_lt")
            found = told.measure(within)
            good = found == number(wanted) if within == name else abs(found) < number(wanted)
            if not good:
                yield f"{name}: {found}, not {wanted}"


def cases(kind: str = "fx") -> list:
    """All cases of the sets' files: lists below `fx`, or files that are one case."""
    found = []
    for path in sorted(golden_folder().glob("accounting/fx*/*.json")):
        content = json.loads(path.read_text("utf-8"))
        if isinstance(content, dict) and isinstance(content.get(kind), list):
            own = content[kind]
        elif kind == "fx" and isinstance(content, dict) and not {"fx", "ar"} & content.keys():
            own = [{"id": path.stem, **content}]
        else:
            own = []
        found += [
            pytest.param(case, id=f"{path.parent.name}-{case.get('id', path.stem)}") for case in own
        ]
    reason = f"no case of {kind} in accounting/fx*/*.json of the golden data"
    return found or [pytest.param(None, id="fx-none", marks=pytest.mark.skip(reason=reason))]


@pytest.mark.django_db
@pytest.mark.parametrize("case", cases())
def test_the_books_show_what_the_case_expects(case):
    try:
        assert list(differences(case)) == []
    except NotKnown as unknown:
        pytest.skip(str(unknown))


@pytest.mark.django_db
@pytest.mark.parametrize("case", cases())
def test_each_altered_figure_is_noticed(case):
    figures = list(_figures(case.get("expected", case.get("right"))))
    if not figures:
        pytest.skip("the case has no figure to alter")
    for names in figures:
        altered = copy.deepcopy(case)
        part = altered.get("expected", altered.get("right"))
        for name in names[:-1]:
            part = part[name]
        # A bound becomes one that nothing keeps.
        bound = names[-1].endswith("_abs_lt")
        part[names[-1]] = "0" if bound else str(number(part[names[-1]]) + Decimal("0.01"))
        try:
            with transaction.atomic():
                assert list(differences(altered)), names
                transaction.set_rollback(True)
        except NotKnown as unknown:
            pytest.skip(str(unknown))


def _figures(expected: object, above: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """The way to every figure of an expectation."""
    for name, wanted in expected.items() if isinstance(expected, dict) else ():
        if isinstance(wanted, dict):
            yield from _figures(wanted, (*above, name))
        elif name not in NOTES:
            yield (*above, name)


def tables() -> list:
    """Rate tables in the H.10 set's format, told by their header."""
    found = []
    for path in sorted(golden_folder().glob("accounting/*/*.csv")):
        with path.open("rb") as stream:
            if stream.readline().strip() == b"Date,Country,Exchange rate":
                found.append(pytest.param(path, id=f"{path.parent.name}-{path.stem}"))
    reason = "no rate table in accounting/*/*.csv of the golden data"
    return found or [pytest.param(None, id="rates-none", marks=pytest.mark.skip(reason=reason))]


@pytest.mark.django_db
@pytest.mark.parametrize("path", tables())
def test_every_rate_of_a_table_is_taken_once_and_found_again(path):
    with path.open(newline="", encoding="utf-8") as stream:
        rows = [row for row in csv.DictReader(stream) if row["Exchange rate"]]
    for expected in ((len(rows), 0), (0, len(rows))):
        out = StringIO()
        call_command("import_rates", str(path), "--source", "H10", "--json", stdout=out)
        assert tuple(json.loads(out.getvalue()).values()) == expected
    for row in rows[:: max(1, len(rows) // 50)]:
        day = date.fromisoformat(row["Date"])
        code = rate_files.currency_of(row["Country"], day)
        if code is None:
            continue
        there = rates.rate_on(base="USD", quote=code, on=day, source="H10")
        assert there.exact == Fraction(row["Exchange rate"])
        back = rates.rate_on(base=code, quote="USD", on=day + timedelta(days=20))
        assert back.exact == 1 / there.exact


@pytest.mark.parametrize("case", cases("ar"))
def test_receivables(case):
    pytest.skip("receivables and their terms belong to the sub-ledger")
