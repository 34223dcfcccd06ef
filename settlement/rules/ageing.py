"""How old a fail is, what it is charged as, and when it is bought in."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from settlement.rules.penalties import Category

BUCKETS: Final = ((1, 1), (2, 4), (5, 10), (11, 20), (21, None))
"""Business days of fail, both ends included: as the desks of the trade age them."""

_CATEGORIES: Final[Mapping[str, Category]] = {
    "equity": Category.LIQUID_SHARE,
    "share": Category.LIQUID_SHARE,
    "government_bond": Category.SOVEREIGN_OR_PUBLIC_DEBT,
    "sovereign": Category.SOVEREIGN_OR_PUBLIC_DEBT,
    "bond": Category.OTHER_DEBT,
    "debt": Category.OTHER_DEBT,
}


@dataclass(frozen=True, slots=True)
class Bucket:
    """Fails of an age: `last` is None in the oldest bucket; value in major units."""

    first: int
    last: int | None
    fails: int
    value: Decimal

    @property
    def name(self) -> str:
        """The age as text: "1", "2–4", "21+"."""
        if self.last is None:
            return f"{self.first}+"
        return str(self.first) if self.first == self.last else f"{self.first}–{self.last}"


def aged(fails: Iterable[tuple[int, Decimal]]) -> tuple[Bucket, ...]:
    """Fails, each as (business days, value), in every bucket, empty ones too."""
    counts = [0] * len(BUCKETS)
    values = [Decimal(0)] * len(BUCKETS)
    for days, value in fails:
        index = bucket_of(days)
        counts[index] += 1
        values[index] += value
    return tuple(
        Bucket(first, last, count, value)
        for (first, last), count, value in zip(BUCKETS, counts, values, strict=True)
    )


def bucket_of(days: int) -> int:
    """The index of the bucket of an age; what is younger than a day counts as one."""
    for index, (_first, last) in enumerate(BUCKETS):
        if last is None or days <= last:
            return index
    return len(BUCKETS) - 1


def category_of(asset_class: str) -> Category:
    """The penalty category of an instrument's asset class; a category's own name is itself."""
    if asset_class in set(Category):
        return Category(asset_class)
    return _CATEGORIES.get(asset_class, Category.OTHER)


def is_bought_in(*, days: int, after: int | None, lacks_securities: bool) -> bool:
    """Whether a delivery that failed for `days` business days is to be bought in."""
    return after is not None and lacks_securities and days > after
