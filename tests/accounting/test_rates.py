"""Exchange rates: read as central banks publish them, taken once, looked up as once known."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import DatabaseError, transaction

from accounting import rates
from accounting.models import Rate
from accounting.rules import rate_files
from accounting.rules.fx import RateDraft
from backoffice.frame.models import AuditEvent
from backoffice.kernel.actors import NotAllowed

pytestmark = pytest.mark.django_db
DAY = date(2026, 1, 5)
ECB = """Date,USD,JPY,THB,LTL,
2026-01-05,1.1000,171.50,38.500,N/A,
2026-01-02,1.0900,170.00,38.000,N/A,
"""
ECB_DAILY = "Date, USD, JPY, \n21 July 2026, 1.1650, 173.10, \n"
BOT = """period,currency_id,currency_name_th,currency_name_eng,buying_sight,\
buying_transfer,selling,mid_rate
2026-01-05,USD,สหรัฐอเมริกา : ดอลลาร์ (USD),USA : DOLLAR (USD),34.7,34.8,35.2,35.0
2026-01-05,JPY,ญี่ปุ่น : เยน (100 เยน) (JPY),JAPAN : YEN (100 YEN) (JPY),22.1,22.2,22.8,22.5
05/01/2569,EUR,,EURO ZONE : EURO (EUR),,38.1,38.7,38.4
"""
H10 = """Date,Country,Exchange rate
2026-01-01,Thailand,35.0000
2018-08-01,Venezuela,2495016.1501
2018-09-01,Venezuela,61.4953
2021-11-01,Venezuela,4.4848
2026-01-01,Malaysia,
"""


def read(text: str, source: str) -> list[RateDraft]:
    return list(rate_files.read(StringIO(text), name="rates.csv", source=source))


def take(source, *drafts, at, actor):
    return rates.record_rates(
        rates=[RateDraft(b, q, d, Decimal(r)) for b, q, d, r in drafts],
        source=source,
        actor=actor,
        at=at,
    )


def test_the_ecbs_history_and_its_daily_file():
    found = read(ECB, "ECB")
    assert len(found) == 6
    assert found[0] == RateDraft("EUR", "USD", DAY, Decimal("1.1000"), line=2)
    assert [(d.quote, d.date, d.rate) for d in read(ECB_DAILY, "ECB")] == [
        ("USD", date(2026, 7, 21), Decimal("1.1650")),
        ("JPY", date(2026, 7, 21), Decimal("173.10")),
    ]


def test_the_bank_of_thailands_averages_count_units_and_buddhist_years():
    found = {(d.base, d.kind): d for d in read(BOT, "BOT")}
    assert found["USD", "mid"].rate == 35
    assert found["JPY", "mid"].rate == Decimal("0.225")
    assert found["JPY", "selling"].rate == Decimal("0.228")
    assert found["EUR", "buying"].date == DAY
    assert {d.quote for d in found.values()} == {"THB"}


def test_h10_names_countries_and_restated_bolivars():
    assert [(d.quote, d.rate) for d in read(H10, "H10")] == [
        ("THB", Decimal("35.0000")),
        ("VEF", Decimal("2495016.1501")),
        ("VES", Decimal("61.4953")),
        ("VED", Decimal("4.4848")),
    ]


@pytest.mark.parametrize(
    ("source", "text", "code", "line", "field"),
    [
        ("ECB", "Day,USD\n2026-01-05,1.1\n", "rate-file-refused", 2, "Date"),
        ("ECB", "Date,USD\n2026-01-05,1.1e0\n", "rate-figure", 2, "USD"),
        ("ECB", "Date,USD\n2026-01-05,1.1\n2026-01-06,-1\n", "rate-figure", 3, "USD"),
        ("ECB", "Date,USD\n2026-01-05,0.0000\n", "rate-figure", 2, "USD"),
        ("ECB", "Date,USD\n2026-13-05,1.1\n", "rate-day", 2, "Date"),
        ("ECB", "Date,USD,THB,\n2026-01-05,1,100,38.5,\n", "rate-file-columns", 2, None),
        ("BOT", "period,currency_id\n2026-01-05,USD\n", "rate-file-refused", 2, "mid_rate"),
        ("H10", "Date,Country,Exchange rate\n2026-01-01,Atlantis,1\n", "rate-country-unknown", 2,
         "Country"),
        ("BOT", "", "rate-file-empty", None, None),
        ("BOT", "\n\n", "rate-file-empty", None, None),
        ("ECB", "\0" * 100, "rate-file-empty", None, None),
        ("H10", "Date,Country,Exchange rate\n", "rate-file-empty", None, None),
        ("BOT", "period,currency_id,buying_transfer,mid_rate\n2026-01-05,USD,33.9\n",
         "rate-file-cut", 2, None),
        ("ECB", "Date,USD,JPY\n2026-01-05,1.1,171\n2026-01-06,1.1\n", "rate-file-cut", 3, None),
        ("ECB", "Date,USD,USD\n2026-01-05,1.1,1.2\n", "rate-file-column-twice", 1, "USD"),
        ("BOT", "period,currency_id,mid_rate,mid_rate\n2026-01-05,USD,33,34\n",
         "rate-file-column-twice", 1, "mid_rate"),
        ("ECB", "Date,USD\n9999-01-05,1.1\n", "rate-day", 2, "Date"),
        ("ECB", "Date,USD\n0026-01-05,1.1\n", "rate-day", 2, "Date"),
        ("H10", "Date,Country,Exchange rate\n2026-02-30,Thailand,34\n", "rate-day", 2, "Date"),
    ],
)  # fmt: skip
def test_bad_files_are_refused_by_line_and_field(source, text, code, line, field):
    with pytest.raises(rate_files.Refused) as caught:
        read(text, source)
    place = caught.value.place
    assert (caught.value.code, place.file, place.line, place.field) == (
        code, "rates.csv", line, field,
    )  # fmt: skip
    assert caught.value.text("th") != caught.value.text("en")


def test_every_way_to_write_a_day_understands_buddhist_years():
    for day in ("2569-01-05", "05/01/2569", "05 January 2569", "2026-01-05"):
        assert [one.date for one in read(f"Date,USD\n{day},1.1\n", "ECB")] == [DAY]


def test_a_file_is_taken_once_and_wholly(tmp_path):
    good, bad = tmp_path / "eurofxref.csv", tmp_path / "broken.csv"
    good.write_text(ECB)
    bad.write_text(ECB.replace("38.000", "38.0.00"))
    out = StringIO()
    for expected in ('{"recorded": 6, "known": 0}', '{"recorded": 0, "known": 6}'):
        call_command("import_rates", str(good), "--source", "ECB", "--json", stdout=out)
        assert out.getvalue().splitlines()[-1] == expected
    with pytest.raises(CommandError, match=r"broken\.csv, line 3, THB: .*rate-figure"):
        call_command("import_rates", str(bad), "--source", "ECB")
    with pytest.raises(CommandError, match="No such file"):
        call_command("import_rates", str(tmp_path / "none.csv"), "--source", "ECB")
    assert Rate.objects.count() == 6
    trail = AuditEvent.objects.filter(verb="rates.record_rates").latest("id")
    assert trail.detail == {"recorded": 0, "known": 6}


@pytest.mark.parametrize(
    ("source", "text"),
    [
        ("ECB", ""),
        ("ECB", "\n\n"),
        ("ECB", "Date,USD\n"),
        ("ECB", "Date,USD\n2026-01-05,N/A\n"),
        ("BOT", "period,currency_id,mid_rate\n"),
        ("H10", ""),
    ],
)
def test_a_file_without_a_rate_is_refused_by_its_name_and_rule(tmp_path, source, text):
    path = tmp_path / "empty.csv"
    path.write_text(text)
    with pytest.raises(CommandError, match=r"empty\.csv: .*\[rate-file-empty\]") as refused:
        call_command("import_rates", str(path), "--source", source)
    assert "ไม่มีอัตราแลกเปลี่ยนแม้แต่อัตราเดียว" in str(refused.value)


def test_bytes_that_are_no_text(tmp_path):
    path = tmp_path / "rates.csv"
    path.write_bytes(b"Date,USD\n2026-01-05,\xff\xfe\n")
    with pytest.raises(CommandError, match="rate-file-not-text"):
        call_command("import_rates", str(path), "--source", "ECB")


def test_the_table_only_grows(system, at):
    take("BOT", ("USD", "THB", DAY, "35"), at=at, actor=system)
    for change in (
        lambda: Rate.objects.update(rate=1),
        lambda: Rate.objects.all().delete(),
    ):
        with pytest.raises(DatabaseError), transaction.atomic():
            change()


@pytest.mark.parametrize(
    ("drafts", "code"),
    [
        ([("USD", "THB", DAY, "35"), ("USD", "THB", DAY, "36")], "rate-twice"),
        ([("USD", "USD", DAY, "1")], "rate-not-positive"),
        ([("USD", "THB", DAY, "0")], "rate-not-positive"),
        ([("USD", "THB", DAY, "NaN")], "rate-not-positive"),
        ([("USD", "THB", DAY.replace(year=2399), "35")], "rate-ahead"),
        ([("USD", "THB", DAY, "35"), ("QQQ", "THB", DAY, "1")], "currency-unknown"),
    ],
)
def test_what_is_no_rate_is_refused_with_all_that_came_with_it(drafts, code, system, at):
    with pytest.raises(rates.Refused) as caught:
        take("BOT", *drafts, at=at, actor=system)
    assert caught.value.code == code
    assert not Rate.objects.exists()


@pytest.mark.department("settlement")
def test_other_departments_take_no_rates_down(cast, at):
    with pytest.raises(NotAllowed):
        take("BOT", ("USD", "THB", DAY, "35"), at=at, actor=cast.actor("chai"))


def test_directly_inversely_and_over_a_pivot(system, at):
    take("ECB", ("EUR", "USD", DAY, "1.1"), ("EUR", "THB", DAY, "38.5"), at=at, actor=system)
    on = DAY + timedelta(days=2)
    assert rates.rate_on(base="EUR", quote="THB", on=on).exact == Fraction("38.5")
    assert rates.rate_on(base="THB", quote="EUR", on=on).exact == 1 / Fraction("38.5")
    assert rates.rate_on(base="THB", quote="THB", on=on).exact == 1
    with pytest.raises(rates.RateMissing):
        rates.rate_on(base="USD", quote="THB", on=on)  # no pivot stated
    for way in ({"source": "ECB"}, {"pivot": "EUR"}):
        crossed = rates.rate_on(base="USD", quote="THB", on=on, **way)
        assert crossed.exact == 35
        assert [quote.quote for quote in crossed.quotes] == ["USD", "THB"]
    with pytest.raises(rates.RateMissing):
        rates.rate_on(base="USD", quote="THB", on=on, source="BOT", pivot="EUR")


def test_the_newest_day_counts_but_none_too_old(system, at):
    take("BOT", ("USD", "THB", DAY, "35"), ("USD", "THB", DAY + timedelta(9), "36"), at=at,
         actor=system)  # fmt: skip
    assert rates.rate_on(base="USD", quote="THB", on=DAY + timedelta(8)).exact == 35
    assert rates.rate_on(base="USD", quote="THB", on=DAY + timedelta(40)).exact == 36
    with pytest.raises(rates.RateMissing):
        rates.rate_on(base="USD", quote="THB", on=DAY - timedelta(1))
    with pytest.raises(rates.RateMissing):
        rates.rate_on(base="USD", quote="THB", on=DAY + timedelta(41))


def test_a_correction_counts_from_when_it_was_known(system, at):
    take("BOT", ("USD", "THB", DAY, "35"), at=at, actor=system)
    later = datetime(2026, 1, 7, tzinfo=UTC)
    take("BOT", ("USD", "THB", DAY, "35.25"), at=later, actor=system)
    first = rates.rate_on(base="USD", quote="THB", on=DAY, known_at=at)
    assert first.exact == 35
    assert rates.rate_on(base="USD", quote="THB", on=DAY).exact == Fraction("35.25")
    assert first.told() == "35 (USD/THB 35 BOT 2026-01-05)"


def test_many_currencies_cost_one_query(system, at, django_assert_num_queries):
    take("ECB", *((("EUR", code, DAY, "2")) for code in ("USD", "JPY", "GBP", "THB", "AUD")),
         at=at, actor=system)  # fmt: skip
    with django_assert_num_queries(1):
        found = rates.rates_on(
            bases=["USD", "JPY", "GBP", "AUD", "CHF"], quote="THB", on=DAY, source="ECB"
        )
    assert sorted(found) == ["AUD", "GBP", "JPY", "USD"]
