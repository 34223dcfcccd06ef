"""camt.053 (statement) and camt.054 (advice) out of facts."""

import datetime as dt
from decimal import Decimal

from settlement.messages.build.envelope import begin, finish, group_header, moment, put_money
from settlement.messages.build.payments import CBPR, put_account, put_agent
from settlement.messages.facts import AccountStatement, Entry, Money
from settlement.messages.fin.values import plain
from settlement.messages.mx_tree import Mx

DOMAIN = ("PMNT", {"CRDT": "RCDT", "DBIT": "ICDT"}, "OTHR")
"""Bank transaction code: payments, received or issued credit transfers, other."""


def camt053(fact: AccountStatement) -> bytes:
    """A statement of account, camt.053.001.08.

    Raises:
        SchemaBroken: a fact does not fit the message.
    """
    draft = begin(fact.header, "camt.053.001.08", "BkToCstmrStmt", service=CBPR)
    group_header(draft, fact.header)
    into = draft.body.new("Stmt")
    into.put("Id", fact.statement_id)
    into.put("StmtPgntn/PgNb", fact.page)
    into.put("StmtPgntn/LastPgInd", str(fact.last_page).lower())
    into.put("ElctrncSeqNb", fact.number)
    into.put("CreDtTm", moment(fact.header.created))
    _owned(into, fact)
    _balance(into, "OPBD", fact.opening, fact.opened_on, fact.currency)
    _balance(into, "CLBD", fact.closing, fact.closed_on, fact.currency)
    _summary(into, fact)
    for entry in fact.entries:
        _entry(into, entry, fact.currency)
    return finish(draft)


def camt054(fact: AccountStatement) -> bytes:
    """An advice of the entries, camt.054.001.08; balances are not told.

    Raises:
        SchemaBroken: a fact does not fit the message.
    """
    draft = begin(fact.header, "camt.054.001.08", "BkToCstmrDbtCdtNtfctn", service=CBPR)
    group_header(draft, fact.header)
    into = draft.body.new("Ntfctn")
    into.put("Id", fact.statement_id)
    into.put("ElctrncSeqNb", fact.number)
    into.put("CreDtTm", moment(fact.header.created))
    _owned(into, fact)
    for entry in fact.entries:
        _entry(into, entry, fact.currency)
    return finish(draft)


def _owned(into: Mx, fact: AccountStatement) -> None:
    put_account(into, "Acct", fact.account)
    into.put("Acct/Ccy", fact.currency)
    put_agent(into, "Acct/Svcr", fact.servicer or fact.header.sender)


def _side(amount: Decimal) -> str:
    return "DBIT" if amount < 0 else "CRDT"


def _balance(into: Mx, code: str, amount: Decimal, day: dt.date, currency: str) -> None:
    group = into.new("Bal")
    group.put("Tp/CdOrPrtry/Cd", code)
    put_money(group, "Amt", Money(currency, abs(amount)))
    group.put("CdtDbtInd", _side(amount))
    group.put("Dt/Dt", day.isoformat())


def _summary(into: Mx, fact: AccountStatement) -> None:
    """Counts and sums of both sides, told where there are entries."""
    for name, side in (("TtlCdtNtries", "CRDT"), ("TtlDbtNtries", "DBIT")):
        amounts = [abs(one.amount) for one in fact.entries if _side(one.amount) == side]
        if amounts:
            into.put(f"TxsSummry/{name}/NbOfNtries", len(amounts))
            into.put(f"TxsSummry/{name}/Sum", plain(sum(amounts, start=Decimal(0))))


def _entry(into: Mx, entry: Entry, currency: str) -> None:
    side = _side(entry.amount)
    value = Money(currency, abs(entry.amount))
    group = into.new("Ntry")
    put_money(group, "Amt", value)
    group.put("CdtDbtInd", side)
    group.put("Sts/Cd", "BOOK")
    group.put("BookgDt/Dt", entry.booked_on.isoformat())
    group.put("ValDt/Dt", entry.value_date.isoformat())
    group.put("AcctSvcrRef", entry.servicer_reference)
    domain, families, sub_family = DOMAIN
    group.put("BkTxCd/Domn/Cd", domain)
    group.put("BkTxCd/Domn/Fmly/Cd", families[side])
    group.put("BkTxCd/Domn/Fmly/SubFmlyCd", sub_family)
    details = group.group("NtryDtls").new("TxDtls")
    details.put("Refs/InstrId", entry.instruction_id)
    details.put("Refs/EndToEndId", entry.reference)
    details.put("Refs/UETR", entry.uetr)
    put_money(details, "Amt", value)
    details.put("CdtDbtInd", side)
    details.put("AddtlTxInf", entry.detail)
