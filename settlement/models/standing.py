from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from settlement.models.participants import Participant


class ParticipantIdentifier(models.Model):
    """What others call a participant: its BIC, LEI, US routing number, or another house's code."""

    class Scheme(models.TextChoices):
        BIC = "BIC", _("BIC")
        LEI = "LEI", _("LEI")
        ABA = "ABA", _("US routing number")
        NAME = "NAME", _("other house's code")

    participant = models.ForeignKey(
        Participant, models.PROTECT, related_name="identifiers", verbose_name=_("participant")
    )
    scheme = models.CharField(_("scheme"), max_length=4, choices=Scheme)
    value = models.CharField(_("identifier"), max_length=40)

    class Meta:
        verbose_name = _("participant identifier")
        verbose_name_plural = _("participant identifiers")
        constraints = [
            models.UniqueConstraint(fields=["scheme", "value"], name="participant_identifier_once"),
        ]

    def __str__(self) -> str:
        return f"{self.scheme} {self.value}"


class StandingInstruction(models.Model):
    """Where a participant delivers and pays, until told otherwise (SSI). Append-only.

    Empty asset class, market or currency stands for any. On a day applies the latest version
    whose span holds the day; a version that is not `active` says that there is none in its span.
    """

    participant = models.ForeignKey(
        Participant, models.PROTECT, related_name="+", verbose_name=_("participant")
    )
    asset_class = models.CharField(_("asset class"), max_length=24, blank=True)
    market = models.CharField(_("market"), max_length=4, blank=True)
    currency = models.CharField(_("currency"), max_length=24, blank=True)
    version = models.PositiveIntegerField(_("version"))
    active = models.BooleanField(_("active"), default=True)
    effective_from = models.DateField(_("effective from"))
    effective_to = models.DateField(_("effective to"), null=True)
    cash_agent = models.CharField(_("cash agent (BIC)"), max_length=11, blank=True)
    cash_account = models.CharField(_("cash account"), max_length=35, blank=True)
    custodian = models.CharField(_("custodian (BIC)"), max_length=11, blank=True)
    safekeeping_account = models.CharField(_("safekeeping account"), max_length=35, blank=True)
    depository = models.CharField(_("place of settlement (BIC)"), max_length=11, blank=True)
    proposed_by = models.CharField(_("proposed by"), max_length=150)
    approved_by = models.CharField(_("approved by"), max_length=150)
    recorded_at = models.DateTimeField(_("recorded at"))

    class Meta:
        verbose_name = _("standing settlement instruction")
        verbose_name_plural = _("standing settlement instructions")
        constraints = [
            models.UniqueConstraint(
                fields=["participant", "asset_class", "market", "currency", "version"],
                name="standing_version_once",
            ),
            models.CheckConstraint(
                condition=Q(effective_to__isnull=True) | Q(effective_to__gte=F("effective_from")),
                name="standing_span",
            ),
        ]

    def __str__(self) -> str:
        scope = " ".join(s for s in (self.asset_class, self.market, self.currency) if s) or "*"
        return f"{self.participant} {scope} v{self.version}"
