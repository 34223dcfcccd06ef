from django.db import models
from django.utils.translation import gettext_lazy as _

from backoffice.frame.amounts import number_text
from settlement.models.capture import Transaction
from settlement.models.participants import Participant


class HeldTransaction(models.Model):
    """A transaction that a hold keeps from clearing; cleared on the day after its release."""

    transaction = models.OneToOneField(
        Transaction, models.PROTECT, related_name="+", verbose_name=_("transaction")
    )
    held_on = models.DateField(_("held on"))
    released_on = models.DateField(_("released on"), null=True)

    class Meta:
        verbose_name = _("held transaction")
        verbose_name_plural = _("held transactions")

    def __str__(self) -> str:
        return f"#{self.transaction_id}"


class Obligation(models.Model):
    """What is owed after netting, one for (participant, currency, value date) of a business day.

    Of customers' transactions, or of charges: penalties collected, claims and fees of the days
    before. `net` is seen from the house: above zero the participant pays us. Immutable.
    """

    class Kind(models.TextChoices):
        CLEARING = "clearing", _("customers' transactions")
        CHARGES = "charges", _("charges")

    book = models.CharField(_("book"), max_length=20)
    kind = models.CharField(_("kind"), max_length=8, choices=Kind, default=Kind.CLEARING)
    business_date = models.DateField(_("business date"))
    value_date = models.DateField(_("value date"))
    participant = models.ForeignKey(
        Participant, models.PROTECT, related_name="+", verbose_name=_("participant")
    )
    currency = models.CharField(_("currency"), max_length=24)
    gross_in = models.DecimalField(_("gross in"), max_digits=24, decimal_places=4)
    gross_out = models.DecimalField(_("gross out"), max_digits=24, decimal_places=4)
    net = models.DecimalField(_("net"), max_digits=24, decimal_places=4)
    transactions = models.PositiveIntegerField(_("transactions"))

    class Meta:
        verbose_name = _("obligation")
        verbose_name_plural = _("obligations")
        constraints = [
            models.UniqueConstraint(
                fields=["book", "business_date", "participant", "currency", "value_date", "kind"],
                name="obligation_once",
            ),
            models.CheckConstraint(
                condition=models.Q(net=models.F("gross_in") - models.F("gross_out")),
                name="obligation_nets",
            ),
        ]
        indexes = [
            models.Index(fields=["book", "business_date"], name="obligation_day"),
            models.Index(
                fields=["book", "business_date"],
                condition=models.Q(kind="charges"),
                name="obligation_charges",
            ),
        ]

    def __str__(self) -> str:
        return f"{number_text(self.net, 2)} {self.currency} {self.value_date}"


class ClearedTransaction(models.Model):
    """That a transaction was cleared, on which day, and into which obligation. Once, for good."""

    transaction = models.OneToOneField(
        Transaction, models.PROTECT, related_name="+", verbose_name=_("transaction")
    )
    business_date = models.DateField(_("cleared on"))
    obligation = models.ForeignKey(
        Obligation, models.PROTECT, null=True, related_name="+", verbose_name=_("obligation")
    )

    class Meta:
        verbose_name = _("cleared transaction")
        verbose_name_plural = _("cleared transactions")
        indexes = [models.Index(fields=["business_date"], name="cleared_day")]

    def __str__(self) -> str:
        return f"#{self.transaction_id}"
