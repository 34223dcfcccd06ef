"""Exchange rates: what a source said a currency was worth on a day, and when we took it down."""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from accounting.models.fields import AmountField


class Rate(models.Model):
    """One `base` is worth `rate` of `quote`. Never changed: a correction is recorded after it."""

    class Kind(models.TextChoices):
        MID = "mid", _("mid rate")
        BUYING = "buying", _("buying rate")
        SELLING = "selling", _("selling rate")

    source = models.CharField(_("source"), max_length=20)
    kind = models.CharField(_("kind of rate"), max_length=7, choices=Kind, default=Kind.MID)
    base = models.CharField(_("base currency"), max_length=24)
    quote = models.CharField(_("quote currency"), max_length=24)
    date = models.DateField(_("date"))
    rate = AmountField(_("rate"))
    recorded_at = models.DateTimeField(_("recorded at"))
    recorded_by = models.CharField(_("recorded by"), max_length=150)

    class Meta:
        verbose_name = _("exchange rate")
        verbose_name_plural = _("exchange rates")
        constraints = [
            models.CheckConstraint(condition=Q(rate__gt=0), name="rate_positive"),
            models.CheckConstraint(condition=~Q(base=F("quote")), name="rate_of_two_currencies"),
        ]
        indexes = [
            models.Index(
                F("base"),
                F("quote"),
                F("kind"),
                F("date").desc(),
                F("id").desc(),
                name="rate_of_pair",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.base}/{self.quote} {self.date} {self.rate}"
