"""MT103 and MT202 into facts."""

import datetime as dt

from backoffice.kernel.refusals import Said
from settlement.messages.facts import BankTransfer, CreditTransfer, Header, Party
from settlement.messages.fin.model import Field, FinMessage
from settlement.messages.fin.parties import PartyField, party
from settlement.messages.fin.reading import parse
from settlement.messages.fin.values import dated_money, money, refuse
from settlement.messages.readers.naming import naming
from settlement.messages.refusals import NoTranslation
from settlement.messages.to_mx.envelope import created
from settlement.messages.to_mx.mt20x_pacs009 import split_cover
from settlement.messages.to_mx.mt103_pacs008 import end_to_end
from settlement.messages.to_mx.parts import CHARGE_BEARERS, remittance

NOT_PROVIDED = "NOTPROVIDED"


def opened(data: bytes, mts: frozenset[str], *, file: str | None) -> FinMessage:
    """The one message in the data, of a type asked for.

    Raises:
        NoTranslation: another type; MessageRefused: it cannot be read.
    """
    message = parse(data, file=file)
    if message.mt not in mts:
        asked = ", ".join(f"MT{mt}" for mt in sorted(mts))
        refusal = NoTranslation(kind=f"MT{message.mt}", target=asked)
        raise refusal.at(file=file, line=message.line, field="block 2")
    return message


def header(message: FinMessage, at: dt.datetime) -> Header:
    """Sender, receiver and creation; `at` stands in for an input message's creation."""
    moment = dt.datetime.fromisoformat(created(message, at))
    return Header(message.need("20").value, message.sender, message.receiver, moment)


def customer(told: PartyField | None) -> Party:
    """A customer field as a party."""
    if told is None:
        return Party()
    return Party(
        name=told.name,
        bic=told.bic,
        address=told.address.lines,
        town=told.address.town,
        country=told.address.country,
    )


def _bic(item: Field | None) -> str | None:
    told = party(item)
    return told.bic if told else None


def _account(item: Field | None) -> str | None:
    told = party(item)
    number = told.account if told else None
    return None if number == NOT_PROVIDED else number


def mt103(data: bytes, *, at: dt.datetime, file: str | None = None) -> CreditTransfer:
    """The customer credit transfer of an MT103.

    Args:
        at: aware moment; creation time of an input message, which FIN does not time.

    Raises:
        MessageRefused: with file, line and field.
    """
    message = opened(data, frozenset({"103"}), file=file)
    with naming(file):
        return _credit_transfer(message, at)


def _credit_transfer(message: FinMessage, at: dt.datetime) -> CreditTransfer:
    value_date, settled = dated_money(message.need("32A"))
    instructed = message.find("33B")
    bearer = message.need("71A")
    if bearer.value not in CHARGE_BEARERS:
        raise refuse(bearer, Said("OUR, SHA or BEN expected", "ต้องเป็น OUR, SHA หรือ BEN"))
    ordering, beneficiary = message.need("50"), message.need("59")
    remitted = message.find("70")
    return CreditTransfer(
        header=header(message, at),
        instruction_id=message.need("20").value,
        end_to_end_id=end_to_end(remitted) or NOT_PROVIDED,
        uetr=message.header("121"),
        settled=settled,
        value_date=value_date,
        charge_bearer=CHARGE_BEARERS[bearer.value],
        debtor=customer(party(ordering)),
        debtor_account=_account(ordering),
        debtor_agent=_bic(message.find("52")),
        creditor_agent=_bic(message.find("57")),
        creditor=customer(party(beneficiary)),
        creditor_account=_account(beneficiary),
        instructed=money(instructed) if instructed else None,
        intermediary=_bic(message.find("56")),
        remittance=remittance(remitted),
    )


def mt202(data: bytes, *, at: dt.datetime, file: str | None = None) -> BankTransfer:
    """The transfer of an MT202 or MT205; the covered payment of a COV is left aside.

    Args:
        at: aware moment; creation time of an input message, which FIN does not time.

    Raises:
        MessageRefused: with file, line and field.
    """
    message = opened(data, frozenset({"202", "205"}), file=file)
    with naming(file):
        return _bank_transfer(split_cover(message)[0], at)


def _bank_transfer(message: FinMessage, at: dt.datetime) -> BankTransfer:
    value_date, settled = dated_money(message.need("32A"))
    creditor = message.need("58")
    bic = _bic(creditor)
    if bic is None:
        raise refuse(creditor, Said("a BIC (option A) expected", "ต้องเป็น BIC (ตัวเลือก A)"))
    related = message.find("21")
    note = message.find("72")
    return BankTransfer(
        header=header(message, at),
        instruction_id=message.need("20").value,
        end_to_end_id=related.value if related else NOT_PROVIDED,
        uetr=message.header("121"),
        settled=settled,
        value_date=value_date,
        debtor=_bic(message.find("52")) or message.sender,
        creditor=bic,
        debtor_account=_account(message.find("52")),
        creditor_agent=_bic(message.find("57")),
        creditor_account=_account(creditor),
        intermediary=_bic(message.find("56")),
        remittance=remittance(note),
    )
