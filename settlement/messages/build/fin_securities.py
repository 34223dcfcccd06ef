"""MT540 to MT543 (instructions), MT544 to MT547 (confirmations), MT548 (statuses) out of facts."""

import datetime as dt
from decimal import Decimal

from settlement.messages.build.fin_message import money, text
from settlement.messages.facts import (
    Confirmation,
    Header,
    InstructionStatus,
    Movement,
    SecuritiesInstruction,
    SettlementParty,
    StatusKind,
)
from settlement.messages.fin.values import comma
from settlement.messages.to_mt.drafting import LINE, Draft, fold, reference

INSTRUCTIONS = {
    (Movement.RECEIVE, "FREE"): 540,
    (Movement.RECEIVE, "APMT"): 541,
    (Movement.DELIVER, "FREE"): 542,
    (Movement.DELIVER, "APMT"): 543,
}
"""Movement and payment → message type; the confirmation's is four higher."""

STATUSES = {
    StatusKind.ACCEPTED: ("IPRC", "PACK"),
    StatusKind.REJECTED: ("IPRC", "REJT"),
    StatusKind.CANCELLED: ("IPRC", "CAND"),
    StatusKind.MATCHED: ("MTCH", "MACH"),
    StatusKind.UNMATCHED: ("MTCH", "NMAT"),
    StatusKind.PENDING: ("SETT", "PEND"),
    StatusKind.FAILING: ("SETT", "PENF"),
}
"""Kind → qualifier and code of field 25D; the code qualifies the reason in 24B."""


class Blocks(Draft):
    """A draft whose blocks open by 16R and close by 16S."""

    def open(self, name: str) -> None:
        """Begin a block."""
        self.add("16R", name)

    def close(self, name: str) -> None:
        """End a block."""
        self.add("16S", name)

    def party(self, qualifier: str, party: SettlementParty | None) -> None:
        """A settlement party in a block of its own, where there is one."""
        if party:
            self.open("SETPRTY")
            self.add("95P", f":{qualifier}//{party.bic}")
            self.add("97A", f":SAFE//{party.account}" if party.account else None)
            self.close("SETPRTY")


def mt54x(fact: SecuritiesInstruction) -> str:
    """The instruction: MT540, 541, 542 or 543; cancelling where it names a previous one.

    Raises:
        BrokenField: a value that could not be read back as written.
    """
    draft = Blocks()
    function = "CANC" if fact.previous_id else "NEWM"
    links = [("PREV", fact.previous_id), ("COMM", fact.common_id)]
    _general(draft, fact.header, fact.transaction_id, function, links)
    _trade(draft, fact, ("SETT", fact.settlement_date))
    _account(draft, fact, "SETT", fact.quantity)
    _settlement(draft, fact)
    if fact.amount:
        draft.open("AMT")
        draft.add("19A", f":SETT//{money(fact.amount)}")
        draft.close("AMT")
    draft.close("SETDET")
    return text(fact.header, str(INSTRUCTIONS[fact.movement, fact.payment]), draft)


def mt544_to_547(fact: Confirmation) -> str:
    """The confirmation: MT544, 545, 546 or 547.

    Raises:
        BrokenField: a value that could not be read back as written.
    """
    told = fact.instruction
    draft = Blocks()
    own = fact.servicer_id or fact.header.message_id
    links = [("RELA", told.transaction_id), ("COMM", told.common_id)]
    _general(draft, fact.header, own, "NEWM", links)
    _trade(draft, told, ("ESTT", fact.settled_on))
    _account(draft, told, "ESTT", fact.settled_quantity, remaining=fact.remaining)
    _settlement(draft, told)
    if fact.settled_amount:
        draft.open("AMT")
        draft.add("19A", f":ESTT//{money(fact.settled_amount)}")
        draft.close("AMT")
    draft.close("SETDET")
    return text(fact.header, str(INSTRUCTIONS[told.movement, told.payment] + 4), draft)


def mt548(fact: InstructionStatus) -> str:
    """The status of an instruction.

    Raises:
        BrokenField: a value that could not be read back as written.
    """
    draft = Blocks()
    own = fact.servicer_id or fact.header.message_id
    draft.open("GENL")
    draft.add("20C", f":SEME//{reference(own)}")
    draft.add("23G", "INST")
    draft.add("98C", f":PREP//{fact.header.created.astimezone(dt.UTC):%Y%m%d%H%M%S}")
    _link(draft, "RELA", fact.transaction_id)
    qualifier, code = STATUSES[fact.kind]
    draft.open("STAT")
    draft.add("25D", f":{qualifier}//{code}")
    if fact.reason:
        draft.open("REAS")
        draft.add("24B", f":{code}//{fact.reason}")
        draft.add("70D", f":REAS//{fold(fact.detail)[: LINE - 7]}" if fact.detail else None)
        draft.close("REAS")
    draft.close("STAT")
    draft.close("GENL")
    return text(fact.header, "548", draft)


def _general(
    draft: Blocks,
    header: Header,
    own: str,
    function: str,
    links: list[tuple[str, str | None]],
) -> None:
    draft.open("GENL")
    draft.add("20C", f":SEME//{reference(own)}")
    draft.add("23G", function)
    draft.add("98C", f":PREP//{header.created.astimezone(dt.UTC):%Y%m%d%H%M%S}")
    for qualifier, told in links:
        _link(draft, qualifier, told)
    draft.close("GENL")


def _link(draft: Blocks, qualifier: str, told: str | None) -> None:
    if told:
        draft.open("LINK")
        draft.add("20C", f":{qualifier}//{reference(told)}")
        draft.close("LINK")


def _trade(draft: Blocks, fact: SecuritiesInstruction, settled: tuple[str, dt.date]) -> None:
    qualifier, day = settled
    draft.open("TRADDET")
    draft.add("98A", f":{qualifier}//{day:%Y%m%d}")
    draft.add("98A", f":TRAD//{fact.trade_date:%Y%m%d}")
    described = f"\n{fold(fact.description)[:LINE]}" if fact.description else ""
    draft.add("35B", f"ISIN {fact.isin}{described}")
    draft.close("TRADDET")


def _account(
    draft: Blocks,
    fact: SecuritiesInstruction,
    qualifier: str,
    quantity: Decimal,
    *,
    remaining: Decimal | None = None,
) -> None:
    unit = "FAMT" if fact.face else "UNIT"
    draft.open("FIAC")
    draft.add("36B", f":{qualifier}//{unit}/{comma(quantity)}")
    draft.add("36B", f":RSTT//{unit}/{comma(remaining)}" if remaining else None)
    draft.add("95P", f":ACOW//{fact.owner}" if fact.owner else None)
    draft.add("97A", f":SAFE//{fact.account}")
    draft.close("FIAC")


def _settlement(draft: Blocks, fact: SecuritiesInstruction) -> None:
    """Opens SETDET with the parties; the caller adds the amount and closes it."""
    receives = fact.movement is Movement.RECEIVE
    other, client, own = ("DEAG", "SELL", "REAG") if receives else ("REAG", "BUYR", "DEAG")
    draft.open("SETDET")
    draft.add("22F", ":SETR//TRAD")
    draft.party(other, fact.counterparty)
    draft.party(client, fact.counterparty_client)
    draft.party(own, fact.agent)
    draft.party("PSET", SettlementParty(fact.depository))
