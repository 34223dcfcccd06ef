from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from backoffice.kernel.actors import Department


class RecordClass(models.Model):
    """A class of the filing plan; the class determines how long a record is kept (ISO 15489)."""

    class Owner(models.TextChoices):
        ACCOUNTING = Department.ACCOUNTING.value, _("accounting")
        SETTLEMENT = Department.SETTLEMENT.value, _("settlement")
        RECORDS = Department.RECORDS.value, _("records")
        COMPLIANCE = Department.COMPLIANCE.value, _("compliance")
        IT_SUPPORT = Department.IT_SUPPORT.value, _("IT support")

    class Disposal(models.TextChoices):
        DESTROY = "destroy", _("destroy")
        REVIEW = "review", _("review, then destroy")
        PERMANENT = "permanent", _("keep for good")

    class Trigger(models.TextChoices):
        YEAR_END = "year_end", _("end of the year of filing")
        RELATION_END = "relation_end", _("end of the contract or relationship")

    code = models.CharField(_("code"), max_length=3, primary_key=True)
    title_en = models.CharField(_("title (English)"), max_length=120)
    title_th = models.CharField(_("title (Thai)"), max_length=120)
    owner = models.CharField(
        _("owning department"),
        max_length=20,
        choices=Owner,
    )
    retention_years = models.PositiveSmallIntegerField(_("kept for (years)"))
    trigger = models.CharField(_("kept from"), max_length=15, choices=Trigger)
    disposal = models.CharField(_("at the end"), max_length=10, choices=Disposal)
    basis = models.CharField(_("legal basis"), max_length=200, blank=True)

    class Meta:
        verbose_name = _("record class")
        verbose_name_plural = _("filing plan")
        ordering = ["code"]

    def __str__(self) -> str:
        return f"{self.code} {self.title}"

    @property
    def title(self) -> str:
        """The title in the reader's language."""
        return self.title_th if (get_language() or "").startswith("th") else self.title_en


class NumberSeries(models.Model):
    """The last number given in a class and year; its row lock keeps numbers without gaps."""

    record_class = models.ForeignKey(RecordClass, models.PROTECT, verbose_name=_("class"))
    year = models.PositiveSmallIntegerField(_("year"))
    last = models.PositiveIntegerField(_("last number"), default=0)

    class Meta:
        verbose_name = _("number series")
        verbose_name_plural = _("number series")
        constraints = [
            models.UniqueConstraint(fields=["record_class", "year"], name="number_series_once"),
        ]

    def __str__(self) -> str:
        return f"{self.record_class_id}-{self.year}-{self.last:06d}"


class Content(models.Model):
    """A content, there once whatever number of documents hold it. Never changed."""

    sha256 = models.CharField(_("SHA-256"), max_length=64, unique=True)
    size = models.PositiveBigIntegerField(_("size (bytes)"))
    stored_at = models.DateTimeField(_("stored at"))

    class Meta:
        verbose_name = _("content")
        verbose_name_plural = _("contents")
        constraints = [
            models.CheckConstraint(
                condition=Q(sha256__regex=r"^[0-9a-f]{64}$"), name="content_named_by_its_hash"
            ),
        ]

    def __str__(self) -> str:
        return self.sha256


class Chunk(models.Model):
    """A part of a content, 1 MiB at most. Never changed."""

    content = models.ForeignKey(Content, models.PROTECT, related_name="chunks")
    position = models.PositiveIntegerField(_("position"))
    data = models.BinaryField(_("bytes"))

    class Meta:
        verbose_name = _("chunk")
        verbose_name_plural = _("chunks")
        constraints = [
            models.UniqueConstraint(fields=["content", "position"], name="chunk_once"),
        ]

    def __str__(self) -> str:
        return f"{self.content_id}/{self.position}"


class Document(models.Model):
    """A record: a content filed under a class, with a number. Never changed, only superseded."""

    record_class = models.ForeignKey(
        RecordClass, models.PROTECT, related_name="+", verbose_name=_("class")
    )
    number = models.CharField(_("number"), max_length=20, unique=True)
    title = models.CharField(_("title"), max_length=300)
    media_type = models.CharField(_("media type"), max_length=120)
    content = models.ForeignKey(
        Content, models.PROTECT, related_name="+", verbose_name=_("content")
    )
    source_key = models.CharField(_("source key"), max_length=200)
    version = models.PositiveIntegerField(_("version"), default=1)
    supersedes = models.OneToOneField(
        "self",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="superseded_by",
        verbose_name=_("takes the place of"),
    )
    reason = models.CharField(_("reason of the new version"), max_length=300, blank=True)
    filed_by = models.CharField(_("filed by"), max_length=150)
    filed_by_staff = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("filed by (staff)"),
    )
    filed_at = models.DateTimeField(_("filed at"))
    # The day of filing in Bangkok: the number's year and the retention's start.
    filed_on = models.DateField(_("filed on"))

    class Meta:
        verbose_name = _("document")
        verbose_name_plural = _("documents")
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["record_class", "source_key", "version"], name="document_version_once"
            ),
            models.CheckConstraint(
                condition=Q(version=1, supersedes=None)
                | Q(version__gt=1, supersedes__isnull=False),
                name="document_later_version_supersedes",
            ),
            models.CheckConstraint(
                condition=~Q(supersedes=F("id")), name="document_not_its_own_successor"
            ),
            models.CheckConstraint(
                condition=~Q(title="") & ~Q(source_key=""), name="document_named"
            ),
        ]
        indexes = [
            models.Index(fields=["record_class", "filed_on", "id"], name="document_by_class"),
            models.Index(fields=["filed_on", "id"], name="document_by_day"),
        ]

    def __str__(self) -> str:
        return f"{self.number} {self.title}"
