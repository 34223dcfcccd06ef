"""Statements: no entry lost, balances proven, refusals by line and field."""

import datetime as dt
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backoffice.kernel.refusals import Refused
from settlement.messages import build
from settlement.messages.refusals import BalancesDisagree, BrokenField, MissingField, NotAMessage
from settlement.messages.statements import mt535, mt940, mt942
from tests.settlement import statements
from tests.settlement.messages.samples import STATEMENT
from tests.work import steps_of

ROWS = (
    ":20:STMT",
    ":25:123-456789",
    ":28C:7/1",
    ":60F:C261124THB100,00",
    ":61:2611251125D30,00NTRFA//OWN",
    ":86:rent",
    ":86:of November",
    ":61:2611251125RD5,5NTRFB",
    ":62F:C261125THB75,50",
    ":86:thank you",
)
INTERIM = (
    ":20:TODAY",
    ":25:123-456789",
    ":28C:1",
    ":34F:THB0,",
    ":13D:2611251430+0700",
    ":61:2611251125C10,NTRFA",
    ":61:2611251125D4,NTRFB",
    ":90D:1THB4,",
    ":90C:1THB10,",
)
HOLDINGS = (
    "{1:F01TSDCTHBKAXXX0000000000}{2:I535BKKBTHBKXXXXN}{4:",
    ":16R:GENL",
    ":28E:1/ONLY",
    ":20C::SEME//HOLD-1",
    ":23G:NEWM",
    ":98A::STAT//20261125",
    ":22F::STTY//CUST",
    ":97A::SAFE//OMNIBUS",
    ":17B::ACTI//Y",
    ":16S:GENL",
    ":16R:SUBSAFE",
    ":97A::SAFE//CLIENT-1",
    ":16R:FIN",
    ":35B:ISIN TH0016010R14",
    "KASIKORNBANK NVDR",
    ":93B::AGGR//UNIT/1500,",
    ":16S:FIN",
    ":16S:SUBSAFE",
    ":16R:SUBSAFE",
    ":16R:FIN",
    ":35B:/TH/BOND26",
    ":93B::AGGR//FAMT/N250000,5",
    ":16S:FIN",
    ":16S:SUBSAFE",
    "-}",
)


def text(rows: tuple[str, ...], *, without: str = "", **changed: str) -> str:
    kept = [changed.get(f"row{number}", row) for number, row in enumerate(rows)]
    return "\n".join(row for row in kept if not without or not row.startswith(without))


def test_a_statement_is_read_whole():
    (statement,) = mt940.read_balanced(text(ROWS))
    assert (statement.account, statement.number, statement.sequence) == ("123-456789", "7", "1")
    first, second = statement.entries
    assert (first.line.signed, first.narrative) == (Decimal("-30.00"), "rent\nof November")
    assert (second.line.signed, second.number) == (Decimal("5.5"), 8)
    assert statement.information == "thank you"
    assert statement.closing.day == dt.date(2026, 11, 25)


@pytest.mark.parametrize(
    ("rows", "line", "field"),
    [
        (text(ROWS, row4=":61:2611251125X30,00NTRFA"), 5, "61"),
        (text(ROWS, row4=":61:2613251125D30,00NTRFA"), 5, "61"),
        (text(ROWS, row4="61:2611251125D30,00NTRFA", row5=" :61 :rent"), 6, "60F"),
        (text(ROWS, row8=":62F:X261125THB75,50"), 9, "62F"),
        (text(ROWS, row2=":13D:2611251430+0700"), 3, "13D"),
        (text(ROWS, row2=":60F:C261124THB1,"), 4, "60F"),
        (text(ROWS, row9=":61:2611251125D30,00NTRFA"), 10, "61"),
        (text(ROWS, without=":62F"), 1, "62"),
        (text(ROWS, without=":25"), 1, "25"),
    ],
)
def test_a_broken_statement_is_refused_by_line_and_field(rows, line, field):
    with pytest.raises((BrokenField, MissingField)) as caught:
        mt940.read(rows, file="day.sta")
    place = caught.value.place
    assert (place.file, place.line, place.field) == ("day.sta", line, field)


def test_balances_that_disagree_are_refused_with_the_figures():
    with pytest.raises(BalancesDisagree) as caught:
        mt940.read_balanced(text(ROWS, row8=":62F:C261125THB75,51"))
    assert caught.value.place.line == 9
    assert caught.value.params == {
        "opening": "THB 100.00",
        "entries": "-24.50",
        "computed": "75.50",
        "closing": "THB 75.51",
    }


