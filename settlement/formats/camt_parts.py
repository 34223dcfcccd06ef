"""The parts of a camt message, from elements to items; one function an element."""

import re
from collections.abc import Iterator
from decimal import Decimal

from settlement.formats.camt_items import (
    Account,
    Balance,
    BankCode,
    Batch,
    Charge,
    Detail,
    Entry,
    Kind,
    Message,
    Money,
    Party,
    Statement,
    Summary,
    When,
)
from settlement.formats.camt_refusals import ElementMissing, IndicatorUnknown, NumberMalformed
from settlement.formats.camt_xml import (
    Element,
    all_of,
    first_of,
    line_of,
    local,
    money_of,
    place_of,
    required_text,
    sign_of,
    text_of,
    when_of,
)

_ROLES = {
    "InitgPty": "InitiatingParty",
    "Dbtr": "Debtor",
    "UltmtDbtr": "UltimateDebtor",
    "Cdtr": "Creditor",
    "UltmtCdtr": "UltimateCreditor",
    "TradgPty": "TradingParty",
    "Prtry": "Proprietary",
}
_DECIMAL = re.compile(r"-?[0-9]{1,18}(?:\.[0-9]{1,17})?\Z", re.ASCII)
_FLAGS = {"true": True, "1": True, "false": False, "0": False, "": False}


def message(header: Element, *, kind: Kind, version: int | None) -> Message:
    """The message from its GrpHdr."""
    page = text_of(header, "MsgPgntn/PgNb")
    return Message(
        kind=kind,
        version=version,
        message_id=required_text(header, "MsgId"),
        created=_needed(header, "CreDtTm"),
        page=_whole(header, "MsgPgntn/PgNb") if page else None,
        is_last_page=_flag(header, "MsgPgntn/LastPgInd") if page else True,
    )


def statement(element: Element) -> Statement:
    """The head of a Stmt, Rpt or Ntfctn; what stands before its first entry."""
    return Statement(
        line_no=line_of(element),
        statement_id=required_text(element, "Id"),
        account=account(element),
        created=when_of(element, "CreDtTm"),
        electronic_sequence=text_of(element, "ElctrncSeqNb"),
        legal_sequence=text_of(element, "LglSeqNb"),
        period_from=when_of(element, "FrToDt/FrDtTm"),
        period_to=when_of(element, "FrToDt/ToDtTm"),
        balances=tuple(balance(found) for found in all_of(element, "Bal")),
        summary=summary(element),
    )


def account(element: Element) -> Account:
    """The Acct of a statement."""
    found = first_of(element, "Acct")
    if found is None:
        raise ElementMissing(place_of(element, "Acct"))
    iban = text_of(found, "Id/IBAN")
    other = ("Id/Othr/Id", "Id/BBAN", "Id/UPIC", "Id/PrtryAcct/Id")
    return Account(
        number=iban or required_text(found, *other),
        is_iban=bool(iban),
        currency=text_of(found, "Ccy"),
        name=text_of(found, "Nm"),
        owner=text_of(found, "Ownr/Nm"),
        servicer_bic=text_of(found, "Svcr/FinInstnId/BICFI", "Svcr/FinInstnId/BIC"),
    )


def balance(element: Element) -> Balance:
    """One Bal."""
    code = required_text(element, "Tp/CdOrPrtry/Cd", "Tp/CdOrPrtry/Prtry", "Tp/Cd", "Tp/Prtry")
    return Balance(code=code, money=money_of(element), when=when_of(element, "Dt"))


def summary(element: Element) -> Summary:
    """The TxsSummry; whatever the bank leaves out is None."""
    found = first_of(element, "TxsSummry")
    if found is None:
        return Summary()
    counts = [
        _whole(found, f"{part}/NbOfNtries") if text_of(found, f"{part}/NbOfNtries") else None
        for part in ("TtlNtries", "TtlCdtNtries", "TtlDbtNtries")
    ]
    sums = [
        _plain(found, f"{part}/Sum") if text_of(found, f"{part}/Sum") else None
        for part in ("TtlNtries", "TtlCdtNtries", "TtlDbtNtries")
    ]
    return Summary(counts[0], sums[0], counts[1], sums[1], counts[2], sums[2])


def entry(element: Element, details: tuple[Detail, ...]) -> Entry:
    """One Ntry, its payments already read."""
    batches = (*all_of(element, "Btch"), *all_of(element, "NtryDtls/Btch"))
    return Entry(
        line_no=line_of(element),
        money=money_of(element),
        is_reversal=_flag(element, "RvslInd"),
        status=required_text(element, "Sts/Cd", "Sts/Prtry", "Sts"),
        booking=when_of(element, "BookgDt"),
        value=when_of(element, "ValDt"),
        reference=text_of(element, "NtryRef"),
        servicer_reference=text_of(element, "AcctSvcrRef"),
        bank_code=bank_code(element),
        batches=tuple(batch(found) for found in batches),
        charges=tuple(charges(element)),
        details=details,
        additional_info=text_of(element, "AddtlNtryInf"),
    )


