"""GnuCash books through the ledger: balances as the book has them and its README states them."""

import gzip
import re
import xml.etree.ElementTree as ET
from collections import defaultdict
from datetime import UTC, date, datetime
from decimal import Decimal
from fractions import Fraction

import pytest

from accounting import chart, posting, queries
from accounting.formats import gnucash
from backoffice.kernel.actors import Actor
from backoffice.kernel.iso4217 import CURRENT, WITHDRAWN
from backoffice.kernel.money import Currency
from backoffice.kernel.refusals import Refused
from backoffice.reference import listing
from tests.conftest import golden_folder

AT = datetime(2026, 1, 5, 2, 30, tzinfo=UTC)
SYSTEM = Actor.system("tests")
TRADING = "Equity:Currency Trading"
G = "{http://www.gnucash.org/XML/%s}"
# What a README says of a book: a word of its name, an account's name, the balance in a few words.
STATED = (
    ("CapitalGains", r"cash ([\d,]+)", r"(?i)(^|:)(bank|cash)$"),
    ("CapitalGains", r"realised gain ([\d,]+)", r"(?i)(^|:)realised gains?$"),
    ("InitialEquity", r"initial equity ([\d,]+)", r"(?i)(^|:)equity$"),
    ("InitialEquity", r"initial equity ([\d,]+)", r"(?i)(^|:)(bank|cash)$"),
    ("PrepaidRent", r"prepaid rent()", r"(?i)(^|:)prepaid rent$"),
    ("UtilityBill", r"utility bill accrual()", r"(?i)payable$"),
)


def books():
    folder = golden_folder() / "accounting" / "gnucash_hordak"
    found = [
        pytest.param(path, id=f"gnucash_hordak/{path.stem}")
        for path in sorted(folder.glob("*.gnucash"))
    ]
    skip = pytest.mark.skip(reason=f"no books in {folder}")
    return found or [pytest.param(None, marks=skip, id="gnucash_hordak")]


def post(path) -> dict[str, dict[str, Decimal]]:
    with path.open("rb") as stream:
        records = list(gnucash.read(stream, name=path.name))
    accounts = [record for record in records if isinstance(record, gnucash.BookAccount)]
    transactions = [record for record in records if isinstance(record, gnucash.BookTransaction)]
    functional = transactions[0].currency if transactions else "THB"
    codes = {}
    for record in records:
        if isinstance(record, gnucash.Commodity) and not record.is_currency:
            codes[record.code] = code = house_code(record.code)
            commodity = Currency.commodity(code, exponent=record.exponent)
            listing.list_commodity(
                commodity=commodity, name_en=code, name_th=code, actor=SYSTEM, at=AT
            )
    chart.ensure_entity(
        code="BOOK", name_en="B", name_th="B", functional_currency=functional, actor=SYSTEM, at=AT
    )
    chart.ensure_accounts(
        entity="BOOK",
        codes=[*(account.code for account in accounts), TRADING],
        types={account.code: account.type for account in accounts},
        actor=SYSTEM,
        at=AT,
    )
    drafts = [
        gnucash.draft(found, entity="BOOK", functional=functional, trading=TRADING, codes=codes)
        for found in transactions
        if found.splits
    ]
    posting.post_many(entries=drafts, actor=SYSTEM, at=AT)
    balances: dict[str, dict[str, Decimal]] = defaultdict(dict)
    names = {code: name for name, code in codes.items()}
    for row in queries.trial_balance(entity="BOOK", as_of=date.max):
        if row.account != TRADING:
            balances[row.account][names.get(row.currency, row.currency)] = row.balance
    return balances


def house_code(symbol: str) -> str:
    """A code for a commodity: its own, or one that says its letters."""
    plain = symbol.upper() if symbol.isascii() and symbol.isalnum() else ""
    known = plain in CURRENT or plain in WITHDRAWN
    return f"{plain}-OWN" if known else plain or "U-" + symbol.encode().hex().upper()[:18]


