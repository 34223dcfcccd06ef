from django.db import models
from django.db.models import Exists, F, OuterRef, Q
from django.utils.translation import gettext_lazy as _

from backoffice.frame.amounts import number_text
from settlement.models.instruments import Instrument
from settlement.models.participants import Participant
from settlement.models.trades import Trade


class PenaltyRegime(models.Model):
    """Which tariff a market charges fails by, and when it buys in. Append-only; the latest wins.

    A market without a regime charges nothing. `buy_in_after` counts business days of fail;
    `collection_day` is the business day of the following month.
    """

    market = models.CharField(_("market"), max_length=4)
    tariff = models.CharField(_("tariff"), max_length=12)
    valid_from = models.DateField(_("valid from"))
    buy_in_after = models.PositiveSmallIntegerField(_("buy-in after days"), null=True)
    collection_day = models.PositiveSmallIntegerField(_("collection day"), default=18)
    source = models.TextField(_("source"))

    class Meta:
        verbose_name = _("penalty regime")
        verbose_name_plural = _("penalty regimes")
        constraints = [
            models.UniqueConstraint(fields=["market", "valid_from"], name="penalty_regime_once"),
        ]

    def __str__(self) -> str:
        return f"{self.market} {self.tariff}"


class PenaltyRates(models.QuerySet["PenaltyRate"]):
    """Narrowing of rates."""

    def in_force(self) -> "PenaltyRates":
        """Without the rates that were corrected since."""
        later = PenaltyRate.objects.filter(
            tariff=OuterRef("tariff"),
            category=OuterRef("category"),
            currency=OuterRef("currency"),
            valid_from=OuterRef("valid_from"),
            correction__gt=OuterRef("correction"),
        )
        return self.filter(~Exists(later))


class PenaltyRate(models.Model):
    """What a day of fail costs, from a day on. Append-only; the latest wins.

    Of an asset type in basis points of the value; of lacking cash as the currency's overnight
    rate in percent a year. A wrong one is followed by its correction.
    """

    tariff = models.CharField(_("tariff"), max_length=12)
    category = models.CharField(_("category"), max_length=30)
    currency = models.CharField(_("currency"), max_length=3, blank=True)
    basis_points = models.DecimalField(
        _("basis points a day"), max_digits=12, decimal_places=6, null=True
    )
    percent = models.DecimalField(_("percent a year"), max_digits=12, decimal_places=6, null=True)
    day_count = models.PositiveSmallIntegerField(_("days of the year"), default=360)
    valid_from = models.DateField(_("valid from"))
    correction = models.PositiveSmallIntegerField(_("correction"), default=0)
    source = models.TextField(_("source"))
    # Empty of what came with the house.
    recorded_at = models.DateTimeField(_("recorded at"), null=True)
    proposed_by = models.CharField(_("proposed by"), max_length=150, blank=True)
    recorded_by = models.CharField(_("approved by"), max_length=150, blank=True)

    objects = PenaltyRates.as_manager()

    class Meta:
        verbose_name = _("penalty rate")
        verbose_name_plural = _("penalty rates")
        constraints = [
            models.UniqueConstraint(
                fields=["tariff", "category", "currency", "valid_from", "correction"],
                name="penalty_rate_once",
            ),
            models.CheckConstraint(
                condition=Q(category="lack_of_cash", basis_points=None, percent__isnull=False)
                & ~Q(currency="")
                | ~Q(category="lack_of_cash")
                & Q(percent=None, basis_points__gte=0, basis_points__lte=10_000),
                name="penalty_rate_kind",
            ),
            # Four eyes; a process has no second self.
            models.CheckConstraint(
                condition=Q(recorded_by="")
                | Q(recorded_by__startswith="system:")
                | ~Q(proposed_by=F("recorded_by")),
                name="penalty_rate_by_two",
            ),
            models.CheckConstraint(condition=~Q(source=""), name="penalty_rate_has_source"),
        ]

    def __str__(self) -> str:
        return f"{self.tariff} {self.category} {self.valid_from}"


