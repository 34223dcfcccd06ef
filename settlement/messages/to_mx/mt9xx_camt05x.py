"""MT940, 950 → camt.053; MT941, 942 → camt.052; MT900, 910 → camt.054; MT920 → camt.060."""

import datetime as dt
import re

from lxml import etree

from backoffice.kernel.refusals import Said
from settlement.messages.fin.model import Field, FinMessage
from settlement.messages.fin.parties import party
from settlement.messages.fin.statement_line import (
    Balance,
    StatementLine,
    balance,
    statement_line,
)
from settlement.messages.fin.values import Money, dated_money, moment, money, plain, refuse
from settlement.messages.mx_tree import Mx
from settlement.messages.to_mx.envelope import envelope, group_header
from settlement.messages.to_mx.parts import (
    NOT_PROVIDED,
    put_account,
    put_agent,
    put_money,
    put_party,
)

_COUNT = re.compile(r"([0-9]{1,5})([A-Z]{3}[0-9,]+)")
_FLOOR = re.compile(r"([A-Z]{3})([DC]?)([0-9,]+)")
BALANCE_CODES = {
    "60F": "OPBD",
    "60M": "ITBD",
    "62F": "CLBD",
    "62M": "ITBD",
    "64": "CLAV",
    "65": "FWAV",
}
"""Balance field → balance type of ISO 20022 (CBPR+)."""
_SIDES = {"D": "DEBT", "C": "CRED", "": "BOTH"}
_ASKED = {"D": "DBIT", "C": "CRDT", "": "DBIT"}


def statement(message: FinMessage, *, at: dt.datetime) -> etree._Element:
    """camt.053.001.08 of an MT940 or MT950.

    Raises:
        MissingField, BrokenField: a mandatory field is absent, or one cannot be read.
    """
    made = envelope(message, definition="camt.053.001.08", element="BkToCstmrStmt", at=at)
    group_header(made, message)
    into = made.body.new("Stmt")
    into.put("Id", message.need("20").value)
    put_pages(into, message, "StmtPgntn")
    currency = balance(message.need("60")).currency
    put_account(into, "Acct", message.need("25").lines[0])
    into.put("Acct/Ccy", currency)
    put_balances(into, message)
    put_entries(into, message, currency)
    return made.root


def report(message: FinMessage, *, at: dt.datetime) -> etree._Element:
    """camt.052.001.08 of an MT941 or MT942.

    Raises:
        MissingField, BrokenField: a mandatory field is absent, or one cannot be read.
    """
    made = envelope(message, definition="camt.052.001.08", element="BkToCstmrAcctRpt", at=at)
    group_header(made, message)
    into = made.body.new("Rpt")
    into.put("Id", message.need("20").value)
    put_pages(into, message, "RptPgntn")
    told = message.find("13D")
    into.put("CreDtTm", moment(told.value, told) if told else None)
    first = message.need("34F", "60", "62", "65")
    currency = _currency(first)
    put_account(into, "Acct", message.need("25").lines[0], scheme="BBAN")
    into.put("Acct/Ccy", currency)
    put_balances(into, message)
    put_totals(into, message)
    put_entries(into, message, currency)
    return made.root


def _currency(item: Field) -> str:
    found = re.search(r"[A-Z]{3}(?=[DC]?[0-9,]+$)", item.value)
    if found is None:
        raise refuse(item, Said("no currency", "ไม่มีสกุลเงิน"))
    return found.group()


def put_pages(into: Mx, message: FinMessage, name: str) -> None:
    """Page and sequence numbers: statement number / sequence number of field 28."""
    number, _, sequence = message.need("28").value.partition("/")
    into.put(f"{name}/PgNb", 1)
    into.put(f"{name}/LastPgInd", "true")
    into.put("ElctrncSeqNb", sequence.lstrip("0") or None)
    into.put("LglSeqNb", number.lstrip("0") or "0")


def put_balances(into: Mx, message: FinMessage) -> None:
    """Every balance, opening before closing before available and forward ones."""
    for item in message.fields:
        if code := BALANCE_CODES.get(item.tag):
            put_balance(into, code, balance(item))


def put_balance(into: Mx, code: str, told: Balance) -> None:
    """One `Bal`."""
    group = into.new("Bal")
    group.put("Tp/CdOrPrtry/Cd", code)
    put_money(group, "Amt", Money(told.currency, abs(told.amount)))
    group.put("CdtDbtInd", told.side)
    group.put("Dt/Dt", told.day.isoformat())


def put_totals(into: Mx, message: FinMessage) -> None:
    """`TxsSummry` of fields 90C and 90D: number and sum of credits and debits."""
    for tag, name in (("90C", "TtlCdtNtries"), ("90D", "TtlDbtNtries")):
        item = message.find(tag)
        if item is None:
            continue
        found = _COUNT.fullmatch(item.value)
        if found is None:
            raise refuse(
                item,
                Said("number, currency and sum expected", "ต้องเป็นจำนวนรายการ สกุลเงิน และยอดรวม"),
            )
        total = money(item, found.group(2))
        into.put(f"TxsSummry/{name}/NbOfNtries", found.group(1))
        into.put(f"TxsSummry/{name}/Sum", plain(total.amount))


def put_entries(into: Mx, message: FinMessage, currency: str) -> None:
    """Every field 61 with the field 86 that follows it."""
    fields = message.fields
    for number, item in enumerate(fields):
        if item.tag != "61":
            continue
        follows = fields[number + 1] if number + 1 < len(fields) else None
        note = follows if follows and follows.tag == "86" else None
        put_entry(into, statement_line(item), currency, note)