def summed(path) -> dict[str, dict[str, Fraction]]:
    """The book's own quantities, read another way: its whole tree at once, fractions throughout."""
    data = path.read_bytes()
    root = ET.fromstring(gzip.decompress(data) if data[:2] == b"\x1f\x8b" else data)  # noqa: S314
    book = root if root.tag.endswith("book") else root.find(G % "gnc" + "book")
    names, commodities = {}, {}
    for account in book.findall(G % "gnc" + "account"):
        guid, parent = (account.findtext(G % "act" + name) for name in ("id", "parent"))
        if parent is None:
            continue
        name = account.findtext(G % "act" + "name").replace(":", "-")
        names[guid] = f"{names[parent]}:{name}" if parent in names else name
        commodities[guid] = account.find(G % "act" + "commodity").findtext(G % "cmdty" + "id")
    sums: dict = defaultdict(lambda: defaultdict(Fraction))
    for transaction in book.findall(G % "gnc" + "transaction"):
        for split in transaction.iter(G % "trn" + "split"):
            guid = split.findtext(G % "split" + "account")
            quantity = Fraction(split.findtext(G % "split" + "quantity"))
            sums[names[guid]][commodities[guid]] += quantity
    return sums


@pytest.mark.django_db
@pytest.mark.parametrize("path", books())
def test_a_book_keeps_its_balances(path):
    balances = post(path)
    assert {a: {c: Fraction(v) for c, v in by.items()} for a, by in balances.items()} == summed(
        path
    )
    stated(path, balances)


@pytest.mark.django_db
@pytest.mark.parametrize("path", books())
def test_an_altered_balance_is_seen(path):
    """One split of the book is worth one unit more to the other reader: no agreement."""
    balances = post(path)
    altered = summed(path)
    account = next(iter(altered))
    code = next(iter(altered[account]))
    altered[account][code] += Fraction(1, 100)
    assert {a: {c: Fraction(v) for c, v in by.items()} for a, by in balances.items()} != altered


def stated(path, balances) -> list[str]:
    """Check what the README states of the book's accounts; the accounts that were checked.

    It gives amounts without a side; an account that it names without an amount ends at zero.
    """
    readme = (path.parent / "README.md").read_text("utf-8")
    checked = []
    for word, figure, account in STATED:
        said = re.search(figure, readme)
        if not path.stem.startswith(word) or said is None:
            continue
        amount = Decimal(said[1].replace(",", "") or 0)
        found = {abs(v) for a, by in balances.items() if re.search(account, a) for v in by.values()}
        assert found == {amount}, (account, found, amount)
        checked.append(account)
    return checked


@pytest.mark.parametrize(
    ("text", "rule", "line"),
    [
        (b"not xml", "gnucash-not-a-book", 1),
        (b"<html/>", "gnucash-not-a-book", 1),
        (b"\x1f\x8bnot really packed", "gnucash-not-a-book", None),
        (b'<?xml version="1.0"?>\n<gnc-v2><a></gnc-v2>', "gnucash-not-a-book", 2),
        (
            (
                b'<gnc-v2 xmlns:gnc="http://www.gnucash.org/XML/gnc"'
                b' xmlns:act="http://www.gnucash.org/XML/act">\n<gnc:account><act:name>A</act:name>'
                b"<act:id>1</act:id><act:type>ODD</act:type></gnc:account></gnc-v2>"
            ),
            "gnucash-element",
            2,
        ),
    ],
)
def test_what_is_no_book_is_refused_with_its_line(tmp_path, text, rule, line):
    path = tmp_path / "book.gnucash"
    path.write_bytes(text)
    with path.open("rb") as stream, pytest.raises(Refused) as refused:
        list(gnucash.read(stream, name=path.name))
    assert refused.value.code == rule
    assert refused.value.place.file == "book.gnucash"
    assert line is None or refused.value.place.line == line


def account(guid: str, name: str, kind: str, unit: str, parent: str = "root") -> str:
    return (
        f"<gnc:account><act:name>{name}</act:name><act:id>{guid}</act:id><act:type>{kind}"
        f"</act:type><act:commodity><cmdty:space>X</cmdty:space><cmdty:id>{unit}</cmdty:id>"
        f"</act:commodity><act:parent>{parent}</act:parent></gnc:account>"
    )


