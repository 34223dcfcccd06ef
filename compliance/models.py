from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords


class Party(models.Model):
    """Whoever the firm deals with: nobody is dealt with before it is onboarded."""

    class Kind(models.TextChoices):
        PERSON = "person", _("person")
        COMPANY = "company", _("company")
        BANK = "bank", _("bank")
        BRANCH = "branch", _("branch")

    class Status(models.TextChoices):
        ONBOARDING = "onboarding", _("being onboarded")
        ACTIVE = "active", _("active")
        BLOCKED = "blocked", _("blocked")

    code = models.CharField(_("code"), max_length=40, unique=True)
    name_en = models.CharField(_("name (English)"), max_length=200)
    name_th = models.CharField(_("name (Thai)"), max_length=200, blank=True)
    kind = models.CharField(_("kind"), max_length=10, choices=Kind)
    tax_id = models.CharField(_("tax id"), max_length=30, blank=True)
    country = models.CharField(_("country"), max_length=2, default="TH")
    status = models.CharField(_("status"), max_length=10, choices=Status, default=Status.ONBOARDING)
    onboarded_at = models.DateTimeField(_("onboarded at"))
    activated_at = models.DateTimeField(_("activated at"), null=True, blank=True)
    history = HistoricalRecords(
        related_name="+",
        verbose_name=_("earlier state of a party"),
        verbose_name_plural=_("earlier states of parties"),
    )

    class Meta:
        verbose_name = _("party")
        verbose_name_plural = _("parties")
        ordering = ["code"]
        constraints = [
            # A branch carries its company's tax id.
            models.UniqueConstraint(
                fields=["country", "tax_id"],
                condition=~Q(tax_id="") & ~Q(kind="branch"),
                name="party_tax_id_once",
            ),
            models.CheckConstraint(
                condition=Q(kind__in=["person", "company", "bank", "branch"]),
                name="party_kind_known",
            ),
            models.CheckConstraint(
                condition=Q(status__in=["onboarding", "active", "blocked"]),
                name="party_status_known",
            ),
            models.CheckConstraint(
                condition=~Q(status="active") | Q(activated_at__isnull=False),
                name="party_active_since",
            ),
        ]
        indexes = [models.Index(fields=["status", "id"], name="party_by_status")]

    def __str__(self) -> str:
        return f"{self.code} {self.name}"

    @property
    def name(self) -> str:
        """The name in the reader's language; the English one where there is no Thai one."""
        thai = (get_language() or "").startswith("th")
        return (self.name_th if thai else "") or self.name_en


class HoldSubject(models.Model):
    """The row that a hold and a payment both lock: the meeting point of the protocol.

    `open_holds` is counted by the database's own triggers on holds and releases.
    """

    class Kind(models.TextChoices):
        PARTY = "party", _("party")
        INSTRUMENT = "instrument", _("instrument")
        TRADE = "trade", _("trade")

    kind = models.CharField(_("kind of subject"), max_length=10, choices=Kind)
    ref = models.CharField(_("subject"), max_length=120)
    open_holds = models.PositiveIntegerField(_("open holds"), default=0)

    class Meta:
        verbose_name = _("subject of holds")
        verbose_name_plural = _("subjects of holds")
        constraints = [
            models.UniqueConstraint(fields=["kind", "ref"], name="hold_subject_once"),
            models.CheckConstraint(
                condition=Q(kind__in=["party", "instrument", "trade"]),
                name="hold_subject_kind_known",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.ref}"


class HoldQuerySet(models.QuerySet["Hold"]):
    """Narrowing of holds."""

    def still_open(self) -> "HoldQuerySet":
        """Holds without a release."""
        return self.filter(release=None)

    def on(self, kind: str, ref: str) -> "HoldQuerySet":
        """Holds of one subject."""
        return self.filter(subject__kind=kind, subject__ref=ref)


class Hold(models.Model):
    """A stop on a subject, until a release stands beside it. Never changed."""

    subject = models.ForeignKey(
        HoldSubject, models.PROTECT, related_name="holds", verbose_name=_("subject")
    )
    reason = models.TextField(_("reason"))
    placed_by = models.CharField(_("placed by"), max_length=150)
    placed_by_staff = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        related_name="+",
        verbose_name=_("placed by (staff)"),
    )
    placed_at = models.DateTimeField(_("placed at"))

    objects = HoldQuerySet.as_manager()

    class Meta:
        verbose_name = _("hold")
        verbose_name_plural = _("holds")
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(condition=~Q(reason=""), name="hold_has_a_reason"),
        ]

    def __str__(self) -> str:
        return f"#{self.pk} {self.subject}"


class HoldRelease(models.Model):
    """The end of a hold. Never changed. The database refuses the placer as releaser."""

    hold = models.OneToOneField(
        Hold, models.PROTECT, related_name="release", verbose_name=_("hold")
    )
    reason = models.TextField(_("reason"))
    released_by = models.CharField(_("released by"), max_length=150)
    released_by_staff = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        related_name="+",
        verbose_name=_("released by (staff)"),
    )
    released_at = models.DateTimeField(_("released at"))

    class Meta:
        verbose_name = _("release of a hold")
        verbose_name_plural = _("releases of holds")
        constraints = [
            models.CheckConstraint(condition=~Q(reason=""), name="release_has_a_reason"),
        ]

    def __str__(self) -> str:
        return f"#{self.hold_id}"
