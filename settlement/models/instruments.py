from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


class Instrument(models.Model):
    """Anything that can be delivered: a security, goods in stock, a currency.

    `code` is how legs name it: the ISIN of a security, the house's code of goods, the ISO 4217
    code of a currency. Quantities are counted in units of 10**-decimals.
    """

    class Kind(models.TextChoices):
        SECURITY = "security", _("security")
        GOOD = "good", _("good")
        CURRENCY = "currency", _("currency")

    code = models.CharField(_("code"), max_length=35, unique=True)
    kind = models.CharField(_("kind"), max_length=10, choices=Kind)
    asset_class = models.CharField(_("asset class"), max_length=24, default="equity")
    symbol = models.CharField(_("symbol"), max_length=20, blank=True)
    name_en = models.CharField(_("name (English)"), max_length=160)
    name_th = models.CharField(_("name (Thai)"), max_length=160, blank=True)
    decimals = models.PositiveSmallIntegerField(_("decimals"), default=0)
    market = models.CharField(_("market"), max_length=4, blank=True)

    class Meta:
        verbose_name = _("instrument")
        verbose_name_plural = _("instruments")
        ordering = ["code"]
        constraints = [
            models.CheckConstraint(condition=Q(decimals__lte=10), name="instrument_decimals"),
            models.CheckConstraint(
                condition=~Q(kind="security") | Q(code__regex=r"^[A-Z]{2}[A-Z0-9]{9}[0-9]$"),
                name="instrument_isin_form",
            ),
            models.CheckConstraint(
                condition=~Q(kind="currency") | Q(code__regex=r"^[A-Z]{3}$"),
                name="instrument_currency_form",
            ),
        ]

    def __str__(self) -> str:
        return self.code
