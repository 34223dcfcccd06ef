from django.db import models
from django.utils.translation import gettext_lazy as _


class OutboxEvent(models.Model):
    """A fact, written in the transaction that made it true. Never changed."""

    kind = models.CharField(_("kind"), max_length=80)
    payload = models.JSONField(_("payload"))
    recorded_at = models.DateTimeField(_("recorded at"))

    class Meta:
        verbose_name = _("event")
        verbose_name_plural = _("events")

    def __str__(self) -> str:
        return f"{self.kind} #{self.pk}"


class Delivery(models.Model):
    """One event for one subscriber: the subscriber's effect commits with `delivered_at`."""

    event = models.ForeignKey(OutboxEvent, models.PROTECT, verbose_name=_("event"))
    subscriber = models.CharField(_("subscriber"), max_length=120)
    delivered_at = models.DateTimeField(_("delivered at"), null=True)
    attempts = models.PositiveIntegerField(_("attempts"), default=0)
    retry_at = models.DateTimeField(_("retry at"), null=True)
    error = models.TextField(_("error"), blank=True)

    class Meta:
        verbose_name = _("delivery")
        verbose_name_plural = _("deliveries")
        constraints = [
            models.UniqueConstraint(fields=["event", "subscriber"], name="delivery_once"),
        ]
        indexes = [
            models.Index(
                fields=["id"], name="delivery_open", condition=models.Q(delivered_at=None)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.event_id} → {self.subscriber}"


class JobRun(models.Model):
    """A unit of batch work, there once for (kind, business date, partition)."""

    class State(models.TextChoices):
        WAITING = "waiting", _("waiting")
        RUNNING = "running", _("running")
        DONE = "done", _("done")
        FAILED = "failed", _("failed")

    kind = models.CharField(_("kind"), max_length=60)
    business_date = models.DateField(_("business date"))
    partition = models.CharField(_("partition"), max_length=80, default="")
    state = models.CharField(_("state"), max_length=10, choices=State, default=State.WAITING)
    fence = models.BigIntegerField(_("fencing token"), default=0)
    lease_until = models.DateTimeField(_("lease until"), null=True)
    attempts = models.PositiveIntegerField(_("attempts"), default=0)
    progress = models.JSONField(_("progress"), default=dict)
    error = models.TextField(_("error"), blank=True)
    created_at = models.DateTimeField(_("created at"))
    started_at = models.DateTimeField(_("started at"), null=True)
    finished_at = models.DateTimeField(_("finished at"), null=True)

    class Meta:
        verbose_name = _("job")
        verbose_name_plural = _("jobs")
        constraints = [
            models.UniqueConstraint(
                fields=["kind", "business_date", "partition"], name="job_run_once"
            ),
        ]
        indexes = [
            models.Index(
                fields=["lease_until"],
                name="job_run_open",
                condition=models.Q(state__in=["waiting", "running"]),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.business_date} {self.partition}".strip()
