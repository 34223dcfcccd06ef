"""The rows of a customer's payment order, pain.001."""

from collections.abc import Iterator

from backoffice.kernel.money import is_current
from settlement.messages.mx_tree import every, text_at
from settlement.messages.usage_rules import checks
from settlement.messages.usage_rules.checks import Broken
from settlement.messages.usage_rules.places import Row, address, remittance_length
from settlement.messages.xml_door import Document


def order(profile: str, year: int) -> Iterator[Row]:
    """A customer's payment order; since SR2026 its parties and agents are named like others."""
    del profile
    block, base = "PmtInf", "PmtInf/CdtTrfTxInf"
    remitted = checks.exclusive(base, "RmtInf/Ustrd", "RmtInf/Strd")
    yield "CBPR_Remittance_Mutually_Exclusive_FormalRule", "", remitted
    kind = "TextualRule" if year < 2026 else "FormalRule"
    hold = checks.codes_apart(base, "CHQB", "HOLD")
    yield f"CBPR_Instruction_for_Creditor_Agent1_{kind}", "", hold
    phone = checks.codes_apart(base, "PHOB", "TELB")
    yield f"CBPR_Instruction_for_Creditor_Agent2_{kind}", "", phone
    length = checks.remittance_length(f"{base}/RmtInf/Strd")
    yield remittance_length(year), "", length
    amount = f"{base}/Amt/InstdAmt"
    currency = checks.member(amount, is_current, "currency in use", attribute="Ccy")
    yield "CBPR_Valid_Instructed_Amount_Currency", "", currency
    agents = [f"CdtTrfTxInf/{name}" for name in ("IntrmyAgt1", "IntrmyAgt2", "IntrmyAgt3")]
    agents = ["DbtrAgt", *agents, "CdtTrfTxInf/CdtrAgt"]
    for place in agents:
        path = f"{block}/{place}/FinInstnId"
        yield "CBPR_Valid_Agent_BIC", place, checks.valid(f"{path}/BICFI", "BIC")
        yield from address(f"{path}/PstlAdr", place, year)
    for place in ("Dbtr", "CdtTrfTxInf/Cdtr"):
        yield "CBPR_Valid_LEI", place, checks.valid(f"{block}/{place}/Id/OrgId/LEI", "LEI")
        yield from address(f"{block}/{place}/PstlAdr", place, year)
    if year >= 2026:
        yield from _order_since_2026(block, base, agents)


def _order_since_2026(block: str, base: str, agents: list[str]) -> Iterator[Row]:
    same = "CBPR_MessageIdentification_PaymentInformationIdentification_FormalRule"
    yield same, "", _block_named_by_message
    once = checks.codes_once(base)
    yield "CBPR_Instruction_For_Creditor_Presence_Code_FormalRule", "", once
    for place in agents:
        together = checks.together(f"{block}/{place}/FinInstnId", "Nm", "PstlAdr")
        yield "CBPR_Agent_Name_Postal_Address_FormalRule", place, together
    tops = ("GrpHdr/InitgPty", "PmtInf/Dbtr", "PmtInf/UltmtDbtr")
    below = ("UltmtDbtr", "Cdtr", "UltmtCdtr", "RmtInf/Strd/Invcr", "RmtInf/Strd/Invcee")
    garnished = ("RmtInf/Strd/GrnshmtRmt/Grnshee", "RmtInf/Strd/GrnshmtRmt/GrnshmtAdmstr")
    for path in (*tops, *(f"{base}/{name}" for name in (*below, *garnished))):
        named = checks.needs(path, "PstlAdr", "Nm")
        yield "CBPR_Party_Name_Postal_Address_FormalRule", path.removeprefix("PmtInf/"), named


def _block_named_by_message(document: Document) -> Broken:
    told = text_at(document.body, "GrpHdr/MsgId")
    for found in every(document.body, "PmtInf/PmtInfId"):
        if told and (found.text or "").strip() != told:
            yield found, f"it is not GrpHdr/MsgId {told}"
