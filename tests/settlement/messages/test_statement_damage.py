"""Statements that were damaged on the way: refused by place, or read whole and in balance."""

import contextlib
import io
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from backoffice.kernel.refusals import Refused
from settlement.formats import bank_statements, camt
from settlement.formats.camt_items import Entry, StatementEnd
from settlement.messages import build
from settlement.messages.fin.reading import parse_all
from settlement.messages.statements import mt535, mt940, mt942
from tests.settlement.messages.samples import HOLDINGS, STATEMENT

ENTRY_TAG = re.compile(r"(?:^|\r\n|\n|\r):61:")
HOLDING_TAG = re.compile(r"(?:^|\r\n|\n|\r):93B::AGGR")
INTERIM = """\
:20:REF
:25:ACC
:28C:1/1
:34F:THB0,
:13D:2611251200+0700
:61:2611251125C100,NTRFREF1//OWN1
:86:one
:61:2611251125D30,NTRFREF2//OWN2
:90D:1THB30,
:90C:1THB100,
-
"""
FIN = [build.mt940(STATEMENT), "".join(build.mt900(STATEMENT)), build.mt535(HOLDINGS), INTERIM]
WORDS = (
    ":61: :86: :62F: - -} { } {4: // , é ٣ \x00 -5 1e5 NaN :61:2611251125C1,NTRFX :16R:FIN "
    ":16S:FIN :28E:2/MORE \n \r"
)
JUNK = st.sampled_from([*re.split(" ", WORDS), "9" * 40])


@st.composite
def damaged(draw, samples):
    text = draw(st.sampled_from(samples))
    for _ in range(draw(st.integers(1, 4))):
        rows = text.splitlines(keepends=True) or [""]
        at = draw(st.integers(0, len(rows) - 1))
        match draw(st.sampled_from(["drop", "twice", "swap", "junk", "cut", "append"])):
            case "drop":
                del rows[at]
            case "twice":
                rows.insert(at, rows[draw(st.integers(0, len(rows) - 1))])
            case "swap":
                other = draw(st.integers(0, len(rows) - 1))
                rows[at], rows[other] = rows[other], rows[at]
            case "junk":
                split = draw(st.integers(0, len(rows[at])))
                rows[at] = rows[at][:split] + draw(JUNK) + rows[at][split:]
            case "cut":
                rows[at] = rows[at][: draw(st.integers(0, len(rows[at])))]
            case "append":
                rows.append(draw(st.sampled_from(samples)))
        text = "".join(rows)
    return text


@settings(max_examples=300, deadline=None)
@given(damaged(FIN))
def test_no_entry_of_a_damaged_fin_statement_goes_missing(text):
    for read in (mt942.read, parse_all, mt535.read):
        with contextlib.suppress(Refused):
            read(text)
    with contextlib.suppress(Refused):
        statements = mt940.read_balanced(text)
        assert sum(len(one.entries) for one in statements) == len(ENTRY_TAG.findall(text))
        for one in statements:
            moved = sum(entry.line.signed for entry in one.entries)
            assert one.opening.amount + moved == one.closing.amount
        drafts = list(bank_statements.read_mt940(io.BytesIO(text.encode()), name="x"))
        assert sum(len(one.lines) for one in drafts) == len(ENTRY_TAG.findall(text))
    with contextlib.suppress(Refused):
        pages = mt535.read(text)
        if {one.mt for one in parse_all(text)} != {"535"}:
            return
        assert sum(len(page.holdings) for page in pages) == len(HOLDING_TAG.findall(text))
        drafts = list(bank_statements.read_mt535(io.BytesIO(text.encode()), name="x"))
        assert sum(len(one.lines) for one in drafts) == len(HOLDING_TAG.findall(text))


CAMT = [build.camt053(STATEMENT).decode(), build.camt054(STATEMENT).decode()]


@settings(max_examples=200, deadline=None)
@given(damaged(CAMT))
def test_no_entry_of_a_damaged_camt_statement_goes_missing(text):
    with contextlib.suppress(Refused):
        items = list(camt.read_valid(io.BytesIO(text.encode()), name="x"))
        entries = [one for one in items if isinstance(one, Entry)]
        assert len(entries) == text.count("<Ntry>")
        ends = [one for one in items if isinstance(one, StatementEnd)]
        assert sum(one.entries for one in ends) == len(entries)
        assert not [one for one in ends if one.difference]
    with contextlib.suppress(Refused):
        list(bank_statements.read_camt(io.BytesIO(text.encode()), name="x"))


