"""import_trades: every format, once, whole or not at all; refused by file, line, field, rule."""

import datetime as dt
import io
import json
import threading
from dataclasses import replace
from decimal import Decimal

import pytest
from django.core.management import CommandError, call_command

from settlement.formats import trades_writing
from settlement.formats.trades import Side, Trade, TradeType
from settlement.management.commands import import_trades
from settlement.messages import build
from settlement.messages.facts import (
    BankTransfer,
    CreditTransfer,
    Header,
    Money,
    Movement,
    Party,
    SecuritiesInstruction,
    SettlementParty,
)
from settlement.models import ImportFile, Leg, UnmatchedTrade
from settlement.models import Trade as Fact
from settlement.trades import importing, matching, trading
from tests.settlement import desk
from tests.settlement.formats.test_complaints import FORWARD

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("furnished")]
NOW = dt.datetime(2026, 1, 5, 2, 30, tzinfo=dt.UTC)
HEADER = Header("MSG-0001", "KRUNTHBKXXX", "SIAMTHBKXXX", NOW)
LINE = Trade(
    line_no=3,
    trade_id="T-1",
    trade_date=desk.TRADED,
    value_date=None,
    side=Side.BUY,
    market="XBKK",
    buyer="SIAMSEC",
    seller="KRUNGSEC",
    instrument=desk.PTT,
    quantity=Decimal(100),
    price=Decimal(34),
    amount=Decimal("3400.00"),
    currency="THB",
    type=TradeType.DVP,
)
CREDIT = CreditTransfer(
    header=HEADER,
    instruction_id="MSG-0001",
    end_to_end_id="E2E-1",
    uetr="174c245f-2682-4291-ad67-2a41e530cd27",
    settled=Money("THB", Decimal("1250000.50")),
    value_date=desk.DUE,
    charge_bearer="SHAR",
    debtor=Party("Siam Trading Co", address=("1 Rama IV",), town="Bangkok", country="TH"),
    debtor_account="1234567890",
    debtor_agent="KRUNTHBKXXX",
    creditor_agent="SIAMTHBKXXX",
    creditor=Party("Epping Goods", address=("High Street",), town="Epping", country="GB"),
    creditor_account="GB29NWBK60161331926819",
    instructed=Money("THB", Decimal("1250000.50")),
)
BANK = BankTransfer(
    header=HEADER,
    instruction_id="MSG-0002",
    end_to_end_id="REL-1",
    uetr="eb6305c9-1f7f-49de-aed0-16487c27b42d",
    settled=Money("THB", Decimal("99.00")),
    value_date=desk.DUE,
    debtor="KRUNTHBKXXX",
    creditor="SIAMTHBKXXX",
)
DELIVERY = SecuritiesInstruction(
    header=HEADER,
    transaction_id="K-1",
    movement=Movement.DELIVER,
    isin=desk.PTT,
    quantity=Decimal(100),
    trade_date=desk.TRADED,
    settlement_date=desk.DUE,
    account="SAFE-001",
    depository="TSDCTHBKXXX",
    counterparty=SettlementParty("SIAMTHBKXXX", "ACC-77"),
    amount=Money("THB", Decimal("3400.00")),
)


@pytest.fixture
def run(tmp_path):
    """Import a file of these bytes with the command; gives its JSON."""

    def command(content, format_, name="in.txt", **options):
        path = tmp_path / name
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        out, err = io.StringIO(), io.StringIO()
        call_command(
            "import_trades", str(path), format=format_, json=True, stdout=out, stderr=err, **options
        )
        return json.loads(out.getvalue())

    return command


def house_file(*trades, file="DAY-A"):
    return "\n".join(trades_writing.lines(trades, file=file, created=desk.TRADED)) + "\n"


def test_the_houses_file_is_taken_once(run):
    content = house_file(LINE, replace(LINE, trade_id="T-2", amount=Decimal("3401.00")))
    found = run(content, "csv")
    assert (found["taken"], found["known"], found["totals"]) == (2, 0, {"THB": "6801.00"})
    assert (run(content, "csv")["taken"], Fact.objects.count()) == (0, 2)
    assert ImportFile.objects.filter(name="DAY-A").count() == 2
    fact = Fact.objects.select_related("file").get(source_ref="T-1")
    assert (fact.source, fact.line_no, fact.value_date) == ("csv", 3, desk.DUE)


def test_a_file_of_a_known_name_with_other_content_is_refused(run):
    run(house_file(LINE), "csv")
    with pytest.raises(CommandError, match="file-name-taken"):
        run(house_file(replace(LINE, trade_id="T-9")), "csv")


