"""Who keeps books and under which accounts."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext_lazy as _

from accounting.models.fields import AmountField


class Entity(models.Model):
    """A legal entity: keeps its own books in its functional currency."""

    code = models.CharField(_("code"), max_length=40, unique=True)
    name_en = models.CharField(_("name (English)"), max_length=200)
    name_th = models.CharField(_("name (Thai)"), max_length=200)
    functional_currency = models.CharField(_("functional currency"), max_length=24, default="THB")
    created_at = models.DateTimeField(_("created at"))

    class Meta:
        verbose_name = _("entity")
        verbose_name_plural = _("entities")

    def __str__(self) -> str:
        return self.code


class Account(models.Model):
    """A leaf or a branch of an entity's chart, named by its path ("Assets:Bank:Checking")."""

    class Type(models.TextChoices):
        ASSET = "asset", _("asset")
        LIABILITY = "liability", _("liability")
        EQUITY = "equity", _("equity")
        INCOME = "income", _("income")
        EXPENSE = "expense", _("expense")
        MEMORANDUM = "memorandum", _("memorandum")

    class Limit(models.TextChoices):
        NONE = "none", _("no limit")
        DEBITS = "debits_must_not_exceed_credits", _("debits must not exceed credits")
        CREDITS = "credits_must_not_exceed_debits", _("credits must not exceed debits")

    entity = models.ForeignKey(
        Entity, models.PROTECT, related_name="accounts", db_index=False, verbose_name=_("entity")
    )
    code = models.CharField(_("code"), max_length=255, db_collation="C")
    parent = models.ForeignKey(
        "self",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="children",
        verbose_name=_("parent"),
    )
    type = models.CharField(_("type"), max_length=10, choices=Type)
    name_en = models.CharField(_("name (English)"), max_length=200, blank=True)
    name_th = models.CharField(_("name (Thai)"), max_length=200, blank=True)
    currency = models.CharField(_("currency"), max_length=24, blank=True, default="")
    limit_kind = models.CharField(_("limit"), max_length=32, choices=Limit, default=Limit.NONE)
    credit_line = AmountField(_("credit line"), default=0)
    is_closed = models.BooleanField(_("closed"), default=False)
    mandatory_dimensions = ArrayField(
        models.CharField(max_length=40),
        verbose_name=_("mandatory dimensions"),
        default=list,
        blank=True,
    )
    attributes = models.JSONField(_("attributes"), default=dict, blank=True)
    created_at = models.DateTimeField(_("created at"))

    class Meta:
        verbose_name = _("account")
        verbose_name_plural = _("accounts")
        constraints = [
            models.UniqueConstraint(fields=["entity", "code"], name="account_code_once"),
            models.CheckConstraint(
                condition=models.Q(credit_line__gte=0), name="account_credit_line_positive"
            ),
        ]

    def __str__(self) -> str:
        return self.code


class Journal(models.Model):
    """A book of one kind of entry; a gapless one numbers its entries 1, 2, 3 without a hole."""

    entity = models.ForeignKey(
        Entity, models.PROTECT, related_name="journals", db_index=False, verbose_name=_("entity")
    )
    code = models.CharField(_("code"), max_length=40)
    name_en = models.CharField(_("name (English)"), max_length=200, blank=True)
    name_th = models.CharField(_("name (Thai)"), max_length=200, blank=True)
    is_gapless = models.BooleanField(_("gapless numbers"), default=False)
    last_number = models.BigIntegerField(_("last number"), default=0)

    class Meta:
        verbose_name = _("journal")
        verbose_name_plural = _("journals")
        constraints = [
            models.UniqueConstraint(fields=["entity", "code"], name="journal_code_once"),
        ]

    def __str__(self) -> str:
        return self.code


class Period(models.Model):
    """A stretch of days of an entity's books with its state; days in no period are open."""

    class State(models.TextChoices):
        OPEN = "open", _("open")
        SOFT = "soft", _("soft-closed")
        HARD = "hard", _("hard-closed")

    entity = models.ForeignKey(
        Entity, models.PROTECT, related_name="periods", db_index=False, verbose_name=_("entity")
    )
    name = models.CharField(_("name"), max_length=40)
    start = models.DateField(_("first day"))
    end = models.DateField(_("last day"))
    state = models.CharField(_("state"), max_length=4, choices=State, default=State.OPEN)
    changed_at = models.DateTimeField(_("changed at"), null=True)

    class Meta:
        verbose_name = _("period")
        verbose_name_plural = _("periods")
        constraints = [
            models.UniqueConstraint(fields=["entity", "start"], name="period_start_once"),
            models.CheckConstraint(
                condition=models.Q(end__gte=models.F("start")), name="period_ends_after_start"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} ({self.get_state_display()})"
