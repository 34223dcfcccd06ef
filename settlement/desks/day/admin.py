"""The end of the day as it goes, and its pictures."""

import zoneinfo
from datetime import date, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from django.contrib import admin
from django.http import (
    Http404,
    HttpRequest,
    HttpResponse,
    HttpResponseBase,
    HttpResponseRedirect,
    StreamingHttpResponse,
)
from django.shortcuts import render
from django.urls import path, reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.decorators import action, display

from backoffice.frame.admin import DeskAdmin
from backoffice.frame.exports import csv_rows
from backoffice.kernel.refusals import Refused
from backoffice.people.queries import actor_of
from backoffice.reference import queries as reference
from backoffice.reference.days import HOUSE
from records import queries as records
from records import reading
from settlement import progress, readiness, starting
from settlement.desks.day import tables, ways
from settlement.models import StepRun
from settlement.pictures import bars, figures, sankey
from settlement.reconciliation import writing_off
from settlement.reports import reporting
from settlement.trades.deadlines import Deadlines
from settlement.windows import releasing

STARTERS = {"checker", "manager"}
CHECKS = {
    "earlier": _("earlier days that are not sealed"),
    "unmatched": _("trades due without their other side"),
    "unreleased": _("payments that wait for a second person"),
    "held": _("trades stopped by a hold"),
    "kept": _("customers' transactions stopped by a hold"),
    "breaks": _("open breaks in reconciliation"),
    "write_offs": _("write-offs that wait for a second person"),
}
# Where each is worked off: the list, and its filters (None stands for the book).
PLACES: dict[str, tuple[str, dict[str, str | None]]] = {
    "earlier": ("settlement_steprun", {}),
    "unmatched": ("settlement_unmatchedtrade", {"trade__book": None}),
    "unreleased": ("desk_workitem", {"kind__exact": releasing.KIND}),
    "held": ("settlement_heldtrade", {"trade__book": None, "released_at__isempty": "1"}),
    "kept": (
        "settlement_heldtransaction",
        {"transaction__book": None, "released_on__isempty": "1"},
    ),
    "breaks": ("settlement_break", {"closed_at__isempty": "1"}),
    "write_offs": ("desk_workitem", {"kind__exact": writing_off.KIND}),
}
BOOK_LENGTH = 20
YEARS = range(1900, 9999)
BANGKOK = zoneinfo.ZoneInfo(tables.BANGKOK)


