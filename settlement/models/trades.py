from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from settlement.models.capture import ImportFile
from settlement.models.instruments import Instrument
from settlement.models.participants import Participant
from settlement.models.standing import StandingInstruction


class Trade(models.Model):
    """What one side says of a trade, or the order of a payment. Append-only.

    An amendment or a cancellation is a new fact with the next version that `amends` the one before;
    the fact that nothing amends is the one in force. One that the house redated, because a calendar
    changed, is a version that its source never sent. `buyer` receives the instrument (of a payment:
    the money). Quantities are in units of the instrument, amounts in major units of `currency`.
    `locked_in` facts need no second side: payments, and trades that a market matched already.
    """

    class Type(models.TextChoices):
        DVP = "DVP", _("delivery versus payment")
        FOP = "FOP", _("delivery free of payment")
        PAYMENT = "PAYMENT", _("payment")
        PVP = "PVP", _("payment versus payment")

    class Side(models.TextChoices):
        BUY = "BUY", _("buyer's side")
        SELL = "SELL", _("seller's side")

    class Action(models.TextChoices):
        NEW = "new", _("new trade")
        AMEND = "amend", _("amendment")
        CANCEL = "cancel", _("cancellation")
        REDATE = "redate", _("value date moved by the calendar")

    book = models.CharField(_("book"), max_length=20)
    source = models.CharField(_("source"), max_length=40)
    source_ref = models.CharField(_("reference"), max_length=80)
    version = models.PositiveIntegerField(_("version"), default=1)
    action = models.CharField(_("action"), max_length=6, choices=Action, default=Action.NEW)
    # What a trade refers to is asked once for a whole statement (migration 0172), not row by row.
    amends = models.OneToOneField(
        "self",
        models.PROTECT,
        null=True,
        db_constraint=False,
        related_name="amended_by",
        verbose_name=_("amends"),
    )
    block = models.ForeignKey(
        "self",
        models.PROTECT,
        null=True,
        db_constraint=False,
        related_name="parts",
        verbose_name=_("block trade"),
    )
    is_block = models.BooleanField(_("awaits allocation"), default=False)
    locked_in = models.BooleanField(_("locked in"), default=False)
    type = models.CharField(_("type"), max_length=7, choices=Type)
    side = models.CharField(_("side"), max_length=4, choices=Side)
    trade_date = models.DateField(_("trade date"))
    value_date = models.DateField(_("value date"))
    cycle = models.CharField(_("cycle"), max_length=6, blank=True)
    calendar_version = models.ForeignKey(
        "reference.CalendarVersion",
        models.PROTECT,
        null=True,
        db_index=False,
        db_constraint=False,
        related_name="+",
        verbose_name=_("calendar version"),
    )
    market = models.CharField(_("market"), max_length=4, blank=True)
    buyer = models.ForeignKey(
        Participant,
        models.PROTECT,
        db_constraint=False,
        related_name="+",
        verbose_name=_("buyer"),
    )
    seller = models.ForeignKey(
        Participant,
        models.PROTECT,
        db_constraint=False,
        related_name="+",
        verbose_name=_("seller"),
    )
    buyer_account = models.CharField(_("buyer's account"), max_length=35, blank=True)
    seller_account = models.CharField(_("seller's account"), max_length=35, blank=True)
    instrument = models.ForeignKey(
        Instrument,
        models.PROTECT,
        null=True,
        db_constraint=False,
        related_name="+",
        verbose_name=_("instrument"),
    )
    quantity = models.DecimalField(_("quantity"), max_digits=30, decimal_places=10, default=0)
    price = models.DecimalField(_("price"), max_digits=30, decimal_places=10, null=True)
    amount = models.DecimalField(_("amount"), max_digits=24, decimal_places=4, default=0)
    currency = models.CharField(_("currency"), max_length=24, blank=True)
    common_ref = models.CharField(_("common reference"), max_length=80, blank=True)
    detail = models.JSONField(_("details"), default=dict)
    file = models.ForeignKey(
        ImportFile,
        models.PROTECT,
        null=True,
        db_constraint=False,
        related_name="+",
        verbose_name=_("file"),
    )
    line_no = models.PositiveIntegerField(_("line"), null=True)
    captured_at = models.DateTimeField(_("captured at"))
    captured_by = models.CharField(_("captured by"), max_length=150)

    class Meta:
        verbose_name = _("trade")
        verbose_name_plural = _("trades")
        constraints = [
            models.UniqueConstraint(
                fields=["book", "source", "source_ref", "version"], name="trade_once"
            ),
            models.CheckConstraint(condition=~Q(buyer=F("seller")), name="trade_two_parties"),
            models.CheckConstraint(
                condition=Q(value_date__gte=F("trade_date")), name="trade_value_not_before"
            ),
            models.CheckConstraint(
                condition=Q(version=1, amends__isnull=True, action="new")
                | Q(version__gt=1, amends__isnull=False, action__in=["amend", "cancel", "redate"]),
                name="trade_version_chain",
            ),
            models.CheckConstraint(
                condition=Q(type="PAYMENT", instrument__isnull=True, quantity=0)
                | (~Q(type="PAYMENT") & Q(instrument__isnull=False, quantity__gt=0)),
                name="trade_delivery",
            ),
            models.CheckConstraint(
                condition=Q(type="FOP", amount=0, currency="")
                | (~Q(type="FOP") & Q(amount__gt=0) & ~Q(currency="")),
                name="trade_cash",
            ),
            models.CheckConstraint(
                condition=~Q(type="PAYMENT") | Q(locked_in=True), name="trade_payment_locked_in"
            ),
        ]
        indexes = [
            models.Index(fields=["book", "value_date"], name="trade_value_date"),
            models.Index(fields=["source_ref"], name="trade_reference"),
        ]

    def __str__(self) -> str:
        return f"{self.source} {self.source_ref} v{self.version}"


