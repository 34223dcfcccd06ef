"""Parts that many messages share: agents, parties, accounts, amounts, charges."""

import re

from settlement.messages.fin.model import Field, FinMessage
from settlement.messages.fin.narrative import Coded, coded
from settlement.messages.fin.parties import Address, PartyField
from settlement.messages.fin.values import Money, money, plain
from settlement.messages.mx_tree import Mx

NOT_PROVIDED = "NOTPROVIDED"
REMITTANCE_LENGTH = 140
CLEARING_CODE_LENGTH = 5
_IBAN = re.compile(r"[A-Z]{2}[0-9]{2}[A-Za-z0-9]{1,30}")
CHARGE_BEARERS = {"OUR": "DEBT", "SHA": "SHAR", "BEN": "CRED"}
"""Field 71A → ChrgBr (CBPR+)."""


def put_money(into: Mx, path: str, value: Money | None) -> None:
    """An amount with its currency attribute."""
    if value is not None:
        into.put(path, plain(value.amount), Ccy=value.currency)


def put_account(into: Mx, name: str, account: str | None, *, scheme: str | None = None) -> None:
    """An account: IBAN where it has that form, otherwise `Othr` (with a scheme if asked)."""
    if not account:
        return
    group = into.group(name)
    if _IBAN.fullmatch(account):
        group.put("Id/IBAN", account)
        return
    group.put("Id/Othr/Id", account)
    group.put("Id/Othr/SchmeNm/Cd", scheme)


def put_agent(into: Mx, name: str, agent: PartyField | None, *, account: str = "") -> None:
    """An agent as `FinInstnId`, and its account beside it under the name `account`."""
    if agent is None:
        return
    if agent.bic or agent.clearing or agent.name or agent.location:
        group = into.new(name).new("FinInstnId")
        group.put("BICFI", agent.bic)
        if agent.clearing:
            kind = "Cd" if len(agent.clearing) <= CLEARING_CODE_LENGTH else "Prtry"
            group.put(f"ClrSysMmbId/ClrSysId/{kind}", agent.clearing)
            group.put("ClrSysMmbId/MmbId", agent.member or NOT_PROVIDED)
        group.put("Nm", agent.name or agent.location)
        put_address(group, agent.address)
    if account:
        put_account(into, account, agent.account)


def put_bic(into: Mx, name: str, bic: str | None) -> None:
    """An agent known by its BIC alone."""
    if bic:
        into.put(f"{name}/FinInstnId/BICFI", bic)


def put_address(into: Mx, address: Address, *, prefix: str = "") -> None:
    """`PstlAdr`: town and country where structured, then the lines."""
    if not (address.lines or address.town or address.country):
        return
    group = into.new("PstlAdr")
    group.put("TwnNm", address.town)
    group.put("Ctry", address.country)
    for row in address.lines:
        group.put("AdrLine", prefix + row)


def put_party(
    into: Mx, name: str, who: PartyField | None, *, unidentified: str = "", prefix: str = ""
) -> None:
    """A customer.

    Args:
        unidentified: what a party without an account is given: "" nothing, "NONE" an
            identification NOTPROVIDED, otherwise the same under that scheme code ("TXID").
        prefix: stands before every address line (cheque messages keep the line code).
    """
    if who is None:
        return
    group = into.group(name)
    group.put("Nm", who.name)
    put_address(group, who.address, prefix=prefix)
    group.put("Id/OrgId/AnyBIC", who.bic)
    for identity in who.identities:
        other = group.group("Id/PrvtId").new("Othr")
        other.put("Id", identity.number)
        other.put("SchmeNm/Cd", identity.kind)
        other.put("Issr", f"{identity.country}{identity.issuer and '/' + identity.issuer}")
    if unidentified and not who.account and not who.identities:
        group.put("Id/OrgId/Othr/Id", NOT_PROVIDED)
        group.put("Id/OrgId/Othr/SchmeNm/Cd", unidentified if unidentified != "NONE" else None)
    group.drop_empty()


def put_charges(into: Mx, message: FinMessage, currency: str) -> None:
    """`ChrgsInf` of 71F and 71G; charges borne by the creditor without a 71F are told as zero."""
    told = message.all("71F") + message.all("71G")
    amounts = [money(item) for item in told]
    bearer = message.find("71A")
    if not amounts and bearer and bearer.value == "BEN":
        amounts = [money(Field("71F", f"{currency}0,", bearer.line))]
    for value in amounts:
        group = into.new("ChrgsInf")
        put_money(group, "Amt", value)
        put_unknown_agent(group, "Agt")


def put_unknown_agent(into: Mx, name: str) -> None:
    """An agent that FIN does not name but ISO 20022 demands."""
    into.put(f"{name}/FinInstnId/Nm", NOT_PROVIDED)
    into.put(f"{name}/FinInstnId/PstlAdr/AdrLine", NOT_PROVIDED)


def charge_bearer(message: FinMessage) -> str | None:
    """ChrgBr of field 71A, or None."""
    item = message.find("71A")
    return CHARGE_BEARERS.get(item.value.strip()) if item else None


def put_previous_agents(into: Mx, lines: list[Coded]) -> None:
    """Up to three `/INS/` lines as the previous instructing agents."""
    for number, line in enumerate([one for one in lines if one.code == "INS"][:3], start=1):
        put_bic(into, f"PrvsInstgAgt{number}", line.text)


def sender_to_receiver(message: FinMessage) -> list[Coded]:
    """The coded lines of field 72."""
    return coded(message.find("72"))


def remittance(item: Field | None) -> str | None:
    """Field 70 as one unstructured text, its lines joined by a blank where that leaves room."""
    if item is None:
        return None
    joined = " ".join(item.lines)
    return joined if len(joined) <= REMITTANCE_LENGTH else "".join(item.lines)