@admin.register(StepRun)
class StepRunAdmin(DeskAdmin):
    empty_words = _("No day was ended yet.")
    list_display = ("business_date", "book", "position", "show_step", "show_counts", "finished_at")
    list_filter = ("book", "step")
    date_hierarchy = "business_date"
    fields = readonly_fields = (
        *("business_date", "book", "position", "show_step", "show_counts"),
        *("started_at", "finished_at"),
    )
    actions_list = ["show_progress", "show_pictures"]

    @display(description=_("step"), ordering="step")
    def show_step(self, one: StepRun) -> str:
        return str(progress.WORDS.get(one.step, one.step))

    @display(description=_("counts"))
    def show_counts(self, one: StepRun) -> str:
        return " · ".join(f"{count} {word}" for word, count in progress.counted(one.counts)) or "-"

    def get_urls(self) -> list[Any]:
        view = self.admin_site.admin_view
        return [
            path("progress/", view(self.progress), name="settlement_progress"),
            path("start/", view(self.start), name="settlement_day_start"),
            path("report/", view(self.report), name="settlement_day_report"),
            path("pictures/", view(self.pictures), name="settlement_pictures"),
            path("pictures/table/", view(self.table), name="settlement_picture_table"),
            *super().get_urls(),
        ]

    @action(description=_("Progress of the day"), url_path="to-progress", icon="timeline")
    def show_progress(self, request: HttpRequest) -> HttpResponse:
        return HttpResponseRedirect(reverse("admin:settlement_progress"))

    @action(description=_("Pictures of the day"), url_path="to-pictures", icon="insights")
    def show_pictures(self, request: HttpRequest) -> HttpResponse:
        return HttpResponseRedirect(reverse("admin:settlement_pictures"))

    def progress(self, request: HttpRequest) -> HttpResponse:
        """The steps of a day; the page asks again every two seconds until the day is sealed."""
        if not self.has_view_permission(request):
            raise Http404
        book, day = _asked(request)
        told = progress.of_day(book=book, business_date=day)
        waits = not told.is_sealed and not told.is_running
        user: Any = request.user
        at = timezone.now()
        deadlines = Deadlines(at)
        context = {
            **self.admin_site.each_context(request),
            "title": gettext("End of day"),
            "opts": self.opts,
            "day": told,
            "steps": ways.shown(told),
            "book": book,
            "books": reference.books(),
            "days": progress.recent_days(book=book),
            "pictures": _address("settlement_pictures", book, day),
            "ready": _ready(book, day, deadlines) if waits else None,
            "cut_offs": () if told.is_sealed else _cut_offs(day, deadlines, at),
            "may_start": user.department == "settlement" and user.role in STARTERS,
            "next": _next(book, day) if told.is_sealed else "",
            "report": f"{reverse('admin:settlement_day_report')}?{_query(book, day)}",
        }
        return render(request, "admin/settlement/progress.html", context)

    def start(self, request: HttpRequest) -> HttpResponse:
        """The button: the day's job is there and goes on; then its progress is shown."""
        if request.method != "POST":
            raise Http404
        book, day = _asked(request)
        try:
            actor = actor_of(request.user, channel="desk")
            starting.start(
                book=book,
                business_date=day,
                actor=actor,
                at=timezone.now(),
                before_cut_off=bool(request.POST.get("before_cut_off")),
            )
        except Refused as refused:
            self.tell(request, refused)
        return HttpResponseRedirect(_address("settlement_progress", book, day))

    def report(self, request: HttpRequest) -> HttpResponseBase:
        """The day's report as it was filed, to whoever may read it; the reading is on the trail."""
        book, day = _asked(request)
        key = f"{book}/{day.isoformat()}"
        filed = records.documents(
            record_class=reporting.RECORD_CLASS, source_key=key, current=True
        ).first()
        if filed is None:
            raise Http404
        actor = actor_of(request.user, channel="desk")
        try:
            reading.open_document(document_id=filed.pk, actor=actor, at=timezone.now())
        except Refused as refused:
            self.tell(request, refused)
            return HttpResponseRedirect(_address("settlement_progress", book, day))
        return StreamingHttpResponse(
            records.content(filed.pk),
            content_type="application/json",
            headers={"Content-Disposition": f'attachment; filename="{filed.number}.json"'},
        )

    def pictures(self, request: HttpRequest) -> HttpResponse:
        """Net flows, settlement rate by hour, ages of fails and liquidity, each with its table."""
        if not self.has_view_permission(request):
            raise Http404
        book, day = _asked(request)
        assets = figures.assets(book=book, day=day)
        asset = request.GET.get("asset", "")
        if asset not in assets:
            asset = assets[0] if assets else ""
        where: dict[str, Any] = {"book": book, "day": day}
        flows = figures.flows(**where, asset=asset)
        hours = figures.by_hour(**where, zone=tables.BANGKOK)
        ages = figures.fails(**where, asset=asset)
        uses = figures.liquidity(**where, asset=asset)
        house = gettext("House")
        context = {
            **self.admin_site.each_context(request),
            "title": gettext("Pictures of the day"),
            "opts": self.opts,
            "book": book,
            "books": reference.books(),
            "chosen": day,
            "days": progress.recent_days(book=book),
            "assets": assets,
            "asset": asset,
            "flows": flows,
            "sankey": sankey.lay_out(
                (one.payer or house, one.payee or house, one.value) for one in flows
            ),
            "house": house,
            "hours": hours,
            "hour_bars": bars.upright(
                [(f"{one.hour:02}", one.settled, f"{one.settled:,}") for one in hours],
                line=[float(one.percent) for one in hours],
            ),
            "ages": ages,
            "age_bars": bars.upright([(one.name, one.fails, f"{one.fails:,}") for one in ages]),
            "has_fails": any(one.fails for one in ages),
            "uses": uses,
            "progress_page": _address("settlement_progress", book, day),
            "table": f"{reverse('admin:settlement_picture_table')}?{_query(book, day)}",
        }
        return render(request, "admin/settlement/pictures.html", context)

    def table(self, request: HttpRequest) -> HttpResponseBase:
        """The table beside a picture as CSV, all its rows; `of` names the picture."""
        name = request.GET.get("of", "")
        if not self.has_view_permission(request) or name not in tables.TABLES:
            raise Http404
        book, day = _asked(request)
        asset = request.GET.get("asset", "")
        if asset not in ("", *figures.assets(book=book, day=day)):
            raise Http404
        header, rows = tables.TABLES[name](book, day, asset)
        words = "-".join(one for one in (name, book, day.isoformat(), asset) if one)
        return StreamingHttpResponse(
            csv_rows([str(word) for word in header], rows),
            content_type="text/csv; charset=utf-8",
            headers={"Content-Disposition": f'attachment; filename="{words}.csv"'},
        )


