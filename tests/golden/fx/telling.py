"""A foreign-currency case played on the books, and the books measured."""

import re
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from itertools import count
from typing import Any

from accounting import chart, positions, queries, revaluing, valuing
from accounting.models import Line
from accounting.rules import fx
from accounting.rules.drafts import EntryDraft, LineDraft
from accounting.valuing import Payment
from backoffice.kernel.actors import Actor
from backoffice.kernel.money import Rounding, round_amount
from tests.golden.fx.reading import NotKnown, Step, decimal, read

AT = datetime(2026, 1, 5, tzinfo=UTC)
WHO = {"actor": Actor.system("golden"), "at": AT}
START = date(2026, 1, 5)
ACCOUNTS = {"AR": "Assets:Receivable", "AP": "Liabilities:Payable"}
OTHER = {"AR": "Income:Sales", "AP": "Expenses:Goods"}
GAINS = (fx.REALISED, fx.UNREALISED)
PARTS = {"tc": "amount", "base": "value", None: "value"}
EXPECTED = ("expected", "right", "expect", "correct")
FOREIGN = "USD"
ZERO = Decimal(0)


class Telling:
    """Plays a case's steps and measures the books."""

    def __init__(self, case: dict[str, Any]) -> None:
        self.base = case.get("base", "THB")
        self.foreign = FOREIGN if self.base != FOREIGN else "EUR"
        self.day, self.keys = START, count(1)
        self.rates: dict[str, Fraction] = {}
        self.entry: int | None = None
        self.grown: dict[str, Decimal] = {}
        chart.ensure_entity(
            code="CASE", name_en="Case", name_th="กรณี", functional_currency=self.base, **WHO
        )
        codes = [*ACCOUNTS.values(), "Assets:Bank", "Income:Sales", "Expenses:Goods"]
        chart.ensure_accounts(entity="CASE", codes=codes, **WHO)

    def play(self, told: Any) -> None:
        """One step; what all gains grew by with it is kept under its verb."""
        step = read(told, self.base)
        before = self.gain(*GAINS)
        self.day += timedelta(days=10)
        if step.currency and step.verb != "revalue":
            self.foreign = step.currency
        if step.rate is not None and step.verb != "revalue":
            self.rates[self.foreign] = step.rate
        getattr(self, step.verb)(step)
        self.grown[step.verb] = self.gain(*GAINS) - before

    def in_base(self, step: Step, amount: Decimal) -> Decimal:
        if step.base is not None:
            return step.base
        if self.foreign not in self.rates:
            raise NotKnown(f"no rate of {self.foreign}")
        return round_amount(
            Fraction(amount) * self.rates[self.foreign], self.base, Rounding.HALF_EVEN
        )

    def invoice(self, step: Step, turned: int = 1) -> None:
        if step.amount is None:
            raise NotKnown("an invoice without its amount")
        kind = step.kind or (self.open_kind() if turned < 0 else "AR")
        value = self.in_base(step, step.amount)
        if step.base is not None and step.rate is None:
            self.rates[self.foreign] = Fraction(step.base) / Fraction(step.amount)
        sign = turned if kind == "AR" else -turned
        self.post(
            LineDraft(ACCOUNTS[kind], sign * step.amount, self.foreign, sign * value),
            LineDraft(OTHER[kind], -sign * value, self.base),
        )

    def credit_note(self, step: Step) -> None:
        self.invoice(step, turned=-1)

    def pay(self, step: Step) -> None:
        """What is open is settled; what is paid beyond it stands open on the other side."""
        kind = step.kind or self.open_kind()
        sign = 1 if kind == "AR" else -1
        held = sign * self.carried((kind,), "amount", self.foreign)
        amount = held if step.amount is None else step.amount
        value = self.in_base(step, amount)
        settled = ZERO if step.loose else max(ZERO, min(held, amount))
        share = round_amount(
            Fraction(value) * Fraction(settled) / Fraction(amount or 1), self.base,
            Rounding.HALF_EVEN,
        )  # fmt: skip
        if settled:
            payment = Payment(
                key=f"k{next(self.keys)}", date=self.day, entity="CASE", account=ACCOUNTS[kind],
                currency=self.foreign, amount=settled,
                paid=(LineDraft("Assets:Bank", sign * share, self.base),),
            )  # fmt: skip
            self.entry = valuing.settle(payment=payment, **WHO).id
        if rest := amount - settled:
            worth = value - share
            self.post(
                LineDraft("Assets:Bank", sign * worth, self.base),
                LineDraft(ACCOUNTS[kind], -sign * rest, self.foreign, -sign * worth),
            )

    def gain_undone(self, step: Step) -> None:
        """The realised difference goes back to the account that it came from, in base only."""
        kind, gain = step.kind or self.last_kind, self.gain(fx.REALISED)
        self.post(
            LineDraft(fx.REALISED, gain, self.base),
            LineDraft(ACCOUNTS[kind], ZERO, self.foreign, -gain),
        )

    def revalue(self, step: Step) -> None:
        if step.rate is None:
            raise NotKnown("a revaluation without its rate")
        held = {p.currency for p in positions.open_at(entity="CASE", as_of=self.day)}
        for currency in {step.currency} if step.currency else held:
            self.rates[currency] = step.rate
        stated = {code: self.decimal_rate(code) for code in held}
        done = revaluing.revalue(entity="CASE", on=self.day, stated=stated, **WHO)
        self.entry = done.entries[0].id if done.entries else None

    def decimal_rate(self, currency: str) -> Decimal:
        rate = self.rates[currency]
        return Decimal(rate.numerator) / Decimal(rate.denominator)

    def taken_back(self, step: Step) -> None:
        """The books have done so already: a revaluation is reversed the next day."""
        self.day += timedelta(days=1)

    def clear(self) -> None:
        held = positions.open_at(entity="CASE", as_of=self.day)
        posted = valuing.clear_residues(
            entity="CASE", on=self.day, key=f"k{next(self.keys)}", accounts=ACCOUNTS.values(),
            stated={p.currency: self.decimal_rate(p.currency) for p in held}, **WHO,
        )  # fmt: skip
        self.entry = posted.id if posted else None

    def post(self, *lines: LineDraft) -> None:
        draft = EntryDraft(f"k{next(self.keys)}", self.day, "GEN", "CASE", "", lines)
        self.entry = valuing.post_valued(entry=draft, **WHO).id

    last_kind = "AR"

    def open_kind(self) -> str:
        held = {p.account for p in positions.open_at(entity="CASE", as_of=self.day) if p.amount}
        found = next((kind for kind, account in ACCOUNTS.items() if account in held), None)
        self.last_kind = found or self.last_kind
        return self.last_kind

    def gain(self, *accounts: str) -> Decimal:
        rows = queries.trial_balance(entity="CASE", as_of=self.day)
        return -sum((row.balance for row in rows if row.account in accounts), ZERO)

    def carried(self, kinds: tuple[str, ...], what: str, currency: str = "") -> Decimal:
        held = positions.open_at(entity="CASE", as_of=self.day)
        names = {ACCOUNTS[kind] for kind in kinds}
        return sum(
            (getattr(p, what) for p in held if p.account in names and currency in {"", p.currency}),
            ZERO,
        )

    def moved(self, of: Callable[[str], bool], side: int, what: str) -> Decimal:
        """Sum of one side of the last entry, over accounts, in amounts or in value."""
        rows = Line.objects.filter(entry_id=self.entry).select_related("account")
        own = [line for line in rows if of(line.account.code)]
        figures = [getattr(line, what) or ZERO for line in own]
        return sum((abs(figure) for figure in figures if figure * side > 0), ZERO)

    def measure(self, name: str) -> Decimal:
        """The figure of this name."""
        for pattern, figure in FIGURES:
            if found := re.fullmatch(pattern, name):
                return figure(self, found)
        raise NotKnown(f"figure {name!r}")


