"""MT535 (statement of holdings) out of facts."""

import datetime as dt

from settlement.messages.build.fin_message import text
from settlement.messages.build.fin_securities import Blocks
from settlement.messages.facts import Holding, HoldingsStatement
from settlement.messages.fin.values import comma
from settlement.messages.to_mt.drafting import LINE, fold, reference


def mt535(fact: HoldingsStatement) -> str:
    """A custody statement of the settled positions, complete, on one page.

    Raises:
        BrokenField: a value that could not be read back as written.
    """
    draft = Blocks()
    draft.open("GENL")
    draft.add("28E", "1/ONLY")
    draft.add("13A", f":STAT//{fact.number % 1000:03d}")
    draft.add("20C", f":SEME//{reference(fact.header.message_id)}")
    draft.add("23G", "NEWM")
    draft.add("98C", f":PREP//{fact.header.created.astimezone(dt.UTC):%Y%m%d%H%M%S}")
    draft.add("98A", f":STAT//{fact.as_of:%Y%m%d}")
    draft.add("22F", ":SFRE//DAIL")
    draft.add("22F", ":CODE//COMP")
    draft.add("22F", ":STTY//CUST")
    draft.add("22F", ":STBA//SETT")
    draft.add("95P", f":ACOW//{fact.owner}" if fact.owner else None)
    draft.add("97A", f":SAFE//{fact.account}")
    draft.add("17B", f":ACTI//{'Y' if fact.holdings else 'N'}")
    draft.add("17B", ":CONS//N")
    draft.close("GENL")
    if fact.holdings:
        draft.open("SUBSAFE")
        for holding in fact.holdings:
            _holding(draft, holding)
        draft.close("SUBSAFE")
    return text(fact.header, "535", draft)


def _holding(draft: Blocks, holding: Holding) -> None:
    unit = "FAMT" if holding.face else "UNIT"
    sign = "N" if holding.quantity < 0 else ""
    described = f"\n{fold(holding.description)[:LINE]}" if holding.description else ""
    draft.open("FIN")
    draft.add("35B", f"ISIN {holding.isin}{described}")
    draft.add("93B", f":AGGR//{unit}/{sign}{comma(abs(holding.quantity))}")
    draft.close("FIN")
