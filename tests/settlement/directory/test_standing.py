"""Standing instructions: four eyes, effective dates, the narrowest one applies."""

from datetime import date

import pytest

from backoffice.desk import approving
from backoffice.kernel.refusals import Refused
from settlement.directory import standing
from settlement.models import StandingInstruction, TradeEnrichment
from tests.settlement import desk

pytestmark = pytest.mark.django_db
SIAM = standing.StandingDraft(
    participant="SIAMSEC",
    effective_from=date(2026, 1, 1),
    safekeeping_account="0001-2",
    custodian="SIAMTHBKXXX",
    depository="TSDCTHBKXXX",
    cash_account="0101",
)


@pytest.fixture(autouse=True)
def furnished(system, at):
    desk.furnish(actor=system, at=at)


def change(**changes):
    return standing.StandingDraft(
        **{**{n: getattr(SIAM, n) for n in SIAM.__dataclass_fields__}, **changes}
    )


@pytest.fixture
def record(system, at):
    return lambda **changes: standing.record(
        draft=change(**changes), proposed_by="setup", actor=system, at=at
    )


@pytest.fixture
def applies(system, at):
    """Which account each side of a new trade settles on."""

    def enrich(ref, **changes):
        desk.capture(desk.draft(source_ref=ref, **changes), actor=system, at=at)
        found = TradeEnrichment.objects.filter(trade__source_ref=ref).first()
        return found and found.buyer_instruction.cash_account

    return enrich


def test_a_change_is_in_force_once_a_second_person_approves(cast, at):
    item = standing.propose(draft=SIAM, actor=cast.actor("chai"), at=at)
    assert not StandingInstruction.objects.exists()
    assert standing.propose(draft=SIAM, actor=cast.actor("chai"), at=at) == item
    with pytest.raises(Refused):
        approving.approve(item_id=item, actor=cast.actor("chai"), at=at)
    approving.approve(item_id=item, actor=cast.actor("dao"), at=at)
    made = StandingInstruction.objects.get()
    assert (made.proposed_by, made.approved_by, made.version) == ("chai", "dao", 1)


def test_a_rejected_change_leaves_nothing(cast, at):
    item = standing.propose(draft=SIAM, actor=cast.actor("chai"), at=at)
    approving.reject(item_id=item, actor=cast.actor("dao"), at=at, note="wrong account")
    assert not StandingInstruction.objects.exists()


def test_maker_and_checker_of_one_name_are_refused(cast, at):
    with pytest.raises(approving.SamePerson):
        standing.record(draft=SIAM, proposed_by="dao", actor=cast.actor("dao"), at=at)


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"custodian": "NOTABIC"}, "custodian"),
        ({"cash_account": "DE89370400440532013001"}, "cash_account"),
        ({"effective_to": date(2025, 1, 1)}, "effective_to"),
        ({"cash_account": "", "safekeeping_account": ""}, "cash_account"),
        ({"participant": "NOBODY"}, "participant"),
    ],
)
def test_wrong_particulars_are_refused_by_field(cast, at, changes, field):
    with pytest.raises(Refused) as refused:
        standing.propose(draft=change(**changes), actor=cast.actor("chai"), at=at)
    assert refused.value.place.field == field


def test_the_narrowest_instruction_in_force_applies(record, applies):
    record(participant="KRUNGSEC")
    assert applies("T-0") is None
    record(cash_account="any")
    record(market="XBKK", cash_account="bangkok")
    record(market="XBKK", currency="THB", cash_account="baht")
    record(
        market="XBKK",
        currency="THB",
        cash_account="february",
        effective_from=date(2026, 2, 1),
        effective_to=date(2026, 2, 28),
    )
    assert applies("T-1") == "baht"
    assert applies("T-2", currency="USD") == "bangkok"
    assert applies("T-3", market="XNYS", currency="USD") == "any"
    assert applies("T-4", value_date=date(2026, 2, 2)) == "february"
    assert applies("T-5", value_date=date(2026, 3, 4)) == "baht"


def test_an_ended_instruction_applies_no_more(record, applies, cast, at):
    record(participant="KRUNGSEC")
    record(cash_account="any")
    item = standing.end(
        draft=SIAM, effective_from=date(2026, 1, 8), actor=cast.actor("chai"), at=at
    )
    approving.approve(item_id=item, actor=cast.actor("dao"), at=at)
    assert applies("T-1") == "any"
    assert applies("T-2", value_date=date(2026, 1, 9)) is None
