"""MTn90 → camt.105 (charges taken) and MTn91 → camt.106 (charges asked for)."""

import datetime as dt
import re

from lxml import etree

from backoffice.kernel.refusals import Said
from settlement.messages.fin.model import Field, FinMessage
from settlement.messages.fin.narrative import text_of
from settlement.messages.fin.parties import party
from settlement.messages.fin.values import Money, dated_money, money, refuse
from settlement.messages.mx_tree import Mx
from settlement.messages.to_mx.envelope import Envelope, envelope, group_header
from settlement.messages.to_mx.parts import (
    put_account,
    put_agent,
    put_bic,
    put_money,
    sender_to_receiver,
)

_LINE = re.compile(r"/([A-Z0-9]+)/([A-Z]{3}[0-9,]+)(?:,?/([DC]))?.*")
_SINGLE = "swift.cbprplus.01"
_MANY = "swift.cbprplus.mlp.01"


def notification(message: FinMessage, *, at: dt.datetime) -> etree._Element:
    """camt.105.001.02 of an MTn90: charges, interest and other adjustments.

    Raises:
        MissingField, BrokenField: a mandatory field is absent, or one cannot be read.
    """
    charges = breakdown(message.need("71B"))
    made = _envelope(message, "camt.105.001.02", "ChrgsPmtNtfctn", len(charges), at)
    taken = message.need("32C", "32D")
    day, total = dated_money(taken)
    put_head(made, message, charges, total)
    put_account(made.body.group("GrpHdr"), "ChrgsAcct", message.need("25").value)
    side = "CRDT" if taken.option == "C" else "DBIT"
    for record in put_records(made, message, charges, total, side):
        record.put("ValDt/Dt", day.isoformat())
    return made.root


def request(message: FinMessage, *, at: dt.datetime) -> etree._Element:
    """camt.106.001.02 of an MTn91: a request for payment of charges.

    Raises:
        MissingField, BrokenField: a mandatory field is absent, or one cannot be read.
    """
    charges = breakdown(message.need("71B"))
    made = _envelope(message, "camt.106.001.02", "ChrgsPmtReq", len(charges), at)
    total = money(message.need("32B"))
    put_head(made, message, charges, total)
    for record in put_records(made, message, charges, total, "DBIT"):
        put_agent(record, "DbtrAgt", party(message.find("52")), account="DbtrAgtAcct")
        put_agent(record, "CdtrAgt", party(message.find("57")), account="CdtrAgtAcct")
    return made.root


def _envelope(
    message: FinMessage, definition: str, element: str, count: int, at: dt.datetime
) -> Envelope:
    service = _MANY if count > 1 else _SINGLE
    return envelope(message, definition=definition, element=element, service=service, at=at)


def breakdown(item: Field) -> list[tuple[str, Money, str]]:
    """The charges of field 71B: type code, amount, DBIT or CRDT.

    Raises:
        BrokenField: a line of another form than /CODE/EUR10,/D.
    """
    found: list[tuple[str, Money, str]] = []
    for row in item.lines:
        match = _LINE.fullmatch(row)
        if match is None and not row.startswith("//"):
            raise refuse(
                item,
                Said(
                    f"charge {row!r} is not /CODE/currency and amount/",
                    f"ค่าธรรมเนียม {row!r} ไม่อยู่ในรูปแบบ /รหัส/สกุลเงินและจำนวน/",
                ),
            )
        if match:
            code, value, side = match.groups()
            found.append((code, money(item, value), "CRDT" if side == "C" else "DBIT"))
    return found


def put_head(
    made: Envelope, message: FinMessage, charges: list[tuple[str, Money, str]], total: Money
) -> None:
    """`GrpHdr`: the requestor stands here for one record, the totals for several."""
    group = group_header(made, message)
    if len(charges) > 1:
        totals = group.new("TtlChrgs")
        totals.put("NbOfChrgsRcrds", len(charges))
        put_money(totals, "TtlChrgsAmt", total)
        totals.put("CdtDbtInd", "DBIT")
    else:
        put_bic(group, "ChrgsRqstr", requestor(message))


def requestor(message: FinMessage) -> str:
    """Who asks for the charges: /CHRQ/ of field 72, else the sender."""
    return text_of(sender_to_receiver(message), "CHRQ") or message.sender


def put_records(
    made: Envelope,
    message: FinMessage,
    charges: list[tuple[str, Money, str]],
    total: Money,
    side: str,
) -> list[Mx]:
    """`Chrgs/PerTx` with one record a charge; returns the records for what follows in them."""
    per = made.body.group("Chrgs").new("PerTx")
    per.put("ChrgsId", message.need("20").value)
    records: list[Mx] = []
    for code, value, own_side in charges:
        record = per.new("Rcrd")
        if len(charges) > 1:
            put_bic(record, "ChrgsRqstr", requestor(message))
        if message.mt.endswith("91"):
            kind = "pacs.008.001.08" if message.mt.startswith("1") else "pacs.009.001.08"
            record.put("UndrlygTx/MsgNmId", kind)
        record.put("UndrlygTx/InstrId", message.need("21").value)
        record.put("UndrlygTx/UETR", message.header("121"))
        record.put("TtlChrgsPerRcrd/NbOfChrgsBrkdwnItms", 1)
        put_money(record, "TtlChrgsPerRcrd/TtlChrgsAmt", value if len(charges) > 1 else total)
        record.put("TtlChrgsPerRcrd/CdtDbtInd", side)
        put_money(record, "ChrgsBrkdwn/Amt", value)
        record.put("ChrgsBrkdwn/CdtDbtInd", own_side)
        record.put("ChrgsBrkdwn/Tp/Cd", code)
        records.append(record)
    return records
