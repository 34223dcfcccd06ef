"""Messages out: statements from the books, instructions once, valid, and the same again."""

import io
from datetime import date, timedelta

import pytest
from django.db import IntegrityError

from accounting import queries as ledger
from records import queries as records
from settlement.clearing import capturing
from settlement.correspondence import dispatching, preferring, stating
from settlement.formats import camt
from settlement.formats.camt_items import Entry, StatementEnd
from settlement.messages import build, readers
from settlement.messages.facts import Movement
from settlement.messages.statements import mt535, mt940
from settlement.models import Instruction, OutgoingMessage, Participant, StandingInstruction
from settlement.rules import identities
from settlement.rules.booking import clearing_account
from settlement.windows import positions
from tests.settlement import market
from tests.settlement.market import ACTOR, AT, BOOK, DUE, KRUNG, PTT, SIAM

pytestmark = pytest.mark.django_db
DAY = date(1993, 1, 1)
BIC = "ABANCZPPXXX"


def content(message):
    return b"".join(records.content(message.document_id))


@pytest.fixture
def settled(capture, close, system, at, untold):
    """A day of the register, settled, of which nothing was told; bank AB can be reached."""
    capturing.enter_participant(
        code="AB", name_en="AB", name_th="", kind="bank", bic=BIC, actor=system, at=at
    )
    capture(days=2, a_day=60)
    close()


def state(day=DAY):
    return stating.state_day(book=BOOK, business_date=day, actor=ACTOR, at=AT)


def test_a_statement_tells_what_the_books_tell(settled, close):
    state()
    close(DAY + timedelta(days=1))
    state(DAY + timedelta(days=1))
    account = clearing_account("AB")
    for message in OutgoingMessage.objects.filter(definition="camt.053"):
        items = list(camt.read_valid(io.BytesIO(content(message)), name="x"))
        lines = ledger.account_statement(
            entity=BOOK, account=account, from_=message.business_date, to=message.business_date
        )
        entries = [one for one in items if isinstance(one, Entry)]
        assert [one.money.amount for one in entries] == [-line.amount for line in lines]
        end = next(one for one in items if isinstance(one, StatementEnd))
        assert end.difference == 0
        assert end.closing.money.amount == -lines[-1].balance
    assert OutgoingMessage.objects.count() == 4


def test_the_advice_holds_the_same_entries_and_no_balance(settled):
    state()
    message = OutgoingMessage.objects.get(definition="camt.054")
    items = list(camt.read_valid(io.BytesIO(content(message)), name="x"))
    assert sum(isinstance(one, Entry) for one in items) > 1
    assert b"<Bal>" not in content(message)


def test_stating_again_changes_nothing_and_whoever_has_no_bic_gets_nothing(settled):
    assert state() == stating.Stated(made=2, messages=2)
    before = {m.reference: content(m) for m in OutgoingMessage.objects.all()}
    assert state() == stating.Stated(made=0, messages=2)
    assert {m.reference: content(m) for m in OutgoingMessage.objects.all()} == before
    assert set(OutgoingMessage.objects.values_list("participant__code", flat=True)) == {"AB"}


def test_the_same_books_give_the_same_bytes_at_another_hour(settled):
    fact = stating.statement(book=BOOK, business_date=DAY, participant="AB")[0]
    assert build.camt053(fact) == build.camt053(
        stating.statement(book=BOOK, business_date=DAY, participant="AB")[0]
    )
    assert fact.header.created == identities.made_on(DAY)


def test_the_mt_equivalent_agrees_with_itself(settled):
    fact = stating.statement(book=BOOK, business_date=DAY, participant="AB")[0]
    told = mt940.read_balanced(build.mt940(fact))[0]
    assert told.closing.amount == fact.closing
    assert len(told.entries) == len(fact.entries)


def test_positions_in_cash_are_stated_to_their_participants():
    market.furnish()
    market.fund(SIAMSEC={"THB": 1000}, KRUNGSEC={PTT: 100})
    market.capture(market.trade("T-1", SIAM, KRUNG))
    market.settle()
    state(DUE)
    told = OutgoingMessage.objects.get(definition="camt.053", participant__code=KRUNG)
    items = list(camt.read_valid(io.BytesIO(content(told)), name="x"))
    assert [one.money.amount for one in items if isinstance(one, Entry)] == [1000]


