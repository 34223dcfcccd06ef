"""The book itself: entries and lines that are only ever added."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from accounting.models.chart import Account, Entity, Journal
from accounting.models.fields import AmountField


class DimensionSet(models.Model):
    """One combination of dimension values; number 0, which has no row, is the empty one."""

    dimensions = models.JSONField(_("dimensions"))
    canonical = models.TextField(_("canonical text"), unique=True, db_collation="C")

    class Meta:
        verbose_name = _("dimension set")
        verbose_name_plural = _("dimension sets")

    def __str__(self) -> str:
        return self.canonical


class Entry(models.Model):
    """An entry as it was recorded. The database refuses to change or remove it.

    `posted` entries own lines; `pending` ones own reserved lines; a `void` one releases what a
    pending one reserved and owns nothing.
    """

    class Phase(models.TextChoices):
        POSTED = "posted", _("posted")
        PENDING = "pending", _("pending")
        VOID = "void", _("void")

    entity = models.ForeignKey(
        Entity,
        models.PROTECT,
        related_name="+",
        db_constraint=False,
        db_index=False,
        verbose_name=_("entity"),
    )
    journal = models.ForeignKey(
        Journal,
        models.PROTECT,
        related_name="+",
        db_constraint=False,
        db_index=False,
        verbose_name=_("journal"),
    )
    number = models.BigIntegerField(_("number"), null=True)
    date = models.DateField(_("date"))
    recorded_at = models.DateTimeField(_("recorded at"))
    actor = models.CharField(_("by"), max_length=150)
    phase = models.CharField(_("phase"), max_length=7, choices=Phase, default=Phase.POSTED)
    line_count = models.IntegerField(_("number of lines"))
    key = models.CharField(_("key"), max_length=200, db_collation="C")
    fingerprint = models.CharField(_("fingerprint of the request"), max_length=64)
    memo = models.CharField(_("memo"), max_length=500, blank=True)
    source = models.CharField(_("source"), max_length=200, blank=True)
    attributes = models.JSONField(_("attributes"), default=dict)
    pending = models.ForeignKey(
        "self",
        models.PROTECT,
        null=True,
        related_name="+",
        db_constraint=False,
        db_index=False,
        verbose_name=_("settles the pending entry"),
    )
    reversal_of = models.ForeignKey(
        "self",
        models.PROTECT,
        null=True,
        related_name="+",
        db_constraint=False,
        db_index=False,
        verbose_name=_("reverses"),
    )

    class Meta:
        verbose_name = _("entry")
        verbose_name_plural = _("entries")
        constraints = [
            models.UniqueConstraint(fields=["entity", "key"], name="entry_key_once"),
            models.UniqueConstraint(
                fields=["journal", "number"],
                name="entry_number_once",
                condition=models.Q(number__isnull=False),
            ),
            models.UniqueConstraint(
                fields=["reversal_of"],
                name="entry_reversed_once",
                condition=models.Q(reversal_of__isnull=False),
            ),
        ]
        indexes = [
            models.Index(fields=["entity", "recorded_at"], name="entry_recorded"),
            models.Index(fields=["entity", "date", "id"], name="entry_date"),
        ]

    def __str__(self) -> str:
        return f"{self.date} {self.key}"


class LineColumns(models.Model):
    """What posted and reserved lines have in common. Amount: positive debits, negative credits."""

    line_no = models.IntegerField(_("line"))
    date = models.DateField(_("date"))
    amount = AmountField(_("amount"))
    currency = models.CharField(_("currency"), max_length=24)
    value = AmountField(_("value in functional currency"), null=True)
    # 0 is the empty set; the posting path writes this column, so no constraint is needed per row.
    dimension_set = models.ForeignKey(
        DimensionSet,
        models.DO_NOTHING,
        default=0,
        related_name="+",
        db_constraint=False,
        db_index=False,
        verbose_name=_("dimensions"),
    )

    class Meta:
        abstract = True


class Line(LineColumns):
    """A posted line. Its references are checked set-wise by the table's statement trigger."""

    pk = models.CompositePrimaryKey("entry_id", "line_no")
    entry = models.ForeignKey(
        Entry,
        models.DO_NOTHING,
        related_name="lines",
        db_constraint=False,
        db_index=False,
        verbose_name=_("entry"),
    )
    account = models.ForeignKey(
        Account,
        models.DO_NOTHING,
        related_name="lines",
        db_constraint=False,
        db_index=False,
        verbose_name=_("account"),
    )

    class Meta:
        verbose_name = _("line")
        verbose_name_plural = _("lines")
        indexes = [
            models.Index(fields=["account", "date", "entry"], name="line_account"),
        ]

    def __str__(self) -> str:
        return f"{self.entry_id}/{self.line_no}"


class PendingLine(LineColumns):
    """A line that a pending entry reserves; it counts in the pending totals only."""

    pk = models.CompositePrimaryKey("entry_id", "line_no")
    entry = models.ForeignKey(
        Entry,
        models.DO_NOTHING,
        related_name="pending_lines",
        db_constraint=False,
        db_index=False,
        verbose_name=_("entry"),
    )
    account = models.ForeignKey(
        Account,
        models.DO_NOTHING,
        related_name="pending_lines",
        db_constraint=False,
        db_index=False,
        verbose_name=_("account"),
    )

    class Meta:
        verbose_name = _("pending line")
        verbose_name_plural = _("pending lines")
        indexes = [models.Index(fields=["account", "date"], name="pending_line_account")]

    def __str__(self) -> str:
        return f"{self.entry_id}/{self.line_no}"


class Pending(models.Model):
    """What became of a pending entry: still open, posted, voided or expired."""

    class State(models.TextChoices):
        OPEN = "open", _("open")
        POSTED = "posted", _("posted")
        VOIDED = "voided", _("voided")
        EXPIRED = "expired", _("expired")

    entry = models.OneToOneField(
        Entry, models.PROTECT, primary_key=True, related_name="+", verbose_name=_("entry")
    )
    state = models.CharField(_("state"), max_length=7, choices=State, default=State.OPEN)
    expires_at = models.DateTimeField(_("expires at"), null=True)
    settled_by = models.OneToOneField(
        Entry, models.PROTECT, null=True, related_name="+", verbose_name=_("settled by")
    )
    settled_at = models.DateTimeField(_("settled at"), null=True)

    class Meta:
        verbose_name = _("pending entry")
        verbose_name_plural = _("pending entries")
        indexes = [
            models.Index(
                fields=["expires_at"],
                name="pending_open",
                condition=models.Q(state="open", expires_at__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.entry_id} {self.state}"


class FailedKey(models.Model):
    """A key whose request failed on the state of the books; it stays failed."""

    entity = models.ForeignKey(
        Entity, models.PROTECT, related_name="+", db_index=False, verbose_name=_("entity")
    )
    key = models.CharField(_("key"), max_length=200, db_collation="C")
    fingerprint = models.CharField(_("fingerprint of the request"), max_length=64)
    rule = models.CharField(_("rule"), max_length=80)
    recorded_at = models.DateTimeField(_("recorded at"))
    actor = models.CharField(_("by"), max_length=150)

    class Meta:
        verbose_name = _("failed key")
        verbose_name_plural = _("failed keys")
        constraints = [
            models.UniqueConstraint(fields=["entity", "key"], name="failed_key_once"),
        ]

    def __str__(self) -> str:
        return f"{self.key}: {self.rule}"
