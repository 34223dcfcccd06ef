from django.db import models
from django.utils.translation import gettext_lazy as _


class Participant(models.Model):
    """Whom the house settles with: a bank, a broker, a clearing house, a customer."""

    class Kind(models.TextChoices):
        BANK = "bank", _("bank")
        BROKER = "broker", _("broker")
        CLEARING_HOUSE = "clearing_house", _("clearing house")
        CUSTOMER = "customer", _("customer")

    code = models.CharField(_("code"), max_length=40, unique=True)
    name_en = models.CharField(_("name (English)"), max_length=160)
    name_th = models.CharField(_("name (Thai)"), max_length=160, blank=True)
    kind = models.CharField(_("kind"), max_length=20, choices=Kind, default=Kind.BANK)
    bic = models.CharField(_("BIC"), max_length=11, blank=True)
    party_code = models.CharField(_("party"), max_length=40, blank=True)

    class Meta:
        verbose_name = _("participant")
        verbose_name_plural = _("participants")
        ordering = ["code"]

    def __str__(self) -> str:
        return self.code