class ReferencePrice(models.Model):
    """What an instrument was worth at the end of a day: for penalties and margins. Append-only."""

    instrument = models.ForeignKey(
        Instrument, models.PROTECT, related_name="+", verbose_name=_("instrument")
    )
    day = models.DateField(_("day"))
    price = models.DecimalField(_("price"), max_digits=30, decimal_places=10)
    currency = models.CharField(_("currency"), max_length=24)
    source = models.CharField(_("source"), max_length=80)
    recorded_at = models.DateTimeField(_("recorded at"))

    class Meta:
        verbose_name = _("reference price")
        verbose_name_plural = _("reference prices")
        constraints = [
            models.UniqueConstraint(fields=["instrument", "day"], name="reference_price_once"),
            models.CheckConstraint(condition=Q(price__gt=0), name="reference_price_positive"),
        ]

    def __str__(self) -> str:
        return f"{self.instrument_id} {self.day}"


class Penalty(models.Model):
    """What the failing participant of a trade owes the other for one business day. Append-only."""

    class Kind(models.TextChoices):
        LATE_MATCHING = "lmfp", _("late matching")
        SETTLEMENT = "sefp", _("settlement fail")

    book = models.CharField(_("book"), max_length=20)
    trade = models.ForeignKey(Trade, models.PROTECT, related_name="+", verbose_name=_("trade"))
    business_date = models.DateField(_("business date"))
    kind = models.CharField(_("kind"), max_length=4, choices=Kind)
    payer = models.ForeignKey(Participant, models.PROTECT, related_name="+", verbose_name=_("pays"))
    payee = models.ForeignKey(
        Participant, models.PROTECT, related_name="+", verbose_name=_("receives")
    )
    category = models.CharField(_("category"), max_length=30)
    tariff = models.CharField(_("tariff"), max_length=12)
    value = models.DecimalField(_("value"), max_digits=38, decimal_places=10)
    currency = models.CharField(_("currency"), max_length=24)
    amount = models.DecimalField(_("amount"), max_digits=24, decimal_places=4)
    charged_on = models.DateField(_("charged on"))

    class Meta:
        verbose_name = _("cash penalty")
        verbose_name_plural = _("cash penalties")
        constraints = [
            models.UniqueConstraint(fields=["trade", "business_date"], name="penalty_once_a_day"),
            models.CheckConstraint(condition=~Q(payer=F("payee")), name="penalty_two_parties"),
            models.CheckConstraint(condition=Q(amount__gte=0), name="penalty_not_negative"),
        ]
        indexes = [models.Index(fields=["book", "charged_on"], name="penalty_month")]

    def __str__(self) -> str:
        return f"{self.business_date} {number_text(self.amount, 2)} {self.currency}"


class UnpricedFail(models.Model):
    """A day of fail that could not be charged: no price, or no rate. Goes with its penalty."""

    book = models.CharField(_("book"), max_length=20)
    trade = models.ForeignKey(Trade, models.PROTECT, related_name="+", verbose_name=_("trade"))
    business_date = models.DateField(_("business date"))
    kind = models.CharField(_("kind"), max_length=4, choices=Penalty.Kind)

    class Meta:
        verbose_name = _("unpriced fail")
        verbose_name_plural = _("unpriced fails")
        constraints = [
            models.UniqueConstraint(
                fields=["trade", "business_date", "kind"], name="unpriced_fail_a_day"
            ),
        ]
        indexes = [models.Index(fields=["book", "kind", "business_date"], name="unpriced_fail")]

    def __str__(self) -> str:
        return f"{self.trade_id} {self.business_date}"


