"""Participants, captured transactions, obligations and instructions."""

from typing import Any

from django.contrib import admin
from django.db.models import OuterRef, QuerySet, Subquery
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _
from unfold.decorators import action, display

from backoffice.frame.admin import DeskAdmin
from backoffice.frame.amounts import amount_text
from backoffice.intake import kinds as intake
from settlement.models import (
    HeldTransaction,
    ImportFile,
    Instruction,
    InstructionStatus,
    Obligation,
    Participant,
    Transaction,
)


@admin.register(Participant)
class ParticipantAdmin(DeskAdmin):
    list_display = ("code", "name_en", "name_th", "kind", "bic")
    list_filter = ("kind",)
    search_fields = ("code", "name_en", "name_th", "bic")


@admin.register(ImportFile)
class ImportFileAdmin(DeskAdmin):
    empty_words = _("No file was captured yet.")
    list_display = ("name", "format", "captured_at", "captured_by", "taken", "known", "refused")
    search_fields = ("name", "sha256")


@admin.register(Transaction)
class TransactionAdmin(DeskAdmin):
    empty_words = _(
        "Nothing is captured yet. Upload a register above, or send transactions to the API."
    )
    list_display = (
        "source_ref",
        "business_date",
        "account",
        "operation",
        "direction",
        "amount",
        "currency",
        "participant",
    )
    list_filter = ("book", "operation", "direction")
    list_select_related = ("participant",)
    search_fields = ("source_ref", "account")
    date_hierarchy = "business_date"
    actions_list = ["bring_in"]

    @action(description=_("Upload a file"), url_path="bring-in", icon="upload_file")
    def bring_in(self, request: HttpRequest) -> HttpResponse:
        return HttpResponseRedirect(intake.page("settlement.register"))


@admin.register(HeldTransaction)
class HeldTransactionAdmin(DeskAdmin):
    empty_words = _("No hold keeps a transaction back.")
    list_display = (
        *("show_reference", "show_account", "show_amount", "show_participant"),
        *("held_on", "released_on"),
    )
    list_filter = ("transaction__book", ("released_on", admin.EmptyFieldListFilter))
    list_select_related = ("transaction__participant",)
    search_fields = ("transaction__source_ref", "transaction__account")
    ordering = ("-held_on", "-pk")

    @display(description=_("reference"), ordering="transaction__source_ref")
    def show_reference(self, one: HeldTransaction) -> str:
        return str(one.transaction.source_ref)

    @display(description=_("account"), ordering="transaction__account")
    def show_account(self, one: HeldTransaction) -> str:
        return str(one.transaction.account)

    @display(description=_("amount"), ordering="transaction__amount")
    def show_amount(self, one: HeldTransaction) -> str:
        held = one.transaction
        told = f"{amount_text(held.amount, held.currency)} {held.currency}"
        return format_html('<span class="amount">{}</span>', told)

    @display(description=_("participant"))
    def show_participant(self, one: HeldTransaction) -> str:
        return str(one.transaction.participant or "-")


@admin.register(Obligation)
class ObligationAdmin(DeskAdmin):
    list_display = (
        "business_date",
        "participant",
        "kind",
        "currency",
        "gross_in",
        "gross_out",
        "net",
        "transactions",
        "value_date",
    )
    list_filter = ("book", "kind", "participant", "currency")
    list_select_related = ("participant",)
    date_hierarchy = "business_date"


@admin.register(Instruction)
class InstructionAdmin(DeskAdmin):
    list_display = ("reference", "direction", "amount", "currency", "value_date", "show_status")
    list_filter = ("direction", "currency")
    search_fields = ("reference",)
    date_hierarchy = "value_date"

    def get_queryset(self, request: HttpRequest) -> QuerySet[Instruction]:
        last = InstructionStatus.objects.filter(instruction=OuterRef("pk")).order_by(
            "-business_date", "-pk"
        )
        return super().get_queryset(request).annotate(last=Subquery(last.values("status")[:1]))

    @display(
        description=_("status"),
        label={
            "settled": "success",
            "held": "danger",
            "rejected": "danger",
            "pending": "warning",
            "unreleased": "warning",
        },
    )
    def show_status(self, instruction: Any) -> tuple[str, str]:
        labels = dict(InstructionStatus.Status.choices)
        code = instruction.last or "pending"
        return code, str(labels.get(code, _("pending")))
