"""Dividing a block at the desk: a row a part, looked at first, as many rows as are asked for."""

import re
from datetime import datetime
from decimal import Decimal
from typing import Any, Final

from django import forms
from django.db.models import Q
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminTextInputWidget

from backoffice.frame.amounts import amount_text, number_text
from backoffice.frame.trying import trial
from backoffice.kernel.actors import Actor
from backoffice.kernel.refusals import Place
from settlement.desks.looking import Fact, Look, Seen
from settlement.models import Participant, Trade, UnmatchedTrade
from settlement.rules.trades import PartyRef
from settlement.trades import allocating

ROWS: Final = 6
MOST: Final = 300
CODES: Final = "participants"
ROW: Final = re.compile(r"participant_\d{1,3}")
NAMES: Final = ("participant", "quantity", "amount", "account")


def _number(label: Any, decimals: int) -> forms.DecimalField:
    return forms.DecimalField(
        label=label,
        max_digits=30,
        decimal_places=decimals,
        required=False,
        widget=UnfoldAdminTextInputWidget(attrs={"inputmode": "decimal"}),
    )


class AllocationForm(forms.Form):
    """The parts of a block: participant, quantity, and amount where it is not in proportion."""

    def __init__(self, data: Any = None, *, rows: int = ROWS) -> None:
        super().__init__(data)
        for row in range(rows):
            party = UnfoldAdminTextInputWidget(attrs={"list": CODES, "autocomplete": "off"})
            self.fields[f"participant_{row}"] = forms.CharField(
                label=_("participant"), max_length=40, required=False, widget=party
            )
            self.fields[f"quantity_{row}"] = _number(_("quantity"), 10)
            self.fields[f"amount_{row}"] = _number(_("amount"), 4)
            self.fields[f"account_{row}"] = forms.CharField(
                label=_("account"),
                max_length=35,
                required=False,
                widget=UnfoldAdminTextInputWidget,
            )
        self.rows = rows

    def lines(self) -> list[list[forms.BoundField]]:
        """The fields, row by row, as the page shows them."""
        return [[self[f"{name}_{row}"] for name in NAMES] for row in range(self.rows)]

    def clean(self) -> dict[str, Any]:
        """A row that says anything says whose part it is."""
        told = super().clean() or {}
        filled = [row for row in range(self.rows) if self._says(told, row)]
        if not filled and not self.errors:
            self.add_error(None, gettext("Enter the parts of the block."))
        for row in filled:
            if not told.get(f"participant_{row}"):
                self.add_error(f"participant_{row}", gettext("Whose part is it?"))
        told["filled"] = filled
        return told

    def _says(self, told: dict[str, Any], row: int) -> bool:
        return any(told.get(f"{name}_{row}") not in (None, "") for name in NAMES)


def rows_of(posted: Any) -> int:
    """How many rows the page has: as many as it had, and more where they were asked for."""
    last = [int(name.rpartition("_")[2]) for name in posted if ROW.fullmatch(name)]
    rows = max(ROWS - 1, *last, 0) + 1
    return min(rows + ROWS, MOST) if "more" in posted else rows


def parts_of(told: dict[str, Any]) -> list[allocating.Part]:
    """The parts of a checked form."""
    return [
        allocating.Part(
            participant=PartyRef.code(told[f"participant_{row}"].strip()),
            quantity=told[f"quantity_{row}"] or Decimal(0),
            amount=told[f"amount_{row}"],
            account=told[f"account_{row}"].strip(),
        )
        for row in told["filled"]
    ]


def field_of(told: dict[str, Any], place: Place) -> str | None:
    """The field of the row that a refusal names."""
    if place.line is None or not place.line <= len(told["filled"]):
        return None
    return f"{place.field}_{told['filled'][place.line - 1]}"


def facts_of(block: Trade) -> list[Fact]:
    """What is divided."""
    return [
        (_("trade"), block),
        (_("side"), block.get_side_display()),
        (_("buyer"), block.buyer),
        (_("seller"), block.seller),
        (_("instrument"), block.instrument or "-"),
        (_("quantity"), number_text(block.quantity)),
        (_("amount"), f"{amount_text(block.amount, block.currency)} {block.currency}"),
    ]


def see(block: Trade, told: dict[str, Any], *, actor: Actor, at: datetime) -> Seen:
    """The parts as they would be captured, amounts in proportion among them; nothing is kept."""
    with trial():
        ids = allocating.allocate(block_id=block.pk, parts=parts_of(told), actor=actor, at=at)
        made = list(
            Trade.objects.filter(pk__in=ids).select_related("buyer", "seller").order_by("pk")
        )
    own = "buyer" if block.side == Trade.Side.BUY else "seller"
    return Seen(
        header=(_("reference"), _("participant"), _("quantity"), _("amount"), _("account")),
        rows=[
            (
                part.source_ref,
                getattr(part, own),
                number_text(part.quantity),
                f"{amount_text(part.amount, part.currency)} {part.currency}",
                getattr(part, f"{own}_account") or "-",
            )
            for part in made
        ],
    )


def codes() -> list[str]:
    """What the page offers as participants."""
    return list(Participant.objects.order_by("code").values_list("code", flat=True))


def waiting(object_id: Any) -> bool:
    """Whether a trade waits to be divided, or for its other side; the verb decides."""
    waits = Q(is_block=True) | Q(pk__in=UnmatchedTrade.objects.values("trade"))
    return Trade.objects.filter(waits, pk=object_id, parts=None, amended_by=None).exists()


def page(block: Trade, *, actor: Actor, at: datetime, back: str) -> Look:
    """The page on which the block is divided."""
    return Look(
        title=gettext("Allocate a block"),
        verb=gettext("Allocate"),
        done=gettext("Allocated."),
        facts=facts_of(block),
        see=lambda told: see(block, told, actor=actor, at=at),
        act=lambda told: allocating.allocate(
            block_id=block.pk, parts=parts_of(told), actor=actor, at=at
        ),
        back=back,
        field=field_of,
        choices=codes(),
    )