def test_what_the_house_pays_is_instructed_once_by_pacs_009(settled):
    instruction = Instruction.objects.get(obligation__participant__code="AB")
    again = {"book": BOOK, "business_date": DAY, "actor": ACTOR, "at": AT}
    made = dispatching.dispatch(**again)
    assert made == (1 if instruction.direction == "pay" else 0)
    assert dispatching.dispatch(**again) == 0
    fact = dispatching.payment(
        instruction.reference,
        instruction.amount,
        instruction.currency,
        instruction.value_date,
        payee=BIC,
        day=DAY,
    )
    [read] = readers.pacs009(build.pacs009(fact))
    assert read.settled.amount == instruction.amount
    assert read.creditor == BIC
    assert readers.mt202(build.mt202(fact).encode(), at=AT).settled == read.settled


def test_a_delivery_is_instructed_on_both_sides_by_sese_023():
    market.furnish()
    for code, custodian in ((SIAM, "CUSATHBKXXX"), (KRUNG, "CUSBTHBKXXX")):
        StandingInstruction.objects.create(
            participant=Participant.objects.get(code=code),
            version=1,
            effective_from=date(2020, 1, 1),
            custodian=custodian,
            safekeeping_account=f"SAFE-{code}",
            depository="TSDCTHBKXXX",
            proposed_by="a",
            approved_by="b",
            recorded_at=AT,
        )
    market.capture(market.trade("T-1", SIAM, KRUNG))
    market.close_and_net()
    again = {"book": BOOK, "business_date": DUE, "actor": ACTOR, "at": AT}
    assert dispatching.dispatch(**again) == 4
    assert dispatching.dispatch(**again) == 0
    instructions = OutgoingMessage.objects.filter(definition="sese.023")
    told = {fact.movement: fact for fact in (readers.sese023(content(m)) for m in instructions)}
    delivery, receipt = told[Movement.DELIVER], told[Movement.RECEIVE]
    assert (delivery.header.receiver, receipt.header.receiver) == ("CUSBTHBKXXX", "CUSATHBKXXX")
    assert delivery.counterparty.bic == "CUSATHBKXXX"
    assert (delivery.isin, delivery.quantity, delivery.amount.amount) == (PTT, 100, 1000)


def test_what_was_sent_is_never_changed(settled):
    state()
    with pytest.raises(IntegrityError, match="append-only"):
        OutgoingMessage.objects.update(reference="x")


def hold(*wealth):
    market.furnish()
    for number, one in enumerate(wealth):
        market.fund(f"F-{number}", **one)
    positions.write_sheet(book=BOOK, business_date=DUE)


def test_who_holds_securities_gets_a_statement_of_them():
    hold({"KRUNGSEC": {PTT: 100, "THB": 5}, "SIAMSEC": {"THB": 7}})
    state(DUE)
    message = OutgoingMessage.objects.get(definition="semt.002")
    assert message.participant.code == KRUNG
    assert (message.written_as, message.reference) == ("semt.002", "KRUNGSEC-20260107")
    assert b"<ISIN>TH0646010R18<" in content(message)
    assert b"<Unit>100<" in content(message)
    assert state(DUE).made == 0


def test_who_prefers_fin_gets_mt_940_mt_900_or_910_and_mt_535(untold):
    preferring.prefer(
        bic="KRUNTHBKXXX", standard="mt", valid_from=date(2020, 1, 1), actor=ACTOR, at=AT
    )
    market.furnish()
    market.fund(SIAMSEC={"THB": 1000}, KRUNGSEC={PTT: 300})
    market.capture(market.trade("T-1", SIAM, KRUNG))
    market.close_day()
    state(DUE)
    told = {m.written_as: m for m in OutgoingMessage.objects.filter(participant__code=KRUNG)}
    assert set(told) == {"MT940", "MT910", "MT535"}
    [statement] = mt940.read_balanced(content(told["MT940"]).decode())
    assert statement.closing.amount == 1000
    [holdings] = mt535.read(content(told["MT535"]))
    assert [(one.isin, one.quantity) for one in holdings.holdings] == [(PTT, 200)]
    assert content(told["MT940"]).startswith(b"{1:F01BCKOTHBKXXXX")


def test_accounts_whose_numbers_begin_alike_have_statements_of_their_own(settled):
    fact = stating.statement(book=BOOK, business_date=DAY, participant="AB")[0]
    assert fact.statement_id == "AB-CLR-CZK-19930101" or fact.currency != "CZK"
    long = "A" * 30
    assert stating.account_number(long) == long
    assert len(stating.account_number("บัญชี")) == 16
