"""A FIN message as the sender hands it to SWIFT: headers of the input kind, CR LF line ends."""

from decimal import Decimal

from backoffice.kernel.refusals import Place, Said
from settlement.messages.facts import Header, Money, Party
from settlement.messages.fin.model import ApplicationHeader, BasicHeader, FinMessage, Tag
from settlement.messages.fin.values import comma
from settlement.messages.fin.writing import write
from settlement.messages.refusals import UsageRuleBroken
from settlement.messages.to_mt.drafting import AMOUNT_LENGTH, LINE, Draft, fold, terminal

ADDRESS_LINES = 3


def text(header: Header, mt: str, draft: Draft, *, uetr: str | None = None) -> str:
    """The message as text.

    Raises:
        BrokenField: a value that could not be read back as written.
    """
    message = FinMessage(
        basic=BasicHeader("F", "01", terminal(header.sender), "0000", "000000"),
        application=ApplicationHeader("I", mt, terminal(header.receiver), priority="N"),
        user=(Tag("121", uetr),) if uetr else (),
        fields=tuple(draft.fields),
    )
    return write(message, newline="\r\n")


def money(value: Money) -> str:
    """Currency and amount: "EUR1000,50"."""
    return value.currency + digits(value.amount)


def digits(value: Decimal) -> str:
    """An amount with its currency's own decimals, the comma always there: "1000,50", "7,".

    Where they are too many signs, the zeros at its end are left out.

    Raises:
        UsageRuleBroken: longer than FIN takes.
    """
    whole, _, part = format(value, "f").partition(".")
    found = f"{whole},{part}"
    if len(found) > AMOUNT_LENGTH:
        found = comma(value)
    if len(found) > AMOUNT_LENGTH:
        reason = Said(
            f"{found} has more than {AMOUNT_LENGTH} signs", f"{found} ยาวเกิน {AMOUNT_LENGTH} อักขระ"
        )
        raise UsageRuleBroken(Place(field="amount"), rule=f"{AMOUNT_LENGTH}d", reason=reason)
    return found


def agent(draft: Draft, tag: str, bic: str | None, account: str | None = None) -> None:
    """An agent in option A, its account before it."""
    if bic:
        draft.add(tag + "A", f"/{account}\n{bic}" if account else bic)


def customer(draft: Draft, tag: str, party: Party, account: str | None) -> None:
    """A customer: option A by BIC, F where town and country are known, plain otherwise."""
    rows = [f"/{account}"] if account else []
    if party.bic:
        draft.add(f"{tag}A", "\n".join([*rows, party.bic]))
        return
    address = [fold(row) for row in party.address]
    if party.country:
        if tag == "50" and not rows:
            rows = ["/NOTPROVIDED"]
        rows += [f"1/{fold(party.name or '')}"[:LINE]]
        rows += [f"2/{row}"[:LINE] for row in address[: ADDRESS_LINES - 1]]
        rows += [f"3/{party.country}/{fold(party.town or '')}"[:LINE]]
        draft.add(f"{tag}F", "\n".join(rows))
        return
    rows += [fold(party.name or "")[:LINE], *(row[:LINE] for row in address[:ADDRESS_LINES])]
    draft.add("50K" if tag == "50" else tag, "\n".join(row for row in rows if row))
