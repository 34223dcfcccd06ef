"""Amounts as readers expect them: the currency's own decimals, thousands apart, figures aligned."""

from collections.abc import Callable, Sequence
from decimal import Decimal
from functools import cache
from typing import Any

from django.db.models import DecimalField, Model
from django.utils.html import format_html

from backoffice.kernel import money
from backoffice.kernel.refusals import Refused

NUMBERS = frozenset({"quantity", "price", "rate", "percent", "basis_points"})
"""Fields that are counted in units or per cent, whatever currency stands beside them."""

MONEY = frozenset({"amount", "price"})
"""Fields that are money in a currency which stands elsewhere: two decimals at least."""
CENTS = 2


def amount_text(value: Decimal | None, currency: str) -> str:
    """1234567.5 THB as "1,234,567.50"; a commodity's quantity with the decimals it has."""
    if value is None:
        return ""
    own = _decimals(value)
    try:
        # An amount finer than its currency is shown whole.
        decimals = max(money.exponent_of(currency), own)
    except Refused:
        decimals = own
    return f"{value:,.{decimals}f}"


def number_text(value: Decimal | None, decimals: int = 0) -> str:
    """1700.0000000000 as "1,700": a quantity or rate with the decimals it has, or more."""
    if value is None:
        return ""
    number = Decimal(value)
    return f"{number:,.{max(_decimals(number), decimals)}f}"


def _decimals(value: Decimal) -> int:
    """How many decimals a number has, zeros at its end left out."""
    return max(-int(value.normalize(money.WIDE).as_tuple().exponent), 0)


def counted(model: type[Model], names: Sequence[Any]) -> list[Any]:
    """`names` of an admin page, its amounts replaced by columns that show them so."""
    columns = _columns(model)
    return [columns.get(name, name) if isinstance(name, str) else name for name in names]


@cache
def _columns(model: type[Model]) -> dict[str, Callable[[Any], str]]:
    """A column for each amount or number of the model; the same ones at each call.

    Only what is counted in the row's currency has that currency's decimals.
    """
    fields = model._meta.concrete_fields
    has_currency = "currency" in {field.name for field in fields}
    return {
        f.name: _column(f, in_currency=has_currency and f.name not in NUMBERS)
        for f in fields
        if _is_amount(f)
    }


def _is_amount(field: Any) -> bool:
    return isinstance(field, DecimalField)


def _column(field: Any, *, in_currency: bool) -> Callable[[Any], str]:
    def show(row: Any) -> str:
        value = getattr(row, field.name)
        if in_currency:
            text = amount_text(value, str(row.currency))
        else:
            text = number_text(value, CENTS if field.name in MONEY else 0)
        return format_html('<span class="amount">{}</span>', text or "-")

    show.__name__ = field.name
    show.short_description = field.verbose_name  # type: ignore[attr-defined]
    show.admin_order_field = field.name  # type: ignore[attr-defined]
    return show