def test_balances_in_two_currencies_disagree():
    with pytest.raises(BalancesDisagree):
        mt940.read_balanced(text(ROWS, row8=":62F:C261125USD75,50"))


def test_a_broken_second_statement_refuses_the_first_as_well():
    both = text(ROWS) + "\n-\n" + text(ROWS, row8=":62F:nothing")
    with pytest.raises(BrokenField) as caught:
        mt940.read(both)
    assert caught.value.place.line == 20


@pytest.mark.parametrize("data", ["", "hello", b"\xff\x00"])
def test_a_file_without_a_statement_is_refused(data):
    with pytest.raises(Refused):
        mt940.read(data)


def test_no_message_is_no_empty_list():
    with pytest.raises(NotAMessage):
        mt942.read("nothing here")


@given(st.binary(max_size=200) | st.permutations(ROWS).map("\n".join))
def test_no_bytes_crash_the_readers(data):
    refusals: list[Refused] = []
    for read in (mt940.read_balanced, mt942.read, mt535.read):
        try:
            read(data)
        except Refused as refusal:
            refusals.append(refusal)
    assert all(one.place.line for one in refusals)


def test_the_statement_we_write_is_read_back():
    (statement,) = mt940.read_balanced(build.mt940(STATEMENT))
    assert statement.opening.amount == STATEMENT.opening
    assert [entry.line.signed for entry in statement.entries] == [
        entry.amount for entry in STATEMENT.entries
    ]


def test_an_interim_report_is_read():
    (report,) = mt942.read(text(INTERIM))
    assert (report.currency, report.told_at) == ("THB", "2026-11-25T14:30:00+07:00")
    assert [entry.line.signed for entry in report.entries] == [Decimal(10), Decimal(-4)]


@pytest.mark.parametrize(
    ("row", "told"), [(7, ":90D:2THB4,"), (8, ":90C:1THB10,01"), (8, ":90C:THB10,")]
)
def test_an_interim_report_with_other_totals_is_refused(row, told):
    with pytest.raises(BrokenField) as caught:
        mt942.read(text(INTERIM, **{f"row{row}": told}))
    assert caught.value.place.line == row + 1


def test_holdings_are_read_with_their_account():
    (statement,) = mt535.read(text(HOLDINGS))
    long, short = statement.holdings
    assert (long.account, long.isin, long.quantity) == ("CLIENT-1", "TH0016010R14", Decimal(1500))
    assert long.description == "KASIKORNBANK NVDR"
    assert (short.account, short.isin, short.quantity) == ("OMNIBUS", None, Decimal("-250000.5"))
    assert (statement.as_of, short.unit, short.line) == (dt.date(2026, 11, 25), "FAMT", 22)


def test_a_balance_of_an_issuers_own_scheme_is_a_balance_too():
    """`:AGGR/DSSC/UNIT/1500,` was not counted: the reader fell, or refused the statement."""
    rows = text(HOLDINGS, row15=":93B::AGGR/DSSC/UNIT/1500,")
    [statement] = mt535.read(rows)
    assert [one.quantity for one in statement.holdings] == [1500, Decimal("-250000.5")]


@pytest.mark.parametrize(
    ("rows", "line", "field"),
    [
        (text(HOLDINGS, row15=":93B::AGGR//1500,"), 16, "93B"),
        (text(HOLDINGS, row5=":98A::STAT//20261325"), 6, "98A"),
        (text(HOLDINGS, without=":93B::AGGR//UNIT"), 13, "93::AGGR"),
        (text(HOLDINGS, row13=":70E::HOLD//X"), 13, "35B"),
    ],
)
def test_broken_holdings_are_refused_by_line_and_field(rows, line, field):
    with pytest.raises((BrokenField, MissingField)) as caught:
        mt535.read(rows)
    assert (caught.value.place.line, caught.value.place.field) == (line, field)


def test_many_holdings_are_read_in_steps_that_grow_with_them():
    """Below sub-safekeeping blocks, where each was once sought among all the others."""

    def steps(count):
        day = dt.date(2026, 1, 5)
        rows = statements.mt535([("TH0646010R18", 1)] * count, day=day).decode().split("\r\n")
        first = rows.index(":16R:FIN")
        sub = [":16R:SUBSAFE", ":97A::SAFE//SUB1", *rows[first:-1], ":16S:SUBSAFE", rows[-1]]
        data = "\r\n".join([*rows[:first], *sub])
        assert mt535.read(data)[0].holdings[-1].account == "SUB1"
        return steps_of(lambda: mt535.read(data))

    assert steps(240) < 6 * steps(60)