def moved(guid: str, *splits: tuple[str, str, str]) -> str:
    rows = "".join(
        f"<trn:split><split:value>{value}</split:value><split:quantity>{quantity}"
        f"</split:quantity><split:account>{of}</split:account></trn:split>"
        for of, quantity, value in splits
    )
    return (
        f"<gnc:transaction><trn:id>{guid}</trn:id><trn:currency><cmdty:space>CURRENCY"
        "</cmdty:space><cmdty:id>EUR</cmdty:id></trn:currency><trn:date-posted><ts:date>2026-01-04"
        " 23:59:00 +0000</ts:date></trn:date-posted><trn:description>ซื้อ &amp; ขาย</trn:description>"
        "<trn:slots><slot><slot:key>notes</slot:key><slot:value>x</slot:value></slot><slot>"
        "<slot:key>date-posted</slot:key><slot:value><gdate>2026-01-05</gdate></slot:value></slot>"
        f"</trn:slots><trn:splits>{rows}</trn:splits></gnc:transaction>"
    )


NAMESPACES = " ".join(
    f'xmlns:{name}="http://www.gnucash.org/XML/{name}"'
    for name in ("gnc", "act", "book", "cmdty", "trn", "ts", "split", "slot", "price", "sx")
)
UNIT = (
    "<gnc:commodity><cmdty:space>{}</cmdty:space><cmdty:id>{}</cmdty:id>"
    "<cmdty:fraction>{}</cmdty:fraction></gnc:commodity>"
)


@pytest.mark.django_db
def test_a_book_of_shares_prices_and_templates(tmp_path):
    """A stock in parts of ten thousand, a fund of an odd name, a scheduled transaction left out."""
    book = (
        f'<?xml version="1.0" encoding="utf-8"?>\n<gnc-v2 {NAMESPACES}><gnc:book>'
        + UNIT.format("CURRENCY", "EUR", "100")
        + UNIT.format("template", "template", "1")
        + UNIT.format("NASDAQ", "AAPL", "10000")
        + UNIT.format("FUND", "กองทุน A", "1000")
        + "<gnc:pricedb><price><price:commodity><cmdty:space>NASDAQ</cmdty:space>"
        "<cmdty:id>AAPL</cmdty:id></price:commodity><price:value>5/1</price:value></price>"
        "</gnc:pricedb><gnc:account><act:name>Root</act:name><act:id>root</act:id>"
        "<act:type>ROOT</act:type></gnc:account>"
        + account("a", "Assets", "ASSET", "EUR")
        + account("b", "Bank: A", "BANK", "EUR", "a")
        + account("s", "Shares", "STOCK", "AAPL", "a")
        + account("f", "Fund", "MUTUAL", "กองทุน A", "a")
        + account("e", "Equity", "EQUITY", "EUR")
        + moved("1", ("b", "100000/100", "100000/100"), ("e", "-100000/100", "-100000/100"))
        + moved("2", ("s", "25001/10000", "1250/100"), ("b", "-1250/100", "-1250/100"))
        + moved("3", ("f", "1500/1000", "900/100"), ("b", "-900/100", "-900/100"))
        + moved("4", ("s", "-5000/10000", "-300/100"), ("b", "300/100", "300/100"))
        + "<gnc:template-transactions>"
        + account("t", "Template", "BANK", "template")
        + moved("5", ("t", "0/1", "0/1"))
        + "</gnc:template-transactions></gnc:book></gnc-v2>"
    )
    path = tmp_path / "shares.gnucash"
    path.write_bytes(gzip.compress(book.encode()))
    balances = post(path)
    assert balances["Assets:Shares"] == {"AAPL": Decimal("2.0001")}
    assert balances["Assets:Fund"] == {"กองทุน A": Decimal("1.5")}
    assert balances["Assets:Bank- A"] == {"EUR": Decimal("981.50")}
    assert {a: {c: Fraction(v) for c, v in by.items()} for a, by in balances.items()} == summed(
        path
    )
