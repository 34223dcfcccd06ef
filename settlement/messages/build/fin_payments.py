"""MT103 and MT202 out of facts."""

from decimal import Decimal

from settlement.messages.build.fin_message import agent, customer, money, text
from settlement.messages.facts import BankTransfer, CreditTransfer, Money
from settlement.messages.to_mt.drafting import LINE, Draft, fold, reference, wrap
from settlement.messages.to_mt.narratives import BEARERS

REMITTANCE_LINES = 4


def mt103(fact: CreditTransfer) -> str:
    """A customer credit transfer.

    Raises:
        BrokenField: a value that could not be read back as written.
    """
    draft = Draft()
    draft.add("20", reference(fact.instruction_id))
    draft.add("23B", "CRED")
    draft.add("32A", f"{fact.value_date:%y%m%d}{money(fact.settled)}")
    # Where the creditor bears charges, what was taken of the instructed amount is told: nothing.
    is_charged = fact.charge_bearer == "CRED"
    instructed = fact.instructed or (fact.settled if is_charged else None)
    draft.add("33B", money(instructed) if instructed else None)
    customer(draft, "50", fact.debtor, fact.debtor_account)
    agent(draft, "52", fact.debtor_agent)
    agent(draft, "56", fact.intermediary)
    agent(draft, "57", fact.creditor_agent)
    customer(draft, "59", fact.creditor, fact.creditor_account)
    draft.add("70", _remittance(fact))
    draft.add("71A", BEARERS.get(fact.charge_bearer))
    draft.add("71F", money(Money(fact.settled.currency, Decimal(0))) if is_charged else None)
    return text(fact.header, "103", draft, uetr=fact.uetr)


def _remittance(fact: CreditTransfer) -> str | None:
    """The end-to-end reference after /ROC/, then what the debtor wrote."""
    parts = [] if fact.end_to_end_id == "NOTPROVIDED" else [f"/ROC/{fact.end_to_end_id}"]
    parts += [fact.remittance] if fact.remittance else []
    told = fold("//".join(parts))
    rows = [told[i : i + LINE] for i in range(0, len(told), LINE)]
    return "\n".join(rows[:REMITTANCE_LINES]) or None


def mt202(fact: BankTransfer) -> str:
    """A transfer between institutions.

    Raises:
        BrokenField: a value that could not be read back as written.
    """
    draft = Draft()
    draft.add("20", reference(fact.instruction_id))
    draft.add("21", reference(fact.end_to_end_id))
    draft.add("32A", f"{fact.value_date:%y%m%d}{money(fact.settled)}")
    agent(draft, "52", fact.debtor, fact.debtor_account)
    agent(draft, "56", fact.intermediary)
    agent(draft, "57", fact.creditor_agent)
    agent(draft, "58", fact.creditor, fact.creditor_account)
    draft.add("72", wrap(f"/BNF/{fold(fact.remittance)}") if fact.remittance else None)
    return text(fact.header, "202", draft, uetr=fact.uetr)
