"""FIN text: read what was written, refuse the rest by line and field, never crash."""

import string
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from backoffice.kernel.refusals import Refused
from settlement.messages.fin import values
from settlement.messages.fin.model import (
    ApplicationHeader,
    BasicHeader,
    Field,
    FinMessage,
    Tag,
)
from settlement.messages.fin.narrative import rejection
from settlement.messages.fin.parties import party
from settlement.messages.fin.reading import parse, parse_all
from settlement.messages.fin.sequences import sequences
from settlement.messages.fin.statement_line import statement_line
from settlement.messages.fin.writing import write
from settlement.messages.refusals import BrokenBlock, BrokenField, MissingField

HEAD = "{1:F01BKKBTHBKAXXX0000000000}{2:I103SICOTHBKXXXXN}"
X_CHARACTERS = string.ascii_letters + string.digits + "/-?().,'+ "
ROWS = st.text(X_CHARACTERS, max_size=35)
TAGS = st.from_regex(r"[0-9]{2}[A-Z]?", fullmatch=True)
TERMINALS = st.from_regex(r"[A-Z]{4}[A-Z]{2}[A-Z0-9]{6}", fullmatch=True)


def told_where(reading: Callable[[], object]) -> None:
    """Reading succeeds, or refuses by line and field; anything else is a crash."""
    refusals: list[Refused] = []
    try:
        reading()
    except Refused as refusal:
        refusals.append(refusal)
    assert all(one.place.line and one.place.field for one in refusals)


def written_back(rows: list[str]) -> bool:
    return not rows[-1].endswith("-") and rows[-1] != ""


FIELDS = st.builds(
    lambda tag, rows: Field(tag, "\n".join(rows)),
    TAGS,
    st.lists(ROWS, min_size=1, max_size=4).filter(written_back),
)
MESSAGES = st.builds(
    FinMessage,
    basic=st.builds(
        BasicHeader, st.just("F"), st.just("01"), TERMINALS, st.just("0001"), st.just("000002")
    ),
    application=st.builds(
        ApplicationHeader,
        st.just("I"),
        st.from_regex(r"[1-9][0-9]{2}", fullmatch=True),
        TERMINALS,
        priority=st.just("N"),
    ),
    user=st.lists(
        st.builds(Tag, st.just("108"), st.text(string.ascii_letters, max_size=16)), max_size=2
    ).map(tuple),
    fields=st.lists(FIELDS, max_size=6).map(tuple),
    trailer=st.just(()) | st.just((Tag("CHK", "F4A951119A8F"),)),
)


@given(MESSAGES, st.sampled_from(["\n", "\r\n"]))
def test_what_was_written_is_read_back(message: FinMessage, newline: str):
    assert parse(write(message, newline=newline)) == message


@given(st.binary(max_size=300) | st.text(max_size=300).map(str.encode))
def test_no_bytes_crash_the_parser(data: bytes):
    told_where(lambda: parse_all(data))


@settings(max_examples=200)
@given(st.data())
def test_no_damage_to_a_message_crashes_the_parser(data: st.DataObject):
    text = HEAD + "{3:{121:abc}}{4:\n:20:REF\n:32A:261125THB1,\n-}{5:{CHK:123456789ABC}}"
    at = data.draw(st.integers(0, len(text) - 1))
    put = data.draw(st.text("{}:-\n\r\0A1é", max_size=3))
    damaged = text[:at] + put + text[at + data.draw(st.integers(0, 3)) :]
    told_where(lambda: parse_all(damaged))


@pytest.mark.parametrize(
    ("text", "line", "field"),
    [
        ("", 1, "block 1"),
        ("hello", 1, "block ?"),
        (HEAD, 1, None),
        (HEAD + "{4:\n:20:REF\n", 1, "block 4"),
        (HEAD + "{4:\nREF\n-}", 2, "block 4"),
        (HEAD + "{4:\n:20:REF\n:6I:261125C1,NTRF\n-}", 3, "20"),
        ("{1:F01SHORT}{4:\n-}", 1, "block 1"),
        ("{1:F01BKKBTHBKAXXX0000000000}{2:X103}{4:\n-}", 1, "block 2"),
        (HEAD + "{4:\n:20:REF\n-}\nrubbish", 4, "block ?"),
        (HEAD + HEAD[29:] + "{4:\n-}", 1, "block 2"),
    ],
)
def test_a_broken_message_is_refused_by_line_and_field(text, line, field):
    if field is None:
        assert parse(text).fields == ()
        return
    with pytest.raises((BrokenBlock, BrokenField)) as caught:
        parse(text, file="day.fin")
    assert (caught.value.place.file, caught.value.place.line) == ("day.fin", line)
    assert caught.value.place.field == field
    assert not caught.value.params["reason"].text("th").isascii()


