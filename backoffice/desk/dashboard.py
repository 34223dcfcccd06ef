"""The desk's first page: how each queue stands, and what is mine."""

from typing import Any, Final

from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from backoffice.desk import queries
from backoffice.desk.models import WorkItem
from backoffice.people.models import Staff

IT_ONLY: Final = frozenset({"mfa", "account", "auth", "django_celery_beat"})
"""What the machinery keeps; of use to IT support alone."""
# The pages where each department's day is worked, by the names of their addresses.
PLACES: Final = {
    "accounting": (
        ("admin:accounting_entry_changelist", _("Journal"), "menu_book"),
        ("admin:accounting_trial_balance", _("Trial balance"), "balance"),
        ("admin:accounting_account_changelist", _("Accounts"), "account_tree"),
        ("admin:accounting_period_changelist", _("Periods"), "calendar_month"),
        ("admin:accounting_rate_changelist", _("Exchange rates"), "currency_exchange"),
    ),
    "settlement": (
        ("admin:settlement_progress", _("End of day"), "timeline"),
        ("admin:settlement_pictures", _("Pictures of the day"), "insights"),
        ("admin:settlement_trade_changelist", _("Trades"), "swap_horiz"),
        ("admin:settlement_unmatchedtrade_changelist", _("Unmatched trades"), "join_inner"),
        ("admin:settlement_unsettledtrade_changelist", _("Unsettled trades"), "hourglass_empty"),
        ("admin:settlement_window_changelist", _("Windows"), "date_range"),
        ("admin:settlement_break_changelist", _("Breaks"), "rule"),
    ),
    "intake": (
        ("admin:intake_upload_new", _("Upload a file"), "upload_file"),
        ("admin:intake_upload_changelist", _("Uploaded files"), "folder_open"),
    ),
}

# A department's pages by the work that they belong to; what no group names stands under the last.
GROUPS: Final[dict[str, tuple[tuple[Any, tuple[str, ...]], ...]]] = {
    "settlement": (
        (
            _("Trades and matching"),
            (
                *("trade", "unmatchedtrade", "tradematch", "heldtrade", "withdrawntrade"),
                *("redating", "earlymessage", "importfile"),
            ),
        ),
        (
            _("Windows and settlement"),
            (
                *("window", "windownet", "leg", "settlementrun", "unsettledtrade", "settlement"),
                *("failedleg", "paymentrelease", "positionsheet", "movement", "steprun"),
            ),
        ),
        (
            _("What follows settlement"),
            ("penalty", "penaltynet", "buyin", "marketclaim", "fee", "margincall"),
        ),
        (
            _("Customers' transactions"),
            ("transaction", "heldtransaction", "obligation", "instruction"),
        ),
        (_("Messages"), ("outgoingmessage", "incomingstatus")),
        (
            _("Reconciliation"),
            (
                *("break", "bankstatement", "statementline", "reconciledaccount"),
                *("reconciliationmatch", "matchedline"),
            ),
        ),
        (
            _("Participants and instruments"),
            (
                *("participant", "participantidentifier", "standinginstruction", "instrument"),
                *("corporateaction", "referenceprice"),
            ),
        ),
        (_("Terms, limits and rates"), ()),
    ),
}


def grouped(app: dict[str, Any]) -> list[tuple[Any, list[dict[str, Any]]]]:
    """An app's pages in groups (heading, pages); one group without heading where none are stated.

    Args:
        app: an entry of the admin's list of apps.
    """
    left = {str(one["object_name"]).lower(): one for one in app["models"]}
    found: list[tuple[Any, list[dict[str, Any]]]] = []
    for heading, names in GROUPS.get(app["app_label"], ()):
        found.append((heading, [left.pop(name) for name in names if name in left]))
    if not found:
        return [("", list(left.values()))]
    found[-1][1].extend(left.values())
    return [group for group in found if group[1]]


def places(request: HttpRequest) -> list[tuple[str, Any, str]]:
    """The pages that the reader's rights open: address, words, symbol; their own first."""
    user: Any = request.user
    names = sorted(PLACES, key=lambda name: name != user.department)
    return [
        (reverse(address), words, symbol)
        for name in names
        if user.has_perm(f"{name}.view_any")
        for address, words, symbol in PLACES[name]
    ]


def ordered(apps: list[dict[str, Any]], department: str) -> list[dict[str, Any]]:
    """The apps with the reader's own first, and without those that only IT support needs."""
    shown = [one for one in apps if department == "itsupport" or one["app_label"] not in IT_ONLY]
    return sorted(shown, key=lambda one: (one["app_label"] != department, str(one["name"])))


def context(request: HttpRequest, context: dict[str, Any]) -> dict[str, Any]:
    """Adds `queues` (QueueCount rows with names) and `mine` (items in work with the reader)."""
    names = dict(Staff.Departments.choices)
    rows = queries.queue_counts(at=timezone.now())
    context["queues"] = [(names.get(row.department, row.department), row) for row in rows]
    context["title"] = gettext("The desk")
    context["mine"] = list(
        WorkItem.objects.filter(claimed_by_id=request.user.pk, state="claimed")[:10]
    )
    user: Any = request.user
    context["places"] = places(request)
    context["app_list"] = ordered(context.get("app_list", []), user.department)
    context["rooms"] = [(app, grouped(app)) for app in context["app_list"]]
    return context