def batch(element: Element) -> Batch:
    """One Btch."""
    return Batch(
        message_id=text_of(element, "MsgId"),
        payment_information_id=text_of(element, "PmtInfId"),
        count=_whole(element, "NbOfTxs") if text_of(element, "NbOfTxs") else None,
    )


def charges(element: Element) -> Iterator[Charge]:
    """The Chrgs: up to version 3 one element each, from version 4 records in one."""
    for found in (*all_of(element, "Chrgs/Rcrd"), *all_of(element, "Chrgs")):
        if first_of(found, "Amt") is None:
            continue
        sign = sign_of(found) if text_of(found, "CdtDbtInd") else -1
        yield Charge(money_of(found, sign=sign), _flag(found, "ChrgInclInd"))


def bank_code(element: Element) -> BankCode:
    """The BkTxCd."""
    return BankCode(
        domain=text_of(element, "BkTxCd/Domn/Cd"),
        family=text_of(element, "BkTxCd/Domn/Fmly/Cd"),
        subfamily=text_of(element, "BkTxCd/Domn/Fmly/SubFmlyCd"),
        proprietary=text_of(element, "BkTxCd/Prtry/Cd"),
    )


def detail(element: Element, *, sign: int) -> Detail:
    """One TxDtls; `sign` is the entry's, for amounts that state no side of their own."""
    remittance = first_of(element, "RmtInf")
    return Detail(
        money=_detail_money(element, sign),
        references=tuple(references(element)),
        parties=tuple(parties(element)),
        unstructured=tuple((u.text or "").strip() for u in all_of(remittance, "Ustrd")),
        structured=tuple(structured(remittance)),
        bank_code=bank_code(element),
        return_reason=text_of(element, "RtrInf/Rsn/Cd", "RtrInf/Rsn/Prtry", "RtrInf/AddtlInf"),
        additional_info=text_of(element, "AddtlTxInf"),
    )


def _detail_money(element: Element, sign: int) -> Money | None:
    own = sign_of(element) if text_of(element, "CdtDbtInd") else sign
    for path in ("Amt", "AmtDtls/TxAmt/Amt", "AmtDtls/InstdAmt/Amt"):
        if first_of(element, path) is not None:
            return money_of(element, path, sign=own)
    return None


def references(element: Element) -> Iterator[tuple[str, str]]:
    """The Refs by element name; proprietary ones by their type."""
    refs = first_of(element, "Refs")
    for found in refs if refs is not None else ():
        name = local(found)
        if name == "Prtry":
            yield text_of(found, "Tp") or name, text_of(found, "Ref")
        elif len(found) == 0 and (found.text or "").strip():
            yield name, (found.text or "").strip()


def parties(element: Element) -> Iterator[Party]:
    """The RltdPties: plain up to version 3, inside Pty or Agt from version 4."""
    related = first_of(element, "RltdPties")
    for found in related if related is not None else ():
        role = _ROLES.get(local(found))
        if role:
            account_of = first_of(related, f"{local(found)}Acct")
            yield Party(
                role=role,
                name=text_of(found, "Nm", "Pty/Nm", "Agt/FinInstnId/Nm", "Pty/Agt/FinInstnId/Nm"),
                account=text_of(account_of, "Id/IBAN", "Id/Othr/Id", "Id/BBAN", "Id/PrtryAcct/Id"),
                identification=_identification(found),
            )


def _identification(element: Element) -> str:
    bic = ("AnyBIC", "BICOrBEI", "BIC")
    kinds = (*(f"OrgId/{name}" for name in bic), "OrgId/Othr/Id", "PrvtId/Othr/Id")
    inside = [f"{base}Id/{kind}" for base in ("", "Pty/") for kind in kinds]
    return text_of(element, *inside, "Agt/FinInstnId/BICFI", "Agt/FinInstnId/BIC")


def structured(remittance: Element | None) -> Iterator[str]:
    """Creditor references, and additional remittance text, of the Strd."""
    for found in all_of(remittance, "Strd"):
        reference = text_of(found, "CdtrRefInf/Ref", "CdtrRefInf/CdtrRef", "AddtlRmtInf")
        if reference:
            yield reference


def _needed(element: Element, path: str) -> When:
    found = when_of(element, path)
    if found is None:
        raise ElementMissing(place_of(element, path))
    return found


def _flag(element: Element, path: str) -> bool:
    text = text_of(element, path)
    if text not in _FLAGS:
        raise IndicatorUnknown(place_of(element, path), value=repr(text))
    return _FLAGS[text]


def _whole(element: Element, path: str) -> int:
    text = text_of(element, path)
    if not (text.isascii() and text.isdigit() and len(text) <= 15):
        raise NumberMalformed(place_of(element, path), value=repr(text))
    return int(text)


def _plain(element: Element, path: str) -> Decimal:
    text = text_of(element, path)
    if not _DECIMAL.match(text):
        raise NumberMalformed(place_of(element, path), value=repr(text))
    return Decimal(text)
