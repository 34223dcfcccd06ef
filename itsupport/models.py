from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


class Ticket(models.Model):
    """An incident or a request, from the first word to the closed case (ITIL)."""

    class State(models.TextChoices):
        NEW = "new", _("new")
        ASSIGNED = "assigned", _("assigned")
        WAITING = "waiting", _("waiting for the requester")
        RESOLVED = "resolved", _("resolved")
        CLOSED = "closed", _("closed")

    class Category(models.TextChoices):
        ACCESS = "access", _("access and accounts")
        HARDWARE = "hardware", _("hardware")
        SOFTWARE = "software", _("software")
        NETWORK = "network", _("network")
        DATA = "data", _("data and reports")
        BATCH = "batch", _("end-of-day and other jobs")
        OTHER = "other", _("other")

    class Level(models.IntegerChoices):
        HIGH = 1, _("high")
        MEDIUM = 2, _("medium")
        LOW = 3, _("low")

    class Priority(models.IntegerChoices):
        CRITICAL = 1, _("critical")
        HIGH = 2, _("high")
        NORMAL = 3, _("normal")
        LOW = 4, _("low")

    number = models.CharField(_("number"), max_length=20, unique=True)
    title = models.CharField(_("title"), max_length=200)
    body = models.TextField(_("description"), blank=True)
    category = models.CharField(_("category"), max_length=10, choices=Category)
    impact = models.PositiveSmallIntegerField(_("impact"), choices=Level)
    urgency = models.PositiveSmallIntegerField(_("urgency"), choices=Level)
    priority = models.PositiveSmallIntegerField(_("priority"), choices=Priority)
    state = models.CharField(_("state"), max_length=10, choices=State, default=State.NEW)
    requester = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("requester"),
    )
    assignee = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("assignee"),
    )
    work_item = models.ForeignKey(
        "desk.WorkItem",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("work item"),
    )
    source_key = models.CharField(_("source key"), max_length=200, blank=True)
    resolution = models.TextField(_("resolution"), blank=True)
    opened_by = models.CharField(_("opened by"), max_length=150)
    opened_at = models.DateTimeField(_("opened at"))
    response_due_at = models.DateTimeField(_("first response due"))
    due_at = models.DateTimeField(_("resolution due"))
    first_response_at = models.DateTimeField(_("first response"), null=True, blank=True)
    resolved_at = models.DateTimeField(_("resolved at"), null=True, blank=True)
    closed_at = models.DateTimeField(_("closed at"), null=True, blank=True)

    class Meta:
        verbose_name = _("ticket")
        verbose_name_plural = _("tickets")
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["source_key"], condition=~Q(source_key=""), name="ticket_source_once"
            ),
            models.CheckConstraint(
                condition=Q(state__in=["new", "assigned", "waiting", "resolved", "closed"]),
                name="ticket_state_known",
            ),
            models.CheckConstraint(
                condition=~Q(state="assigned") | Q(assignee__isnull=False),
                name="ticket_assigned_to_somebody",
            ),
            models.CheckConstraint(
                condition=Q(state__in=["resolved", "closed"], resolved_at__isnull=False)
                | Q(state__in=["new", "assigned", "waiting"], resolved_at=None),
                name="ticket_resolved_when_it_says_so",
            ),
            models.CheckConstraint(
                condition=Q(state="closed", closed_at__isnull=False)
                | (~Q(state="closed") & Q(closed_at=None)),
                name="ticket_closed_when_it_says_so",
            ),
        ]
        indexes = [
            models.Index(fields=["requester", "-id"], name="ticket_by_requester"),
            models.Index(
                fields=["priority", "due_at"],
                name="ticket_open",
                condition=Q(state__in=["new", "assigned", "waiting"]),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.number} {self.title}"


class TicketMessage(models.Model):
    """What was said on a ticket. Never changed; internal ones never leave the helpdesk."""

    class Visibility(models.TextChoices):
        PUBLIC = "public", _("public")
        INTERNAL = "internal", _("internal")

    ticket = models.ForeignKey(
        Ticket, models.PROTECT, related_name="messages", verbose_name=_("ticket")
    )
    visibility = models.CharField(_("visibility"), max_length=10, choices=Visibility)
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        related_name="+",
        verbose_name=_("author"),
    )
    author_name = models.CharField(_("written by"), max_length=150)
    body = models.TextField(_("text"))
    sent_at = models.DateTimeField(_("sent at"))

    class Meta:
        verbose_name = _("message")
        verbose_name_plural = _("messages")
        ordering = ["id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(visibility__in=["public", "internal"]), name="message_visibility_known"
            ),
            models.CheckConstraint(condition=~Q(body=""), name="message_says_something"),
        ]

    def __str__(self) -> str:
        return f"{self.ticket_id} #{self.pk}"
