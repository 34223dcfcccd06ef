"""Enter the terms that settlement works under, from a file: all of it, or nothing.

Funds, limits, pledges, market rules, release limits, prices, corporate actions, tariffs, margin
rates, penalty regimes, matching tolerances, settlement cycles and cut-offs: each by the verb of its
room, whose refusals get the line's place. What is there already, as it is, is passed over; so a
file may come again.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from itertools import batched, groupby
from typing import Any, Final

from django.db import IntegrityError, transaction
from django.db.models import Model

from backoffice.frame.strict_json import loads
from backoffice.kernel.actors import Actor
from backoffice.kernel.calendars import Cycle
from backoffice.kernel.refusals import Place, Refused
from backoffice.reference import calendaring
from backoffice.reference import queries as reference
from settlement.charges import charging, entitling, margining, rating
from settlement.formats import terms as format_
from settlement.formats.lines import Source
from settlement.formats.terms import Term
from settlement.models import (
    AccountLimit,
    CorporateAction,
    CutOff,
    FeeTariff,
    MarginRate,
    MarketRule,
    MatchingTolerance,
    Participant,
    PenaltyRegime,
    Pledge,
    ReleaseLimit,
    SettlementRun,
)
from settlement.trades import cut_offs, matching
from settlement.windows import funding, releasing

PRICES: Final = 5_000
"""As many prices are entered in one statement."""


class TermsBroken(Refused):
    """What a line states breaks a rule of its table, or contradicts what stands for that day."""

    code = "terms-broken"
    status = 409
    en = "The line breaks the rule {rule}."
    th = "บรรทัดนี้ผิดกฎ {rule}"


@dataclass(frozen=True, slots=True)
class Entered:
    """Lines entered now, and lines that stood already."""

    entered: int
    known: int


@dataclass(frozen=True, slots=True)
class _Told:
    """A line's values with whose books they are for, who enters them and when."""

    book: str
    values: Mapping[str, Any]
    actor: Actor
    at: datetime

    @property
    def by(self) -> dict[str, Any]:
        return {"actor": self.actor, "at": self.at}


def read(source: Source, *, name: str) -> Iterator[Term | Refused]:
    """The lines of a file of terms; see `formats.terms.read`."""
    return format_.read(source, parse=loads, name=name)


def enter(
    *,
    terms: Iterable[Term | Refused],
    name: str,
    book: str,
    actor: Actor,
    at: datetime,
    on_lines: Callable[[int], None] = lambda _count: None,
    on_refused: Callable[[Refused], None] = lambda _refused: None,
) -> Entered:
    """Enter a file's terms in its order, one transaction.

    Args:
        terms: what `read` yields.
        on_refused: told every line that is refused; the first of them refuses the file.

    Raises:
        Refused: of the first wrong line, with file, line and field.
    """
    first: Refused | None = None
    counts = [0, 0]
    with transaction.atomic():
        for batch in _batches(terms):
            on_lines(len(batch))
            entered = _enter_prices(batch, actor, at)
            if entered is not None:
                counts[0] += entered
                counts[1] += len(batch) - entered
                continue
            for item in batch:
                try:
                    if isinstance(item, Refused):
                        raise item
                    counts[_enter(item, name, book, actor, at)] += 1
                except Refused as refused:
                    on_refused(refused)
                    first = first or refused
        if first is not None:
            raise first
    return Entered(counts[0], counts[1])


def _batches(terms: Iterable[Term | Refused]) -> Iterator[tuple[Term | Refused, ...]]:
    """Prices of one source that follow each other together, up to some thousands; else a line."""
    for source, lines in groupby(terms, key=_priced_by):
        yield from batched(lines, 1 if source is None else PRICES, strict=False)


def _priced_by(item: Term | Refused) -> str | None:
    """The source of a price; None for any other line."""
    if isinstance(item, Term) and item.kind == "price":
        return str(item.values["source"])
    return None


def _enter_prices(batch: Sequence[Term | Refused], actor: Actor, at: datetime) -> int | None:
    """Enter prices in one statement; returns how many were new.

    None where there is no more than one, or where a line is wrong: line by line it shows which.
    """
    if len(batch) < 2:
        return None
    marks = [_mark(item) for item in batch if isinstance(item, Term)]
    source = _priced_by(batch[0]) or ""
    try:
        with transaction.atomic():
            return margining.mark(marks=marks, source=source, actor=actor, at=at)
    except (IntegrityError, Refused):
        return None


def _mark(term: Term) -> margining.Mark:
    return margining.Mark(**{key: one for key, one in term.values.items() if key != "source"})


def _enter(term: Term, name: str, book: str, actor: Actor, at: datetime) -> bool:
    """Enter a line; True if it stood already."""
    try:
        with transaction.atomic():
            return VERBS[term.kind](_Told(book, term.values, actor, at))
    except IntegrityError as error:
        rule = getattr(getattr(error.__cause__, "diag", None), "constraint_name", None)
        raise TermsBroken(Place(name, term.line), rule=rule or "database") from error
    except Refused as refused:
        refused.place = Place(name, term.line, refused.place.field)
        raise


