"""Which rule applies where: the rows of one message for the sheets of SR2025 or SR2026."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

from lxml import etree

from backoffice.kernel.money import is_current
from settlement.messages.identifiers import is_country
from settlement.messages.mx_tree import every, text_at, texts_at
from settlement.messages.usage_rules import checks, header_checks
from settlement.messages.usage_rules.checks import Broken, Check
from settlement.messages.usage_rules.numbers import rule_id
from settlement.messages.usage_rules.orders import order
from settlement.messages.usage_rules.places import Row, address, agent, party, remittance_length
from settlement.messages.xml_door import Document

_GPI_CUSTOMER = re.compile(r"G00[2-79]")
_GPI_BANK = re.compile(r"G00[1-35-79]")
_EMPTY = re.compile(r"\s*")
_ZERO = re.compile(r"0{1,5}")
_RETURNED = re.compile(
    r"pacs\.00[289]\.001\.[0-9]{2}|camt\.05[34]\.001\.[0-9]{2}"
    r"|MT(?:103|202|205|900|910|940|950)"
)
_REPORTED = re.compile(r"pacs\.00[3489]\.001\.[0-9]{2}|pacs\.010\.001\.[0-9]{2}")
_FIRST_SIXTEEN = re.compile(r"/.*|.{15}/.*|.{0,14}//.*")
_NO_SLASH = "no slash at an end, no two slashes together"
_AGENTS = (
    "PrvsInstgAgt1",
    "PrvsInstgAgt2",
    "PrvsInstgAgt3",
    "IntrmyAgt1",
    "IntrmyAgt2",
    "IntrmyAgt3",
    "DbtrAgt",
    "CdtrAgt",
)
_REIMBURSEMENT = tuple(
    f"GrpHdr/SttlmInf/{name}"
    for name in ("InstgRmbrsmntAgt", "InstdRmbrsmntAgt", "ThrdRmbrsmntAgt")
)
_ZONE_CODES = "ATBEBGBVCYCZDEDKEEESFIFRGBGFGIGPGRHRHUIEISITLILTLULVMQMTNLNOPLPMPTREROSESISJSK"
_IBAN_ZONE = frozenset(_ZONE_CODES[i : i + 2] for i in range(0, len(_ZONE_CODES), 2))
SERVICES = {
    "pacs.008_stp": "swift.cbprplus.stp.03",
    "pacs.009_cov": "swift.cbprplus.cov.03",
    "pacs.009_adv": "swift.cbprplus.adv.03",
}
GENERAL_SERVICE = "swift.cbprplus.03"


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule at one place: its id, its published name and what it checks."""

    id: str
    name: str
    check: Check


@cache
def rules(profile: str, year: int) -> tuple[Rule, ...]:
    """Every rule of a profile ("pacs.008", "pacs.009_cov") in a year's sheet."""
    rows = [*_header(profile, year), *_MESSAGES[profile.split("_", maxsplit=1)[0]](profile, year)]
    return tuple(
        Rule(rule_id(year, profile, name, place), name, check) for name, place, check in rows
    )


def profiles() -> tuple[str, ...]:
    """The messages that have a table."""
    return tuple(_MESSAGES)


def _header(profile: str, year: int) -> Iterator[Row]:
    expected = SERVICES.get(profile, GENERAL_SERVICE)
    yield "CBPR_Message_Definition_Identifier_TextualRule", "", header_checks.definition
    if year < 2026:
        contained = header_checks.identifier(exact=False)
        yield "CBPR_Business_Message_Identifier_TextualRule", "", contained
        yield "CBPR_Business_Service_Usage_TextualRule", "", header_checks.service(expected)
    else:
        yield "CBPR_BusinessMessageIdentifier_FormalRule", "", header_checks.identifier(exact=True)
    yield "CBPR_Duplication_Postal_Address_TextualRule", "", checks.no_copy_in_lines


def _parties(transaction: str, year: int) -> Iterator[Row]:
    instructing = header_checks.party("From", f"{transaction}/InstgAgt")
    instructed = header_checks.party("To", f"{transaction}/InstdAgt")
    if year < 2026:
        name = "CBPR_From_To_Instructing_Instructed_Agent_BIC_1_FormalRule"
        yield name, "", instructing
        yield name, "", instructed
    else:
        yield "CBPR_From_Instructing_Agent_BIC_FormalRule", "", instructing
        yield "CBPR_To_Instructed_Agent_BIC_1_FormalRule", "", instructed
    for place in ("InstgAgt", "InstdAgt"):
        path = f"{transaction}/{place}/FinInstnId/BICFI"
        yield "CBPR_Valid_Agent_BIC", place, checks.valid(path, "BIC")


