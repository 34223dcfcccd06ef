"""MT103 → pacs.008.001.08 (CBPR+ translation: customer credit transfer)."""

import datetime as dt
import re
from itertools import takewhile

from lxml import etree

from settlement.messages.fin.model import Field, FinMessage
from settlement.messages.fin.narrative import Coded, coded, text_of
from settlement.messages.fin.parties import PartyField, party
from settlement.messages.fin.values import dated_money, money
from settlement.messages.mx_tree import Mx
from settlement.messages.to_mx.envelope import Envelope, envelope, group_header
from settlement.messages.to_mx.parts import (
    NOT_PROVIDED,
    charge_bearer,
    put_account,
    put_agent,
    put_bic,
    put_charges,
    put_money,
    put_party,
    put_previous_agents,
    remittance,
    sender_to_receiver,
)

_CREDITOR_AGENT_CODES = frozenset({"CHQB", "HOLD", "PHOB", "TELB"})
_NEXT_AGENT_CODES = frozenset({"PHOI", "PHON", "TELI", "TELE", "REPA"})
_PRIORITY_CODES = frozenset({"CRTS", "SPAY", "SPRI", "SSTD"})
_TYPE_CODES = frozenset({"INS", "INT", "ACC", "SVCLVL", "LOCINS", "CATPURP", "BNF", "TSU"})
_COUNTRY = re.compile("[A-Z]{2}")
_RESIDENCES = frozenset({"BENEFRES", "ORDERRES"})
_TIMES = {"CLSTIME": "CLSTm", "TILTIME": "TillTm", "FROTIME": "FrTm", "REJTIME": "RjctTm"}


def translate(message: FinMessage, *, at: dt.datetime) -> etree._Element:
    """The pacs.008 of an MT103.

    Raises:
        MissingField, BrokenField: a mandatory field is absent, or one cannot be read.
    """
    made = envelope(message, definition="pacs.008.001.08", element="FIToFICstmrCdtTrf", at=at)
    group = group_header(made, message, transactions=1)
    put_settlement(group.group("SttlmInf"), message)
    put_transaction(made, message)
    return made.root


def put_settlement(into: Mx, message: FinMessage) -> None:
    """`SttlmInf`: by cover where a reimbursement agent is named, else over accounts (INDA)."""
    senders = party(message.find("53A", "53D"))
    receivers = party(message.find("54A", "54D"))
    account = party(message.find("53B"))
    into.put("SttlmMtd", "COVE" if senders or receivers else "INDA")
    put_account(into, "SttlmAcct", account.account if account else None)
    put_agent(into, "InstgRmbrsmntAgt", senders, account="InstgRmbrsmntAgtAcct")
    put_agent(into, "InstdRmbrsmntAgt", receivers, account="InstdRmbrsmntAgtAcct")
    third = party(message.find("55A", "55D"))
    put_agent(into, "ThrdRmbrsmntAgt", third, account="ThrdRmbrsmntAgtAcct")


def put_transaction(made: Envelope, message: FinMessage) -> None:
    """`CdtTrfTxInf`, in the order of the schema.

    Without 52a the sender is the ordering institution, without 57a the receiver the account-with
    institution (SWIFT User Handbook, MT103).
    """
    into = made.body.new("CdtTrfTxInf")
    narrative = sender_to_receiver(message)
    remitted = message.find("70")
    into.put("PmtId/InstrId", message.need("20").value)
    into.put("PmtId/EndToEndId", end_to_end(remitted) or NOT_PROVIDED)
    into.put("PmtId/UETR", message.header("121"))
    put_payment_type(into, message, narrative)
    put_amounts(into, message)
    put_previous_agents(into, narrative)
    put_bic(into, "InstgAgt", message.sender)
    put_bic(into, "InstdAgt", message.receiver)
    put_agent(into, "IntrmyAgt1", party(message.find("56")), account="IntrmyAgt1Acct")
    put_bic(into, "IntrmyAgt2", text_of(narrative, "INT"))
    debtor = party(message.need("50"))
    put_party(into, "Dbtr", debtor, unidentified="TXID")
    put_account(into, "DbtrAcct", debtor.account if debtor else None)
    ordering = party(message.find("52")) or PartyField(bic=message.sender)
    put_agent(into, "DbtrAgt", ordering, account="DbtrAgtAcct")
    account_with = party(message.find("57")) or PartyField(bic=message.receiver)
    put_agent(into, "CdtrAgt", account_with, account="CdtrAgtAcct")
    creditor = party(message.need("59"))
    put_party(into, "Cdtr", creditor, unidentified="NONE")
    put_account(into, "CdtrAcct", creditor.account if creditor else None)
    put_instructions(into, message, narrative)
    put_regulatory(into, message.find("77B"))
    into.put("RmtInf/Ustrd", remittance(remitted))


def end_to_end(item: Field | None) -> str | None:
    """The end-to-end reference that field 70 carries after /ROC/."""
    found = re.search(r"/ROC/(.+?)(?://|$)", "".join(item.lines)) if item else None
    return found.group(1)[:35] if found else None


