"""sese.023 (instruction), sese.024 (status) and sese.025 (confirmation) out of facts."""

from decimal import Decimal

from settlement.messages.build.envelope import begin, finish, put_money
from settlement.messages.facts import (
    Confirmation,
    InstructionStatus,
    Money,
    Movement,
    SecuritiesInstruction,
    SettlementParty,
    StatusKind,
)
from settlement.messages.fin.values import plain
from settlement.messages.mx_tree import Mx

_GROUPS = {
    StatusKind.ACCEPTED: "PrcgSts",
    StatusKind.REJECTED: "PrcgSts",
    StatusKind.CANCELLED: "PrcgSts",
    StatusKind.MATCHED: "MtchgSts",
    StatusKind.UNMATCHED: "MtchgSts",
    StatusKind.PENDING: "SttlmSts",
    StatusKind.FAILING: "SttlmSts",
}
NO_REASON = "NORE"


def sese023(fact: SecuritiesInstruction) -> bytes:
    """A settlement instruction, sese.023.001.11.

    Raises:
        SchemaBroken: a fact does not fit the message.
    """
    draft = begin(fact.header, "sese.023.001.11", "SctiesSttlmTxInstr")
    into = draft.body
    into.put("TxId", fact.transaction_id)
    kind = into.new("SttlmTpAndAddtlParams")
    kind.put("SctiesMvmntTp", fact.movement)
    kind.put("Pmt", fact.payment)
    kind.put("CmonId", fact.common_id)
    into.put("TradDtls/TradDt/Dt/Dt", fact.trade_date.isoformat())
    into.put("TradDtls/SttlmDt/Dt/Dt", fact.settlement_date.isoformat())
    _instrument(into, fact)
    held = into.new("QtyAndAcctDtls")
    _quantity(held, "SttlmQty/Qty", fact.quantity, face=fact.face)
    _account(held, fact)
    into.put("SttlmParams/SctiesTxTp/Cd", "TRAD")
    _chain(into, fact)
    _amount(into, "SttlmAmt", fact, fact.amount)
    return finish(draft)


def sese024(fact: InstructionStatus) -> bytes:
    """The status of an instruction, sese.024.001.12.

    Raises:
        SchemaBroken: a fact does not fit the message.
    """
    draft = begin(fact.header, "sese.024.001.12", "SctiesSttlmTxStsAdvc")
    into = draft.body
    into.put("TxId/AcctOwnrTxId", fact.transaction_id)
    into.put("TxId/AcctSvcrTxId", fact.servicer_id)
    status = into.new(f"{_GROUPS[fact.kind]}/{fact.kind}")
    if fact.kind is StatusKind.MATCHED:
        status.put("AddtlRsnInf", fact.detail)
    elif fact.reason:
        status.put("Rsn/Cd/Cd", fact.reason)
        status.put("Rsn/AddtlRsnInf", fact.detail)
    else:
        status.put("NoSpcfdRsn", NO_REASON)
    return finish(draft)


def sese025(fact: Confirmation) -> bytes:
    """The confirmation of a settled instruction, sese.025.001.11.

    Raises:
        SchemaBroken: a fact does not fit the message.
    """
    instruction = fact.instruction
    draft = begin(fact.header, "sese.025.001.11", "SctiesSttlmTxConf")
    into = draft.body
    identified = into.new("TxIdDtls")
    identified.put("AcctOwnrTxId", instruction.transaction_id)
    identified.put("AcctSvcrTxId", fact.servicer_id)
    identified.put("SctiesMvmntTp", instruction.movement)
    identified.put("Pmt", instruction.payment)
    identified.put("CmonId", instruction.common_id)
    into.put("TradDtls/TradDt/Dt/Dt", instruction.trade_date.isoformat())
    into.put("TradDtls/SttlmDt/Dt/Dt", instruction.settlement_date.isoformat())
    into.put("TradDtls/FctvSttlmDt/Dt/Dt", fact.settled_on.isoformat())
    _instrument(into, instruction)
    held = into.new("QtyAndAcctDtls")
    _quantity(held, "SttldQty/Qty", fact.settled_quantity, face=instruction.face)
    if fact.remaining:
        _quantity(held, "RmngToBeSttldQty", fact.remaining, face=instruction.face)
    _account(held, instruction)
    into.put("SttlmParams/SctiesTxTp/Cd", "TRAD")
    _chain(into, instruction)
    _amount(into, "SttldAmt", instruction, fact.settled_amount)
    return finish(draft)


def _instrument(into: Mx, fact: SecuritiesInstruction) -> None:
    into.put("FinInstrmId/ISIN", fact.isin)
    into.put("FinInstrmId/Desc", fact.description)


def _quantity(into: Mx, path: str, quantity: Decimal, *, face: bool) -> None:
    into.put(f"{path}/{'FaceAmt' if face else 'Unit'}", plain(quantity))


def _account(into: Mx, fact: SecuritiesInstruction) -> None:
    into.put("AcctOwnr/Id/AnyBIC", fact.owner)
    into.put("SfkpgAcct/Id", fact.account)


def _chain(into: Mx, fact: SecuritiesInstruction) -> None:
    """Delivering parties before receiving ones; the depository stands on both sides."""
    delivers = fact.movement is Movement.DELIVER
    own = (fact.agent, None)
    other = (fact.counterparty, fact.counterparty_client)
    for name, side in (
        ("DlvrgSttlmPties", own if delivers else other),
        ("RcvgSttlmPties", other if delivers else own),
    ):
        group = into.new(name)
        group.put("Dpstry/Id/AnyBIC", fact.depository)
        for number, party in enumerate(side, start=1):
            _party(group, f"Pty{number}", party)


def _party(into: Mx, name: str, party: SettlementParty | None) -> None:
    if party:
        into.put(f"{name}/Id/AnyBIC", party.bic)
        into.put(f"{name}/SfkpgAcct/Id", party.account)


def _amount(into: Mx, name: str, fact: SecuritiesInstruction, value: Money | None) -> None:
    """The cash leg: a delivery is credited, a receipt debited."""
    if value:
        put_money(into, f"{name}/Amt", value)
        into.put(f"{name}/CdtDbtInd", "CRDT" if fact.movement is Movement.DELIVER else "DBIT")