def _payment(base: str, year: int, gpi: re.Pattern[str]) -> Iterator[Row]:
    """What customer and bank transfers share."""
    slashes = checks.never(f"{base}/PmtId/InstrId", checks.SLASHES, _NO_SLASH)
    amount = f"{base}/IntrBkSttlmAmt"
    priority = header_checks.same("Prty", f"{base}/PmtTpInf/InstrPrty")
    yield "CBPR_Priority_Instruction_Priority_FormalRule", "", priority
    yield "CBPR_Instruction_Identification_FormalRule", "", slashes
    yield "CBPR_Interbank_Settlement_Currency_FormalRule", "", checks.no_commodity(amount)
    currency = checks.member(amount, is_current, "currency in use", attribute="Ccy")
    yield "CBPR_Valid_Settlement_Currency", "", currency
    yield "CBPR_Instruction_For_Creditor_Presence_Code_FormalRule", "", checks.codes_once(base)
    if year >= 2026:
        level = checks.never(f"{base}/PmtTpInf/SvcLvl/Cd", gpi, "not the code of this message")
        yield "CBPR_GPI_ServiceLevel_Code_FormalRule", "", level


def _customer_transfer(profile: str, year: int) -> Iterator[Row]:
    base = "CdtTrfTxInf"
    yield from _parties(base, year)
    yield from _payment(base, year, _GPI_CUSTOMER)
    if profile.endswith("_stp"):
        yield from _named_by_iban(base)
    if year >= 2026:
        told = checks.never(f"{base}/PmtId/EndToEndId", _EMPTY, "NOTPROVIDED where there is none")
        yield "CBPR_EndToEndIdentification_TextualRule", "", told
    hold = checks.codes_apart(base, "CHQB", "HOLD")
    yield "CBPR_Instruction_for_Creditor_Agent1_FormalRule", "", hold
    phone = checks.codes_apart(base, "PHOB", "TELB")
    yield "CBPR_Instruction_for_Creditor_Agent2_FormalRule", "", phone
    related = checks.exclusive(base, "RltdRmtInf", "RmtInf")
    yield "CBPR_Related_Remit_Info_Remit_Info_Mutually_Exclusive_FormalRule", "", related
    remitted = checks.exclusive(base, "RmtInf/Ustrd", "RmtInf/Strd")
    yield "CBPR_Remittance_Mutually_Exclusive_FormalRule", "", remitted
    yield "CBPR_CRED_FormalRule", "", checks.charges_told(base)
    yield "CBPR_DEBT_FormalRule", "", checks.one_charge(base)
    explained = checks.charges_explain(base, "InstdAmt", "IntrBkSttlmAmt")
    yield "CBPR_DEBT_Rule_1_TextualRule", "", explained
    length = checks.remittance_length(f"{base}/RmtInf/Strd")
    yield remittance_length(year), "", length
    for place in _REIMBURSEMENT:
        yield from agent("", place, year)
    for place in ("ChrgsInf/Agt", *_AGENTS):
        yield from agent(f"{base}/", place, year)
    for place in ("UltmtDbtr", "InitgPty", "UltmtCdtr"):
        yield from party(f"{base}/", place, year, ends=False)
    for place in ("Dbtr", "Cdtr"):
        yield from party(f"{base}/", place, year, ends=True)
        account = checks.valid(f"{base}/{place}Acct/Id/IBAN", "IBAN")
        yield "CBPR_Valid_IBAN", f"{place}Acct", account


def _named_by_iban(base: str) -> Iterator[Row]:
    """Between agents of one zone an STP payment names both ends and gives their IBANs."""
    for couple in ("ES/AD", "FR/MC", "IT/SM", "IT/VA"):
        named = checks.named_by_iban(base, frozenset(couple.split("/")))
        yield f"CBPR_Debtor_Creditor_{couple}_FormalRule", "", named
    yield "CBPR_Debtor_Creditor_IBAN_FormalRule", "", checks.named_by_iban(base, _IBAN_ZONE)


def _bank_transfer(profile: str, year: int) -> Iterator[Row]:
    base = "CdtTrfTxInf"
    cover = profile.endswith("_cov")
    yield from _parties(base, year)
    yield from _payment(base, year, _GPI_CUSTOMER if cover else _GPI_BANK)
    slashes = checks.never(f"{base}/PmtId/EndToEndId", _FIRST_SIXTEEN, _NO_SLASH)
    yield "CBPR_End_To_End_Identification_FormalRule", "", slashes
    for place in _REIMBURSEMENT[:2] if profile.endswith("_adv") else ():
        yield from agent("", place, year)
    for place in (*_AGENTS, "Dbtr", "Cdtr"):
        yield from agent(f"{base}/", place, year)
    if cover:
        yield from _underlying(f"{base}/", "UndrlygCstmrCdtTrf", year)


