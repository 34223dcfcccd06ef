from django.db import models
from django.utils.translation import gettext_lazy as _

from settlement.models.clearing import Obligation


class Instruction(models.Model):
    """The order to pay or to expect the net amount of one obligation. Immutable."""

    class Direction(models.TextChoices):
        PAY = "pay", _("we pay")
        RECEIVE = "receive", _("we receive")

    obligation = models.OneToOneField(
        Obligation, models.PROTECT, related_name="+", verbose_name=_("obligation")
    )
    reference = models.CharField(_("reference"), max_length=60, unique=True)
    direction = models.CharField(_("direction"), max_length=8, choices=Direction)
    amount = models.DecimalField(_("amount"), max_digits=24, decimal_places=4)
    currency = models.CharField(_("currency"), max_length=24)
    value_date = models.DateField(_("value date"))
    instructed_at = models.DateTimeField(_("instructed at"))

    class Meta:
        verbose_name = _("settlement instruction")
        verbose_name_plural = _("settlement instructions")
        constraints = [
            models.CheckConstraint(condition=models.Q(amount__gt=0), name="instruction_positive"),
        ]

    def __str__(self) -> str:
        return self.reference


class InstructionStatus(models.Model):
    """What became of an instruction: facts in their order; settled is final."""

    class Status(models.TextChoices):
        HELD = "held", _("held")
        UNRELEASED = "unreleased", _("not released")
        REJECTED = "rejected", _("rejected")
        SETTLED = "settled", _("settled")

    instruction = models.ForeignKey(
        Instruction, models.PROTECT, related_name="statuses", verbose_name=_("instruction")
    )
    status = models.CharField(_("status"), max_length=10, choices=Status)
    business_date = models.DateField(_("business date"))
    recorded_at = models.DateTimeField(_("recorded at"))

    class Meta:
        verbose_name = _("instruction status")
        verbose_name_plural = _("instruction statuses")
        constraints = [
            models.UniqueConstraint(
                fields=["instruction"],
                condition=models.Q(status="settled"),
                name="instruction_settled_once",
            ),
            models.UniqueConstraint(
                fields=["instruction", "business_date"], name="instruction_status_a_day"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.instruction_id} {self.status}"
