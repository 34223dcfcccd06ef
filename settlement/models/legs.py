from decimal import Decimal
from typing import Final

from django.db import models
from django.db.models import Case, F, Func, Q, Value, When
from django.db.models.functions import Cast
from django.utils.translation import gettext_lazy as _

from backoffice.frame.amounts import number_text
from settlement.models.participants import Participant
from settlement.models.trades import Trade

# No currency is finer (ISO 4217), and below ten to the fourteenth the product fits 64 bits.
UNIT_DECIMALS: Final = 4
UNITS_MOST: Final = 14


class Leg(models.Model):
    """One thing owed by one participant to another: the unit that is netted and settled.

    Append-only: its state is that of its window, exceptions stand in side tables (WithdrawnTrade).
    `asset` is an instrument's or a currency's code; `quantity` is in units or in major units.
    `window_id` names the window that was open when the leg was. `units` is `quantity` in units of
    10**-UNIT_DECIMALS, null where it is finer than that or larger than a machine integer holds.
    """

    UNIT_DECIMALS = UNIT_DECIMALS

    class Kind(models.TextChoices):
        DELIVERY = "delivery", _("delivery leg")
        CASH = "cash", _("cash leg")

    book = models.CharField(_("book"), max_length=20)
    # No index for each key: legs come by the million, and the unique key begins with the trade.
    # No foreign keys either: a guard asks of a whole statement that each trade is there and that
    # these are its two parties, in a third of the time (migration 0172).
    trade = models.ForeignKey(
        Trade,
        models.PROTECT,
        db_index=False,
        db_constraint=False,
        related_name="legs",
        verbose_name=_("trade"),
    )
    kind = models.CharField(_("kind"), max_length=8, choices=Kind)
    debtor = models.ForeignKey(
        Participant,
        models.PROTECT,
        db_index=False,
        db_constraint=False,
        related_name="+",
        verbose_name=_("owes"),
    )
    creditor = models.ForeignKey(
        Participant,
        models.PROTECT,
        db_index=False,
        db_constraint=False,
        related_name="+",
        verbose_name=_("receives"),
    )
    asset = models.CharField(_("asset"), max_length=35)
    quantity = models.DecimalField(_("quantity"), max_digits=30, decimal_places=10)
    # What netting sums: it is the quantity as a machine integer, wherever one holds it exactly.
    units = models.GeneratedField(
        expression=Case(
            When(
                quantity__lt=Value(Decimal(10**UNITS_MOST)),
                quantity=Func(F("quantity"), Value(UNIT_DECIMALS), function="TRUNC"),
                then=Cast(F("quantity") * Value(10**UNIT_DECIMALS), models.BigIntegerField()),
            )
        ),
        output_field=models.BigIntegerField(null=True),
        db_persist=True,
        verbose_name=_("units"),
    )
    value_date = models.DateField(_("value date"))
    window_id = models.BigIntegerField(_("window"), null=True)
    opened_at = models.DateTimeField(_("opened at"))

    class Meta:
        verbose_name = _("leg")
        verbose_name_plural = _("legs")
        constraints = [
            models.UniqueConstraint(fields=["trade", "kind", "debtor"], name="leg_once"),
            models.CheckConstraint(condition=Q(quantity__gt=0), name="leg_positive"),
            models.CheckConstraint(condition=~Q(debtor=F("creditor")), name="leg_two_parties"),
        ]
        indexes = [
            models.Index(fields=["window_id", "value_date"], name="leg_window"),
            models.Index(fields=["book", "value_date"], name="leg_value_date"),
        ]

    def __str__(self) -> str:
        return f"{number_text(self.quantity)} {self.asset} {self.value_date}"