def _underlying(base: str, name: str, year: int) -> Iterator[Row]:
    """The customer payment under a cover; its places bear its name."""
    remitted = checks.exclusive(f"{base}{name}/RmtInf", "Ustrd", "Strd")
    yield "CBPR_Remittance_Mutually_Exclusive_FormalRule", "", remitted
    length = checks.remittance_length(f"{base}{name}/RmtInf/Strd")
    yield remittance_length(year), "", length
    for place in _AGENTS:
        yield from agent(base, f"{name}/{place}", year)
    for place in ("UltmtDbtr", "InitgPty", "UltmtCdtr"):
        yield from party(base, f"{name}/{place}", year, ends=False)
    for place in ("Dbtr", "Cdtr"):
        yield from party(base, f"{name}/{place}", year, ends=True)


def _payment_return(profile: str, year: int) -> Iterator[Row]:
    del profile
    base = "TxInf"
    yield from _parties(base, year)
    yield "CBPR_CRED_FormalRule", "", checks.charges_told(base)
    slashes = checks.never(f"{base}/OrgnlInstrId", checks.SLASHES, _NO_SLASH)
    yield "CBPR_Original_Instruction_Identification_FormalRule", "", slashes
    for place in ("OrgnlIntrBkSttlmAmt", "OrgnlTxRef/IntrBkSttlmAmt"):
        commodity = checks.no_commodity(f"{base}/{place}")
        yield "CBPR_Interbank_Settlement_Currency_FormalRule", place, commodity
    returned = f"{base}/RtrdIntrBkSttlmAmt"
    yield (
        "CBPR_Returned_Interbank_Settlement_Currency_FormalRule",
        "",
        checks.no_commodity(returned),
    )
    currency = checks.member(returned, is_current, "currency in use", attribute="Ccy")
    yield "CBPR_Valid_Settlement_Currency", "", currency
    explained = checks.charges_explain(base, "RtrdInstdAmt", "RtrdIntrBkSttlmAmt")
    yield "CBPR_Returned_Instructed_Rule_1_TextualRule", "", explained
    for name in ("Amount", "Date"):
        short = "Amt" if name == "Amount" else "Dt"
        once = checks.exclusive(base, f"OrgnlIntrBkSttlm{short}", f"OrgnlTxRef/IntrBkSttlm{short}")
        yield f"CBPR_Interbank_Settlement_{name}_FormalRule", "", once
    message = checks.only(f"{base}/OrgnlGrpInf/OrgnlMsgNmId", _RETURNED, "no message to return")
    yield "CBPR_Original_Message_Name_Identification_FormalRule", "", message
    if year < 2026:
        yield "CBPR_Partial_Return_TextualRule", "", _partial_return
    yield from agent(f"{base}/", "ChrgsInf/Agt", year)
    for chain in ("RtrChain", "OrgnlTxRef"):
        yield from _chain(f"{base}/", f"{chain}/", year)
    named = checks.needs(f"{base}/RtrRsnInf/Orgtr", "PstlAdr", "Nm")
    yield "CBPR_Party_Name_Postal_Address_FormalRule", "RtrRsnInf/Orgtr", named


def _chain(base: str, chain: str, year: int) -> Iterator[Row]:
    for place in (*_AGENTS, "Dbtr/Agt", "Cdtr/Agt"):
        yield from agent(base, chain + place, year)
    for place in ("UltmtDbtr/Pty", "InitgPty/Pty", "UltmtCdtr/Pty"):
        yield from party(base, chain + place, year, ends=False)
    for place in ("Dbtr/Pty", "Cdtr/Pty"):
        yield from party(base, chain + place, year, ends=True)


def _partial_return(document: Document) -> Broken:
    """Less comes back than was sent: the reason says PART."""
    for found in every(document.body, "TxInf"):
        original, returned = (
            next(iter(every(found, name)), None)
            for name in ("OrgnlIntrBkSttlmAmt", "RtrdIntrBkSttlmAmt")
        )
        sent, back = checks.number(original), checks.number(returned)
        if original is None or returned is None or sent is None or back is None:
            continue
        partial = original.get("Ccy") == returned.get("Ccy") and back < sent
        if partial and "PART" not in texts_at(found, "RtrRsnInf/AddtlInf"):
            yield found, "a partial return says PART in RtrRsnInf/AddtlInf"


