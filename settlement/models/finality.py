from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from settlement.models.legs import Leg
from settlement.models.participants import Participant
from settlement.models.positions import SettlementRun
from settlement.models.trades import Trade


class Settlement(models.Model):
    """Finality: that so much of a leg was settled, at this moment, for good. Append-only.

    All that is settled of a leg never exceeds the leg. A leg that settles in part has several.
    """

    # No index on the run: its legs are read by the unique key's twin through the leg.
    leg = models.ForeignKey(
        Leg, models.PROTECT, db_index=False, related_name="settlements", verbose_name=_("leg")
    )
    run = models.ForeignKey(
        SettlementRun, models.PROTECT, related_name="settlements", verbose_name=_("run")
    )
    quantity = models.DecimalField(_("quantity"), max_digits=30, decimal_places=10)
    settled_at = models.DateTimeField(_("final at"))

    class Meta:
        verbose_name = _("settlement of a leg")
        verbose_name_plural = _("settlements of legs")
        constraints = [
            models.UniqueConstraint(fields=["leg", "run"], name="settlement_leg_once"),
            models.CheckConstraint(condition=Q(quantity__gt=0), name="settlement_positive"),
        ]

    def __str__(self) -> str:
        return f"{self.leg_id} {self.quantity}"


class UnsettledTrade(models.Model):
    """Why a trade that was due stayed behind in a run. Append-only.

    `shortages`: the balances that bind, each with participant, asset and how much is missing, the
    worst first. `behind`: the earlier trade that it waits for when only the queue holds it back.
    """

    class Reason(models.TextChoices):
        SHORT = "short", _("a balance does not suffice")
        QUEUE = "queue", _("waits behind an earlier trade")
        HELD = "held", _("on hold")
        UNRELEASED = "unreleased", _("waits for its release")
        REJECTED = "rejected", _("its release was rejected")

    run = models.ForeignKey(
        SettlementRun,
        models.PROTECT,
        db_index=False,
        related_name="unsettled",
        verbose_name=_("run"),
    )
    trade = models.ForeignKey(
        Trade, models.PROTECT, related_name="unsettled", verbose_name=_("trade")
    )
    reason = models.CharField(_("reason"), max_length=10, choices=Reason)
    lots = models.PositiveIntegerField(_("lots unsettled"), default=1)
    of = models.PositiveIntegerField(_("lots"), default=1)
    shortages = models.JSONField(_("shortages"), default=list)
    behind = models.ForeignKey(
        Trade,
        models.PROTECT,
        null=True,
        db_index=False,
        related_name="+",
        verbose_name=_("waits behind"),
    )

    class Meta:
        verbose_name = _("unsettled trade")
        verbose_name_plural = _("unsettled trades")
        constraints = [
            models.UniqueConstraint(fields=["run", "trade"], name="unsettled_trade_once"),
        ]

    def __str__(self) -> str:
        return f"{self.trade_id} {self.reason}"


class FailedLeg(models.Model):
    """That a due leg was not settled at the end of a business day: a day of fail. Append-only.

    One row a leg and day, so that its age in business days is a count. `quantity` is what was
    still owed. `failing` is who caused it: the participant short of the asset, or on hold.
    """

    class Cause(models.TextChoices):
        SECURITIES = "securities", _("lack of securities")
        CASH = "cash", _("lack of cash")
        HELD = "held", _("on hold")
        UNRELEASED = "unreleased", _("not released")
        OTHER = "other", _("other")

    leg = models.ForeignKey(
        Leg, models.PROTECT, db_index=False, related_name="fails", verbose_name=_("leg")
    )
    business_date = models.DateField(_("business date"))
    run = models.ForeignKey(
        SettlementRun,
        models.PROTECT,
        null=True,
        db_index=False,
        related_name="+",
        verbose_name=_("run"),
    )
    cause = models.CharField(_("cause"), max_length=10, choices=Cause)
    failing = models.ForeignKey(
        Participant, models.PROTECT, related_name="+", verbose_name=_("failing participant")
    )
    quantity = models.DecimalField(_("quantity"), max_digits=30, decimal_places=10)
    recorded_at = models.DateTimeField(_("recorded at"))

    class Meta:
        verbose_name = _("failed leg")
        verbose_name_plural = _("failed legs")
        constraints = [
            models.UniqueConstraint(fields=["leg", "business_date"], name="failed_leg_a_day"),
        ]
        indexes = [models.Index(fields=["business_date"], name="failed_leg_day")]

    def __str__(self) -> str:
        return f"{self.leg_id} {self.business_date}"