def test_both_sides_by_file_match(run):
    theirs = replace(LINE, trade_id="K-1", side=Side.SELL, amount=Decimal("4000.00"))
    run(house_file(LINE), "csv", source="SIAMSEC")
    found = run(house_file(theirs, file="DAY-B"), "csv", source="KRUNGSEC", match=True)
    assert found["matched"] == 1
    assert Leg.objects.filter(asset="THB").get().quantity == 4000


def test_an_exchanges_file_is_matched_already(run):
    assert run(house_file(LINE), "csv", locked_in=True)["legs"] == 2
    assert not UnmatchedTrade.objects.exists()


BROKEN = {
    "control total": (lambda text: text.replace("count=1", "count=2"), "trades-control-total"),
    "cut short": (lambda text: text.rsplit("#total", 1)[0], "trades-trailer-missing"),
    "an altered byte": (lambda text: text.replace(",34,", ",35,"), "trades-control-total"),
}


@pytest.mark.parametrize(("damage", "rule"), BROKEN.values(), ids=BROKEN)
def test_broken_control_totals_refuse_the_file(run, damage, rule):
    with pytest.raises(CommandError) as refused:
        run(damage(house_file(LINE)), "csv")
    assert "in.txt, line " in str(refused.value)
    assert rule in str(refused.value)
    assert not Fact.objects.exists()
    assert not ImportFile.objects.exists()


def test_every_bad_line_is_told_in_the_language_of_the_reader(run):
    good, holiday = LINE, replace(LINE, trade_id="T-2", value_date=dt.date(2026, 1, 10))
    with pytest.raises(CommandError) as refused:
        run(house_file(good, holiday), "csv")
    english, thai = str(refused.value).split("\n")
    assert english.startswith("in.txt, line 4, value_date: ")
    assert thai.startswith("in.txt, บรรทัด 4, value_date: ")
    assert not Fact.objects.exists()


def test_an_ach_file_becomes_payments_between_its_banks(run):
    content = "\n".join(line.ljust(94) for line in FORWARD)
    with pytest.raises(CommandError, match="line 3, buyer"):
        run(content, "ach")
    found = run(content, "ach", enter_unknown=True)
    assert (found["taken"], found["legs"], found["totals"]) == (1, 1, {"USD": "123.45"})
    leg = Leg.objects.select_related("debtor", "creditor", "trade").get()
    assert (leg.debtor.code, leg.creditor.code) == ("121042882", "231380104")
    assert leg.trade.buyer_account == "12345678"
    assert run(content, "ach", enter_unknown=True)["known"] == 1


def test_a_damaged_ach_file_is_refused_whole(run):
    lines = [line.ljust(94) for line in FORWARD]
    lines[2] = lines[2].replace("0000012345", "0000012346", 1)
    with pytest.raises(CommandError, match=r"in\.txt, line"):
        run("\n".join(lines), "ach", enter_unknown=True)
    assert not Fact.objects.exists()


def test_a_refusal_that_is_kept_keeps_no_thread_with_it(run, monkeypatch):
    """Neither the reading thread nor the file that it holds open."""
    monkeypatch.setattr(trading, "CHUNK", 2)
    lines = [replace(LINE, trade_id=f"T-{number}", instrument="PTX") for number in range(400)]
    with pytest.raises(CommandError) as refused:
        run(house_file(*lines), "csv")
    assert refused.value.__cause__ is not None
    assert not [one for one in threading.enumerate() if one.name.startswith("ahead")]


def test_payments_by_either_standard_are_one_payment(run):
    assert run(build.pacs008(CREDIT), "pacs")["taken"] == 1
    assert run(build.mt103(CREDIT), "mt") | {"seconds": 0} == {
        "taken": 0,
        "known": 1,
        "cancelled": 0,
        "legs": 0,
        "held": 0,
        "caught_up": 0,
        "totals": {"THB": "1250000.50"},
        "seconds": 0,
    }
    leg = Leg.objects.select_related("debtor", "creditor").get()
    assert (leg.debtor.code, leg.creditor.code) == ("KRUNGSEC", "SIAMSEC")


def test_a_days_fin_traffic_lies_in_one_file(run):
    messages = [build.mt103(CREDIT), build.mt202(BANK), build.mt54x(DELIVERY)]
    found = run("\n$\n".join(messages), "mt")
    assert (found["taken"], found["legs"]) == (3, 2)
    waiting = UnmatchedTrade.objects.select_related("trade").get().trade
    assert (waiting.side, waiting.source, waiting.market) == ("SELL", "KRUNTHBKXXX", "XBKK")


