"""Statements, matches and breaks; matching by hand and write-off act through verbs."""

from decimal import Decimal
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.db.models import Count, OuterRef, Q, QuerySet, Subquery
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.decorators import action, display
from unfold.widgets import (
    UnfoldAdminTextareaWidget,
    UnfoldAdminTextInputWidget,
)

from backoffice.frame.admin import DeskAdmin
from backoffice.intake import kinds as intake
from backoffice.kernel import money
from backoffice.kernel.refusals import Refused
from backoffice.people.queries import actor_of
from settlement.models import (
    BankStatement,
    Break,
    MatchedLine,
    ReconciledAccount,
    ReconciliationMatch,
    StatementLine,
)
from settlement.reconciliation import chasing, pairing, writing_off


def shown(amount: Decimal | None, asset: str) -> str:
    """An amount with the asset's own decimals, its thousands apart, and its code."""
    if amount is None:
        return "-"
    decimals = money.exponent_of(asset) if money.is_current(asset) else 0
    own = -int(amount.normalize().as_tuple().exponent)
    return f"{amount:,.{max(decimals, own)}f} {asset}"


class WriteOffForm(forms.Form):
    """Why a difference is written off, and on what account."""

    reason = forms.CharField(label=_("Reason"), widget=UnfoldAdminTextareaWidget)
    account = forms.CharField(
        label=_("Ledger account"),
        initial=writing_off.DIFFERENCES,
        help_text=_("It bears the difference. The approval opens it where the books have none."),
        widget=UnfoldAdminTextInputWidget,
    )


@admin.register(ReconciledAccount)
class ReconciledAccountAdmin(DeskAdmin):
    empty_words = _("An account is entered with its first statement, beside its ledger account.")
    list_display = ("number", "kind", "currency", "book", "ledger_account", "show_open")
    list_filter = ("book", "kind")
    search_fields = ("number", "ledger_account")

    def get_queryset(self, request: HttpRequest) -> QuerySet[ReconciledAccount]:
        waiting = (
            Break.objects.filter(account=OuterRef("pk"), closed_at=None)
            .order_by()
            .values("account")
            .annotate(count=Count("pk"))
        )
        return super().get_queryset(request).annotate(open=Subquery(waiting.values("count")))

    @display(description=_("open breaks"), ordering="open")
    def show_open(self, account: Any) -> int:
        return account.open or 0


@admin.register(BankStatement)
class BankStatementAdmin(DeskAdmin):
    empty_words = _("Upload a statement above: it is matched with the books at once.")
    list_display = (
        "identity",
        "account",
        "closed_on",
        "show_opening",
        "show_closing",
        "lines",
        "file_name",
        "imported_at",
    )
    list_filter = ("account", "format")
    list_select_related = ("account",)
    search_fields = ("identity", "file_name", "sha256")
    date_hierarchy = "closed_on"
    actions_list = ["bring_in"]

    @display(description=_("opening balance"), ordering="opening")
    def show_opening(self, statement: BankStatement) -> str:
        return shown(statement.opening, statement.account.currency)

    @display(description=_("closing balance"), ordering="closing")
    def show_closing(self, statement: BankStatement) -> str:
        return shown(statement.closing, statement.account.currency)

    @action(description=_("Import a statement"), url_path="bring-in", icon="upload_file")
    def bring_in(self, request: HttpRequest) -> HttpResponse:
        return HttpResponseRedirect(intake.page("settlement.statement_camt"))


@admin.register(StatementLine)
class StatementLineAdmin(DeskAdmin):
    list_display = (
        "value_date",
        "account",
        "show_amount",
        "reference",
        "text",
        "show_matched",
    )
    list_filter = ("account",)
    list_select_related = ("account", "matched__match")
    search_fields = ("reference", "text")
    date_hierarchy = "value_date"

    @display(description=_("amount"), ordering="amount")
    def show_amount(self, line: StatementLine) -> str:
        return shown(line.amount, line.asset)

    @display(description=_("matched"))
    def show_matched(self, line: StatementLine) -> str:
        found = getattr(line, "matched", None)
        return found.match.get_how_display() if found else "-"


