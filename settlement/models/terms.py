from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from settlement.models.instructions import Instruction
from settlement.models.participants import Participant
from settlement.models.trades import Trade


class MarketRule(models.Model):
    """How a market settles from a day on. Append-only; an empty market is the rule of all others.

    Models of delivery versus payment (BIS 1992): 1 gross/gross, 2 gross securities and net cash,
    3 net/net. `deadline` is in seconds; `lots` the most parts in which a trade may settle.
    """

    class Model(models.TextChoices):
        GROSS = "gross", _("model 1: gross")
        DVP2 = "dvp2", _("model 2: gross securities, net cash")
        DVP3 = "dvp3", _("model 3: net")

    class Mode(models.TextChoices):
        FIFO = "fifo", _("in the queue's order")
        OPTIMAL = "optimal", _("best set")

    class Objective(models.TextChoices):
        COUNT = "count", _("by count")
        VALUE = "value", _("by value")

    class Novation(models.TextChoices):
        NONE = "none", _("bilateral, no novation")
        HOUSE = "house", _("to the house")
        CCP = "ccp", _("to a central counterparty")

    market = models.CharField(_("market"), max_length=4, blank=True)
    valid_from = models.DateField(_("valid from"))
    model = models.CharField(_("model"), max_length=5, choices=Model, default=Model.DVP3)
    mode = models.CharField(_("mode"), max_length=7, choices=Mode, default=Mode.FIFO)
    by = models.CharField(_("objective"), max_length=5, choices=Objective, default=Objective.VALUE)
    deadline = models.PositiveSmallIntegerField(_("deadline (seconds)"), default=30)
    lots = models.PositiveIntegerField(_("lots"), default=1)
    novation = models.CharField(
        _("novation"), max_length=5, choices=Novation, default=Novation.HOUSE
    )
    ccp = models.ForeignKey(
        Participant,
        models.PROTECT,
        null=True,
        related_name="+",
        verbose_name=_("central counterparty"),
    )
    recorded_at = models.DateTimeField(_("recorded at"))
    recorded_by = models.CharField(_("recorded by"), max_length=150)

    class Meta:
        verbose_name = _("market rule")
        verbose_name_plural = _("market rules")
        constraints = [
            models.CheckConstraint(
                condition=Q(novation="ccp", ccp__isnull=False)
                | (~Q(novation="ccp") & Q(ccp__isnull=True)),
                name="market_rule_ccp",
            ),
            models.CheckConstraint(
                condition=Q(lots__gte=1, lots__lte=1_000_000, deadline__gte=1),
                name="market_rule_bounds",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.market or '*'} {self.model} {self.valid_from}"


class AccountLimit(models.Model):
    """How far a participant's account may fall, from a day on. Append-only; the latest wins.

    Amounts in units of the asset. A bilateral limit names the counterparty that it protects from.
    """

    class Kind(models.TextChoices):
        CREDIT_LINE = "credit_line", _("credit line")
        NET_DEBIT_CAP = "net_debit_cap", _("net debit cap")
        MINIMUM_BALANCE = "minimum_balance", _("minimum balance")
        BILATERAL = "bilateral", _("bilateral limit")

    book = models.CharField(_("book"), max_length=20)
    participant = models.ForeignKey(
        Participant, models.PROTECT, related_name="+", verbose_name=_("participant")
    )
    counterparty = models.ForeignKey(
        Participant,
        models.PROTECT,
        null=True,
        db_index=False,
        related_name="+",
        verbose_name=_("counterparty"),
    )
    asset = models.CharField(_("asset"), max_length=35)
    kind = models.CharField(_("kind"), max_length=15, choices=Kind)
    amount = models.DecimalField(_("amount"), max_digits=30, decimal_places=10, null=True)
    valid_from = models.DateField(_("valid from"))
    recorded_at = models.DateTimeField(_("recorded at"))
    recorded_by = models.CharField(_("recorded by"), max_length=150)

    class Meta:
        verbose_name = _("account limit")
        verbose_name_plural = _("account limits")
        constraints = [
            models.CheckConstraint(
                condition=Q(kind="bilateral", counterparty__isnull=False)
                | (~Q(kind="bilateral") & Q(counterparty__isnull=True)),
                name="account_limit_counterparty",
            ),
            models.CheckConstraint(
                condition=Q(amount__isnull=True) | Q(amount__gte=0), name="account_limit_sign"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.participant_id} {self.kind} {self.amount} {self.asset}"


class Pledge(models.Model):
    """Collateral pledged or given back (below zero). Append-only; sums are what is pledged.

    `quantity` of the asset is blocked, and opens `credit` more of `currency`: what it is worth
    after the haircut, as it was valued when it was pledged.
    """

    book = models.CharField(_("book"), max_length=20)
    participant = models.ForeignKey(
        Participant, models.PROTECT, related_name="+", verbose_name=_("participant")
    )
    reference = models.CharField(_("reference"), max_length=80)
    asset = models.CharField(_("asset"), max_length=35)
    quantity = models.DecimalField(_("quantity"), max_digits=30, decimal_places=10)
    currency = models.CharField(_("currency"), max_length=24)
    credit = models.DecimalField(_("credit"), max_digits=24, decimal_places=4)
    pledged_at = models.DateTimeField(_("pledged at"))
    pledged_by = models.CharField(_("pledged by"), max_length=150)

    class Meta:
        verbose_name = _("pledge")
        verbose_name_plural = _("pledges")
        constraints = [
            models.UniqueConstraint(fields=["book", "reference"], name="pledge_once"),
            models.CheckConstraint(condition=~Q(quantity=0), name="pledge_not_zero"),
        ]

    def __str__(self) -> str:
        return f"{self.participant_id} {self.quantity} {self.asset}"


class ReleaseLimit(models.Model):
    """From which amount on a payment needs a second person's release. Append-only; latest wins."""

    book = models.CharField(_("book"), max_length=20)
    currency = models.CharField(_("currency"), max_length=24)
    amount = models.DecimalField(_("amount"), max_digits=24, decimal_places=4)
    valid_from = models.DateField(_("valid from"))
    recorded_at = models.DateTimeField(_("recorded at"))
    recorded_by = models.CharField(_("recorded by"), max_length=150)

    class Meta:
        verbose_name = _("release limit")
        verbose_name_plural = _("release limits")
        constraints = [
            models.CheckConstraint(condition=Q(amount__gt=0), name="release_limit_positive"),
        ]

    def __str__(self) -> str:
        return f"{self.currency} {self.amount}"


class PaymentRelease(models.Model):
    """A second person's decision about what the limit stops. Append-only.

    Either a payment between participants, or an instruction by which the house itself pays.
    """

    trade = models.OneToOneField(
        Trade, models.PROTECT, null=True, related_name="release", verbose_name=_("payment")
    )
    instruction = models.OneToOneField(
        Instruction,
        models.PROTECT,
        null=True,
        related_name="release",
        verbose_name=_("settlement instruction"),
    )
    approved = models.BooleanField(_("approved"))
    decided_at = models.DateTimeField(_("decided at"))
    decided_by = models.CharField(_("decided by"), max_length=150)

    class Meta:
        verbose_name = _("payment release")
        verbose_name_plural = _("payment releases")
        constraints = [
            models.CheckConstraint(
                condition=Q(trade=None, instruction__isnull=False)
                | Q(trade__isnull=False, instruction=None),
                name="payment_release_of_one",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.trade_id or self.instruction_id} {self.approved}"