class PenaltyNet(models.Model):
    """What a participant pays (below zero) or receives of a market's month. Append-only."""

    EVERY_MARKET = "*"
    """Of months that were collected before each market had its own day."""

    book = models.CharField(_("book"), max_length=20)
    market = models.CharField(_("market"), max_length=4, blank=True)
    month = models.DateField(_("month"))
    participant = models.ForeignKey(
        Participant, models.PROTECT, related_name="+", verbose_name=_("participant")
    )
    currency = models.CharField(_("currency"), max_length=24)
    net = models.DecimalField(_("net"), max_digits=24, decimal_places=4)
    penalties = models.PositiveIntegerField(_("penalties"))
    collected_on = models.DateField(_("collected on"))

    class Meta:
        verbose_name = _("penalties of a month")
        verbose_name_plural = _("penalties by month")
        constraints = [
            models.UniqueConstraint(
                fields=["book", "month", "market", "participant", "currency"],
                name="penalty_net_once",
            ),
        ]
        indexes = [models.Index(fields=["book", "collected_on"], name="penalty_net_day")]

    def __str__(self) -> str:
        return f"{self.month:%Y-%m} {number_text(self.net, 2)} {self.currency}"


class BuyIn(models.Model):
    """That a failing delivery is to be bought in the market. Append-only."""

    trade = models.OneToOneField(
        Trade, models.PROTECT, related_name="buy_in", verbose_name=_("trade")
    )
    business_date = models.DateField(_("business date"))
    quantity = models.DecimalField(_("quantity"), max_digits=30, decimal_places=10)
    days = models.PositiveIntegerField(_("days of fail"))

    class Meta:
        verbose_name = _("buy-in")
        verbose_name_plural = _("buy-ins")

    def __str__(self) -> str:
        return str(self.trade_id)


class CorporateAction(models.Model):
    """A payment on a security: so much for each unit held on the record date. Append-only."""

    instrument = models.ForeignKey(
        Instrument, models.PROTECT, related_name="+", verbose_name=_("instrument")
    )
    reference = models.CharField(_("reference"), max_length=40, unique=True)
    record_date = models.DateField(_("record date"))
    ex_date = models.DateField(_("ex-date"))
    payment_date = models.DateField(_("payment date"))
    amount = models.DecimalField(_("amount a unit"), max_digits=30, decimal_places=10)
    currency = models.CharField(_("currency"), max_length=24)
    recorded_at = models.DateTimeField(_("recorded at"))
    recorded_by = models.CharField(_("recorded by"), max_length=150)

    class Meta:
        verbose_name = _("corporate action")
        verbose_name_plural = _("corporate actions")
        constraints = [
            models.CheckConstraint(condition=Q(amount__gt=0), name="corporate_action_positive"),
            models.CheckConstraint(
                condition=Q(payment_date__gte=F("record_date")), name="corporate_action_order"
            ),
        ]

    def __str__(self) -> str:
        return self.reference


class MarketClaim(models.Model):
    """What the deliverer of a failed trade owes for a payment that was the buyer's. Append-only."""

    book = models.CharField(_("book"), max_length=20)
    action = models.ForeignKey(
        CorporateAction, models.PROTECT, related_name="claims", verbose_name=_("corporate action")
    )
    trade = models.ForeignKey(Trade, models.PROTECT, related_name="+", verbose_name=_("trade"))
    payer = models.ForeignKey(Participant, models.PROTECT, related_name="+", verbose_name=_("pays"))
    payee = models.ForeignKey(
        Participant, models.PROTECT, related_name="+", verbose_name=_("receives")
    )
    quantity = models.DecimalField(_("quantity"), max_digits=30, decimal_places=10)
    currency = models.CharField(_("currency"), max_length=24)
    amount = models.DecimalField(_("amount"), max_digits=24, decimal_places=4)
    claimed_on = models.DateField(_("claimed on"))

    class Meta:
        verbose_name = _("market claim")
        verbose_name_plural = _("market claims")
        constraints = [
            models.UniqueConstraint(fields=["action", "trade"], name="market_claim_once"),
        ]

    def __str__(self) -> str:
        return f"{self.action_id} {self.trade_id}"