def _of_entry(telling: Telling, found: re.Match[str]) -> Decimal:
    side = 1 if found["side"] == "debit" else -1
    if found["account"] in {"gain_account", "loss_account", "fx_account"}:
        return telling.moved(lambda code: code in GAINS, side, "amount")
    account = ACCOUNTS[found["account"].upper()]
    return telling.moved(lambda code: code == account, side, PARTS[found["part"]])


def _total(telling: Telling, found: re.Match[str]) -> Decimal:
    """One side of the last entry in base, but for trading accounts, which are worth nothing."""
    side = 1 if found["side"] == "debit" else -1
    own = {*GAINS, *ACCOUNTS.values(), *OTHER.values(), "Assets:Bank"}
    return telling.moved(lambda code: code in own, side, "value")


def _grown(telling: Telling, found: re.Match[str]) -> Decimal:
    verb = "pay" if found["act"].startswith("pay") else "revalue"
    if verb not in telling.grown:
        raise NotKnown(f"figure {found[0]!r}")
    return telling.grown[verb] * (1 if found["sign"] == "gain" else -1)


FIGURES: list[tuple[str, Callable[[Telling, re.Match[str]], Decimal]]] = [
    (r"unreali[sz]ed_gain", lambda t, _: t.gain(fx.UNREALISED)),
    (r"unreali[sz]ed_loss", lambda t, _: -t.gain(fx.UNREALISED)),
    (r"reali[sz]ed_gain", lambda t, _: t.gain(fx.REALISED)),
    (r"reali[sz]ed_loss", lambda t, _: -t.gain(fx.REALISED)),
    (r"(?:total|net|fx)_(?:fx_)?gain|gain_total|gain", lambda t, _: t.gain(*GAINS)),
    (r"(?:total|net|fx)_(?:fx_)?loss|loss_total|loss", lambda t, _: -t.gain(*GAINS)),
    (r"(?P<act>payment|pay|revaluation)_(?P<sign>gain|loss)", _grown),
    (r"(?P<sign>gain|loss)_(?:at|on)_(?P<act>payment|pay|revaluation)", _grown),
    (r"(?P<kind>a[rp])_(?P<part>tc|base)",
     lambda t, m: t.carried((m["kind"].upper(),), PARTS[m["part"]])),
    (r"(?:open_item_sum|balance|outstanding)_(?P<part>tc|base)",
     lambda t, m: t.carried(("AR", "AP"), PARTS[m["part"]])),
    (r"(?P<account>a[rp]|(?:gain|loss|fx)_account)_(?P<side>debit|credit)(?:_(?P<part>tc|base))?",
     _of_entry),
    (r"total_(?P<side>debit|credit)(?:_base)?", _total),
]  # fmt: skip