def test_a_refusal_in_the_second_message_tells_its_line_in_the_file(run):
    second = build.mt202(BANK).replace("THB99,00", "THB99,0X").replace("THB99,", "THB9X,")
    first = build.mt103(CREDIT)
    with pytest.raises(CommandError) as refused:
        run(f"{first}\n{second}", "mt")
    line = int(str(refused.value).split("line ")[1].split(",")[0])
    assert line > first.count("\n") + 1
    assert not Fact.objects.exists()


def test_securities_by_either_standard_match(run, system, at):
    receipt = replace(
        DELIVERY,
        header=replace(HEADER, sender="SIAMTHBKXXX", receiver="KRUNTHBKXXX", message_id="S-1"),
        transaction_id="S-1",
        movement=Movement.RECEIVE,
        counterparty=SettlementParty("KRUNTHBKXXX"),
    )
    assert run(build.sese023(DELIVERY), "sese")["taken"] == 1
    assert run(build.mt54x(receipt), "mt", match=True)["matched"] == 1


def test_a_cancelling_instruction_takes_the_earlier_one_back(run):
    run(build.mt54x(DELIVERY), "mt")
    content = build.mt54x(replace(DELIVERY, transaction_id="K-2", previous_id="K-1"))
    assert run(content, "mt")["cancelled"] == 1
    assert not UnmatchedTrade.objects.exists()
    assert run(content, "mt")["cancelled"] == 1
    assert Fact.objects.count() == 2


def test_a_cancellation_before_its_instruction_waits_for_it(run):
    content = build.mt54x(replace(DELIVERY, transaction_id="K-2", previous_id="K-1"))
    assert run(content, "mt")["cancelled"] == 1
    assert run(build.mt54x(DELIVERY), "mt")["caught_up"] == 1
    assert not UnmatchedTrade.objects.exists()


MESSAGES = {
    "doctype": (b'<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]>', "xml-doctype"),
    "wrong kind": (build.sese023(DELIVERY), "message-kind"),
    "wrong number": (
        build.pacs008(CREDIT).replace(b"<NbOfTxs>1<", b"<NbOfTxs>2<"),
        "message-control-total",
    ),
    "broken schema": (build.pacs008(CREDIT).replace(b"SHAR", b"NONE"), "xml-schema"),
    "wrong BIC": (build.pacs009(BANK).replace(b"SIAMTHBKXXX", b"SIAMQQBKXXX"), "identifier"),
    "wrong IBAN": (build.pacs008(CREDIT).replace(b"GB29NWBK", b"GB28NWBK"), "identifier"),
}


@pytest.mark.parametrize(("content", "rule"), MESSAGES.values(), ids=MESSAGES)
def test_a_bad_message_is_refused_by_line_field_and_rule(run, content, rule):
    with pytest.raises(CommandError) as refused:
        run(content, "pacs")
    assert "in.txt, line " in str(refused.value)
    assert rule in str(refused.value)
    assert not Fact.objects.exists()


def test_a_missing_file_is_told(tmp_path):
    with pytest.raises(CommandError, match="No such file"):
        call_command("import_trades", str(tmp_path / "none"), format="csv")


def test_a_trade_of_a_file_is_the_same_by_hand(run, system, at):
    run(house_file(LINE), "csv", source="SIAMSEC")
    assert (
        desk.capture(desk.draft(source_ref="T-1", value_date=None), actor=system, at=at).known == 1
    )
    assert matching.match(book="HOUSE", actor=system, at=at).equal == 0
    assert importing.FORMATS == ("csv", "ach", "pacs", "sese", "mt")


@pytest.mark.parametrize(
    ("content", "format_"),
    [
        (house_file(LINE, replace(LINE, trade_id="T-2")), "csv"),
        (build.pacs008(CREDIT), "pacs"),
        (build.mt103(CREDIT), "mt"),
    ],
)
def test_the_bar_counts_trades_and_ends_full(run, monkeypatch, content, format_):
    bars = []
    stop = import_trades.Progress.stop
    monkeypatch.setattr(
        import_trades.Progress, "stop", lambda bar: (bars.extend(bar.tasks), stop(bar))
    )
    taken = run(content, format_)["taken"]
    assert {(task.completed, task.total) for task in bars} == {(taken, taken)}
