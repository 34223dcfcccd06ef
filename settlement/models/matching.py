from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from backoffice.frame.amounts import number_text
from settlement.models.trades import Trade


class MatchingTolerance(models.Model):
    """How far two cash amounts may be apart in a market and still match. Append-only.

    Applies to trade dates from `valid_from` on and to amounts from `above` on; the latest and
    highest wins. Amounts are in major units of `currency`.
    """

    market = models.CharField(_("market"), max_length=4)
    currency = models.CharField(_("currency"), max_length=24)
    above = models.DecimalField(_("amounts from"), max_digits=24, decimal_places=4, default=0)
    tolerance = models.DecimalField(_("tolerance"), max_digits=24, decimal_places=4)
    valid_from = models.DateField(_("valid from"))
    source = models.TextField(_("source"))

    class Meta:
        verbose_name = _("matching tolerance")
        verbose_name_plural = _("matching tolerances")
        constraints = [
            models.UniqueConstraint(
                fields=["market", "currency", "above", "valid_from"],
                name="matching_tolerance_once",
            ),
            models.CheckConstraint(
                condition=Q(tolerance__gte=0, above__gte=0), name="matching_tolerance_sign"
            ),
            models.CheckConstraint(condition=~Q(source=""), name="matching_tolerance_has_source"),
        ]

    def __str__(self) -> str:
        return f"{self.market} {self.currency} {number_text(self.tolerance)}"


class UnmatchedTrade(models.Model):
    """The queue of sides that wait for their other side: a row comes with the fact, goes with
    its match, its amendment or its cancellation.
    """

    trade = models.OneToOneField(
        Trade,
        models.PROTECT,
        primary_key=True,
        related_name="waiting",
        verbose_name=_("trade"),
    )
    since = models.DateTimeField(_("since"))

    class Meta:
        verbose_name = _("unmatched trade")
        verbose_name_plural = _("unmatched trades")

    def __str__(self) -> str:
        return str(self.trade)


class TradeMatch(models.Model):
    """That two sides say the same, within the market's tolerance. Append-only.

    The deliverer's amount settles, so the seller's fact carries the legs.
    """

    class How(models.TextChoices):
        COMPARED = "compared", _("compared")
        AFFIRMED = "affirmed", _("affirmed")

    buy = models.OneToOneField(
        Trade, models.PROTECT, related_name="match_as_buy", verbose_name=_("buyer's side")
    )
    sell = models.OneToOneField(
        Trade, models.PROTECT, related_name="match_as_sell", verbose_name=_("seller's side")
    )
    how = models.CharField(_("how"), max_length=8, choices=How, default=How.COMPARED)
    tolerance = models.DecimalField(_("tolerance"), max_digits=24, decimal_places=4, default=0)
    difference = models.DecimalField(
        _("difference of the amounts"), max_digits=24, decimal_places=4, default=0
    )
    matched_at = models.DateTimeField(_("matched at"))
    matched_by = models.CharField(_("matched by"), max_length=150)

    class Meta:
        verbose_name = _("match")
        verbose_name_plural = _("matches")
        constraints = [
            models.CheckConstraint(
                condition=Q(difference__gte=-models.F("tolerance"))
                & Q(difference__lte=models.F("tolerance")),
                name="trade_match_within_tolerance",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.buy_id} = {self.sell_id}"