@admin.register(ReconciliationMatch)
class ReconciliationMatchAdmin(DeskAdmin):
    list_display = ("id", "account", "how", "show_lines", "note", "matched_at", "matched_by")
    list_filter = ("account", "how")
    list_select_related = ("account",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[ReconciliationMatch]:
        counts = {
            "bank": Count("lines", filter=Q(lines__line__isnull=False)),
            "house": Count("lines", filter=Q(lines__house_line__isnull=False)),
        }
        return super().get_queryset(request).annotate(**counts)

    @display(description=_("bank : house"))
    def show_lines(self, match: Any) -> str:
        return f"{match.bank} : {match.house}"


@admin.register(MatchedLine)
class MatchedLineAdmin(DeskAdmin):
    list_display = ("match", "line", "house_line")
    list_select_related = ("match", "line", "house_line")


@admin.register(Break)
class BreakAdmin(DeskAdmin):
    empty_words = _("Books and statements agree.")
    list_display = (
        "show_kind",
        "account",
        "show_amount",
        "show_reference",
        "since",
        "show_age",
        "show_owner",
        "show_state",
    )
    list_filter = ("account", "kind", ("closed_at", admin.EmptyFieldListFilter))
    list_select_related = ("account", "line", "house_line", "statement", "item__claimed_by")
    ordering = ("-closed_at", "since")
    actions = [*DeskAdmin.actions, "match_chosen"]
    actions_detail = ["write_off", "to_item"]

    @display(
        description=_("kind"),
        ordering="kind",
        label={
            "missing_in_books": "warning",
            "missing_at_bank": "warning",
            "amount_differs": "danger",
            "statement_gap": "danger",
            "position_differs": "danger",
        },
    )
    def show_kind(self, one: Break) -> tuple[str, str]:
        return one.kind, one.get_kind_display()

    @display(description=_("difference"), ordering="amount")
    def show_amount(self, one: Break) -> str:
        return shown(one.amount, one.asset)

    @display(description=_("reference"))
    def show_reference(self, one: Break) -> str:
        return str(one.line or one.house_line or one.statement or "")

    @display(description=_("age (days)"), ordering="since")
    def show_age(self, one: Break) -> int:
        until = one.closed_at.date() if one.closed_at else timezone.localdate()
        return (until - one.since).days

    @display(description=_("owner"))
    def show_owner(self, one: Break) -> str:
        return str(one.item.claimed_by or "-") if one.item else "-"

    @display(description=_("state"), label={"open": "danger", "closed": "success"})
    def show_state(self, one: Break) -> tuple[str, str]:
        if one.closed_at is None:
            return "open", gettext("open")
        return "closed", one.get_closed_how_display() or gettext("closed")

    @admin.action(description=_("Match the chosen breaks with each other"))
    def match_chosen(self, request: HttpRequest, queryset: QuerySet[Break]) -> None:
        chosen = list(queryset.filter(closed_at=None).select_related("account"))
        if not chosen or len({one.account_id for one in chosen}) != 1:
            text = gettext("Choose open breaks of one account.")
            self.message_user(request, text, messages.ERROR)
            return
        actor = actor_of(request.user, channel="desk")
        try:
            pairing.pair_by_hand(
                account=chosen[0].account,
                line_ids=[one.line_id for one in chosen if one.line_id],
                house_line_ids=[one.house_line_id for one in chosen if one.house_line_id],
                note="",
                actor=actor,
                at=timezone.now(),
            )
            chasing.close_matched(account=chosen[0].account, actor=actor, at=timezone.now())
        except Refused as refused:
            self.tell(request, refused)
        else:
            self.message_user(request, gettext("Done."), messages.SUCCESS)

    @action(description=_("Propose a write-off"), url_path="write-off", icon="money_off")
    def write_off(self, request: HttpRequest, object_id: int) -> HttpResponse:
        if not self.has_view_permission(request):
            raise Http404
        one = get_object_or_404(self.get_queryset(request), pk=object_id)
        form = WriteOffForm(request.POST or None)
        back = reverse("admin:settlement_break_change", args=[one.pk])
        if request.method == "POST" and form.is_valid():
            try:
                writing_off.propose(
                    break_id=one.pk,
                    reason=form.cleaned_data["reason"],
                    account=form.cleaned_data["account"].strip(),
                    actor=actor_of(request.user, channel="desk"),
                    at=timezone.now(),
                )
            except Refused as refused:
                self.tell(request, refused)
            else:
                text = gettext("Proposed; another person must approve it.")
                self.message_user(request, text, messages.SUCCESS)
                return HttpResponseRedirect(back)
        facts = [
            (_("account"), str(one.account)),
            (_("difference"), shown(one.amount, one.asset)),
            (_("reference"), self.show_reference(one)),
        ]
        context = {
            **self.admin_site.each_context(request),
            "form": form,
            "title": gettext("Propose a write-off"),
            "facts": facts,
            "back": back,
            "opts": self.opts,
        }
        return render(request, "admin/settlement/form.html", context)

    @action(description=_("Work item"), url_path="item", icon="task")
    def to_item(self, request: HttpRequest, object_id: int) -> HttpResponse:
        one = get_object_or_404(self.get_queryset(request), pk=object_id)
        if one.item_id is None:
            return HttpResponseRedirect(reverse("admin:settlement_break_changelist"))
        return HttpResponseRedirect(reverse("admin:desk_workitem_change", args=[one.item_id]))