def put_payment_type(into: Mx, message: FinMessage, narrative: list[Coded]) -> None:
    """`PmtTpInf` of block 3 tag 111, fields 23B and 23E, and the coded lines of field 72."""
    codes = [item.value for item in message.all("23E")]
    tracker = message.header("111")
    group_path = "PmtTpInf"
    if tracker:
        into.put(f"{group_path}/SvcLvl/Cd", f"G{tracker}")
    levels = [code for code in codes if code == "SDVA"]
    levels += [line.text.strip("/ ") for line in narrative if line.code == "SVCLVL"]
    for level in levels:
        group = into.group(group_path).new("SvcLvl")
        group.put("Cd" if len(level) <= 4 else "Prtry", level)
    local = (text_of(narrative, "LOCINS") or "").strip("/ ")
    into.put(f"{group_path}/LclInstrm/{'Cd' if len(local) <= 4 else 'Prtry'}", local)
    bank_code = message.find("23B")
    if bank_code and bank_code.value in _PRIORITY_CODES and not local:
        into.put(f"{group_path}/LclInstrm/Prtry", bank_code.value)
    purposes = [code for code in codes if code in {"CORT", "INTC"}]
    told = (text_of(narrative, "CATPURP") or "").strip("/ ")
    purpose = " ".join(purposes) or told
    into.put(f"{group_path}/CtgyPurp/{'Cd' if len(purpose) <= 4 else 'Prtry'}", purpose)


def put_amounts(into: Mx, message: FinMessage) -> None:
    """Settlement amount and date, times, instructed amount, rate, charges."""
    value_date, settled = dated_money(message.need("32A"))
    put_money(into, "IntrBkSttlmAmt", settled)
    into.put("IntrBkSttlmDt", value_date.isoformat())
    put_times(into, message)
    instructed = message.find("33B")
    put_money(into, "InstdAmt", money(instructed) if instructed else None)
    into.put("XchgRate", exchange_rate(message.find("36")))
    into.put("ChrgBr", charge_bearer(message))
    put_charges(into, message, settled.currency)


def put_times(into: Mx, message: FinMessage) -> None:
    """Field 13C: requested settlement times (CLSTIME, TILTIME, FROTIME, REJTIME)."""
    for item in message.all("13C"):
        found = re.fullmatch(r"/([A-Z]+)/([0-9]{2})([0-9]{2})([+-][0-9]{2})([0-9]{2})", item.value)
        name = _TIMES.get(found.group(1)) if found else None
        if found and name:
            _, hour, minute, sign, rest = found.groups()
            into.put(f"SttlmTmReq/{name}", f"{hour}:{minute}:00{sign}:{rest}")


def put_instructions(into: Mx, message: FinMessage, narrative: list[Coded]) -> None:
    """Instructions for the creditor's agent (23E, /ACC/), for the next agent (the rest of 72)."""
    codes = [item.value.partition("/") for item in message.all("23E")]
    for code, _, text in codes:
        if code in _CREDITOR_AGENT_CODES:
            group = into.new("InstrForCdtrAgt")
            group.put("Cd", code)
            group.put("InstrInf", text)
    accounts = [line.whole for line in narrative if line.code == "ACC"]
    for row in accounts:
        into.new("InstrForCdtrAgt").put("InstrInf", row)
    onward = [f"/{code}{cut}{text}" for code, cut, text in codes if code in _NEXT_AGENT_CODES]
    onward += [line.whole for line in narrative if line.code not in _TYPE_CODES]
    for row in onward:
        into.new("InstrForNxtAgt").put("InstrInf", row)


def put_regulatory(into: Mx, item: Field | None) -> str | None:
    """Field 77B as `RgltryRptg`; returns the country of a /BENEFRES/ line."""
    lines = coded(item)
    residence = None
    for line in lines:
        details = into.new("RgltryRptg").group("Dtls")
        rows = _information(item.lines if item else [], line)
        country = line.text[:2]
        if line.code in _RESIDENCES and _COUNTRY.fullmatch(country):
            details.put("Ctry", country)
            residence = country if line.code == "BENEFRES" else residence
            rows[:1] = [row for row in [rows[0][2:].removeprefix("//")] if row] if rows else []
        details.put("Cd", line.code)
        for row in rows:
            details.put("Inf", row.removeprefix("//"))
    return residence


def _information(rows: list[str], line: Coded) -> list[str]:
    """The lines of one code, each as the sender broke it."""
    opening = f"/{line.code}/"
    start = next((i for i, row in enumerate(rows) if row.startswith(opening)), None)
    if start is None:
        return [line.text]
    further = takewhile(lambda row: row.startswith("//"), rows[start + 1 :])
    return [rows[start].removeprefix(opening), *(row[2:] for row in further)]


def exchange_rate(item: Field | None) -> str | None:
    """Field 36 with a decimal point, its digits kept as told."""
    return item.value.replace(",", ".").rstrip(".") if item else None