class TradeEnrichment(models.Model):
    """Which standing instructions apply to a trade's two sides; null where there is none."""

    trade = models.OneToOneField(
        Trade, models.PROTECT, related_name="enrichment", verbose_name=_("trade")
    )
    buyer_instruction = models.ForeignKey(
        StandingInstruction,
        models.PROTECT,
        null=True,
        db_index=False,
        related_name="+",
        verbose_name=_("buyer's instruction"),
    )
    seller_instruction = models.ForeignKey(
        StandingInstruction,
        models.PROTECT,
        null=True,
        db_index=False,
        related_name="+",
        verbose_name=_("seller's instruction"),
    )
    enriched_at = models.DateTimeField(_("enriched at"))

    class Meta:
        verbose_name = _("trade enrichment")
        verbose_name_plural = _("trade enrichments")
        indexes = [models.Index(fields=["enriched_at"], name="trade_enriched")]

    def __str__(self) -> str:
        return str(self.trade_id)


class HeldTrade(models.Model):
    """A trade that a hold kept from opening its legs; they open when it is released."""

    trade = models.OneToOneField(
        Trade, models.PROTECT, related_name="hold", verbose_name=_("trade")
    )
    held_at = models.DateTimeField(_("held at"))
    released_at = models.DateTimeField(_("released at"), null=True)

    class Meta:
        verbose_name = _("held trade")
        verbose_name_plural = _("held trades")
        indexes = [
            models.Index(fields=["held_at"], name="trade_held", condition=Q(released_at=None)),
        ]

    def __str__(self) -> str:
        return str(self.trade_id)


class WithdrawnTrade(models.Model):
    """A trade whose open legs both sides cancelled: they do not settle any more. Append-only."""

    trade = models.OneToOneField(
        Trade, models.PROTECT, related_name="withdrawal", verbose_name=_("trade")
    )
    withdrawn_at = models.DateTimeField(_("withdrawn at"))
    withdrawn_by = models.CharField(_("withdrawn by"), max_length=150)

    class Meta:
        verbose_name = _("withdrawn trade")
        verbose_name_plural = _("withdrawn trades")

    def __str__(self) -> str:
        return str(self.trade_id)


class EarlyMessage(models.Model):
    """A version or status that came before the one it follows; kept until that one is there."""

    class Kind(models.TextChoices):
        VERSION = "version", _("later version")
        STATUS = "status", _("status")

    book = models.CharField(_("book"), max_length=20)
    source = models.CharField(_("source"), max_length=40)
    source_ref = models.CharField(_("reference"), max_length=80)
    kind = models.CharField(_("kind"), max_length=7, choices=Kind)
    number = models.PositiveIntegerField(_("number"))
    content = models.JSONField(_("content"), default=dict)
    received_at = models.DateTimeField(_("received at"))
    applied_at = models.DateTimeField(_("applied at"), null=True)

    class Meta:
        verbose_name = _("early message")
        verbose_name_plural = _("early messages")
        constraints = [
            models.UniqueConstraint(
                fields=["book", "source", "source_ref", "kind", "number"],
                name="early_message_once",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.source} {self.source_ref} {self.kind} {self.number}"


class TradeStatus(models.Model):
    """What a counterparty or depository reports of a trade, in the order of arrival. Append-only.

    A status that cannot follow the ones before it is kept with `in_order` false, and is work for
    the desk.
    """

    class Kind(models.TextChoices):
        ACCEPTED = "accepted", _("accepted")
        REJECTED = "rejected", _("rejected")
        MATCHED = "matched", _("matched")
        UNMATCHED = "unmatched", _("unmatched")
        PENDING = "pending", _("pending")
        FAILING = "failing", _("failing")
        SETTLED = "settled", _("settled")
        CANCELLED = "cancelled", _("cancelled")

    trade = models.ForeignKey(
        Trade, models.PROTECT, related_name="statuses", verbose_name=_("trade")
    )
    message_ref = models.CharField(_("message"), max_length=80)
    kind = models.CharField(_("status"), max_length=10, choices=Kind)
    reason = models.CharField(_("reason"), max_length=140, blank=True)
    in_order = models.BooleanField(_("in order"), default=True)
    reported_at = models.DateTimeField(_("reported at"))
    recorded_at = models.DateTimeField(_("recorded at"))

    class Meta:
        verbose_name = _("trade status")
        verbose_name_plural = _("trade statuses")
        constraints = [
            models.UniqueConstraint(fields=["trade", "message_ref"], name="trade_status_once"),
        ]

    def __str__(self) -> str:
        return f"{self.trade_id} {self.kind}"