def _asked(request: HttpRequest) -> tuple[str, date]:
    """Book and day that are asked for; else the book and day begun last, else ours and today.

    Raises Http404 for what is no name of a book and no day of a ledger.
    """
    asked = request.POST if request.method == "POST" else request.GET
    book = asked.get("book") or progress.last_book() or HOUSE
    if len(book) > BOOK_LENGTH or not book.isprintable():
        raise Http404
    try:
        day = date.fromisoformat(asked.get("date", ""))
    except ValueError:
        days = progress.recent_days(book=book)
        return book, days[0] if days else timezone.localdate(timezone=BANGKOK)
    if day.year not in YEARS:
        raise Http404
    return book, day


def _address(name: str, book: str, day: date) -> str:
    return f"{reverse(f'admin:{name}')}?{_query(book, day)}"


def _query(book: str, day: date) -> str:
    return urlencode({"book": book, "date": day.isoformat()})


def _next(book: str, day: date) -> str:
    """The page of the next day that waits for its end, "" when none does."""
    waiting = readiness.next_day(book=book, until=timezone.localdate(timezone=BANGKOK))
    return _address("settlement_progress", book, waiting) if waiting and waiting != day else ""


def _ready(book: str, day: date, deadlines: Deadlines) -> dict[str, Any]:
    """The day's checks with their words and where each is worked off."""
    found = readiness.of_day(book=book, business_date=day)
    return {
        "day": found,
        "waits_for": deadlines.ahead(book=book, days=[day]),
        "is_ahead": day > timezone.localdate(timezone=BANGKOK),
        "checks": [
            (check, CHECKS[check.name], _worked_off(check.name, book, day))
            for check in found.checks
        ],
    }


def _cut_offs(day: date, deadlines: Deadlines, at: datetime) -> list[dict[str, Any]]:
    """The day's cut-offs by the market's clock, each with the time left, "" when it has passed."""
    return [
        {
            "rule": one.rule,
            "local": one.local.replace(tzinfo=None),
            "left": _left(one.at - at) if one.at >= at else "",
        }
        for one in deadlines.of_day(day)
    ]


def _left(time: timedelta) -> str:
    """Days, hours and minutes, of which the last is begun."""
    minutes = -(-time // timedelta(minutes=1))
    days, hours, minutes = minutes // 1440, minutes // 60 % 24, minutes % 60
    told = {"days": days, "hours": hours, "minutes": minutes}
    if days:
        return gettext("%(days)s d %(hours)s h") % told
    return (
        gettext("%(hours)s h %(minutes)s min") % told
        if hours
        else (gettext("%(minutes)s min") % told)
    )


def _worked_off(name: str, book: str, day: date) -> str:
    list_, asked = PLACES[name]
    if name == "earlier":
        first = readiness.earlier_days(book=book, business_date=day)[:1]
        return _address("settlement_progress", book, first[0]) if first else ""
    filters = urlencode({key: value or book for key, value in asked.items()})
    return f"{reverse(f'admin:{list_}_changelist')}?{filters}"