def camt053(change=lambda text: text):
    data = change(CAMT[0]).encode()
    return [one for one in camt.read_valid(io.BytesIO(data), name="x") if isinstance(one, Entry)]


def test_prefixes_and_supplementary_data_change_nothing():
    def prefixed(text):
        document = text[text.index("<Document") : text.index("</Envelope>")]
        text = re.sub(r"<(/?)([A-Z])", r"<\1n:\2", document)
        return text.replace("xmlns=", "xmlns:n=")

    def supplemented(text):
        more = "<SplmtryData><Envlp><Ntry><Amt Ccy='THB'>1</Amt></Ntry></Envlp></SplmtryData>"
        return text.replace("</Ntry>", f"{more}</Ntry>").replace("</Stmt>", f"{more}</Stmt>")

    plain = [one.money for one in camt053()]
    assert len(plain) == len(STATEMENT.entries)
    assert [one.money for one in camt053(prefixed)] == plain
    assert [one.money for one in camt053(supplemented)] == plain


def test_nesting_without_end_is_refused():
    def nested(text):
        deep = "<a>" * 100_000 + "</a>" * 100_000
        return text.replace("</Stmt>", f"<SplmtryData>{deep}</SplmtryData></Stmt>")

    with pytest.raises(Refused):
        camt053(nested)


@pytest.mark.parametrize(
    "pages", [["2/LAST"], ["1/MORE", "3/LAST"], ["1/MORE"], ["1/ONLY", "2/ONLY"]]
)
def test_holdings_of_which_a_page_is_missing_are_refused(pages):
    data = "".join(build.mt535(HOLDINGS).replace("1/ONLY", page) for page in pages).encode()
    with pytest.raises(bank_statements.PagesMissing):
        list(bank_statements.read_mt535(io.BytesIO(data), name="x"))
    whole = "".join(build.mt535(HOLDINGS).replace("1/ONLY", page) for page in ("1/MORE", "2/LAST"))
    [draft] = bank_statements.read_mt535(io.BytesIO(whole.encode()), name="x")
    assert len(draft.lines) == 4


def test_a_message_whose_end_was_lost_does_not_swallow_the_next_one():
    advice = build.mt900(STATEMENT)[0].replace("-}", "")
    with pytest.raises(Refused) as caught:
        parse_all(advice + build.mt535(HOLDINGS))
    assert (caught.value.place.line, caught.value.place.field) == (7, "block 4")
    with pytest.raises(Refused, match="no MT535"):
        mt535.read(build.mt940(STATEMENT))


def test_a_block_whose_name_ran_on_is_refused_and_not_passed_over():
    text = build.mt535(HOLDINGS).replace(":16R:FIN\r\n:35B:ISIN", ":16R:FIN\r\nISIN", 1)
    with pytest.raises(Refused, match="name of a block"):
        mt535.read(text)


@pytest.mark.parametrize(
    ("currency", "amount", "fits"),
    [
        *[("JPY", "5,", True), ("JPY", "5,5", False), ("KWD", "5,125", True)],
        *[("THB", "5,25", True), ("THB", "5,125", False), ("XAU", "5,125", True)],
    ],
)
def test_an_amount_finer_than_its_currency_is_refused_not_rounded(currency, amount, fits):
    rows = (
        *(":20:S", ":25:A-1", ":28C:1/1", f":60F:C261124{currency}0,"),
        *(f":61:2611251125C{amount}NTRFX", f":62F:C261125{currency}{amount}", "-"),
    )
    source = io.BytesIO("\r\n".join(rows).encode())
    if fits:
        [statement] = bank_statements.read_mt940(source, name="s")
        assert statement.closing == statement.lines[0].amount
        return
    with pytest.raises(Refused) as refused:
        list(bank_statements.read_mt940(source, name="s"))
    assert (refused.value.place.file, refused.value.place.field) in {("s", "62"), ("s", "60")}
