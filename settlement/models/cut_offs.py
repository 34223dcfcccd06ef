from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from settlement.models.trades import Trade


class CutOff(models.Model):
    """Until when an item for a value date may come, by the market's own clock. Append-only.

    Applies to value dates from `valid_from` on; an empty market is all markets, an empty currency
    all currencies, an empty type all trades. The narrowest wins (market, then currency, then
    type), of these the latest day, of these the row entered last. Without `time` there is no
    cut-off from that day on. `days_before` counts business days before the value date.
    """

    class Policy(models.TextChoices):
        ROLL = "roll", _("to the next business day")
        REFUSE = "refuse", _("refused")

    market = models.CharField(_("market"), max_length=4, blank=True)
    currency = models.CharField(_("currency"), max_length=3, blank=True)
    type = models.CharField(_("type"), max_length=7, choices=Trade.Type, blank=True)
    valid_from = models.DateField(_("valid from"))
    time = models.TimeField(_("cut-off time"), null=True)
    zone = models.CharField(_("time zone"), max_length=40, default="Asia/Bangkok")
    days_before = models.PositiveSmallIntegerField(_("business days before"), default=0)
    policy = models.CharField(_("what is late"), max_length=6, choices=Policy, default=Policy.ROLL)
    source = models.TextField(_("source"))
    recorded_at = models.DateTimeField(_("recorded at"))
    recorded_by = models.CharField(_("recorded by"), max_length=150)

    class Meta:
        verbose_name = _("cut-off time")
        verbose_name_plural = _("cut-off times")
        constraints = [
            models.CheckConstraint(condition=Q(days_before__lte=10), name="cut_off_days_before"),
            models.CheckConstraint(condition=~Q(source=""), name="cut_off_has_source"),
            models.CheckConstraint(
                condition=Q(type__in=["", *Trade.Type.values]), name="cut_off_type"
            ),
            models.CheckConstraint(
                condition=Q(policy__in=["roll", "refuse"]), name="cut_off_policy"
            ),
        ]

    def __str__(self) -> str:
        scope = " ".join(one for one in (self.market or "*", self.currency, self.type) if one)
        clock = f"{self.time:%H:%M} {self.zone}" if self.time else "-"
        return f"{scope} {clock} {self.valid_from}"