def _funds(told: _Told) -> bool:
    one = told.values
    runs = SettlementRun.objects.filter(book=told.book, kind=SettlementRun.Kind.FUNDING)
    known = runs.filter(reference=one["reference"]).exists()
    funding.fund(
        book=told.book,
        reference=one["reference"],
        business_date=one["date"],
        funds=[funding.Funds(one["participant"], one["asset"], one["quantity"])],
        **told.by,
    )
    return known


def _limit(told: _Told) -> bool:
    one = dict(told.values)
    kind, other = one.pop("limit"), one["counterparty"]
    found = AccountLimit.objects.filter(
        book=told.book,
        participant__code=one["participant"],
        asset=one["asset"],
        kind=kind,
        valid_from=one["valid_from"],
    )
    found = found.filter(counterparty__code=other) if other else found
    last = found.order_by("-pk").first()
    if last is not None and last.amount == one["amount"]:
        return True
    funding.set_limit(book=told.book, kind=kind, **one, **told.by)
    return False


def _pledge(told: _Told) -> bool:
    known = Pledge.objects.filter(book=told.book, reference=told.values["reference"]).exists()
    funding.pledge(book=told.book, **told.values, **told.by)
    return known


def _market_rule(told: _Told) -> bool:
    one = dict(told.values)
    code = one.pop("ccp")
    ccp = Participant.objects.filter(code=code).first() if code else None
    if code and ccp is None:
        raise funding.NoSuchParticipant(Place(field="ccp"), code=code)
    rule = MarketRule(**one, ccp=ccp)
    found = MarketRule.objects.filter(market=rule.market, valid_from=rule.valid_from)
    last = found.order_by("-pk").first()
    if last is not None and _same(last, {**one, "ccp": ccp}):
        return True
    funding.set_market_rule(rule=rule, **told.by)
    return False


def _release_limit(told: _Told) -> bool:
    one = told.values
    found = ReleaseLimit.objects.filter(
        book=told.book, currency=one["currency"], valid_from=one["valid_from"]
    )
    last = found.order_by("-pk").first()
    if last is not None and last.amount == one["amount"]:
        return True
    releasing.set_release_limit(book=told.book, **one, **told.by)
    return False


def _price(told: _Told) -> bool:
    one = dict(told.values)
    source = one.pop("source")
    return not margining.mark(marks=[margining.Mark(**one)], source=source, **told.by)


def _corporate_action(told: _Told) -> bool:
    known = CorporateAction.objects.filter(reference=told.values["reference"]).exists()
    entitling.announce(**told.values, **told.by)
    return known


def _fee_tariff(told: _Told) -> bool:
    one = dict(told.values)
    one["kind"] = one.pop("source")
    found = FeeTariff.objects.filter(name=one["name"], valid_from=one["valid_from"]).first()
    if found is not None and _same(found, one):
        return True
    charging.enter_tariff(tariff=FeeTariff(**one), **told.by)
    return False


def _margin_rate(told: _Told) -> bool:
    one = told.values
    found = MarginRate.objects.filter(asset=one["asset"], valid_from=one["valid_from"]).first()
    if found is not None and _same(found, one):
        return True
    margining.enter_rate(rate=MarginRate(**one), **told.by)
    return False


def _penalty_regime(told: _Told) -> bool:
    one = told.values
    found = PenaltyRegime.objects.filter(market=one["market"], valid_from=one["valid_from"]).first()
    if found is not None and _same(found, one):
        return True
    rating.enter_regime(regime=PenaltyRegime(**one), **told.by)
    return False


def _tolerance(told: _Told) -> bool:
    one = told.values
    names = ("market", "currency", "above", "valid_from")
    found = MatchingTolerance.objects.filter(**{name: one[name] for name in names}).first()
    if found is not None and _same(found, one):
        return True
    matching.enter_tolerance(tolerance=MatchingTolerance(**one), **told.by)
    return False


def _cycle(told: _Told) -> bool:
    one = told.values
    cycle = Cycle.parse(one["cycle"], valid_from=one["valid_from"])
    known = reference.cycles_of(one["market"], one["asset_class"], known_at=told.at)
    if [one for one in known if one.valid_from == cycle.valid_from][-1:] == [cycle]:
        return True
    calendaring.set_cycle(
        market=one["market"],
        asset_class=one["asset_class"],
        cycle=cycle,
        source=one["source"],
        **told.by,
    )
    return False


def _cut_off(told: _Told) -> bool:
    one = told.values
    names = ("market", "currency", "type", "valid_from")
    last = CutOff.objects.filter(**{name: one[name] for name in names}).order_by("-pk").first()
    if last is not None and _same(last, one):
        return True
    cut_offs.enter(cut_off=CutOff(**one), **told.by)
    return False


def _same(row: Model, terms: Mapping[str, Any]) -> bool:
    return all(_plain(getattr(row, name)) == _plain(value) for name, value in terms.items())


def _plain(value: Any) -> Any:
    return value.normalize() if isinstance(value, Decimal) else value


VERBS: Final[Mapping[str, Callable[[_Told], bool]]] = {
    "funds": _funds,
    "limit": _limit,
    "pledge": _pledge,
    "market_rule": _market_rule,
    "release_limit": _release_limit,
    "price": _price,
    "corporate_action": _corporate_action,
    "fee_tariff": _fee_tariff,
    "margin_rate": _margin_rate,
    "penalty_regime": _penalty_regime,
    "tolerance": _tolerance,
    "cycle": _cycle,
    "cut_off": _cut_off,
}
