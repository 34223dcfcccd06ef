"""Rates that fails are charged by: proposed, approved by another, corrected by a new one."""

import json
import re
from datetime import date, timedelta
from decimal import Decimal
from io import BytesIO, StringIO

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import CommandError, call_command
from django.db import IntegrityError, transaction
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st

from backoffice.desk import approving
from backoffice.desk.models import WorkItem
from backoffice.kernel.actors import NotAllowed
from backoffice.kernel.refusals import Refused
from settlement.charges import failing, rating
from settlement.formats import rates_csv
from settlement.models import Penalty, PenaltyRate, PenaltyRegime
from settlement.rules.rates import RateDraft, RateWrong, check
from settlement.windows import settling
from tests.settlement import market

pytestmark = pytest.mark.django_db
BAHT = RateDraft(
    tariff="TCH",
    category="lack_of_cash",
    currency="THB",
    percent=Decimal("1.75"),
    day_count=365,
    valid_from=date(2025, 4, 30),
    source="Bank of Thailand, MPC decision 2/2568",
)
HEAD = "tariff,category,currency,percent,basis_points,day_count,valid_from,source\n"
LINE = "TCH,lack_of_cash,THB,1.75,,365,2025-04-30,Bank of Thailand MPC 2/2568\n"


def change(**changes):
    return RateDraft(
        **{**{name: getattr(BAHT, name) for name in BAHT.__dataclass_fields__}, **changes}
    )


def in_force(**which):
    found = {"tariff": "TCH", **which}
    return PenaltyRate.objects.in_force().filter(**found)


def test_a_rate_is_in_force_once_a_second_person_approves(cast, at):
    item = rating.propose(rates=[BAHT], actor=cast.actor("chai"), at=at)
    assert rating.propose(rates=[BAHT], actor=cast.actor("chai"), at=at) == item
    assert not in_force().exists()
    with pytest.raises(Refused):
        approving.approve(item_id=item, actor=cast.actor("chai"), at=at)
    approving.approve(item_id=item, actor=cast.actor("dao"), at=at)
    row = in_force().get()
    assert (row.percent, row.day_count, row.valid_from) == (Decimal("1.75"), 365, BAHT.valid_from)
    assert (row.proposed_by, row.recorded_by, row.recorded_at) == ("chai", "dao", at)
    assert row.source == BAHT.source


def test_a_checker_does_not_approve_their_own(cast, at):
    item = rating.propose(rates=[BAHT], actor=cast.actor("dao"), at=at)
    with pytest.raises(approving.SamePerson):
        approving.approve(item_id=item, actor=cast.actor("dao"), at=at)
    with pytest.raises(approving.SamePerson):
        rating.record(rates=[BAHT], proposed_by="dao", actor=cast.actor("dao"), at=at)
    one = {"tariff": "T", "category": "other", "basis_points": 1, "source": "s"}
    with pytest.raises(IntegrityError), transaction.atomic():
        PenaltyRate.objects.create(
            **one, valid_from=BAHT.valid_from, proposed_by="dao", recorded_by="dao"
        )


def test_what_is_rejected_is_not_in_force(cast, at):
    item = rating.propose(rates=[BAHT], actor=cast.actor("chai"), at=at)
    approving.reject(item_id=item, actor=cast.actor("dao"), at=at, note="wrong month")
    assert not in_force().exists()


@pytest.mark.department("accounting")
def test_another_department_proposes_nothing(cast, at):
    with pytest.raises(NotAllowed):
        rating.propose(rates=[BAHT], actor=cast.actor("chai"), at=at)


def test_a_wrong_rate_is_corrected_and_the_old_one_stays_to_be_seen(system, at):
    record = {"proposed_by": "chai", "actor": system, "at": at}
    rating.record(rates=[change(percent=Decimal("17.5"))], **record)
    rating.record(rates=[BAHT], **record)
    assert in_force().get().percent == Decimal("1.75")
    rows = PenaltyRate.objects.filter(tariff="TCH").order_by("correction")
    assert [(row.correction, row.percent) for row in rows] == [(0, Decimal("17.5")),
                                                               (1, Decimal("1.75"))]  # fmt: skip
    with pytest.raises(rating.RatesKnown):
        rating.propose(rates=[BAHT], actor=system, at=at)
    assert rating.record(rates=[BAHT], **record) == []
    with pytest.raises(IntegrityError), transaction.atomic():
        rows.update(percent=0)


