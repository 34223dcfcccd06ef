"""sese.023 into facts."""

from decimal import Decimal

from lxml import etree

from backoffice.kernel.refusals import Said
from settlement.messages.facts import Movement, SecuritiesInstruction, SettlementParty
from settlement.messages.identifiers import require
from settlement.messages.mx_tree import at, text_at
from settlement.messages.readers.elements import day, header, money, opened
from settlement.messages.readers.naming import naming
from settlement.messages.refusals import BrokenElement, MissingElement
from settlement.messages.to_mt.drafting import decimal, need, place
from settlement.messages.to_mt.parties import bic_at
from settlement.messages.xml_door import Document


def sese023(
    data: bytes, *, file: str | None = None, validated: bool = True
) -> SecuritiesInstruction:
    """The instruction of a sese.023, its ISIN with the right check digit.

    Args:
        validated: hold the document to its schema first.

    Raises:
        MessageRefused, IdentifierRefused: with file, line, field and rule.
    """
    document = opened(data, "SctiesSttlmTxInstr", file=file, validated=validated)
    with naming(file):
        return _instruction(document)


def _instruction(document: Document) -> SecuritiesInstruction:
    body = document.body
    movement = _movement(body)
    quantity, face = _quantity(body)
    own, other = _sides(body, movement)
    path = "Dpstry/Id/AnyBIC"
    depository = bic_at(own, path) or bic_at(other, path) or need(other, path)
    amount = money(body, "SttlmAmt/Amt")
    _require_payment(body, paid=amount is not None)
    return SecuritiesInstruction(
        header=header(document),
        transaction_id=need(body, "TxId"),
        movement=movement,
        isin=_isin(body),
        quantity=quantity,
        face=face,
        trade_date=day(body, "TradDtls/TradDt/Dt/Dt"),
        settlement_date=day(body, "TradDtls/SttlmDt/Dt/Dt"),
        account=need(body, "QtyAndAcctDtls/SfkpgAcct/Id"),
        owner=bic_at(body, "QtyAndAcctDtls/AcctOwnr/Id/AnyBIC"),
        depository=depository,
        counterparty=_need_party(other, "Pty1"),
        counterparty_client=_party(other, "Pty2"),
        agent=_party(own, "Pty1"),
        amount=amount,
        description=text_at(body, "FinInstrmId/Desc"),
        common_id=text_at(body, "SttlmTpAndAddtlParams/CmonId"),
    )


def _movement(body: etree._Element) -> Movement:
    path = "SttlmTpAndAddtlParams/SctiesMvmntTp"
    told = need(body, path)
    if told not in set(Movement):
        raise BrokenElement(
            place(at(body, path), path),
            path=path,
            reason=Said("DELI or RECE expected", "ต้องเป็น DELI หรือ RECE"),
        )
    return Movement(told)


def _isin(body: etree._Element) -> str:
    found = at(body, "FinInstrmId/ISIN")
    text = need(body, "FinInstrmId/ISIN")
    told = place(found, "FinInstrmId/ISIN")
    return require("ISIN", text, line=told.line, field=told.field)


def _quantity(body: etree._Element) -> tuple[Decimal, bool]:
    group = at(body, "QtyAndAcctDtls/SttlmQty/Qty")
    for name, face in (("Unit", False), ("FaceAmt", True)):
        found = at(group, name)
        if found is not None:
            return decimal(found, name), face
    path = "QtyAndAcctDtls/SttlmQty/Qty/Unit"
    raise MissingElement(place(body, path), path=path)


def _sides(
    body: etree._Element, movement: Movement
) -> tuple[etree._Element | None, etree._Element | None]:
    """The own side's parties, and the other side's."""
    delivering, receiving = at(body, "DlvrgSttlmPties"), at(body, "RcvgSttlmPties")
    if movement is Movement.DELIVER:
        return delivering, receiving
    return receiving, delivering


def _party(side: etree._Element | None, name: str) -> SettlementParty | None:
    bic = bic_at(side, f"{name}/Id/AnyBIC")
    return SettlementParty(bic, text_at(side, f"{name}/SfkpgAcct/Id")) if bic else None


def _need_party(side: etree._Element | None, name: str) -> SettlementParty:
    found = _party(side, name)
    if found is None:
        path = f"{name}/Id/AnyBIC"
        raise MissingElement(place(side, path), path=path)
    return found


def _require_payment(body: etree._Element, *, paid: bool) -> None:
    """Against payment means an amount, free of payment none."""
    path = "SttlmTpAndAddtlParams/Pmt"
    told = need(body, path)
    if paid != (told == "APMT"):
        missing = Said("an amount is missing", "ไม่มีจำนวนเงิน")
        free = Said("an amount stands beside FREE", "มีจำนวนเงินทั้งที่ระบุ FREE")
        reason = free if paid else missing
        raise BrokenElement(place(at(body, path), path), path=path, reason=reason)
