"""Dates and moments as readers expect them: Buddhist years in Thai, the reader's own time zone."""

from collections.abc import Callable, Sequence
from datetime import date, datetime
from functools import cache
from typing import Any

from django.db.models import DateField, DateTimeField, Model
from django.utils import timezone
from django.utils.translation import get_language

from backoffice.kernel import thai

MONTHS_EN = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
Shown = Callable[[Any], str]


def reads_thai() -> bool:
    """Whether the page is shown in Thai."""
    return (get_language() or "").startswith("th")


def day_text(value: date | None) -> str:
    """A date: 23 Nov 2026, or 23 พ.ย. 2569 for Thai readers; "" for None."""
    if value is None:
        return ""
    if reads_thai():
        return thai.format_date(value, style="medium")
    return f"{value.day} {MONTHS_EN[value.month - 1]} {value.year}"


def moment_text(value: datetime | None) -> str:
    """A moment to the minute in the current time zone; "" for None."""
    if value is None:
        return ""
    local = timezone.localtime(value)
    return f"{day_text(local.date())} {local:%H:%M}" + (" น." if reads_thai() else "")


def dated(model: type[Model], names: Sequence[Any]) -> list[Any]:
    """`names` of an admin page, its dates and moments replaced by columns that show them so."""
    columns = _columns(model)
    return [columns.get(name, name) if isinstance(name, str) else name for name in names]


@cache
def _columns(model: type[Model]) -> dict[str, Shown]:
    """A column for each date of the model; the same ones at each call, as admin compares them."""
    return {f.name: _column(f) for f in model._meta.concrete_fields if isinstance(f, DateField)}


def _column(field: Any) -> Shown:
    text: Callable[[Any], str] = moment_text if isinstance(field, DateTimeField) else day_text

    def show(row: Any) -> str:
        return text(getattr(row, field.name)) or "-"

    show.__name__ = field.name
    show.short_description = field.verbose_name  # type: ignore[attr-defined]
    show.admin_order_field = field.name  # type: ignore[attr-defined]
    return show