def test_a_fail_for_lack_of_cash_is_charged_by_the_rate_of_its_day(cast, at):
    """Waits on the desk without a rate; the rate in, the same fail costs 1.75 % / 365 a day."""
    market.furnish()
    PenaltyRegime.objects.create(
        market="XBKK", tariff="TCH", valid_from=date(2022, 2, 1), source="a test"
    )
    market.capture(market.trade("T-1", market.SIAM, market.KRUNG, 100, "3650000.00"))
    market.fund(KRUNGSEC={market.PTT: 100})
    market.settle()
    settling.mark_fails(book=market.BOOK, business_date=market.DUE, at=at)
    charge = {"book": market.BOOK, "business_date": market.DUE, "actor": market.ACTOR, "at": at}
    assert failing.charge_day(**charge).unpriced == 1
    wrong = change(percent=Decimal(175), valid_from=market.DUE)
    right = change(valid_from=market.DUE)
    later = change(percent=Decimal(9), valid_from=market.DUE + timedelta(days=1))
    for rates in ([wrong], [right, later]):
        item = rating.propose(rates=rates, actor=cast.actor("chai"), at=at)
        approving.approve(item_id=item, actor=cast.actor("dao"), at=at)
    assert failing.charge_day(**charge).penalties == 1
    assert Penalty.objects.get().amount == Decimal("175.00")


@pytest.mark.parametrize(
    ("day", "percent"),
    [("2022-02-01", "0.25"), ("2022-07-26", "0.25"), ("2022-07-27", "0.75"),
     ("2023-09-20", "4.75"), ("2024-06-11", "4.75"), ("2024-09-18", "3.90"),
     ("2025-06-10", "2.65"), ("2025-06-11", "2.40")],
)  # fmt: skip
def test_the_euros_overnight_credit_is_there_since_penalties_are_charged(day, percent):
    rates = PenaltyRate.objects.in_force().filter(
        tariff="CSDR", category="lack_of_cash", currency="EUR", valid_from__lte=day
    )
    found = rates.latest("valid_from")
    assert (found.percent, found.day_count) == (Decimal(percent), 360)
    assert "marginal lending facility" in found.source


def test_no_other_currencys_rate_is_guessed():
    others = PenaltyRate.objects.filter(category="lack_of_cash").exclude(currency="EUR")
    assert not others.exists()


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"tariff": " "}, "tariff"),
        ({"tariff": "A" * 13}, "tariff"),
        ({"category": "share"}, "category"),
        ({"currency": ""}, "currency"),
        ({"currency": "XAU"}, "currency"),
        ({"percent": None}, "percent"),
        ({"percent": Decimal("NaN")}, "percent"),
        ({"percent": Decimal(1001)}, "percent"),
        ({"percent": Decimal("0.0000001")}, "percent"),
        ({"basis_points": Decimal(1)}, "basis_points"),
        ({"day_count": 364}, "day_count"),
        ({"source": ""}, "source"),
        ({"category": "other"}, "currency"),
        ({"category": "other", "currency": ""}, "percent"),
        ({"category": "other", "currency": "", "percent": None}, "basis_points"),
    ],
)
def test_each_particular_is_proved_by_name(system, at, changes, field):
    with pytest.raises(RateWrong) as refused:
        rating.propose(rates=[change(**changes)], actor=system, at=at)
    assert refused.value.place.field == field
    assert not refused.value.text("th").isascii()


@given(percent=st.decimals(-1000, 1000, places=6), day_count=st.sampled_from([360, 365]))
def test_every_finite_rate_within_bounds_can_stand(percent, day_count):
    check(change(percent=percent, day_count=day_count))


