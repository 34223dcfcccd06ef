from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from backoffice.people.models import Staff


class WorkItem(models.Model):
    """One thing that waits for a person, whatever department it came from."""

    class State(models.TextChoices):
        OPEN = "open", _("open")
        CLAIMED = "claimed", _("in work")
        DONE = "done", _("done")
        APPROVED = "approved", _("approved")
        REJECTED = "rejected", _("rejected")
        CANCELLED = "cancelled", _("cancelled")

    class Priority(models.IntegerChoices):
        CRITICAL = 1, _("critical")
        HIGH = 2, _("high")
        NORMAL = 3, _("normal")
        LOW = 4, _("low")

    WAITING = (State.OPEN, State.CLAIMED)

    kind = models.CharField(_("kind"), max_length=60)
    department = models.CharField(_("department"), max_length=20, choices=Staff.Departments)
    subject_kind = models.CharField(_("kind of subject"), max_length=60)
    subject_ref = models.CharField(_("subject"), max_length=120)
    title_en = models.CharField(_("title (English)"), max_length=200)
    title_th = models.CharField(_("title (Thai)"), max_length=200)
    payload = models.JSONField(_("details"), default=dict, blank=True)
    state = models.CharField(_("state"), max_length=10, choices=State, default=State.OPEN)
    priority = models.PositiveSmallIntegerField(
        _("priority"), choices=Priority, default=Priority.NORMAL
    )
    needs_approval = models.BooleanField(_("needs a second person"), default=False)
    created_at = models.DateTimeField(_("created at"))
    due_at = models.DateTimeField(_("due at"), null=True, blank=True)
    closed_at = models.DateTimeField(_("closed at"), null=True, blank=True)
    requested_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("asked by"),
    )
    claimed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("in work with"),
    )
    lease_until = models.DateTimeField(_("held until"), null=True, blank=True)
    maker = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("maker"),
    )
    checker = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("checker"),
    )
    answer = models.TextField(_("answer"), blank=True)

    class Meta:
        verbose_name = _("work item")
        verbose_name_plural = _("work items")
        ordering = ["priority", "due_at", "id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(maker=None) | Q(checker=None) | ~Q(maker=F("checker")),
                name="work_item_maker_is_not_checker",
                violation_error_message=_("The checker must be another person than the maker."),
            ),
            models.CheckConstraint(
                condition=~Q(state="approved") | Q(needs_approval=False) | ~Q(checker=None),
                name="work_item_approved_by_somebody",
            ),
            models.UniqueConstraint(
                fields=["kind", "subject_kind", "subject_ref"],
                condition=Q(state__in=["open", "claimed"]),
                name="work_item_once_while_open",
            ),
        ]
        indexes = [
            models.Index(
                fields=["department", "priority", "due_at", "id"],
                name="work_item_queue",
                condition=Q(state__in=["open", "claimed"]),
            ),
            models.Index(fields=["requested_by", "-id"], name="work_item_asked_by"),
        ]

    def __str__(self) -> str:
        return f"#{self.pk} {self.title}"

    @property
    def details(self) -> list[tuple[str, Any]]:
        """What a person reads of the payload: everything but empty values and surrogate ids."""
        told = self.payload.items()
        return [(name, value) for name, value in told if value and not name.endswith("_id")]

    @property
    def title(self) -> str:
        """The title in the reader's language."""
        return self.title_th if (get_language() or "").startswith("th") else self.title_en


class WorkNote(models.Model):
    """What was said about an item; never changed. Internal notes stay at the desk."""

    item = models.ForeignKey(WorkItem, models.PROTECT, related_name="notes")
    recorded_at = models.DateTimeField(_("recorded at"))
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        related_name="+",
        verbose_name=_("author"),
    )
    text = models.TextField(_("text"))
    internal = models.BooleanField(_("internal"), default=True)

    class Meta:
        verbose_name = _("note")
        verbose_name_plural = _("notes")
        ordering = ["id"]

    def __str__(self) -> str:
        return self.text[:60]
