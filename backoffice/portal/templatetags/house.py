"""Dates, amounts and small parts as the house's pages show them."""

import re
from decimal import Decimal
from typing import Any

from django import template
from django.http import HttpRequest
from django.templatetags.static import static
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from backoffice.frame.dates import day_text, moment_text, reads_thai
from backoffice.kernel import thai
from backoffice.people.models import Staff
from backoffice.portal import queries

register = template.Library()
YEAR = re.compile(r"\b(?:19|20)[0-9]{2}\b", re.ASCII)
register.filter("day", day_text)
register.filter("moment", moment_text)


@register.filter
def amount(value: Decimal | None, decimals: int = 2) -> str:
    """An amount with separated thousands and at least `decimals` decimals; none is cut off."""
    if value is None:
        return ""
    own = -int(Decimal(value).normalize().as_tuple().exponent)
    return f"{value:,.{max(decimals, own)}f}"


@register.filter
def signed(value: Decimal, sign: int) -> Decimal:
    """The value times 1 or -1; zero stays a plain zero."""
    return value * sign + 0


@register.filter
def quantity(value: Decimal | None) -> str:
    """A quantity with separated thousands and no needless zeros."""
    return amount(value, 0)


@register.filter
def either(value: Any, name: str) -> str:
    """`name`_th or `name`_en of an object, whichever the reader reads; the other if it is empty."""
    first, second = ("th", "en") if reads_thai() else ("en", "th")
    return str(getattr(value, f"{name}_{first}", "") or getattr(value, f"{name}_{second}", ""))


@register.simple_tag
def icon(name: str) -> SafeString:
    """A symbol of the icon sheet; decoration only, hidden from screen readers."""
    return format_html(
        '<svg class="icon" aria-hidden="true" focusable="false"><use href="{}#{}"></use></svg>',
        static("img/icons.svg"),
        name,
    )


@register.inclusion_tag("parts/tab.html", takes_context=True)
def tab(context: template.Context, name: str, icon_name: str, label: str) -> dict[str, Any]:
    """A tab of the main navigation, marked when it is the page shown or one below it."""
    href = reverse(name)
    request: HttpRequest | None = context.get("request")
    path = request.path if request is not None else ""
    here = path == href if href == reverse("portal:home") else path.startswith(href)
    return {"href": href, "icon_name": icon_name, "label": label, "here": here}


@register.simple_tag(takes_context=True)
def unread_notices(context: template.Context) -> int:
    """How many notices wait for the signed-in person."""
    user = context.get("user")
    return queries.unread_count(staff_id=user.pk) if isinstance(user, Staff) else 0


@register.simple_tag
def person_name(user: Staff) -> str:
    """A person's name in the reader's language."""
    return (user.name_th if reads_thai() else "") or user.get_full_name() or user.username


@register.simple_tag
def current_zone() -> str:
    """The time zone the page's times are in: its city and its offset from UTC."""
    zone = timezone.get_current_timezone()
    offset = timezone.localtime().strftime("%z")
    city = getattr(zone, "key", "UTC").rpartition("/")[2].replace("_", " ")
    return f"{city} (UTC{offset[:3]}:{offset[3:]})"


STAGES = {
    "captured": ("", _("captured")),
    "cleared": ("live", _("cleared")),
    "instructed": ("live", _("instructed")),
    "held": ("warn", _("held")),
    "settled": ("good", _("settled")),
    "unmatched": ("warn", _("unmatched")),
    "open": ("live", _("awaits its value date")),
    "failing": ("bad", _("not settled when due")),
    "part": ("warn", _("settled in part")),
    "cancelled": ("bad", _("cancelled")),
}


@register.simple_tag
def stage(name: str) -> SafeString:
    """A settlement stage as a coloured tag."""
    colour, text = STAGES.get(name, ("", name))
    return format_html('<span class="tag {}">{}</span>', colour, text)


@register.filter
def era(text: Any) -> str:
    """A text with the years in it counted as the reader counts them: 2026 is 2569 in Thai."""
    if not reads_thai():
        return str(text)
    return YEAR.sub(lambda year: str(int(year[0]) + thai.BUDDHIST_OFFSET), str(text))


@register.filter
def grouped(value: Any) -> str:
    """A whole or decimal number, given as itself or as text, with separated thousands."""
    return f"{Decimal(str(value)):,f}"
