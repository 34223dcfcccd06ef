"""A small day on which everything happens that the end of day knows: nothing is left at zero."""

import io
from datetime import date
from decimal import Decimal

from django.db.models import Case, F, Sum, When

from settlement.charges import charging, entitling, failing, margining
from settlement.clearing import capturing
from settlement.formats import register
from settlement.formats.bank_statements import READERS
from settlement.models import (
    FeeTariff,
    MarginRate,
    Participant,
    PenaltyRegime,
    StandingInstruction,
    Transaction,
)
from settlement.reconciliation import keeping, reconciling
from settlement.rules.reconciliation import short
from settlement.rules.trades import PartyRef
from settlement.trades import enriching
from settlement.windows import funding, releasing, settling
from tests.settlement import desk, market, registers, statements
from tests.settlement.market import ACTOR, AT, BOOK, DUE, ISARA, KRUNG, PTT, SIAM, TRADED

BANK = "AB"
NOVEMBER = date(2025, 11, 26)
EARLIER = date(2026, 1, 2)
"""Before the statement by more than the three days that a line of ours may be late."""
LONG_AGO = date(2020, 1, 1)
LATER = date(2026, 1, 8)


def prepare() -> None:
    """Capture the day, and all that stands before it."""
    _terms()
    _transactions()
    _fails_of_november()
    market.fund("F-2", SIAMSEC={"THB": 5000}, KRUNGSEC={PTT: 150, "THB": 100})
    _trades()
    _instructions()
    _statements()
    # Comes after the statements, so that it is the end of day that sees them differ, or agree.
    funds = [funding.Funds(SIAM, "CZK", Decimal(77)), funding.Funds(SIAM, PTT, Decimal(5))]
    told = {"book": BOOK, "reference": "F-3", "business_date": EARLIER, "funds": funds}
    funding.fund(**told, actor=ACTOR, at=AT)


def _terms() -> None:
    """Participants with places, and what the market charges and asks."""
    capturing.enter_participant(
        code=BANK, name_en=BANK, name_th="", kind="bank", bic="ABANCZPPXXX", actor=ACTOR, at=AT
    )
    market.furnish()
    market.rule("XBKK", model="dvp2")
    market.rule(model="dvp3")
    releasing.set_release_limit(
        book=BOOK, currency="THB", amount=Decimal(2000), valid_from=TRADED, actor=ACTOR, at=AT
    )
    for code in (SIAM, KRUNG):
        _instruct(code)
    PenaltyRegime.objects.create(
        market="XBKK", tariff="CSDR", valid_from=LONG_AGO, buy_in_after=1, source="a test"
    )
    MarginRate.objects.create(
        asset="", rate=Decimal("0.05"), valid_from=LONG_AGO, recorded_at=AT, recorded_by="x"
    )
    tariff = FeeTariff(
        name="interchange", valid_from=LONG_AGO, owed_by="payee", rate=Decimal("0.006")
    )
    charging.enter_tariff(tariff=tariff, actor=ACTOR, at=AT)
    marks = [margining.Mark(PTT, day, Decimal("11.50"), "THB") for day in (NOVEMBER, DUE)]
    margining.mark(marks=marks, source="SET", actor=ACTOR, at=AT)
    entitling.announce(
        reference="PTT-DIV-1",
        instrument=PTT,
        record_date=DUE,
        ex_date=DUE,
        payment_date=DUE,
        amount=Decimal("1.255"),
        currency="THB",
        actor=ACTOR,
        at=AT,
    )


def _transactions() -> None:
    capturing.capture_register(
        lines=register.read(registers.file(seed=7, first=DUE, days=1, a_day=12), name="r"),
        file_name="r",
        sha256="0" * 64,
        book=BOOK,
        currency="CZK",
        actor=ACTOR,
        at=AT,
    )


