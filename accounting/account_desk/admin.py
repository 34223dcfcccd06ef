"""Accounts at the desk: their registers with the balance after each line, and the trial balance."""

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from functools import partial
from typing import Any
from urllib.parse import urlencode

from django import forms
from django.contrib import admin
from django.db.models import F, Max, Min, OuterRef, QuerySet, Subquery, Sum
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import render
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import get_language, gettext
from django.utils.translation import gettext_lazy as _
from unfold.decorators import action, display
from unfold.widgets import UnfoldAdminSelectWidget

from accounting import queries, registers
from accounting.account_desk import drawing, sheets
from accounting.ledger_desk.admin import LedgerAdmin, entities, file
from accounting.models import Account, AccountBalance, DayMovement, Entity
from backoffice.frame.amounts import amount_text
from backoffice.frame.widgets import DayInput
from backoffice.kernel.money import WIDE
from backoffice.kernel.refusals import Refused

REGISTER = ("date", "entry_id", "number", "key", "memo", "currency", "amount", "balance")


class KnownForm(forms.Form):
    """As known when the books are read."""

    known_on = forms.DateField(label=_("as known at the end of"), required=False, widget=DayInput)

    def known_at(self) -> datetime | None:
        """The end of the day up to which the books are read, in the reader's time zone."""
        day: date | None = self.cleaned_data.get("known_on")
        return timezone.make_aware(datetime.combine(day, time.max)) if day else None


class RegisterForm(KnownForm):
    """Which part of an account's register is shown, as known when."""

    from_ = forms.DateField(label=_("from"), required=False, widget=DayInput)
    to = forms.DateField(label=_("to"), required=False, widget=DayInput)
    currency = forms.CharField(required=False, max_length=24)
    dimension = forms.CharField(label=_("dimension"), required=False, max_length=200)


class TrialBalanceForm(KnownForm):
    """Whose balances, on which day, as known when."""

    entity = forms.ChoiceField(
        label=_("entity"), choices=entities, required=False, widget=UnfoldAdminSelectWidget
    )
    as_of = forms.DateField(label=_("as of"), required=False, widget=DayInput)
    compare = forms.DateField(label=_("compared with"), required=False, widget=DayInput)
    zeros = forms.BooleanField(label=_("with zero balances"), required=False)


