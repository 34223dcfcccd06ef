"""That a trade came after a cut-off, as its page tells it: when, which one, and what of it."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.utils.translation import get_language, gettext

from backoffice.frame.dates import day_text
from settlement.rules.cut_offs import scope_words


def explained(late: Mapping[str, Any] | None) -> str:
    """The facts of a late trade in the reader's words; "-" for one that came in time."""
    if late is None:
        return "-"
    zone = ZoneInfo(late["zone"])
    came, until = (datetime.fromisoformat(late[name]).astimezone(zone) for name in WHEN)
    told = {
        "came": f"{day_text(came.date())} {came:%H:%M:%S}",
        "until": f"{day_text(until.date())} {until:%H:%M}",
        "zone": late["zone"],
        "scope": scope_words(late["scope"]).text(get_language() or "en"),
        "rule": late["rule"],
        "agreed": day_text(date.fromisoformat(late["agreed"])),
        "settles": day_text(date.fromisoformat(late["settles"])),
    }
    return (
        gettext(
            "Came %(came)s, after the cut-off %(until)s (%(zone)s) of %(scope)s, rule %(rule)s:"
            " falls due on %(settles)s instead of %(agreed)s."
        )
        % told
    )


WHEN = ("came", "cut_off")