def test_an_acknowledgement_before_the_message_is_kept_apart():
    text = "{1:F21BKKBTHBKAXXX0000000007}{4:{177:1702040914}{451:0}}" + HEAD + "{4:\n:20:A\n-}"
    service, message = parse_all(text)
    assert service.service[1] == Tag("451", "0")
    assert parse(text) == message


def test_several_messages_of_a_file_are_cut_at_the_dollar():
    text = HEAD + "{4:\n:20:A\n-}$\r\n" + HEAD + "{4:\n:20:B\n-}$"
    assert [one.need("20").value for one in parse_all(text)] == ["A", "B"]
    with pytest.raises(BrokenBlock):
        parse(text)


def test_a_missing_field_is_named_with_the_message_type():
    with pytest.raises(MissingField) as caught:
        parse(HEAD + "{4:\n:20:A\n-}").need("32A")
    assert caught.value.params == {"tag": "32A", "mt": "103"}


@pytest.mark.parametrize("value", ["a\n:20:b", "a-}b", "a\rb", "a\n-"])
def test_a_value_that_would_not_be_read_back_is_not_written(value):
    message = parse(HEAD + "{4:\n-}")
    broken = FinMessage(message.basic, message.application, fields=(Field("72", value),))
    with pytest.raises(BrokenField):
        write(broken)


@pytest.mark.parametrize(
    ("text", "reason"),
    [("261332", "no day"), ("26113", "YYMMDD"), ("२६११२५", "YYMMDD")],
)
def test_a_date_that_is_none_is_refused(text, reason):
    with pytest.raises(BrokenField, match=reason):
        values.date(text, Field("30", text, 7))


@given(st.decimals(min_value=0, max_value=10**12, places=3))
def test_an_amount_survives_the_comma(value):
    item = Field("32B", "")
    assert values.amount(values.comma(value), item) == value
    assert values.money(item, f"THB{values.comma(value)}").amount == value


@pytest.mark.parametrize("text", ["1,2,3", "-1,", "1.5", "", "1e5", "THB"])
def test_a_broken_amount_is_refused(text):
    with pytest.raises(BrokenField):
        values.amount(text, Field("32B", text))


def test_party_options_are_read():
    bic = party(Field("52A", "//FW021000021\nCHASUS33XXX"))
    assert bic is not None
    assert (bic.clearing, bic.member, bic.bic) == ("USABA", "021000021", "CHASUS33XXX")
    told = party(Field("50F", "NIDN/TH/1234567890123\n1/Somchai\n2/Rama IV\n3/TH/Bangkok"))
    assert told is not None
    assert (told.name, told.address.town, told.address.lines) == (
        "Somchai",
        "Bangkok",
        ("Rama IV",),
    )
    assert [(one.kind, one.country, one.number) for one in told.identities] == [
        ("NIDN", "TH", "1234567890123")
    ]
    plain = party(Field("59", "/123\nName\nLine"))
    assert plain is not None
    assert (plain.account, plain.name, plain.address.lines) == ("123", "Name", ("Line",))


def test_a_rejection_tells_its_reason_and_references():
    told = rejection(Field("79", "/REJT/99\n/AC04/closed\n/MREF/A\n/TREF/B\n/TEXT//UETR/x"))
    assert told is not None
    assert (told.kind, told.reason, told.detail) == ("REJT", "AC04", "closed")
    assert (told.instruction, told.transaction) == ("A", "B")
    assert rejection(Field("72", "/ACC/hello")) is None


def test_a_reversed_credit_takes_away():
    line = statement_line(Field("61", "2611251126RC10,50NTRFREF//OWN\nmore"))
    assert str(line.signed) == "-10.50"
    assert (line.reference, line.bank_reference, line.details) == ("REF", "OWN", "more")
    assert str(line.entry_date) == "2026-11-26"


def test_an_entry_date_belongs_to_the_nearest_year():
    line = statement_line(Field("61", "2612310102C1,NTRFREF"))
    assert str(line.entry_date) == "2027-01-02"


@pytest.mark.parametrize("opening", ["16R", "16S"])
def test_sequences_open_and_close_in_order(opening):
    fields = {
        "16R": (Field("16R", "GENL", 2),),
        "16S": (Field("16R", "GENL", 2), Field("16S", "LINK", 3)),
    }[opening]
    with pytest.raises(BrokenField) as caught:
        sequences(fields)
    assert caught.value.place.line
