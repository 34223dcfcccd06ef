"""Amounts as readers expect them: the currency's own decimals, thousands apart, figures aligned."""

from collections.abc import Callable, Sequence
from decimal import Decimal
from functools import cache
from typing import Any

from django.db.models import DecimalField, Model
from django.utils.html import format_html

from backoffice.kernel import money
from backoffice.kernel.refusals import Refused


def amount_text(value: Decimal | None, currency: str) -> str:
    """1234567.5 THB as "1,234,567.50"; a commodity's quantity with the decimals it has."""
    if value is None:
        return ""
    try:
        decimals = money.exponent_of(currency)
    except Refused:
        decimals = max(-int(value.normalize().as_tuple().exponent), 0)
    if value != round(value, decimals):  # an amount finer than its currency is shown whole
        decimals = -int(value.normalize().as_tuple().exponent)
    return f"{value:,.{decimals}f}"


def counted(model: type[Model], names: Sequence[Any]) -> list[Any]:
    """`names` of an admin page, its amounts replaced by columns that show them so."""
    columns = _columns(model)
    return [columns.get(name, name) if isinstance(name, str) else name for name in names]


@cache
def _columns(model: type[Model]) -> dict[str, Callable[[Any], str]]:
    """A column for each amount of a model that names its currency; the same ones at each call."""
    fields = model._meta.concrete_fields
    if "currency" not in {field.name for field in fields}:
        return {}
    return {f.name: _column(f) for f in fields if _is_amount(f)}


def _is_amount(field: Any) -> bool:
    return isinstance(field, DecimalField)


def _column(field: Any) -> Callable[[Any], str]:
    def show(row: Any) -> str:
        text = amount_text(getattr(row, field.name), str(row.currency)) or "-"
        return format_html('<span class="amount">{}</span>', text)

    show.__name__ = field.name
    show.short_description = field.verbose_name  # type: ignore[attr-defined]
    show.admin_order_field = field.name  # type: ignore[attr-defined]
    return show
