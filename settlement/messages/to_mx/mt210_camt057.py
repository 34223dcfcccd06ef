"""MT210 → camt.057.001.06 (notice to receive)."""

import datetime as dt

from lxml import etree

from settlement.messages.fin.model import FinMessage
from settlement.messages.fin.parties import PartyField, party
from settlement.messages.fin.values import date, money
from settlement.messages.mx_tree import Mx
from settlement.messages.to_mx.envelope import envelope, group_header
from settlement.messages.to_mx.parts import (
    NOT_PROVIDED,
    put_account,
    put_agent,
    put_bic,
    put_money,
    put_party,
)


def translate(message: FinMessage, *, at: dt.datetime) -> etree._Element:
    """The camt.057 of an MT210; one item for each repetition of field 21.

    Raises:
        MissingField, BrokenField: a mandatory field is absent, or one cannot be read.
    """
    made = envelope(message, definition="camt.057.001.06", element="NtfctnToRcv", at=at)
    group_header(made, message)
    into = made.body.new("Ntfctn")
    day = message.need("30")
    items = split_items(message)
    into.put("Id", message.need("20").value)
    account = message.find("25")
    put_account(into, "Acct", account.lines[0] if account else None)
    put_bic(into, "AcctOwnr/Agt", message.sender)
    put_bic(into, "AcctSvcr", message.receiver)
    if len(items) == 1:
        put_sender(into, items[0])
    for item in items:
        put_item(into, item, date(day.value, day), alone=len(items) == 1)
    return made.root


def split_items(message: FinMessage) -> list[FinMessage]:
    """One part a field 21."""
    return message.split("21")[1]


def put_item(into: Mx, item: FinMessage, day: dt.date, *, alone: bool) -> None:
    """One `Itm`; its sender stands in it where there are several items."""
    group = into.new("Itm")
    group.put("Id", item.need("21").value)
    group.put("UETR", item.header("121"))
    put_money(group, "Amt", money(item.need("32B")))
    group.put("XpctdValDt", day.isoformat())
    if not alone:
        put_sender(group, item)


def put_sender(into: Mx, item: FinMessage) -> None:
    """Ordering customer or institution, and the intermediary; MT210 has one of the first two."""
    customer = item.find("50")
    institution = party(item.find("52"))
    put_party(into, "Dbtr/Pty", party(customer))
    if customer:
        institution = institution or PartyField(bic=NOT_PROVIDED)
    put_agent(into, "DbtrAgt", institution)
    put_agent(into, "IntrmyAgt", party(item.find("56")))