def put_entry(into: Mx, line: StatementLine, currency: str, note: Field | None) -> None:
    """One `Ntry` with its transaction."""
    side = "CRDT" if line.signed >= 0 and line.mark != "D" else "DBIT"
    value = Money(currency, line.amount)
    entry = into.new("Ntry")
    put_money(entry, "Amt", value)
    entry.put("CdtDbtInd", side)
    entry.put("RvslInd", "true" if line.mark.startswith("R") else None)
    entry.put("Sts/Cd", "BOOK")
    entry.put("BookgDt/Dt", line.entry_date.isoformat() if line.entry_date else None)
    entry.put("ValDt/Dt", line.value_date.isoformat())
    entry.put("AcctSvcrRef", line.bank_reference)
    put_bank_code(entry)
    details = entry.group("NtryDtls").new("TxDtls")
    details.put("Refs/EndToEndId", line.reference)
    put_money(details, "Amt", value)
    details.put("CdtDbtInd", side)
    details.put("AddtlTxInf", line.details)
    entry.put("AddtlNtryInf", " ".join(note.lines)[:500] if note else None)


def put_bank_code(entry: Mx) -> None:
    """`BkTxCd`: FIN has no domain code."""
    entry.put("BkTxCd/Prtry/Cd", NOT_PROVIDED)
    entry.put("BkTxCd/Prtry/Issr", NOT_PROVIDED)


def notification(message: FinMessage, *, at: dt.datetime) -> etree._Element:
    """camt.054.001.08 of an MT900 (debit) or MT910 (credit).

    Raises:
        MissingField, BrokenField: a mandatory field is absent, or one cannot be read.
    """
    made = envelope(message, definition="camt.054.001.08", element="BkToCstmrDbtCdtNtfctn", at=at)
    group_header(made, message)
    into = made.body.new("Ntfctn")
    day, value = dated_money(message.need("32A"))
    side = "DBIT" if message.mt == "900" else "CRDT"
    into.put("Id", message.need("20").value)
    put_account(into, "Acct", message.need("25").lines[0], scheme="BBAN")
    into.put("Acct/Ccy", value.currency)
    entry = into.new("Ntry")
    entry.put("NtryRef", NOT_PROVIDED)
    put_money(entry, "Amt", value)
    entry.put("CdtDbtInd", side)
    entry.put("Sts/Cd", "BOOK")
    told = message.find("13D")
    entry.put("BookgDt/DtTm", moment(told.value, told) if told else None)
    entry.put("ValDt/Dt", day.isoformat())
    put_bank_code(entry)
    details = entry.group("NtryDtls").new("TxDtls")
    details.put("Refs/InstrId", message.need("21").value)
    details.put("Refs/EndToEndId", message.need("21").value)
    details.put("Refs/UETR", message.header("121"))
    put_money(details, "Amt", value)
    details.put("CdtDbtInd", side)
    put_counterparty(details, message)
    details.put("RltdDts/IntrBkSttlmDt", day.isoformat())
    note = message.find("72")
    details.put("AddtlTxInf", " ".join(note.lines) if note else None)
    return made.root


def put_counterparty(details: Mx, message: FinMessage) -> None:
    """Ordering customer or institution, and the intermediary."""
    customer = party(message.find("50"))
    institution = party(message.find("52"))
    if customer:
        put_party(details, "RltdPties/Dbtr/Pty", customer)
        put_account(details, "RltdPties/DbtrAcct", customer.account)
        put_agent(details.group("RltdAgts"), "DbtrAgt", institution)
    elif institution:
        put_agent(details.group("RltdPties").group("Dbtr"), "Agt", institution)
        put_account(details, "RltdPties/DbtrAcct", institution.account)
    intermediary = party(message.find("56"))
    if intermediary:
        put_agent(details.group("RltdAgts"), "IntrmyAgt1", intermediary)


def asked_report(message: FinMessage, *, at: dt.datetime) -> etree._Element:
    """camt.060.001.05 of an MT920: a statement is asked for.

    Raises:
        MissingField, BrokenField: a mandatory field is absent, or one cannot be read.
    """
    made = envelope(message, definition="camt.060.001.05", element="AcctRptgReq", at=at)
    group_header(made, message)
    into: Mx | None = None
    for item in message.fields:
        if item.tag == "12":
            into = made.body.new("RptgReq")
            into.put("Id", message.need("20").value)
            into.put("ReqdMsgNmId", item.value)
        elif item.number == "25" and into:
            put_account(into, "Acct", item.lines[0])
            into.put("AcctOwnr/Pty/Id/OrgId/AnyBIC", NOT_PROVIDED)
        elif item.tag == "34F" and into:
            put_floor(into, item)
    message.need("12")
    return made.root


def put_floor(into: Mx, item: Field) -> None:
    """A floor limit; what is asked for is told once, before the first limit."""
    found = _FLOOR.fullmatch(item.value)
    if found is None:
        raise refuse(
            item, Said("currency, D or C, and amount expected", "ต้องเป็นสกุลเงิน D หรือ C และจำนวน")
        )
    currency, side, value = found.groups()
    group = into.group("ReqdTxTp")
    if len(group.element) == 0:
        group.put("Sts/Cd", "PDNG")
        group.put("CdtDbtInd", _ASKED[side])
    limit = group.new("FlrLmt")
    put_money(limit, "Amt", money(item, currency + value))
    limit.put("CdtDbtInd", _SIDES[side])