def test_a_file_is_read_whole():
    more = 'CSDR,liquid_share,,,1.25,,2027-01-01,"Delegated Regulation, new"\n'
    one, two = rates_csv.read(BytesIO((HEAD + LINE + more).encode()), name="r.csv")
    assert one == change(source="Bank of Thailand MPC 2/2568")
    assert (two.basis_points, two.percent, two.source) == (
        *(Decimal("1.25"), None, "Delegated Regulation, new"),
    )


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("", "r.csv"),
        (HEAD, "r.csv"),
        ("tariff,percent\n", "r.csv, line 1"),
        (HEAD.replace("source", "sauce") + LINE, "r.csv, line 1"),
        (HEAD + LINE + "TCH,lack_of_cash\n", "r.csv, line 3"),
        (HEAD + LINE.replace("1.75", "1,75"), "r.csv, line 2"),
        (HEAD + LINE.replace("1.75", "1e2"), "r.csv, line 2, percent"),
        (HEAD + LINE.replace("2025-04-30", "30/4/2568"), "r.csv, line 2, valid_from"),
        (HEAD + LINE.replace("2025-04-30", "2025-02-30"), "r.csv, line 2, valid_from"),
        (HEAD + LINE.replace(",365,", ",365.9,"), "r.csv, line 2, day_count"),
        (HEAD + LINE.replace(",365,", ",0,"), "r.csv, line 2, day_count"),
        (HEAD + LINE.replace("THB", "BAHT"), "r.csv, line 2, currency"),
        (HEAD + LINE + LINE, "r.csv, line 3, valid_from"),
        ((HEAD + LINE).replace("\n", "\r"), "r.csv, line 1"),
        (HEAD + LINE.replace("TCH", "T\rCH"), "r.csv, line 2"),
    ],
)
def test_a_bad_file_is_refused_by_line_and_field_in_both_languages(text, place):
    with pytest.raises(Refused) as refused:
        rates_csv.read(BytesIO(text.encode()), name="r.csv")
    assert str(refused.value.place) == place
    assert refused.value.text("th") != refused.value.text("en")


def test_the_command_proposes_and_again_finds_it_waiting(tmp_path, cast, at):
    path = tmp_path / "rates.csv"
    path.write_text(HEAD + LINE)

    def run(*args):
        out = StringIO()
        call_command("import_penalty_rates", str(path), *args, stdout=out)
        return out.getvalue()

    found = json.loads(run("--json"))
    assert found["rates"] == 1
    assert json.loads(run("--json"))["item"] == found["item"]
    approving.approve(item_id=found["item"], actor=cast.actor("dao"), at=at)
    assert in_force().get().percent == Decimal("1.75")
    assert "recorded already" in run()
    path.write_text(HEAD + LINE.replace("THB", "BAHT"))
    with pytest.raises(CommandError, match=r"rates.csv, line 2, currency") as refused:
        run()
    assert any("฀" <= letter <= "๿" for letter in str(refused.value))


def test_a_clerk_proposes_at_the_desk_by_form_and_by_file(client, cast):
    client.force_login(cast.staff("chai"))
    form = {
        "tariff": "TCH", "currency": "thb", "percent": "1.75", "day_count": "365",
        "valid_from": "2025-04-30", "source": "MPC 2/2568", "_form_submitted": "1",
    }  # fmt: skip
    client.post(reverse("admin:settlement_penaltyrate_propose"), form)
    item = WorkItem.objects.get()
    assert (item.kind, item.maker.username) == (rating.KIND, "chai")
    assert item.payload["rates"] == "TCH lack_of_cash THB 1.75 % 2025-04-30"
    url = reverse("admin:settlement_penaltyrate_bring_in")
    bad = SimpleUploadedFile("r.csv", (HEAD + LINE.replace("1.75", "x")).encode())
    assert "r.csv, line 2, percent" in client.post(url, {"file": bad}).content.decode()
    good = SimpleUploadedFile("r.csv", (HEAD + LINE.replace("1.75", "2.00")).encode())
    assert client.post(url, {"file": good}).status_code == 302
    assert WorkItem.objects.count() == 2
    assert client.get(reverse("admin:settlement_penaltyrate_changelist")).status_code == 200


def test_the_dialogs_day_is_the_browsers_own_field(client, cast):
    """The theme's calendar comes by a script that a dialog, opened later, never runs."""
    client.force_login(cast.staff("chai"))
    for name, fields in {
        "penaltyrate": ["valid_from"],
        "standinginstruction": ["effective_from", "effective_to"],
    }.items():
        page = client.get(reverse(f"admin:settlement_{name}_propose")).content.decode()
        for field in fields:
            assert re.search(rf'<input type="date" name="{field}"', page), (name, field)
        assert "DateTimeShortcuts" not in page


def test_the_list_says_categories_in_words_and_sources_in_short(client, cast):
    client.force_login(cast.staff("chai"))
    url = reverse("admin:settlement_penaltyrate_changelist")
    rows = client.get(url).context["cl"].result_list
    assert max(len(one.source) for one in rows) > 60
    page = client.get(url).content.decode()
    assert "lack of cash" in page
    assert ">lack_of_cash<" not in page
    assert max((one.source for one in rows), key=len) not in page


def test_who_may_not_write_meets_a_closed_door(client, cast):
    client.force_login(cast.staff("aree"))
    url = reverse("admin:settlement_penaltyrate_bring_in")
    assert client.post(url, {}).status_code == 403