@admin.register(Account)
class AccountAdmin(LedgerAdmin):
    list_display = ("code", "show_name", "type", "currency", "show_value", "show_state", "entity")
    list_filter = ("entity", "type", "is_closed")
    list_select_related = ("entity",)
    search_fields = ("code", "name_en", "name_th")
    ordering = ("entity", "code")
    change_form_outer_before_template = "admin/accounting/register.html"
    actions_list = ["trial_balance"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Account]:
        worth = (
            AccountBalance.objects.filter(account_id=OuterRef("pk"))
            .values("account_id")
            .annotate(total=Sum("value"))
            .values("total")
        )
        found = super().get_queryset(request).select_related("entity")
        return found.annotate(value=Subquery(worth))

    def get_urls(self) -> list[URLPattern]:
        own = path(
            "trial-balance/", self.admin_site.admin_view(self.sheet),
            name="accounting_trial_balance",
        )  # fmt: skip
        return [own, *super().get_urls()]

    @display(description=_("name"))
    def show_name(self, account: Account) -> str:
        first, second = account.name_en, account.name_th
        if (get_language() or "").startswith("th"):
            first, second = second, first
        return first or second

    @display(description=_("value"))
    def show_value(self, account: Any) -> str:
        text = amount_text(account.value, account.entity.functional_currency)
        return format_html('<span class="amount">{}</span>', text)

    @display(description=_("state"), label={"open": "success", "closed": "danger"})
    def show_state(self, account: Account) -> tuple[str, str]:
        return ("closed", gettext("closed")) if account.is_closed else ("open", gettext("open"))

    def change_view(
        self, request: HttpRequest, object_id: str, *args: Any, **kwargs: Any
    ) -> HttpResponse:
        account = self.get_object(request, object_id)
        if account is None or not self.has_view_permission(request, account):
            return super().change_view(request, object_id, *args, **kwargs)
        try:
            register = self._register(request, account)
        except Refused as refused:
            self.tell(request, refused)
            return HttpResponseRedirect(request.path)
        if isinstance(register, HttpResponseBase):
            return register  # type: ignore[return-value]
        context = {**(kwargs.pop("extra_context", None) or {}), "register": register}
        return super().change_view(request, object_id, *args, extra_context=context, **kwargs)

    def _register(
        self, request: HttpRequest, account: Account
    ) -> dict[str, Any] | HttpResponseBase:
        """The account's lines, its course, and the form that chooses them; or they as a file."""
        form = RegisterForm(request.GET or None)
        asked = form.cleaned_data if form.is_valid() else {}
        to, from_ = _span(account, asked)
        named: Any = {"entity": account.entity.code, "account": account.code}
        dimensions = registers.dimension_sets(**named)
        dimension = asked.get("dimension") or ""
        chosen_sets = _sets(dimensions, dimension)
        currency = asked.get("currency") or ""
        known_at = form.known_at() if asked else None
        part: Any = {"from_": from_, "to": to, "sets": chosen_sets, "known_at": known_at}
        kind = request.GET.get("export", "")
        if kind in {"csv", "xlsx"}:
            pages = registers.lines(**named, **part, currency=currency)
            return file(account.code.replace(":", "-"), kind, REGISTER, _plain(pages, from_))
        balances = (
            AccountBalance.objects.filter(account_id=account.pk)
            .annotate(now=F("debits_posted") - F("credits_posted"))
            .order_by("currency")
        )
        currencies = [row.currency for row in balances]
        chosen = currency or (currencies[0] if currencies else "")
        mark = request.GET.get("after", "")
        page = registers.page(
            **named, **part, currency=currency,
            after=registers.Mark.read(mark) if mark else None,
        )  # fmt: skip
        course = registers.course(**named, **part, currency=chosen)
        words = sorted({f"{k}: {v}" for one in dimensions.values() for k, v in one.items()})
        given = {"from_": from_, "to": to, "currency": currency, "dimension": dimension,
                 "known_on": asked.get("known_on")}  # fmt: skip
        query = {**given, "from_": from_.isoformat(), "to": to.isoformat(),
                 "known_on": asked["known_on"].isoformat() if known_at else ""}  # fmt: skip
        return {
            "form": RegisterForm(given),
            "page": page,
            "sums": _sums(page.lines),
            "balances": balances,
            "currencies": currencies,
            "chosen": chosen,
            "dimensions": words,
            "dimension": dimension,
            "drawing": drawing.draw(course, to),
            "from": from_,
            "to": to,
            "query": urlencode(query),
            "paged": bool(mark),
            "known_at": known_at,
        }

    @action(description=_("Trial balance"), url_path="to-trial-balance", icon="balance")
    def trial_balance(self, request: HttpRequest) -> HttpResponse:
        return HttpResponseRedirect(reverse("admin:accounting_trial_balance"))

    def sheet(self, request: HttpRequest) -> HttpResponseBase:
        """The trial balance as of a day, as known at a day's end; each row leads to its account."""
        if not self.has_view_permission(request):
            raise Http404
        form = TrialBalanceForm(request.GET or None)
        asked = form.cleaned_data if form.is_valid() else {}
        known = [code for code, _code in entities()]
        entity = asked.get("entity") or (known[0] if known else "")
        as_of = asked.get("as_of") or timezone.localdate()
        known_at = form.known_at() if asked else None
        compare: date | None = asked.get("compare")
        read = partial(queries.trial_balance, entity=entity, known_at=known_at)
        rows = read(as_of=as_of) if entity else []
        earlier = read(as_of=compare) if entity and compare else None
        kind = request.GET.get("export", "")
        if kind in {"csv", "xlsx"}:
            name = f"trial-balance-{entity}-{as_of.isoformat()}"
            header = sheets.COMPARED if compare else sheets.HEADER
            return file(name, kind, header, sheets.plain(rows, earlier))
        shown = sheets.sheet(rows, earlier=earlier or (), zeros=bool(asked.get("zeros")))
        owner = Entity.objects.filter(code=entity).first()
        codes = {row.code for row in shown}
        accounts = Account.objects.filter(entity=owner, code__in=codes)
        known_ones = {account.code: account for account in accounts}
        given = {"entity": entity, "as_of": as_of, "known_on": asked.get("known_on"),
                 "compare": compare, "zeros": asked.get("zeros")}  # fmt: skip
        context = {
            **self.admin_site.each_context(request),
            "title": _("Trial balance"),
            "opts": self.opts,
            "media": self.media,
            "form": TrialBalanceForm(given),
            "rows": [(row, known_ones.get(row.code)) for row in shown],
            "totals": sheets.totals(shown),
            "worth": sheets.worth(shown),
            "compare": compare,
            "owner": owner,
            "as_of": as_of,
            "known_at": known_at,
            "query": urlencode({k: v for k, v in request.GET.items() if k != "export"}),
        }
        return render(request, "admin/accounting/trial_balance.html", context)


def _span(account: Account, asked: dict[str, Any]) -> tuple[date, date]:
    """The last and the first day shown: a year up to the newest movement, or what is asked for."""
    moved = DayMovement.objects.filter(account_id=account.pk)
    ends = moved.aggregate(first=Min("day"), last=Max("day"))
    to: date = asked.get("to") or max(ends["last"] or date.min, timezone.localdate())
    from_: date | None = asked.get("from_")
    if from_ is None:
        from_ = min(to - timedelta(days=365), ends["last"] or to)
        # A young account begins with its first movement, not with a year of nothing.
        from_ = max(from_, min(ends["first"] or from_, to))
    return to, from_


def _sets(dimensions: dict[int, dict[str, str]], chosen: str) -> list[int] | None:
    """The numbers of the sets that hold "name: value"; None for no choice."""
    if not chosen:
        return None
    name, _colon, value = chosen.partition(": ")
    return [number for number, one in dimensions.items() if one.get(name) == value]


def _sums(lines: list[queries.StatementLine]) -> dict[str, sheets.Totals]:
    """What the lines of a page moved, by currency."""
    found: dict[str, sheets.Totals] = {}
    for line in lines:
        own = found.setdefault(line.currency, sheets.Totals())
        if line.amount >= 0:
            own.debit = WIDE.add(own.debit, line.amount)
        else:
            own.credit = WIDE.subtract(own.credit, line.amount)
    return dict(sorted(found.items()))


def _plain(pages: Iterator[registers.Page], first: date) -> Iterator[list[Any]]:
    """The register as rows of a file, what was brought forward first."""
    for number, page in enumerate(pages):
        for currency, amount in page.opening.items() if number == 0 else ():
            memo = gettext("Balance brought forward")
            yield [first, None, None, "", memo, currency, None, amount]
        for line in page.lines:
            yield [getattr(line, name) for name in REGISTER]
