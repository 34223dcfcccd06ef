from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from backoffice.frame.amounts import number_text
from settlement.models.fails import BuyIn
from settlement.models.legs import Leg
from settlement.models.participants import Participant


class BuyInExecution(models.Model):
    """That so much of a failing delivery was bought in, or paid off in cash. Append-only.

    The failing deliverer (`payer`) owes the other side `amount`: what the quantity cost or is worth
    beyond what was agreed, never below zero, and the costs. `booked_on` is the day of the book that
    charges it. The purchase in the market is a trade of its own, named by `reference`.
    """

    class Kind(models.TextChoices):
        BOUGHT = "bought", _("bought in")
        CASH = "cash", _("paid off in cash")

    book = models.CharField(_("book"), max_length=20)
    buy_in = models.ForeignKey(
        BuyIn, models.PROTECT, related_name="executions", verbose_name=_("buy-in")
    )
    number = models.PositiveSmallIntegerField(_("number"))
    kind = models.CharField(_("kind"), max_length=6, choices=Kind)
    executed_on = models.DateField(_("executed on"))
    booked_on = models.DateField(_("booked on"))
    quantity = models.DecimalField(_("quantity"), max_digits=30, decimal_places=10)
    price = models.DecimalField(_("price"), max_digits=30, decimal_places=10)
    currency = models.CharField(_("currency"), max_length=24)
    worth = models.DecimalField(_("cost or market value"), max_digits=24, decimal_places=4)
    agreed = models.DecimalField(_("agreed amount"), max_digits=24, decimal_places=4)
    costs = models.DecimalField(_("costs"), max_digits=24, decimal_places=4)
    amount = models.DecimalField(_("amount"), max_digits=24, decimal_places=4)
    payer = models.ForeignKey(Participant, models.PROTECT, related_name="+", verbose_name=_("pays"))
    payee = models.ForeignKey(
        Participant, models.PROTECT, related_name="+", verbose_name=_("receives")
    )
    reference = models.CharField(_("reference"), max_length=80, blank=True)
    recorded_at = models.DateTimeField(_("recorded at"))
    proposed_by = models.CharField(_("proposed by"), max_length=150)
    recorded_by = models.CharField(_("approved by"), max_length=150)

    class Meta:
        verbose_name = _("buy-in execution")
        verbose_name_plural = _("buy-in executions")
        constraints = [
            models.UniqueConstraint(fields=["buy_in", "number"], name="buy_in_execution_once"),
            models.CheckConstraint(
                condition=Q(quantity__gt=0, price__gt=0, costs__gte=0, amount__gte=F("costs")),
                name="buy_in_execution_counted",
            ),
            models.CheckConstraint(
                condition=~Q(payer=F("payee")), name="buy_in_execution_two_parties"
            ),
            # Four eyes; a process has no second self.
            models.CheckConstraint(
                condition=Q(recorded_by__startswith="system:") | ~Q(proposed_by=F("recorded_by")),
                name="buy_in_execution_by_two",
            ),
        ]
        indexes = [models.Index(fields=["book", "booked_on"], name="buy_in_execution_day")]

    def __str__(self) -> str:
        return f"{self.buy_in_id} {number_text(self.quantity)}"


class BoughtInLeg(models.Model):
    """That so much of a leg has failed for good: it was bought in and settles no more. Append-only.

    What is settled of a leg and what was bought in never exceed it together.
    """

    leg = models.ForeignKey(
        Leg, models.PROTECT, related_name="bought_in", verbose_name=_("leg"), db_index=False
    )
    execution = models.ForeignKey(
        BuyInExecution, models.PROTECT, related_name="legs", verbose_name=_("buy-in execution")
    )
    quantity = models.DecimalField(_("quantity"), max_digits=30, decimal_places=10)

    class Meta:
        verbose_name = _("bought-in leg")
        verbose_name_plural = _("bought-in legs")
        constraints = [
            models.UniqueConstraint(fields=["leg", "execution"], name="bought_in_leg_once"),
            models.CheckConstraint(condition=Q(quantity__gt=0), name="bought_in_leg_positive"),
        ]

    def __str__(self) -> str:
        return f"{self.leg_id} {self.quantity}"
