"""Goods, what they cost on each price list, and how many lie where."""

from typing import Any

from django.db import models
from django.db.models import F, Q
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from backoffice.frame.amounts import number_text

# Prices per unit may be finer than the currency's minor unit; amounts are rounded when charged.
PRICE: Any = {"max_digits": 30, "decimal_places": 10}
QUANTITY: Any = {"max_digits": 24, "decimal_places": 6}


class Good(models.Model):
    """Something the house sells and keeps in stock."""

    code = models.CharField(_("code"), max_length=40, unique=True)
    name_en = models.CharField(_("name (English)"), max_length=160)
    name_th = models.CharField(_("name (Thai)"), max_length=160)
    unit_en = models.CharField(_("unit (English)"), max_length=40)
    unit_th = models.CharField(_("unit (Thai)"), max_length=40)

    class Meta:
        verbose_name = _("good")
        verbose_name_plural = _("goods")
        ordering = ["code"]

    def __str__(self) -> str:
        thai = (get_language() or "").startswith("th")
        return f"{self.code} {self.name_th if thai else self.name_en}"


class PriceList(models.Model):
    """A named set of prices in one currency, such as wholesale in baht."""

    code = models.CharField(_("code"), max_length=40, unique=True)
    name_en = models.CharField(_("name (English)"), max_length=120)
    name_th = models.CharField(_("name (Thai)"), max_length=120)
    currency = models.CharField(_("currency"), max_length=3)

    class Meta:
        verbose_name = _("price list")
        verbose_name_plural = _("price lists")
        ordering = ["code"]

    def __str__(self) -> str:
        return f"{self.code} ({self.currency})"


class Price(models.Model):
    """A price from a day on, for a quantity and more; never changed, only followed by the next.

    An empty amount withdraws the price from that day on.
    """

    price_list = models.ForeignKey(
        PriceList, models.PROTECT, related_name="+", verbose_name=_("price list")
    )
    good = models.ForeignKey(Good, models.PROTECT, related_name="+", verbose_name=_("good"))
    min_quantity = models.DecimalField(_("from quantity"), default=1, **QUANTITY)
    amount = models.DecimalField(_("price per unit"), null=True, blank=True, **PRICE)
    valid_from = models.DateField(_("valid from"))
    recorded_at = models.DateTimeField(_("recorded at"))
    recorded_by = models.CharField(_("recorded by"), max_length=150)

    class Meta:
        verbose_name = _("price")
        verbose_name_plural = _("prices")
        constraints = [
            models.CheckConstraint(
                condition=Q(amount=None) | Q(amount__gte=0), name="price_not_negative"
            ),
            models.CheckConstraint(condition=Q(min_quantity__gt=0), name="price_quantity_positive"),
        ]
        indexes = [
            models.Index(
                F("good"),
                F("price_list"),
                F("min_quantity"),
                F("valid_from").desc(),
                F("id").desc(),
                name="price_valid",
            ),
        ]

    def __str__(self) -> str:
        return f"{number_text(self.amount, 2)} {self.valid_from}"


class StockMovement(models.Model):
    """Goods that came (positive) or went (negative); never changed."""

    good = models.ForeignKey(Good, models.PROTECT, related_name="+", verbose_name=_("good"))
    location = models.CharField(_("location"), max_length=60)
    quantity = models.DecimalField(_("quantity"), **QUANTITY)
    moved_at = models.DateTimeField(_("moved at"))
    recorded_at = models.DateTimeField(_("recorded at"))
    source_key = models.CharField(_("source"), max_length=120, unique=True)

    class Meta:
        verbose_name = _("stock movement")
        verbose_name_plural = _("stock movements")
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"{self.source_key} {number_text(self.quantity)}"


class StockLevel(models.Model):
    """How many lie at a location: the sum of the movements, kept in their transaction."""

    good = models.ForeignKey(Good, models.PROTECT, related_name="+", verbose_name=_("good"))
    location = models.CharField(_("location"), max_length=60)
    quantity = models.DecimalField(_("quantity"), default=0, **QUANTITY)
    moved_at = models.DateTimeField(_("last moved at"))

    class Meta:
        verbose_name = _("stock level")
        verbose_name_plural = _("stock levels")
        ordering = ["good", "location"]
        constraints = [
            models.UniqueConstraint(fields=["good", "location"], name="stock_level_once"),
            models.CheckConstraint(condition=Q(quantity__gte=0), name="stock_not_negative"),
        ]

    def __str__(self) -> str:
        return f"{self.location} {number_text(self.quantity)}"
