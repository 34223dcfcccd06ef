"""Exchange rates: taken down with their source and moment, and looked up as they were known."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from itertools import batched
from typing import Final

from django.db import connection, transaction

from accounting import currencies
from accounting.arrays import plain, texts
from accounting.posting import POSTERS
from accounting.rules import fx
from accounting.rules.fx import ExchangeRate, Quote, RateDraft, chained
from backoffice.frame import audit
from backoffice.kernel.actors import Actor, Department
from backoffice.kernel.refusals import Place, Refused

CHUNK: Final = 10_000
AHEAD: Final = timedelta(days=366)
"""How far ahead of its recording a rate may be dated: budget rates are of next year at most."""
MAX_AGE: Final = timedelta(days=31)
"""How old a rate may be by default: monthly tables still serve, forgotten ones do not."""
PIVOTS: Final = {"ECB": "EUR", "BOT": "THB", "H10": "USD"}
"""The currency that a source quotes everything against."""

TAKE: Final = """
INSERT INTO accounting_rate (source, kind, base, quote, date, rate, recorded_at, recorded_by)
SELECT %(source)s, u.kind, u.base, u.quote, u.date, u.rate, %(at)s, %(actor)s
  FROM unnest(%(kinds)s::text[], %(bases)s::text[], %(quotes)s::text[], %(days)s::date[],
              %(rates)s::numeric[]) WITH ORDINALITY AS u(kind, base, quote, date, rate, ord)
  LEFT JOIN LATERAL (
        SELECT k.rate FROM accounting_rate k
         WHERE k.base = u.base AND k.quote = u.quote AND k.kind = u.kind AND k.date = u.date
           AND k.source = %(source)s
         ORDER BY k.id DESC LIMIT 1) known ON true
 WHERE known.rate IS DISTINCT FROM u.rate
 ORDER BY u.ord
"""

# For each wanted pair the newest rate by its day; of one day's, the one recorded last.
NEWEST: Final = """
SELECT u.base, u.quote, r.rate, r.date, r.source
  FROM unnest(%(bases)s::text[], %(quotes)s::text[]) AS u(base, quote)
 CROSS JOIN LATERAL (
        SELECT k.rate, k.date, k.source FROM accounting_rate k
         WHERE k.base = u.base AND k.quote = u.quote AND k.kind = %(kind)s
           AND k.date BETWEEN %(oldest)s AND %(on)s AND k.recorded_at <= %(known_at)s
           AND (%(source)s = '' OR k.source = %(source)s)
         ORDER BY k.date DESC, k.id DESC LIMIT 1) r