def _fails_of_november() -> None:
    """Two deliveries that failed in a month whose collection day has come since, and a fee."""
    past = {"trade_date": date(2025, 11, 24), "value_date": NOVEMBER}
    market.fund("F-1", SIAMSEC={"THB": 1000}, KRUNGSEC={"THB": 800})
    market.capture(
        market.trade("N-1", SIAM, KRUNG, 300, "300.00", **past),
        market.trade("N-2", KRUNG, ISARA, 500, "500.00", **past),
        market.pay("N-3", SIAM, KRUNG, "100.00", **past),
    )
    market.settle(NOVEMBER)
    settling.mark_fails(book=BOOK, business_date=NOVEMBER, at=AT)
    failing.charge_day(book=BOOK, business_date=NOVEMBER, actor=ACTOR, at=AT)
    charging.charge_day(book=BOOK, business_date=NOVEMBER, actor=ACTOR, at=AT)


def _trades() -> None:
    """Trades to match, late ones too, to settle, to fail for want of papers or cash, to release."""
    late = {"value_date": date(2026, 1, 6), "quantity": Decimal(10), "amount": Decimal("98.00")}
    same = {"quantity": Decimal(10), "amount": Decimal("99.00")}
    market.capture(
        market.trade("T-1", SIAM, KRUNG, 100, "1000.00"),
        market.trade("T-2", ISARA, SIAM, 40, "500.00"),
        market.pay("P-1", SIAM, KRUNG, "300.00"),
        market.pay("P-2", SIAM, ISARA, "2000.00"),
        market.pay("P-3", ISARA, KRUNG, "900.00"),
        desk.draft(source_ref="M-1", **same),
        desk.other_side(source_ref="M-2", **same),
        desk.draft(source_ref="L-1", **late),
        desk.other_side(source_ref="L-2", **late),
        desk.draft(source_ref="U-1"),
    )


def _instructions() -> None:
    """One that was asked for came by another door, so the ritual takes it up; one still lacks."""
    late = {"market": "XNYS", "currency": "USD", "value_date": LATER}
    market.capture(desk.draft(source_ref="I-1", seller=PartyRef.code(ISARA), **late))
    enriching.ask_for_missing(book=BOOK, actor=ACTOR, at=AT)
    _instruct(ISARA, market="XNYS")


def _instruct(code: str, **scope: str) -> None:
    """Written beside the verb, which would take up at once what waited for it."""
    StandingInstruction.objects.create(
        participant=Participant.objects.get(code=code),
        version=1,
        effective_from=LONG_AGO,
        custodian=f"CUS{code[0]}THBKXXX",
        safekeeping_account=f"SAFE-{code}",
        depository="TSDCTHBKXXX",
        proposed_by="a",
        approved_by="b",
        recorded_at=AT,
        **scope,
    )


def _statements() -> None:
    """The bank's and the custodian's word on the day, which came before the day was posted."""
    signed = Case(When(direction="credit", then=F("amount")), default=-F("amount"))
    of_bank = Transaction.objects.filter(participant__code=BANK)
    net = of_bank.aggregate(net=Sum(signed))["net"]
    known = short(f"{BOOK}-{DUE:%Y%m%d}-{BANK}-CZK-{DUE:%Y%m%d}")
    nostro = statements.camt053([(f"{net}", known), ("-12.00", "BANKFEE9")], day=DUE)
    custody = statements.mt535([(PTT, 155)], day=DUE)
    accounts = (("camt", nostro, "Assets:Nostro:CZK"), ("mt535", custody, "Assets:Custody"))
    keeping.enter_account(
        book=BOOK,
        kind="cash",
        number="NOSTRO1",
        currency="CZK",
        ledger_account="Assets:Nostro:CZK",
        starts_on=LONG_AGO,
        actor=ACTOR,
        at=AT,
    )
    for number, (format_, content, account) in enumerate(accounts):
        reconciling.import_file(
            statements=READERS[format_](io.BytesIO(content), name=format_),
            file_name=format_,
            sha256=f"{number:064x}",
            format_=format_,
            book=BOOK,
            ledger_account=account,
            actor=ACTOR,
            at=AT,
        )
