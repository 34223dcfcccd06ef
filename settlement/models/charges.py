from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from backoffice.frame.amounts import number_text
from settlement.models.participants import Participant


class FeeTariff(models.Model):
    """Interchange: which settled payments bear it, who owes it, and how much. Append-only.

    `rate` is a share of the amount; the fee is rounded payment by payment by `rounding`.
    `payer_account` and `payee_account` are kinds of account ("Wallet", "CARD"), empty for any.
    """

    class OwedBy(models.TextChoices):
        PAYER = "payer", _("the payer's participant")
        PAYEE = "payee", _("the payee's participant")

    class Rounding(models.TextChoices):
        HALF_UP = "ROUND_HALF_UP", _("half up")
        HALF_EVEN = "ROUND_HALF_EVEN", _("half to even")
        UP = "ROUND_UP", _("up")
        DOWN = "ROUND_DOWN", _("down")

    name = models.CharField(_("name"), max_length=40)
    valid_from = models.DateField(_("valid from"))
    currency = models.CharField(_("currency"), max_length=3, blank=True)
    kind = models.CharField(_("source of the payments"), max_length=40, blank=True)
    payer_account = models.CharField(_("payer's kind of account"), max_length=24, blank=True)
    payee_account = models.CharField(_("payee's kind of account"), max_length=24, blank=True)
    owed_by = models.CharField(_("owed by"), max_length=5, choices=OwedBy)
    rate = models.DecimalField(_("rate"), max_digits=12, decimal_places=8, default=0)
    fixed = models.DecimalField(_("fixed part"), max_digits=24, decimal_places=4, default=0)
    least = models.DecimalField(_("at least"), max_digits=24, decimal_places=4, null=True)
    most = models.DecimalField(_("at most"), max_digits=24, decimal_places=4, null=True)
    rounding = models.CharField(
        _("rounding"), max_length=15, choices=Rounding, default=Rounding.HALF_UP
    )
    recorded_at = models.DateTimeField(_("recorded at"))
    recorded_by = models.CharField(_("recorded by"), max_length=150)

    class Meta:
        verbose_name = _("fee tariff")
        verbose_name_plural = _("fee tariffs")
        constraints = [
            models.UniqueConstraint(fields=["name", "valid_from"], name="fee_tariff_once"),
            models.CheckConstraint(
                condition=Q(rate__gte=0, fixed__gte=0), name="fee_tariff_not_negative"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} {self.valid_from}"


class Fee(models.Model):
    """What one participant owes another for a settled payment. Append-only."""

    book = models.CharField(_("book"), max_length=20)
    business_date = models.DateField(_("business date"))
    reference = models.CharField(_("reference"), max_length=121)
    tariff = models.CharField(_("tariff"), max_length=40)
    payer = models.ForeignKey(Participant, models.PROTECT, related_name="+", verbose_name=_("pays"))
    payee = models.ForeignKey(
        Participant, models.PROTECT, related_name="+", verbose_name=_("receives")
    )
    currency = models.CharField(_("currency"), max_length=24)
    amount = models.DecimalField(_("amount"), max_digits=24, decimal_places=4)

    class Meta:
        verbose_name = _("fee")
        verbose_name_plural = _("fees")
        constraints = [
            models.UniqueConstraint(fields=["book", "reference", "tariff"], name="fee_once"),
            models.CheckConstraint(condition=~Q(payer=F("payee")), name="fee_two_parties"),
            models.CheckConstraint(condition=Q(amount__gt=0), name="fee_positive"),
        ]
        indexes = [models.Index(fields=["book", "business_date"], name="fee_day")]

    def __str__(self) -> str:
        return f"{self.reference} {number_text(self.amount, 2)}"


class OpenCharge(models.Model):
    """A participant's side of a fee, claim or collected month that is not netted yet.

    It comes with its fact, by trigger, and goes into the obligation of a following day.
    """

    book = models.CharField(_("book"), max_length=20)
    charged_on = models.DateField(_("charged on"))
    participant = models.ForeignKey(
        Participant, models.PROTECT, related_name="+", verbose_name=_("participant")
    )
    currency = models.CharField(_("currency"), max_length=24)
    pays = models.DecimalField(_("pays"), max_digits=24, decimal_places=4)
    receives = models.DecimalField(_("receives"), max_digits=24, decimal_places=4)

    class Meta:
        verbose_name = _("open charge")
        verbose_name_plural = _("open charges")
        constraints = [
            models.CheckConstraint(
                condition=Q(pays__gte=0, receives__gte=0), name="open_charge_not_negative"
            ),
        ]
        indexes = [models.Index(fields=["book", "charged_on"], name="open_charge_day")]

    def __str__(self) -> str:
        return f"{self.charged_on} {number_text(self.receives - self.pays, 2)} {self.currency}"


class MarginRate(models.Model):
    """Initial margin of an asset, as a share of its marked value, from a day on. Append-only.

    An empty asset is the rate of all others.
    """

    asset = models.CharField(_("asset"), max_length=35, blank=True)
    rate = models.DecimalField(_("rate"), max_digits=9, decimal_places=6)
    valid_from = models.DateField(_("valid from"))
    recorded_at = models.DateTimeField(_("recorded at"))
    recorded_by = models.CharField(_("recorded by"), max_length=150)

    class Meta:
        verbose_name = _("margin rate")
        verbose_name_plural = _("margin rates")
        constraints = [
            models.UniqueConstraint(fields=["asset", "valid_from"], name="margin_rate_once"),
            models.CheckConstraint(condition=Q(rate__gte=0, rate__lte=1), name="margin_rate_share"),
        ]

    def __str__(self) -> str:
        return f"{self.asset or '*'} {self.rate}"


class MarginCall(models.Model):
    """What a participant must bring in, and how it comes about. Append-only; once a day.

    `required` is variation plus initial margin of the open trades at marked prices, `covered` the
    collateral's credit; the call is what is missing.
    """

    book = models.CharField(_("book"), max_length=20)
    business_date = models.DateField(_("business date"))
    participant = models.ForeignKey(
        Participant, models.PROTECT, related_name="+", verbose_name=_("participant")
    )
    currency = models.CharField(_("currency"), max_length=24)
    variation = models.DecimalField(_("variation margin"), max_digits=24, decimal_places=4)
    initial = models.DecimalField(_("initial margin"), max_digits=24, decimal_places=4)
    covered = models.DecimalField(_("covered"), max_digits=24, decimal_places=4)
    amount = models.DecimalField(_("call"), max_digits=24, decimal_places=4)

    class Meta:
        verbose_name = _("margin call")
        verbose_name_plural = _("margin calls")
        constraints = [
            models.UniqueConstraint(
                fields=["book", "business_date", "participant", "currency"],
                name="margin_call_once",
            ),
            models.CheckConstraint(condition=Q(amount__gt=0), name="margin_call_positive"),
        ]

    def __str__(self) -> str:
        return f"{self.business_date} {number_text(self.amount, 2)} {self.currency}"