"""


class RateMissing(Refused):
    """No rate is known, or none young enough."""

    code = "rate-missing"
    en = "There is no rate from {base} to {quote} for {day}, no older than {days} days."
    th = "ไม่มีอัตราแลกเปลี่ยนจาก {base} เป็น {quote} สำหรับวันที่ {day} ที่เก่าไม่เกิน {days} วัน"


class RateTwice(Refused):
    """One delivery states two rates for one pair, kind and day."""

    code = "rate-twice"
    en = "{base}/{quote} of {day} is stated twice: {rate} and {other}."
    th = "ระบุ {base}/{quote} ของวันที่ {day} ซ้ำสองค่า: {rate} และ {other}"


class RateNotPositive(Refused):
    """A rate is a finite decimal above zero, between two currencies."""

    code = "rate-not-positive"
    en = "{base}/{quote} {rate} is not a rate between two currencies above zero."
    th = "{base}/{quote} {rate} ไม่ใช่อัตราระหว่างสองสกุลเงินที่มากกว่าศูนย์"


class RateAhead(Refused):
    """A day that nobody knows a rate of: a slip of the hand, or a year of another era."""

    code = "rate-ahead"
    en = "The rate of {base}/{quote} is dated {day}, more than a year ahead."
    th = "อัตรา {base}/{quote} ลงวันที่ {day} ซึ่งล่วงหน้าเกินหนึ่งปี"


@dataclass(frozen=True, slots=True)
class Recorded:
    """How many rates were new or changed, and how many were known already."""

    recorded: int
    known: int


def record_rates(
    *, rates: Iterable[RateDraft], source: str, actor: Actor, at: datetime
) -> Recorded:
    """Take down rates, all or none; what is known already is not taken twice.

    Args:
        rates: read as a stream, 10,000 at a time.
        source: who says so, such as "ECB" or "BOT", at most 20 characters.
        actor: the accounting department's own, an integrator of it, or a process.
        at: recorded time (aware, UTC).

    Raises:
        CurrencyUnknown, RateNotPositive, RateTwice, RateAhead: with the line where a draft has one.
    """
    actor.require(*POSTERS, department=Department.ACCOUNTING)
    seen = recorded = 0
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"rates:{source}"])
        for chunk in batched(rates, CHUNK):
            wanted = _distinct(chunk)
            _require_come(chunk, by=at.date() + AHEAD)
            cursor.execute(
                TAKE,
                {
                    "source": source,
                    "at": at,
                    "actor": actor.name,
                    "kinds": plain([draft.kind for draft in wanted]),
                    "bases": texts([draft.base for draft in wanted]),
                    "quotes": texts([draft.quote for draft in wanted]),
                    "days": plain([draft.date for draft in wanted]),
                    "rates": plain([format(draft.rate, "f") for draft in wanted]),
                },
            )
            recorded += cursor.rowcount
            seen += len(chunk)
        audit.record(
            actor=actor,
            at=at,
            verb="rates.record_rates",
            subject_kind="accounting.rates",
            subject_id=source,
            detail={"recorded": recorded, "known": seen - recorded},
        )
    return Recorded(recorded, seen - recorded)


def _require_come(chunk: Sequence[RateDraft], *, by: date) -> None:
    for one in chunk:
        if one.date > by:
            place = Place(line=one.line, field="date")
            raise RateAhead(place, base=one.base, quote=one.quote, day=one.date)


def _distinct(chunk: Sequence[RateDraft]) -> list[RateDraft]:
    found: dict[tuple[str, str, str, date], RateDraft] = {}
    for draft in chunk:
        place = Place(line=draft.line)
        for code in (draft.base, draft.quote):
            try:
                currencies.find(code)
            except Refused as refused:
                raise refused.at(line=draft.line, field="currency") from None
        said = {"base": draft.base, "quote": draft.quote, "rate": draft.rate}
        if draft.base == draft.quote or not draft.rate.is_finite() or draft.rate <= 0:
            raise RateNotPositive(place, **said)
        slot = (draft.base, draft.quote, draft.kind, draft.date)
        other = found.setdefault(slot, draft)
        if other.rate != draft.rate:
            raise RateTwice(place, **said, day=draft.date, other=other.rate)
    return list(found.values())


def rate_on(
    *,
    base: str,
    quote: str,
    on: date,
    known_at: datetime | None = None,
    source: str = "",
    pivot: str = "",
    kind: str = "mid",
    max_age: timedelta = MAX_AGE,
) -> ExchangeRate:
    """What one `base` is worth in `quote` on a day, as known at a moment.

    The pair as quoted goes first, then its inverse, then both over the pivot; of each pair the
    newest day up to `on`, and of one day what was recorded last.

    Args:
        base, quote: currency codes; equal ones are worth one.
        on: the day.
        known_at: leave out what was recorded after this moment; None knows everything.
        source: one source only; "" takes any.
        pivot: the currency to go over; by default the source's own (ECB: EUR, BOT: THB, H10: USD).
        kind: "mid", "buying" or "selling".
        max_age: how many days before `on` a rate may be of.

    Raises:
        RateMissing.
    """
    found = rates_on(
        bases=[base], quote=quote, on=on, known_at=known_at, source=source, pivot=pivot, kind=kind,
        max_age=max_age,
    )  # fmt: skip
    if base not in found:
        raise missing(base, quote, on, max_age)
    return found[base]


def rates_on(
    *,
    bases: Iterable[str],
    quote: str,
    on: date,
    known_at: datetime | None = None,
    source: str = "",
    pivot: str = "",
    kind: str = "mid",
    max_age: timedelta = MAX_AGE,
) -> Mapping[str, ExchangeRate]:
    """The same for several currencies, in one query; those without a rate are left out."""
    wanted = sorted(set(bases))
    over = pivot or PIVOTS.get(source, "")
    with connection.cursor() as cursor:
        pairs = _pairs(wanted, quote, over)
        cursor.execute(
            NEWEST,
            {
                "bases": [base for base, _ in pairs],
                "quotes": [other for _, other in pairs],
                "kind": kind,
                "source": source,
                "on": on,
                "oldest": on - max_age if on - date.min > max_age else date.min,
                "known_at": known_at or "infinity",
            },
        )
        known = {(row[0], row[1]): Quote(*row) for row in cursor.fetchall()}
    found = {}
    for base in wanted:
        path = _path(base, quote, over, known)
        if path is not None:
            found[base] = chained(base, quote, path)
    return found


def required_on(
    *,
    bases: Iterable[str],
    quote: str,
    on: date,
    stated: Mapping[str, Decimal] | None = None,
    source: str = "",
    pivot: str = "",
) -> Mapping[str, ExchangeRate]:
    """The same, with rates that somebody states going first; all of them, or RateMissing."""
    known = {code: fx.stated(code, quote, rate) for code, rate in (stated or {}).items()}
    wanted = set(bases) - known.keys()
    if wanted:
        known |= rates_on(bases=wanted, quote=quote, on=on, source=source, pivot=pivot)
    for code in sorted(wanted - known.keys()):
        raise missing(code, quote, on)
    return known


def missing(base: str, quote: str, on: date, max_age: timedelta = MAX_AGE) -> RateMissing:
    """The refusal for a pair that has no rate."""
    return RateMissing(Place(field="date"), base=base, quote=quote, day=on, days=max_age.days)


def _pairs(bases: Sequence[str], quote: str, over: str) -> list[tuple[str, str]]:
    one_way = [(base, quote) for base in bases]
    if over:
        one_way += [(base, over) for base in bases] + [(over, quote)]
    return sorted({pair for base, other in one_way for pair in ((base, other), (other, base))})


def _path(
    base: str, quote: str, over: str, known: Mapping[tuple[str, str], Quote]
) -> list[Quote] | None:
    if base == quote:
        return []
    direct = known.get((base, quote)) or known.get((quote, base))
    if direct is not None:
        return [direct]
    first = known.get((base, over)) or known.get((over, base))
    second = known.get((over, quote)) or known.get((quote, over))
    return [first, second] if first and second else None