def expected_of(case: dict[str, Any]) -> Any:
    """What the case says the books should show."""
    return next((case[name] for name in EXPECTED if name in case), None)


def is_figure(wanted: object) -> bool:
    """A number; sentences beside figures are remarks."""
    try:
        decimal(wanted)
    except ArithmeticError:
        return False
    return True


def steps_of(case: dict[str, Any]) -> list[Any]:
    """The case's steps: its list, or its parts that read as steps, in their order."""
    steps = case.get("steps")
    if isinstance(steps, list):
        return steps
    named = [
        {"op": name, **part}
        for name, part in case.items()
        if isinstance(part, dict) and name not in {*EXPECTED, "wrong", "actual"}
    ]
    if not named:
        raise NotKnown("the case has no steps")
    return named


def differences(case: dict[str, Any]) -> Iterator[str]:
    """What of a case's expectation the books do not show."""
    steps, expected = steps_of(case), expected_of(case)
    if not isinstance(expected, dict):
        raise NotKnown("the case has no figures")
    told = Telling(case)
    for step in steps:
        told.play(step)
    compared = list(_compared(told, expected))
    if not compared:
        raise NotKnown("the case has no figures")
    yield from filter(None, compared)


def _compared(told: Telling, expected: dict[str, Any]) -> Iterator[str]:
    """A line for each figure, empty where the books show it."""
    for name, wanted in expected.items():
        if name == "revaluation_entry":
            told.clear()
        if isinstance(wanted, dict):
            yield from _compared(told, wanted)
        elif is_figure(wanted):
            within = name.removesuffix("_abs_lt")
            found = told.measure(within)
            good = found == decimal(wanted) if within == name else abs(found) < decimal(wanted)
            yield "" if good else f"{name}: {found}, not {wanted}"


def figures(expected: object, above: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """The way to every figure of an expectation."""
    for name, wanted in expected.items() if isinstance(expected, dict) else ():
        if isinstance(wanted, dict):
            yield from figures(wanted, (*above, name))
        elif is_figure(wanted):
            yield (*above, name)
