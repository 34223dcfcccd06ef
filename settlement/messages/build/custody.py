"""semt.002 (statement of holdings) out of facts."""

from settlement.messages.build.envelope import begin, finish
from settlement.messages.facts import Holding, HoldingsStatement
from settlement.messages.fin.values import plain
from settlement.messages.mx_tree import Mx


def semt002(fact: HoldingsStatement) -> bytes:
    """A custody statement of the settled positions, complete, semt.002.001.11.

    Raises:
        SchemaBroken: a fact does not fit the message.
    """
    draft = begin(fact.header, "semt.002.001.11", "SctiesBalCtdyRpt")
    into = draft.body
    into.put("Pgntn/PgNb", 1)
    into.put("Pgntn/LastPgInd", "true")
    told = into.new("StmtGnlDtls")
    told.put("RptNb/Lng", f"{fact.number:05d}")
    told.put("StmtId", fact.statement_id)
    told.put("StmtDtTm/Dt", fact.as_of.isoformat())
    told.put("Frqcy/Cd", "DAIL")
    told.put("UpdTp/Cd", "COMP")
    told.put("StmtBsis/Cd", "SETT")
    told.put("ActvtyInd", str(bool(fact.holdings)).lower())
    told.put("SubAcctInd", "false")
    into.put("AcctOwnr/Id/AnyBIC", fact.owner)
    into.put("AcctSvcr/Id/AnyBIC", fact.header.sender)
    into.put("SfkpgAcct/Id", fact.account)
    for holding in fact.holdings:
        _balance(into.new("BalForAcct"), holding)
    return finish(draft)


def _balance(into: Mx, holding: Holding) -> None:
    into.put("FinInstrmId/ISIN", holding.isin)
    into.put("FinInstrmId/Desc", holding.description)
    into.put("AggtBal/ShrtLngInd", "SHOR" if holding.quantity < 0 else "LONG")
    kind = "FaceAmt" if holding.face else "Unit"
    into.put(f"AggtBal/Qty/Qty/Qty/{kind}", plain(abs(holding.quantity)))
