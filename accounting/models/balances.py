"""Totals kept by the line tables' own triggers: nobody else writes them."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from accounting.models.book import DimensionSet
from accounting.models.chart import Account, Entity
from accounting.models.fields import AmountField


class AccountBalance(models.Model):
    """An account's totals of all time in one currency: posted and pending, debits and credits."""

    pk = models.CompositePrimaryKey("account_id", "currency")
    account = models.ForeignKey(
        Account,
        models.DO_NOTHING,
        related_name="balances",
        db_constraint=False,
        db_index=False,
        verbose_name=_("account"),
    )
    currency = models.CharField(_("currency"), max_length=24)
    debits_posted = AmountField(_("debits posted"), default=0)
    credits_posted = AmountField(_("credits posted"), default=0)
    debits_pending = AmountField(_("debits pending"), default=0)
    credits_pending = AmountField(_("credits pending"), default=0)
    value = AmountField(_("value in functional currency"), default=0)

    class Meta:
        verbose_name = _("account balance")
        verbose_name_plural = _("account balances")

    def __str__(self) -> str:
        return f"{self.account_id} {self.currency}"


class Movement(models.Model):
    """Columns of a movement total."""

    currency = models.CharField(_("currency"), max_length=24)
    dimension_set = models.ForeignKey(
        DimensionSet,
        models.DO_NOTHING,
        default=0,
        related_name="+",
        db_constraint=False,
        db_index=False,
        verbose_name=_("dimensions"),
    )
    debits = AmountField(_("debits"), default=0)
    credits = AmountField(_("credits"), default=0)
    value = AmountField(_("value in functional currency"), default=0)

    class Meta:
        abstract = True


class DayMovement(Movement):
    """What one day moved on an account, by currency and dimension set."""

    pk = models.CompositePrimaryKey("account_id", "day", "currency", "dimension_set_id")
    account = models.ForeignKey(
        Account,
        models.DO_NOTHING,
        related_name="+",
        db_constraint=False,
        db_index=False,
        verbose_name=_("account"),
    )
    day = models.DateField(_("day"))

    class Meta:
        verbose_name = _("day movement")
        verbose_name_plural = _("day movements")
        indexes = [models.Index(fields=["day", "account"], name="day_movement_day")]

    def __str__(self) -> str:
        return f"{self.account_id} {self.day} {self.currency}"


class MonthEnd(Movement):
    """Totals from the first day of the books to the end of a month; back-dating corrects them."""

    pk = models.CompositePrimaryKey("account_id", "month_end", "currency", "dimension_set_id")
    account = models.ForeignKey(
        Account,
        models.DO_NOTHING,
        related_name="+",
        db_constraint=False,
        db_index=False,
        verbose_name=_("account"),
    )
    month_end = models.DateField(_("month end"))

    class Meta:
        verbose_name = _("month-end balance")
        verbose_name_plural = _("month-end balances")
        indexes = [models.Index(fields=["month_end", "account"], name="month_end_month")]

    def __str__(self) -> str:
        return f"{self.account_id} {self.month_end} {self.currency}"


class MonthEndMark(models.Model):
    """A month whose end-of-month totals are kept for an entity."""

    entity = models.ForeignKey(
        Entity, models.PROTECT, related_name="+", db_index=False, verbose_name=_("entity")
    )
    month_end = models.DateField(_("month end"))
    taken_at = models.DateTimeField(_("taken at"))

    class Meta:
        verbose_name = _("kept month end")
        verbose_name_plural = _("kept month ends")
        constraints = [
            models.UniqueConstraint(fields=["entity", "month_end"], name="month_end_mark_once"),
        ]

    def __str__(self) -> str:
        return f"{self.entity_id} {self.month_end}"
