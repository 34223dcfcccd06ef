"""Facts for the tests, and strategies that make more of them."""

import datetime as dt
from decimal import Decimal

from hypothesis import strategies as st

from settlement.messages.facts import (
    AccountStatement,
    BankTransfer,
    Confirmation,
    CreditTransfer,
    Entry,
    Header,
    Holding,
    HoldingsStatement,
    InstructionStatus,
    Money,
    Movement,
    Party,
    PaymentStatus,
    SecuritiesInstruction,
    SettlementParty,
    StatusKind,
)

NOW = dt.datetime(2026, 11, 23, 8, 30, tzinfo=dt.UTC)
DAY = dt.date(2026, 11, 25)
UETR = "174c245f-2682-4291-ad67-2a41e530cd27"
HEADER = Header("MSG-0001", "BKKBTHBKXXX", "SICOTHBKXXX", NOW)
DEBTOR = Party("Siam Trading Co", address=("1 Rama IV",), town="Bangkok", country="TH")
CREDITOR = Party("Epping Goods Ltd", address=("High Street",), town="Epping", country="GB")

CREDIT_TRANSFER = CreditTransfer(
    header=HEADER,
    instruction_id="MSG-0001",
    end_to_end_id="E2E-0001",
    uetr=UETR,
    settled=Money("THB", Decimal("1250000.50")),
    value_date=DAY,
    charge_bearer="SHAR",
    debtor=DEBTOR,
    debtor_account="1234567890",
    debtor_agent="BKKBTHBKXXX",
    creditor_agent="SICOTHBKXXX",
    creditor=CREDITOR,
    creditor_account="GB29NWBK60161331926819",
    instructed=Money("THB", Decimal("1250000.50")),
)
BANK_TRANSFER = BankTransfer(
    header=HEADER,
    instruction_id="MSG-0001",
    end_to_end_id="REL-0001",
    uetr=UETR,
    settled=Money("USD", Decimal("654489.98")),
    value_date=DAY,
    debtor="BKKBTHBKXXX",
    creditor="CHASUS33XXX",
    creditor_agent="CITIUS33XXX",
)
STATUS = PaymentStatus(
    header=HEADER,
    original_message_id="MSG-0001",
    original_definition="pacs.008.001.08",
    status="RJCT",
    original_instruction_id="MSG-0001",
    original_end_to_end_id="E2E-0001",
    original_uetr=UETR,
    reason="AC04",
)
INSTRUCTION = SecuritiesInstruction(
    header=HEADER,
    transaction_id="MSG-0001",
    movement=Movement.DELIVER,
    isin="US0378331005",
    quantity=Decimal(100),
    trade_date=dt.date(2026, 11, 23),
    settlement_date=DAY,
    account="SAFE-001",
    owner="BKKBTHBKXXX",
    depository="TSDCTHBK",
    counterparty=SettlementParty("SICOTHBKXXX", "ACC-77"),
    counterparty_client=SettlementParty("HSBCTHBKXXX"),
    amount=Money("THB", Decimal("81000.25")),
    common_id="COMMON-1",
)
INSTRUCTION_STATUS = InstructionStatus(
    header=HEADER, transaction_id="MSG-0001", kind=StatusKind.PENDING, reason="LACK"
)
CONFIRMATION = Confirmation(
    instruction=INSTRUCTION,
    header=HEADER,
    settled_on=DAY,
    settled_quantity=Decimal(60),
    settled_amount=Money("THB", Decimal("48600.15")),
    remaining=Decimal(40),
)
STATEMENT = AccountStatement(
    header=HEADER,
    statement_id="STMT-1",
    account="123-456789",
    currency="THB",
    number=231,
    opened_on=dt.date(2026, 11, 24),
    opening=Decimal("-100.50"),
    closed_on=DAY,
    closing=Decimal("149.25"),
    entries=(
        Entry(Decimal(300), DAY, DAY, "E2E-1", "OWN-1", "INS-1", UETR, "incoming"),
        Entry(Decimal("-50.25"), DAY, DAY, "E2E-2"),
    ),
)

NAMES = st.from_regex(r"[A-Z][A-Za-z0-9]{0,14}( [A-Za-z0-9]{1,10})?", fullmatch=True)
REFERENCES = st.from_regex(r"[A-Z0-9][A-Z0-9-]{0,14}[A-Z0-9]", fullmatch=True)
BICS = st.from_regex(r"[A-Z]{4}(TH|GB|US|DE|JP)[A-Z0-9]{2}[A-Z0-9]{3}", fullmatch=True)
AMOUNTS = st.decimals(min_value=1, max_value=10**12, places=2)
MONIES = st.builds(Money, st.sampled_from(["THB", "USD", "EUR"]), AMOUNTS)
HOLDINGS = HoldingsStatement(
    header=HEADER,
    statement_id="SAFE-1-20261125",
    account="SAFE-1",
    number=329,
    as_of=DAY,
    holdings=(
        Holding("TH0646010R18", Decimal("100.5"), description="PTT"),
        Holding("US0378331005", Decimal(-2000), face=True),
    ),
    owner="SICOTHBKXXX",
)
DAYS = st.dates(dt.date(2000, 1, 1), dt.date(2079, 12, 31))
HEADERS = st.builds(Header, REFERENCES, BICS, BICS, st.just(NOW))
PARTIES = st.one_of(
    st.builds(Party, bic=BICS),
    st.builds(
        Party,
        name=NAMES,
        address=st.tuples() | st.tuples(NAMES),
        town=NAMES,
        country=st.sampled_from(["TH", "GB"]),
    ),
)
ACCOUNTS = st.from_regex(r"[0-9]{6,12}", fullmatch=True)
LEGS = st.builds(SettlementParty, BICS, st.none() | ACCOUNTS)
INSTRUCTIONS = st.builds(
    SecuritiesInstruction,
    header=HEADERS,
    transaction_id=st.just(""),
    movement=st.sampled_from(list(Movement)),
    isin=st.sampled_from(["US0378331005", "TH0016010R14", "GB0002634946"]),
    quantity=st.decimals(min_value=1, max_value=10**9, places=2),
    face=st.booleans(),
    trade_date=DAYS,
    settlement_date=DAYS,
    account=ACCOUNTS,
    owner=st.none() | BICS,
    depository=BICS,
    counterparty=LEGS,
    counterparty_client=st.none() | LEGS,
    agent=st.none() | LEGS,
    amount=st.none() | MONIES,
    description=st.none() | NAMES,
    common_id=st.none() | REFERENCES,
)
