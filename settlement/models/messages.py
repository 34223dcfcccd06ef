from django.db import models
from django.utils.translation import gettext_lazy as _

from settlement.models.participants import Participant


class OutgoingMessage(models.Model):
    """A message to a participant or a depository, and the record that keeps it. Append-only.

    `definition` and `reference` name what is told, whatever the standard: it is told once.
    `written_as` is the message that told it, "MT202" or the definition again.
    """

    book = models.CharField(_("book"), max_length=20)
    business_date = models.DateField(_("business date"))
    participant = models.ForeignKey(
        Participant, models.PROTECT, null=True, related_name="+", verbose_name=_("participant")
    )
    definition = models.CharField(_("message"), max_length=20)
    reference = models.CharField(_("reference"), max_length=160)
    message_id = models.CharField(_("message id"), max_length=35)
    written_as = models.CharField(_("written as"), max_length=20, blank=True)
    document = models.ForeignKey(
        "records.Document", models.PROTECT, related_name="+", verbose_name=_("document")
    )
    made_at = models.DateTimeField(_("made at"))

    class Meta:
        verbose_name = _("outgoing message")
        verbose_name_plural = _("outgoing messages")
        constraints = [
            models.UniqueConstraint(
                fields=["book", "definition", "reference"], name="outgoing_message_once"
            ),
        ]
        indexes = [
            models.Index(fields=["message_id"], name="outgoing_message_id"),
            models.Index(fields=["book", "business_date"], name="outgoing_message_day"),
        ]

    def __str__(self) -> str:
        return f"{self.definition} {self.reference}"


class MessagePreference(models.Model):
    """In which standard whoever has the BIC wants its messages, from a day on. Append-only.

    The latest day that has come applies, of one day the row that was entered last.
    """

    class Standard(models.TextChoices):
        MX = "mx", "ISO 20022"
        MT = "mt", "SWIFT FIN"

    bic = models.CharField(_("BIC"), max_length=11)
    standard = models.CharField(_("standard"), max_length=2, choices=Standard)
    valid_from = models.DateField(_("valid from"))
    recorded_at = models.DateTimeField(_("recorded at"))
    recorded_by = models.CharField(_("recorded by"), max_length=150)

    class Meta:
        verbose_name = _("message preference")
        verbose_name_plural = _("message preferences")
        indexes = [models.Index(fields=["bic", "valid_from"], name="message_preference")]

    def __str__(self) -> str:
        return f"{self.bic} {self.standard}"


class IncomingStatus(models.Model):
    """A status message that came in, and what it led to; the same message once. Append-only."""

    class Outcome(models.TextChoices):
        TAKEN = "taken", _("taken")
        UNKNOWN = "unknown", _("of nothing that was sent")
        OUT_OF_ORDER = "out-of-order", _("out of order")
        EARLY = "early", _("before its trade")

    book = models.CharField(_("book"), max_length=20)
    sha256 = models.CharField(_("SHA-256"), max_length=64)
    definition = models.CharField(_("message"), max_length=20)
    sender = models.CharField(_("sender"), max_length=11, blank=True)
    message_id = models.CharField(_("message id"), max_length=35)
    of = models.CharField(_("about"), max_length=80)
    status = models.CharField(_("status"), max_length=10)
    reason = models.CharField(_("reason"), max_length=140, blank=True)
    outcome = models.CharField(_("outcome"), max_length=12, choices=Outcome)
    received_at = models.DateTimeField(_("received at"))

    class Meta:
        verbose_name = _("incoming status")
        verbose_name_plural = _("incoming statuses")
        constraints = [
            models.UniqueConstraint(
                fields=["book", "sender", "message_id", "of"], name="incoming_status_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.definition} {self.message_id}"
