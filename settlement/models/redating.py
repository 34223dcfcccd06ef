from django.db import models
from django.utils.translation import gettext_lazy as _

from settlement.models.trades import Trade


class Redating(models.Model):
    """What a calendar's new version did to a trade's value date, or why it stays. Append-only.

    `trade` is the fact that was in force; a moved one is followed by a fact with the date `after`.
    """

    class Outcome(models.TextChoices):
        MOVED = "moved", _("moved")
        AGREED = "agreed", _("agreed for a day that is a holiday now")
        APART = "apart", _("the two sides would part")
        OVER = "over", _("the day is over")
        CLOSED = "closed", _("in a closed window")
        SETTLED = "settled", _("settled already")
        UNKNOWN = "unknown", _("the calendar does not reach")

    trade = models.ForeignKey(Trade, models.PROTECT, related_name="+", verbose_name=_("trade"))
    calendar_version = models.ForeignKey(
        "reference.CalendarVersion",
        models.PROTECT,
        db_index=False,
        related_name="+",
        verbose_name=_("calendar version"),
    )
    before = models.DateField(_("value date before"))
    after = models.DateField(_("value date after"), null=True)
    outcome = models.CharField(_("outcome"), max_length=7, choices=Outcome)
    recorded_at = models.DateTimeField(_("recorded at"))

    class Meta:
        verbose_name = _("value date after a calendar change")
        verbose_name_plural = _("value dates after calendar changes")
        constraints = [
            models.UniqueConstraint(fields=["trade", "calendar_version"], name="redating_once"),
            models.CheckConstraint(
                condition=~models.Q(outcome="moved")
                | models.Q(after__isnull=False) & ~models.Q(after=models.F("before")),
                name="redating_moves",
            ),
        ]
        indexes = [models.Index(fields=["calendar_version", "outcome"], name="redating_version")]

    def __str__(self) -> str:
        return f"{self.before} → {self.after or '-'}"
