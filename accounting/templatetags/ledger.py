"""Amounts and geometry on the ledger's pages."""

from decimal import Decimal

from django import template

from backoffice.frame.amounts import amount_text

register = template.Library()


@register.filter
def money(value: Decimal | None, currency: str) -> str:
    """An amount in its currency's decimals, thousands apart; "" for None."""
    return amount_text(value, currency)


@register.filter
def plain(value: float) -> str:
    """A coordinate as SVG wants it, whatever the reader's language."""
    return f"{value:.1f}"


@register.filter
def percent(value: float, whole: float) -> str:
    """The share of a whole in per cent, as CSS wants it."""
    return f"{100 * value / whole:.2f}"
