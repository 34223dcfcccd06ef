from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from backoffice.frame.amounts import number_text
from settlement.models.participants import Participant
from settlement.models.trades import Trade


class Leg(models.Model):
    """One thing owed by one participant to another: the unit that is netted and settled.

    Append-only: its state is that of its window, exceptions stand in side tables (WithdrawnTrade).
    `asset` is an instrument's or a currency's code; `quantity` is in units or in major units.
    `window_id` names the window that was open when the leg was.
    """

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
