from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _


class ReconciledAccount(models.Model):
    """An account that another house keeps for ours, and the ledger account that mirrors it.

    `number` is kept in capital letters and digits alone. What was booked before `starts_on` is
    not reconciled here.
    """

    class Kind(models.TextChoices):
        CASH = "cash", _("nostro")
        CUSTODY = "custody", _("custody")

    book = models.CharField(_("book"), max_length=20)
    kind = models.CharField(_("kind"), max_length=8, choices=Kind)
    number = models.CharField(_("account"), max_length=60)
    currency = models.CharField(_("currency"), max_length=24, blank=True)
    ledger_account = models.CharField(_("ledger account"), max_length=200)
    starts_on = models.DateField(_("reconciled from"), null=True)
    entered_at = models.DateTimeField(_("entered at"))
    entered_by = models.CharField(_("entered by"), max_length=150)

    class Meta:
        verbose_name = _("reconciled account")
        verbose_name_plural = _("reconciled accounts")
        ordering = ["book", "kind", "number"]
        constraints = [
            models.UniqueConstraint(
                fields=["kind", "number", "currency"], name="reconciled_account_once"
            ),
            models.CheckConstraint(
                condition=Q(kind="custody", currency="") | (Q(kind="cash") & ~Q(currency="")),
                name="reconciled_account_currency",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.number} {self.currency}".strip()


class BankStatement(models.Model):
    """A statement that came in: what it is, from which file, and what it says. Append-only.

    Balances are seen from the house; a statement of holdings has none.
    """

    account = models.ForeignKey(
        ReconciledAccount, models.PROTECT, related_name="+", verbose_name=_("account")
    )
    identity = models.CharField(_("statement"), max_length=120)
    file_name = models.CharField(_("file"), max_length=200)
    sha256 = models.CharField(_("SHA-256"), max_length=64)
    position = models.PositiveIntegerField(_("place in the file"))
    format = models.CharField(_("format"), max_length=10)
    opened_on = models.DateField(_("from"))
    closed_on = models.DateField(_("to"))
    opening = models.DecimalField(_("opening balance"), max_digits=38, decimal_places=10, null=True)
    closing = models.DecimalField(_("closing balance"), max_digits=38, decimal_places=10, null=True)
    lines = models.PositiveIntegerField(_("lines"))
    imported_at = models.DateTimeField(_("imported at"))
    imported_by = models.CharField(_("imported by"), max_length=150)

    class Meta:
        verbose_name = _("bank statement")
        verbose_name_plural = _("bank statements")
        constraints = [
            models.UniqueConstraint(fields=["account", "identity"], name="bank_statement_once"),
            models.UniqueConstraint(fields=["sha256", "position"], name="bank_statement_of_file"),
            models.CheckConstraint(
                condition=Q(closed_on__gte=F("opened_on")), name="bank_statement_span"
            ),
        ]
        indexes = [models.Index(fields=["account", "closed_on"], name="bank_statement_day")]

    def __str__(self) -> str:
        return self.identity


class StatementLine(models.Model):
    """One booking of a bank, or one holding of a custodian. Append-only.

    `amount` is signed as the house's balance moves, in major units; of a holding it is the
    quantity, and `asset` its ISIN. `known_by` holds what the line may be known by.
    """

    statement = models.ForeignKey(
        BankStatement, models.PROTECT, db_index=False, related_name="+", verbose_name=_("statement")
    )
    account = models.ForeignKey(
        ReconciledAccount, models.PROTECT, related_name="+", verbose_name=_("account")
    )
    number = models.PositiveIntegerField(_("number"))
    file_line = models.PositiveIntegerField(_("line"))
    value_date = models.DateField(_("value date"))
    booked_on = models.DateField(_("booked on"))
    amount = models.DecimalField(_("amount"), max_digits=38, decimal_places=10)
    asset = models.CharField(_("asset"), max_length=35)
    reference = models.CharField(_("reference"), max_length=80, blank=True)
    known_by = models.JSONField(_("references"), default=list)
    text = models.TextField(_("text"), blank=True)

    class Meta:
        verbose_name = _("statement line")
        verbose_name_plural = _("statement lines")
        constraints = [
            models.UniqueConstraint(fields=["statement", "number"], name="statement_line_once"),
        ]

    def __str__(self) -> str:
        return self.reference or f"{self.value_date} {self.amount.normalize():f}"


class HouseLine(models.Model):
    """A line of the ledger account that mirrors a nostro, as reconciliation took note of it.

    Append-only. `amount` is signed like the ledger's: a debit is positive.
    """

    account = models.ForeignKey(
        ReconciledAccount, models.PROTECT, related_name="+", verbose_name=_("account")
    )
    entry_id = models.BigIntegerField(_("entry"))
    line_no = models.PositiveIntegerField(_("line"))
    key = models.CharField(_("key"), max_length=200)
    memo = models.TextField(_("memo"), blank=True)
    date = models.DateField(_("date"))
    amount = models.DecimalField(_("amount"), max_digits=38, decimal_places=10)
    asset = models.CharField(_("asset"), max_length=35)

    class Meta:
        verbose_name = _("ledger line to reconcile")
        verbose_name_plural = _("ledger lines to reconcile")
        constraints = [
            models.UniqueConstraint(fields=["entry_id", "line_no"], name="house_line_once"),
        ]

    def __str__(self) -> str:
        return self.key


class ReconciliationMatch(models.Model):
    """That lines of the bank and lines of the house are the same money. Append-only.

    The database holds both sides' sums equal.
    """

    class How(models.TextChoices):
        REFERENCE = "reference", _("by reference")
        AMOUNT_DATE = "amount_date", _("by amount and date")
        GROUP = "group", _("several to one")
        BY_HAND = "by_hand", _("by hand")
        WRITTEN_OFF = "written_off", _("written off")

    account = models.ForeignKey(
        ReconciledAccount, models.PROTECT, related_name="+", verbose_name=_("account")
    )
    how = models.CharField(_("how"), max_length=12, choices=How)
    note = models.TextField(_("note"), blank=True)
    matched_at = models.DateTimeField(_("matched at"))
    matched_by = models.CharField(_("matched by"), max_length=150)

    class Meta:
        verbose_name = _("reconciled match")
        verbose_name_plural = _("reconciled matches")

    def __str__(self) -> str:
        return f"#{self.pk} {self.get_how_display()}"


class MatchedLine(models.Model):
    """One line of a match; a line stands in one match at most. Append-only."""

    match = models.ForeignKey(
        ReconciliationMatch, models.PROTECT, related_name="lines", verbose_name=_("match")
    )
    line = models.OneToOneField(
        StatementLine,
        models.PROTECT,
        null=True,
        related_name="matched",
        verbose_name=_("statement line"),
    )
    house_line = models.OneToOneField(
        HouseLine,
        models.PROTECT,
        null=True,
        related_name="matched",
        verbose_name=_("ledger line"),
    )

    class Meta:
        verbose_name = _("matched line")
        verbose_name_plural = _("matched lines")
        constraints = [
            models.CheckConstraint(
                condition=Q(line__isnull=True, house_line__isnull=False)
                | Q(line__isnull=False, house_line__isnull=True),
                name="matched_line_one_side",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.match_id}"


class Break(models.Model):
    """A difference that a person must explain. Closed when it is matched or written off.

    `amount` is what the bank shows more than the house. Its owner is whoever holds the desk's
    item; its age runs from `since`.
    """

    class Kind(models.TextChoices):
        MISSING_IN_BOOKS = "missing_in_books", _("not in our books")
        MISSING_AT_BANK = "missing_at_bank", _("not on the statement")
        AMOUNT_DIFFERS = "amount_differs", _("amount differs")
        STATEMENT_GAP = "statement_gap", _("statement missing before")
        POSITION_DIFFERS = "position_differs", _("holding differs")

    account = models.ForeignKey(
        ReconciledAccount, models.PROTECT, related_name="+", verbose_name=_("account")
    )
    kind = models.CharField(_("kind"), max_length=20, choices=Kind)
    statement = models.ForeignKey(
        BankStatement, models.PROTECT, null=True, related_name="+", verbose_name=_("statement")
    )
    line = models.OneToOneField(
        StatementLine,
        models.PROTECT,
        null=True,
        related_name="difference",
        verbose_name=_("statement line"),
    )
    house_line = models.OneToOneField(
        HouseLine,
        models.PROTECT,
        null=True,
        related_name="difference",
        verbose_name=_("ledger line"),
    )
    asset = models.CharField(_("asset"), max_length=35)
    amount = models.DecimalField(_("difference"), max_digits=38, decimal_places=10)
    since = models.DateField(_("since"))
    opened_at = models.DateTimeField(_("opened at"))
    closed_at = models.DateTimeField(_("closed at"), null=True)
    closed_how = models.CharField(
        _("closed how"), max_length=12, blank=True, choices=ReconciliationMatch.How
    )
    item = models.ForeignKey(
        "desk.WorkItem", models.PROTECT, null=True, related_name="+", verbose_name=_("work item")
    )

    class Meta:
        verbose_name = _("break")
        verbose_name_plural = _("breaks")
        constraints = [
            models.UniqueConstraint(
                fields=["account", "asset"],
                condition=Q(kind="position_differs", closed_at=None),
                name="break_of_position_once",
            ),
            models.UniqueConstraint(
                fields=["statement"],
                condition=Q(kind="statement_gap"),
                name="break_of_statement_once",
            ),
            models.CheckConstraint(
                condition=Q(closed_at=None, closed_how="") | ~Q(closed_at=None),
                name="break_closed_how",
            ),
        ]
        indexes = [
            models.Index(
                fields=["account", "since"], name="break_open", condition=Q(closed_at=None)
            ),
        ]

    def __str__(self) -> str:
        return f"#{self.pk} {self.get_kind_display()}"
