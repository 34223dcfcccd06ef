from typing import Any

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from backoffice.people.models import Staff


class Upload(models.Model):
    """A file that somebody brought to the desk, and what became of it."""

    class State(models.TextChoices):
        CHECKING = "checking", _("being checked")
        CHECKED = "checked", _("checked, not taken yet")
        TAKING = "taking", _("being taken")
        TAKEN = "taken", _("taken")
        REFUSED = "refused", _("refused")
        DROPPED = "dropped", _("dropped")

    AT_WORK = (State.CHECKING, State.TAKING)

    kind = models.CharField(_("format"), max_length=60)
    department = models.CharField(_("department"), max_length=20, choices=Staff.Departments)
    scope = models.CharField(_("book"), max_length=40, blank=True)
    name = models.CharField(_("file"), max_length=200)
    sha256 = models.CharField(_("SHA-256"), max_length=64)
    size = models.PositiveBigIntegerField(_("bytes"))
    lines = models.PositiveBigIntegerField(_("lines"))
    options = models.JSONField(_("options"), default=dict, blank=True)
    state = models.CharField(_("state"), max_length=10, choices=State, default=State.CHECKING)
    counts = models.JSONField(_("counts"), default=dict, blank=True)
    totals = models.JSONField(_("control totals"), default=dict, blank=True)
    refusals = models.JSONField(_("refusals"), default=list, blank=True)
    refused = models.PositiveIntegerField(_("refused"), default=0)
    received_at = models.DateTimeField(_("received at"))
    received_by: Any = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("received by")
    )
    decided_at = models.DateTimeField(_("decided at"), null=True)
    decided_by: Any = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        related_name="+",
        verbose_name=_("decided by"),
    )
    finished_at = models.DateTimeField(_("finished at"), null=True)

    class Meta:
        verbose_name = _("uploaded file")
        verbose_name_plural = _("uploaded files")
        constraints = [
            # What is being taken counts already: two who press at once do not take it twice.
            models.UniqueConstraint(
                fields=["kind", "scope", "sha256"],
                condition=models.Q(state__in=["taking", "taken"]),
                name="upload_taken_once",
            ),
            models.CheckConstraint(
                condition=~models.Q(state__in=["taking", "taken", "dropped"])
                | models.Q(decided_at__isnull=False),
                name="upload_decided",
            ),
        ]
        indexes = [models.Index(fields=["sha256"], name="upload_sha256")]

    def __str__(self) -> str:
        return self.name


class UploadPart(models.Model):
    """A stretch of the file's bytes, kept until the file is taken, refused or dropped."""

    upload = models.ForeignKey(Upload, models.CASCADE, related_name="+", verbose_name=_("file"))
    number = models.PositiveIntegerField(_("part"))
    content = models.BinaryField(_("content"))

    class Meta:
        verbose_name = _("part of a file")
        verbose_name_plural = _("parts of files")
        constraints = [
            models.UniqueConstraint(fields=["upload", "number"], name="upload_part_once"),
        ]

    def __str__(self) -> str:
        return f"{self.upload_id}.{self.number}"
