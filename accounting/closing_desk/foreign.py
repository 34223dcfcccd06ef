"""Foreign positions at the desk: settling one, and clearing what is left in one currency only."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from urllib.parse import urlencode

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldAdminTextInputWidget

from accounting import positions, valuing
from accounting.ledger_desk import reversal
from accounting.models import Entity, Entry
from accounting.rules.drafts import LineDraft
from accounting.rules.fx import Position
from accounting.valuing import Payment
from backoffice.frame.trying import trial
from backoffice.frame.widgets import DayInput
from backoffice.kernel.actors import Actor


def _entities() -> list[tuple[str, str]]:
    return [(code, code) for code in Entity.objects.order_by("code").values_list("code", flat=True)]


def _text(label: Any, most: int, *, required: bool = True, **more: Any) -> forms.CharField:
    return forms.CharField(
        label=label, max_length=most, required=required, widget=UnfoldAdminTextInputWidget, **more
    )


def _amount(label: Any, *, required: bool = True) -> forms.DecimalField:
    return forms.DecimalField(
        label=label,
        max_digits=40,
        min_value=0,
        required=required,
        widget=UnfoldAdminTextInputWidget(attrs={"inputmode": "decimal"}),
    )


class OpenForm(forms.Form):
    """Whose positions, on which day."""

    entity = forms.ChoiceField(label=_("entity"), choices=_entities, widget=UnfoldAdminSelectWidget)
    on = forms.DateField(label=_("day"), widget=DayInput)


class SettleForm(forms.Form):
    """What came, or went, for a position; the key makes two clicks one settlement."""

    key = forms.CharField(max_length=100, widget=forms.HiddenInput)
    date = forms.DateField(label=_("Effective date"), widget=DayInput)
    amount = _amount(_("amount settled"))
    paid_account = _text(_("account that was paid into or from"), 255)
    paid = _amount(_("amount paid"))
    currency = _text(_("currency paid"), 24)
    costs_account = _text(_("account of bank charges"), 255, required=False)
    costs = _amount(_("bank charges"), required=False)
    memo = _text(_("memo"), 500, required=False)

    def clean(self) -> dict[str, Any]:
        """Charges go to an account."""
        told = super().clean() or {}
        if told.get("costs") and not told.get("costs_account"):
            self.add_error("costs_account", gettext("Which account bears the charges?"))
        return told


class ResiduesForm(forms.Form):
    """Whose residues, on which day; the key makes two clicks one entry."""

    key = forms.CharField(max_length=100, widget=forms.HiddenInput)
    entity = forms.ChoiceField(label=_("entity"), choices=_entities, widget=UnfoldAdminSelectWidget)
    on = forms.DateField(label=_("day"), widget=DayInput)


@dataclass(frozen=True, slots=True)
class Asked:
    """A position by its name: the rest of the page's address tells it."""

    entity: str
    account: str
    currency: str
    dimensions: dict[str, str]

    @classmethod
    def read(cls, told: Any) -> "Asked":
        """From the address; what is no set of dimensions is none."""
        try:
            found = json.loads(told.get("dimensions", "") or "{}")
        except ValueError:
            found = {}
        own = {str(name): str(value) for name, value in found.items()} if found else {}
        return cls(told.get("entity", ""), told.get("account", ""), told.get("currency", ""), own)

    def open_on(self, day: date) -> Position | None:
        """The position as it stands on the day; None without one. Raises EntityUnknown."""
        found = positions.open_at(
            entity=self.entity, as_of=day, accounts=[self.account], dimensions=self.dimensions
        )
        names = (self.account, self.currency)
        return next((one for one in found if (one.account, one.currency) == names), None)


def address(entity: str, one: Position, day: date) -> str:
    """The query that names a position."""
    told = {"entity": entity, "account": one.account, "currency": one.currency}
    told["dimensions"] = json.dumps(dict(one.dimensions)) if one.dimensions else ""
    return urlencode({**told, "on": day.isoformat()})


def settle(
    *, asked: Asked, position: Position, told: dict[str, Any], actor: Actor, at: datetime
) -> Any:
    """Settle by the form: money comes for what is owed to the house, and goes for what it owes."""
    sign = 1 if position.amount > 0 else -1
    paid = [LineDraft(told["paid_account"], sign * told["paid"], told["currency"])]
    if told["costs"]:
        paid.append(LineDraft(told["costs_account"], told["costs"], told["currency"]))
    payment = Payment(
        key=told["key"],
        date=told["date"],
        entity=asked.entity,
        account=asked.account,
        currency=asked.currency,
        amount=told["amount"],
        paid=tuple(paid),
        dimensions=asked.dimensions,
        memo=told["memo"],
    )
    return valuing.settle(payment=payment, actor=actor, at=at)


def clear(*, told: dict[str, Any], actor: Actor, at: datetime) -> Any:
    """Clear the residues by the form."""
    return valuing.clear_residues(**told, accounts=positions.MONETARY, actor=actor, at=at)


def preview(entity: str, act: Callable[[], object]) -> list[reversal.Moved]:
    """The accounts that an act would move, revaluations that it corrects among them; none stays."""
    owned = Entry.objects.filter(entity__code=entity).order_by("pk")
    with trial():
        before = owned.values_list("pk", flat=True).last() or 0
        act()
        made = list(owned.filter(pk__gt=before).values_list("pk", flat=True))
        return reversal.moved_by(made)
