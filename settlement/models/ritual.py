from django.db import models
from django.utils.translation import gettext_lazy as _


class StepRun(models.Model):
    """That a step of the end of day was done, written in the step's own transaction."""

    book = models.CharField(_("book"), max_length=20)
    business_date = models.DateField(_("business date"))
    step = models.CharField(_("step"), max_length=20)
    partition = models.CharField(_("partition"), max_length=40, default="")
    position = models.PositiveSmallIntegerField(_("position"))
    counts = models.JSONField(_("counts"), default=dict)
    started_at = models.DateTimeField(_("started at"))
    finished_at = models.DateTimeField(_("finished at"))

    class Meta:
        verbose_name = _("end-of-day step")
        verbose_name_plural = _("end-of-day steps")
        ordering = ["-business_date", "position"]
        constraints = [
            models.UniqueConstraint(
                fields=["book", "business_date", "step", "partition"], name="step_run_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.business_date} {self.step}"
