from django.db import models
from django.utils.translation import gettext_lazy as _

from settlement.models.participants import Participant


class ImportFile(models.Model):
    """A file that was captured: its content's hash, and how its lines fared."""

    name = models.CharField(_("file"), max_length=200)
    sha256 = models.CharField(_("SHA-256"), max_length=64)
    format = models.CharField(_("format"), max_length=20)
    captured_at = models.DateTimeField(_("captured at"))
    captured_by = models.CharField(_("captured by"), max_length=150)
    taken = models.PositiveIntegerField(_("taken"), default=0)
    known = models.PositiveIntegerField(_("known already"), default=0)
    refused = models.PositiveIntegerField(_("refused"), default=0)

    class Meta:
        verbose_name = _("captured file")
        verbose_name_plural = _("captured files")

    def __str__(self) -> str:
        return self.name


class Transaction(models.Model):
    """A customer's transaction as it came in. Never changed: what happens to it stands elsewhere.

    `amount` is positive; `direction` is seen from the customer's account. Interbank transfers name
    the participant that they are netted with.
    """

    class Direction(models.TextChoices):
        CREDIT = "credit", _("credit")
        DEBIT = "debit", _("debit")

    class Operation(models.TextChoices):
        CASH_IN = "cash-in", _("cash in")
        CASH_OUT = "cash-out", _("cash out")
        CARD_OUT = "card-out", _("card payment")
        TRANSFER_IN = "transfer-in", _("transfer in")
        TRANSFER_OUT = "transfer-out", _("transfer out")
        INTEREST = "interest", _("interest")

    book = models.CharField(_("book"), max_length=20)
    source = models.CharField(_("source"), max_length=20)
    source_ref = models.CharField(_("reference"), max_length=80)
    file = models.ForeignKey(
        ImportFile, models.PROTECT, null=True, related_name="+", verbose_name=_("file")
    )
    line_no = models.PositiveIntegerField(_("line"), null=True)
    business_date = models.DateField(_("business date"))
    value_date = models.DateField(_("value date"))
    account = models.CharField(_("account"), max_length=40)
    direction = models.CharField(_("direction"), max_length=6, choices=Direction)
    operation = models.CharField(_("operation"), max_length=20, choices=Operation)
    amount = models.DecimalField(_("amount"), max_digits=24, decimal_places=4)
    currency = models.CharField(_("currency"), max_length=24)
    participant = models.ForeignKey(
        Participant, models.PROTECT, null=True, related_name="+", verbose_name=_("participant")
    )
    partner_account = models.CharField(_("partner's account"), max_length=40, blank=True)
    purpose = models.CharField(_("purpose"), max_length=40, blank=True)
    reported_balance = models.DecimalField(
        _("balance as printed"), max_digits=24, decimal_places=4, null=True
    )
    captured_at = models.DateTimeField(_("captured at"))

    class Meta:
        verbose_name = _("transaction")
        verbose_name_plural = _("transactions")
        constraints = [
            models.UniqueConstraint(
                fields=["book", "source", "source_ref"], name="transaction_once"
            ),
            models.CheckConstraint(condition=models.Q(amount__gt=0), name="transaction_positive"),
            models.CheckConstraint(
                condition=~models.Q(operation__startswith="transfer")
                | models.Q(participant__isnull=False),
                name="transaction_transfer_has_participant",
            ),
        ]
        indexes = [
            models.Index(fields=["book", "business_date"], name="transaction_day"),
            models.Index(fields=["account", "business_date"], name="transaction_account"),
        ]

    def __str__(self) -> str:
        return f"{self.source} {self.source_ref}"
