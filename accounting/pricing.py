"""What does it cost, and is it there? Answered at once from live prices and stock.

A price runs from its day until the next one for the same list, good and quantity; of two for the
same day the later recorded counts. What no list holds falls to a clerk of accounting, whose answer
may enter the price, so that the next question answers itself.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from django.db import transaction
from django.db.models import Q, QuerySet

from accounting.models.prices import Good, Price, PriceList, StockLevel
from accounting.stocking import good_ids
from backoffice.desk import claiming, queueing
from backoffice.frame import audit
from backoffice.kernel.actors import Actor, Department, Role
from backoffice.kernel.refusals import Refused
from backoffice.kernel.thai import fold_digits

PRICE_ROLES = (Role.CLERK, Role.CHECKER, Role.MANAGER)
REQUEST_KIND = "accounting.price_request"


@dataclass(frozen=True, slots=True)
class PriceDraft:
    """A price as it is set: per unit, for `min_quantity` and more, from `valid_from` on."""

    price_list: str
    good: str
    amount: Decimal | None
    valid_from: date
    min_quantity: Decimal = Decimal(1)


@dataclass(frozen=True, slots=True)
class PriceRow:
    """One valid price: `amount` per unit in `currency` from `min_quantity` on."""

    price_list: str
    list_en: str
    list_th: str
    currency: str
    min_quantity: Decimal
    amount: Decimal
    valid_from: date


@dataclass(frozen=True, slots=True)
class StockRow:
    """How many lie at one location, and when the last of them moved."""

    location: str
    quantity: Decimal
    moved_at: datetime


@dataclass(frozen=True, slots=True)
class Quote:
    """A good with its valid prices and its stock, read at one moment."""

    code: str
    name_en: str
    name_th: str
    unit_en: str
    unit_th: str
    prices: tuple[PriceRow, ...]
    stock: tuple[StockRow, ...]

    @property
    def in_stock(self) -> Decimal:
        """All locations together."""
        return sum((row.quantity for row in self.stock), Decimal(0))

    @property
    def answers(self) -> bool:
        """Whether there is a price to tell; without one the question falls to a clerk."""
        return bool(self.prices)

    def price_for(self, quantity: Decimal, price_list: str) -> PriceRow | None:
        """The price that a quantity earns on a list: the highest threshold that it reaches."""
        fitting = [
            row
            for row in self.prices
            if row.price_list == price_list and row.min_quantity <= quantity
        ]
        return max(fitting, key=lambda row: row.min_quantity, default=None)


class PriceListUnknown(Refused):
    """A code that no price list has."""

    code = "price-list-unknown"
    status = 404
    en = "There is no price list {price_list}."
    th = "ไม่มีบัญชีราคา {price_list}"


def look_up(*, text: str, on: date, limit: int = 20) -> list[Quote]:
    """Goods whose code or name (English or Thai) holds every word of `text`, with prices on a day.

    Three queries, however many goods are found.
    """
    goods = Good.objects.all()
    for word in fold_digits(text).split():
        goods = goods.filter(
            Q(code__icontains=word) | Q(name_en__icontains=word) | Q(name_th__icontains=word)
        )
    return _quotes(goods[:limit], on)


def quote(*, good: str, on: date) -> Quote | None:
    """The good with this code, its prices on a day and its stock now; None if there is none."""
    return next(iter(_quotes(Good.objects.filter(code=good), on)), None)


def open_list(
    *, code: str, name_en: str, name_th: str, currency: str, actor: Actor, at: datetime
) -> None:
    """Open a price list; a known code keeps its currency and takes the new names."""
    actor.require(*PRICE_ROLES, department=Department.ACCOUNTING)
    with transaction.atomic():
        PriceList.objects.update_or_create(
            code=code,
            defaults={"name_en": name_en, "name_th": name_th},
            create_defaults={"name_en": name_en, "name_th": name_th, "currency": currency},
        )
        audit.record(
            actor=actor,
            at=at,
            verb="pricing.open_list",
            subject_kind="accounting.price_list",
            subject_id=code,
        )


def set_prices(*, prices: Iterable[PriceDraft], actor: Actor, at: datetime) -> int:
    """Set prices, all or none; each follows the one before it from its day on.

    Returns:
        How many were set.

    Raises:
        GoodUnknown, PriceListUnknown, NotAllowed.
    """
    actor.require(*PRICE_ROLES, department=Department.ACCOUNTING)
    drafts = list(prices)
    with transaction.atomic():
        goods = good_ids(codes={draft.good for draft in drafts})
        lists = _list_ids({draft.price_list for draft in drafts})
        Price.objects.bulk_create(
            [
                Price(
                    price_list_id=lists[d.price_list],
                    good_id=goods[d.good],
                    amount=d.amount,
                    min_quantity=d.min_quantity,
                    valid_from=d.valid_from,
                    recorded_at=at,
                    recorded_by=actor.name,
                )
                for d in drafts
            ],
            batch_size=1000,
        )
        audit.record(
            actor=actor,
            at=at,
            verb="pricing.set_prices",
            subject_kind="accounting.price",
            subject_id=drafts[0].good if len(drafts) == 1 else len(drafts),
        )
    return len(drafts)


def ask_clerk(
    *,
    subject_kind: str,
    subject_ref: str,
    what: str,
    payload: dict[str, str],
    actor: Actor,
    at: datetime,
    due_at: datetime | None = None,
) -> int:
    """Let a question without a live answer fall to a clerk of accounting.

    Args:
        subject_kind, subject_ref: whose question it is, such as ("portal.request", its key).
        what: the good as the person named it.
        payload: further words of the question, shown to the clerk.

    Returns:
        The work item's id.
    """
    return queueing.open_item(
        kind=REQUEST_KIND,
        department=Department.ACCOUNTING,
        subject_kind=subject_kind,
        subject_ref=subject_ref,
        title_en=f"Price for {what}",
        title_th=f"ขอราคา {what}",
        due_at=due_at,
        requested_by=actor.staff_id,
        payload=payload,
        actor=actor,
        at=at,
    )


def answer_request(
    *,
    item_id: int,
    answer: str,
    actor: Actor,
    at: datetime,
    price: PriceDraft | None = None,
) -> None:
    """Answer a price request; with `price`, enter it in the same step.

    Raises:
        ItemGone, ItemTaken, NotAllowed, GoodUnknown, PriceListUnknown.
    """
    with transaction.atomic():
        if price is not None:
            set_prices(prices=[price], actor=actor, at=at)
        claiming.complete(item_id=item_id, answer=answer, actor=actor, at=at)


def _list_ids(codes: set[str]) -> dict[str, int]:
    found = dict(PriceList.objects.filter(code__in=codes).values_list("code", "pk"))
    for code in sorted(codes - found.keys()):
        raise PriceListUnknown(price_list=code)
    return found


def _quotes(goods: QuerySet[Good], on: date) -> list[Quote]:
    found = list(goods)
    ids = [good.pk for good in found]
    prices, stock = _valid_prices(ids, on), _stock(ids)
    return [
        Quote(
            code=good.code,
            name_en=good.name_en,
            name_th=good.name_th,
            unit_en=good.unit_en,
            unit_th=good.unit_th,
            prices=tuple(prices[good.pk]),
            stock=tuple(stock[good.pk]),
        )
        for good in found
    ]


def _valid_prices(ids: list[int], on: date) -> dict[int, list[PriceRow]]:
    same = ("good_id", "price_list_id", "min_quantity")
    rows = (
        Price.objects.filter(good_id__in=ids, valid_from__lte=on)
        .order_by(*same, "-valid_from", "-pk")
        .distinct(*same)
        .select_related("price_list")
    )
    found: dict[int, list[PriceRow]] = defaultdict(list)
    for row in rows:
        if row.amount is None:
            continue
        found[row.good_id].append(
            PriceRow(
                price_list=row.price_list.code,
                list_en=row.price_list.name_en,
                list_th=row.price_list.name_th,
                currency=row.price_list.currency,
                min_quantity=row.min_quantity,
                amount=row.amount,
                valid_from=row.valid_from,
            )
        )
    return found


def _stock(ids: list[int]) -> dict[int, list[StockRow]]:
    found: dict[int, list[StockRow]] = defaultdict(list)
    for level in StockLevel.objects.filter(good_id__in=ids).order_by("good_id", "location"):
        found[level.good_id].append(StockRow(level.location, level.quantity, level.moved_at))
    return found
