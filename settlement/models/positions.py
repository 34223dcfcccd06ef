from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from settlement.models.participants import Participant


class SettlementRun(models.Model):
    """One batch that settled at once, and how good a batch it was. Append-only.

    Runs of a book are numbered in the order of their commits. `value` and `bound` are in units of
    the objective: items when it is counted, else major units of the queue's cash.
    """

    class Kind(models.TextChoices):
        FUNDING = "funding", _("funding")
        SETTLEMENT = "settlement", _("settlement")

    book = models.CharField(_("book"), max_length=20)
    number = models.PositiveIntegerField(_("number"))
    business_date = models.DateField(_("business date"))
    kind = models.CharField(_("kind"), max_length=10, choices=Kind)
    reference = models.CharField(_("reference"), max_length=80, blank=True)
    market = models.CharField(_("market"), max_length=4, blank=True)
    model = models.CharField(_("model"), max_length=5, blank=True)
    mode = models.CharField(_("mode"), max_length=8, blank=True)
    by = models.CharField(_("objective"), max_length=5, blank=True)
    items = models.PositiveIntegerField(_("items"), default=0)
    settled = models.PositiveIntegerField(_("settled"), default=0)
    value = models.DecimalField(_("value"), max_digits=38, decimal_places=10, default=0)
    bound = models.DecimalField(_("upper bound"), max_digits=38, decimal_places=10, null=True)
    proven = models.BooleanField(_("proven best"), default=False)
    started_at = models.DateTimeField(_("started at"))
    finished_at = models.DateTimeField(_("finished at"))

    class Meta:
        verbose_name = _("settlement run")
        verbose_name_plural = _("settlement runs")
        ordering = ["book", "number"]
        constraints = [
            models.UniqueConstraint(fields=["book", "number"], name="settlement_run_once"),
            models.UniqueConstraint(
                fields=["book", "reference"],
                condition=Q(kind="funding"),
                name="settlement_funding_once",
            ),
            models.CheckConstraint(
                condition=~Q(kind="funding") | ~Q(reference=""), name="settlement_funding_named"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.book} {self.number}"


class Movement(models.Model):
    """A change of a participant's position in an asset. Append-only; summed when it is read.

    Rows are only added, so a busy account is no hot row. An empty participant is the house's own
    side: the central bank or depository where the assets lie. Every insert sums to zero per asset.
    """

    run = models.ForeignKey(
        SettlementRun,
        models.PROTECT,
        db_index=False,
        related_name="movements",
        verbose_name=_("run"),
    )
    book = models.CharField(_("book"), max_length=20)
    participant = models.ForeignKey(
        Participant,
        models.PROTECT,
        null=True,
        db_index=False,
        related_name="+",
        verbose_name=_("participant"),
    )
    asset = models.CharField(_("asset"), max_length=35)
    quantity = models.DecimalField(_("quantity"), max_digits=38, decimal_places=10)

    class Meta:
        verbose_name = _("movement")
        verbose_name_plural = _("movements")
        constraints = [
            models.CheckConstraint(condition=~Q(quantity=0), name="movement_not_zero"),
        ]
        indexes = [
            models.Index(fields=["run", "asset"], name="movement_run"),
            models.Index(fields=["participant", "asset"], name="movement_account"),
        ]

    def __str__(self) -> str:
        return f"{self.participant_id} {self.quantity} {self.asset}"


class PositionSheet(models.Model):
    """Every position of a book at the end of a business day, up to a run. Append-only.

    A position is its row of the last sheet plus the movements of later runs. The sheet's positions
    of an asset sum to zero.
    """

    book = models.CharField(_("book"), max_length=20)
    business_date = models.DateField(_("business date"))
    through = models.PositiveIntegerField(_("through run"))
    participant = models.ForeignKey(
        Participant,
        models.PROTECT,
        null=True,
        db_index=False,
        related_name="+",
        verbose_name=_("participant"),
    )
    asset = models.CharField(_("asset"), max_length=35)
    quantity = models.DecimalField(_("quantity"), max_digits=38, decimal_places=10)

    class Meta:
        verbose_name = _("position at the end of a day")
        verbose_name_plural = _("positions at the end of a day")
        constraints = [
            models.UniqueConstraint(
                fields=["book", "business_date", "participant", "asset"],
                name="position_sheet_once",
                nulls_distinct=False,
            ),
        ]

    def __str__(self) -> str:
        return f"{self.business_date} {self.participant_id} {self.quantity} {self.asset}"