def _status(profile: str, year: int) -> Iterator[Row]:
    del profile
    base = "TxInfAndSts"
    yield from _parties(base, year)
    yield "CBPR_Transaction_Status_Reject_Reason_FormalRule", "", _reject_has_reason
    yield "CBPR_Transaction_Status_Reject_Effective_Sett_Date_FormalRule", "", _reject_has_no_date
    slashes = checks.never(f"{base}/OrgnlInstrId", checks.SLASHES, _NO_SLASH)
    yield "CBPR_Original_Instruction_Identification_FormalRule", "", slashes
    if year >= 2026:
        message = checks.only(f"{base}/OrgnlGrpInf/OrgnlMsgNmId", _REPORTED, "no payment message")
        yield "CBPR_OriginalMessageNameIdentification_FormalRule", "", message
    place = "StsRsnInf/Orgtr"
    yield from party(f"{base}/", place, year, ends=False)
    known = checks.needs_without(f"{base}/{place}", "Id/OrgId/AnyBIC", "Nm")
    yield "CBPR_Party_Name_Any_BIC_FormalRule", place, known
    yield from address(f"{base}/{place}/PstlAdr", place, year)


def _rejects(document: Document) -> Iterator[etree._Element]:
    found = every(document.body, "TxInfAndSts")
    return (one for one in found if text_at(one, "TxSts") == "RJCT")


def _reject_has_reason(document: Document) -> Broken:
    for found in _rejects(document):
        if not checks.has(found, "StsRsnInf/Rsn"):
            yield found, "StsRsnInf/Rsn required with TxSts RJCT"


def _reject_has_no_date(document: Document) -> Broken:
    for found in _rejects(document):
        if checks.has(found, "FctvIntrBkSttlmDt"):
            yield found, "FctvIntrBkSttlmDt not allowed with TxSts RJCT"


def _account_message(base: str, pages: str, year: int) -> Iterator[Row]:
    """What reports and notifications share."""
    copy = header_checks.same("CpyDplct", f"{base}/CpyDplctInd")
    yield "CBPR_Copy_Duplicate_FormalRule", "", copy
    path = f"{base}/Ntry/NtryDtls/TxDtls/Refs/InstrId"
    slashes = checks.never(path, checks.SLASHES, _NO_SLASH)
    yield "CBPR_Original_Instruction_Identification_FormalRule", "", slashes
    servicer = f"{base}/Acct/Svcr/FinInstnId"
    yield "CBPR_Valid_Account_Servicer_BIC", "", checks.valid(f"{servicer}/BICFI", "BIC")
    yield "CBPR_Valid_Account_Servicer_LEI", "", checks.valid(f"{servicer}/LEI", "LEI")
    for place in ("Ntry/Amt", "Bal/Amt"):
        known = checks.member(f"{base}/{place}", is_current, "currency in use", attribute="Ccy")
        yield "CBPR_Valid_Amount_Currency", place, known
    for place in ("Acct/Ownr/PstlAdr/Ctry", "Acct/Svcr/FinInstnId/PstlAdr/Ctry"):
        yield "CBPR_Valid_Country", place, checks.member(f"{base}/{place}", is_country, "country")
    if year >= 2026:
        page = checks.never(f"{base}/{pages}/PgNb", _ZERO, "pages count from one")
        yield "CBPR_PageNumber_FormalRule", "", page


def _report(profile: str, year: int) -> Iterator[Row]:
    del profile
    yield from _account_message("Rpt", "RptPgntn", year)
    named = checks.needs("Rpt/Acct/Ownr", "PstlAdr", "Nm")
    yield "CBPR_Party_Name_Postal_Address_FormalRule", "Acct/Ownr", named
    base = "Rpt/Ntry/Intrst" if year < 2026 else "Rpt/Ntry/NtryDtls/TxDtls/Intrst"
    summed = checks.total_of(f"{base}/TtlIntrstAndTaxAmt", f"{base}/Rcrd/Amt")
    yield "CBPR_Interest_TextualRule", "", summed


def _notification(profile: str, year: int) -> Iterator[Row]:
    del profile
    yield from _account_message("Ntfctn", "NtfctnPgntn", year)
    if year >= 2026:
        yield "CBPR_BookingDate_ValueDate_FormalRule", "", _booked_has_date


def _booked_has_date(document: Document) -> Broken:
    for found in every(document.body, "Ntfctn/Ntry"):
        dated = checks.has(found, "BookgDt") or checks.has(found, "ValDt")
        if text_at(found, "Sts/Cd") == "BOOK" and not dated:
            yield found, "BookgDt or ValDt required with status BOOK"


_MESSAGES = {
    "pacs.008": _customer_transfer,
    "pacs.009": _bank_transfer,
    "pacs.004": _payment_return,
    "pacs.002": _status,
    "camt.052": _report,
    "camt.054": _notification,
    "pain.001": order,
}
