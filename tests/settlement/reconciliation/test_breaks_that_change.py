"""Nothing unexplained is lost: what is half explained, what comes late, what the bank took back."""

import io
from datetime import timedelta
from decimal import Decimal

import pytest

from backoffice.desk import approving
from backoffice.desk.models import WorkItem
from settlement.formats.bank_statements import READERS
from settlement.models import Break, HouseLine, StatementLine
from settlement.reconciliation import pairing, proving, reconciling, writing_off
from tests.settlement import statements
from tests.settlement.reconciliation.conftest import DAY

pytestmark = pytest.mark.django_db


@pytest.fixture
def bring(nostro, system, at):
    """Statement `number` of that many days after the first: `bring(2, ("98.50", "REF-1"))`."""

    def bring_statement(number, *lines, opening="0.00"):
        content = statements.camt053(
            lines, day=DAY + timedelta(days=number - 1), opening=opening, number=number
        )
        return reconciling.import_file(
            statements=READERS["camt"](io.BytesIO(content), name=f"s{number}"),
            file_name=f"s{number}",
            sha256=f"{number:064x}",
            format_="camt",
            book="HOUSE",
            actor=system,
            at=at,
        ).reconciled

    return bring_statement


def open_breaks():
    rows = Break.objects.filter(closed_at=None).order_by("pk")
    return [(one.kind, one.amount) for one in rows]


def desk_titles():
    rows = WorkItem.objects.filter(state="open", kind="settlement.break")
    return sorted(rows.values_list("title_en", flat=True))


def test_a_line_whose_suspect_was_matched_with_another_stays_a_break(bring, post, nostro):
    """The break closed with our line, and the bank's hundred crowns were on nobody's desk."""
    post("REF-0001", "90.00")
    bring(1, ("100.00", "REF-0001"))
    assert open_breaks() == [("amount_differs", Decimal("10.00"))]
    done = bring(2, ("90.00", "REF-0001"), opening="100.00")
    assert (done.matched, done.open) == ({"reference": 1}, 1)
    assert open_breaks() == [("missing_in_books", Decimal("100.00"))]
    [title] = desk_titles()
    assert "Not in our books: 100.00 CZK" in title
    assert proving.prove(account=nostro, as_of=DAY + timedelta(days=1)).difference == 0
    post("REF-0002", "100.00")
    assert bring(3, opening="190.00").open == 0
    assert not desk_titles()


def test_our_line_whose_suspect_was_matched_by_hand_stays_a_break(bring, post, nostro, system, at):
    post("REF-0001", "90.00")
    bring(1, ("100.00", "REF-0001"))
    post("OTHER", "100.00")
    pairing.take_note(account=nostro, since=DAY, until=DAY)
    pairing.pair_by_hand(
        account=nostro,
        line_ids=[StatementLine.objects.get().pk],
        house_line_ids=[HouseLine.objects.get(amount=100).pk],
        note="same customer",
        actor=system,
        at=at,
    )
    bring(2, opening="100.00")
    assert open_breaks() == [("missing_at_bank", Decimal("-90.00"))]
    [title] = desk_titles()
    assert "Not on the statement: -90.00 CZK" in title


def test_a_write_off_of_ten_does_not_write_off_the_hundred_it_became(bring, post, cast, at):
    post("REF-0001", "90.00")
    bring(1, ("100.00", "REF-0001"))
    one = Break.objects.get()
    item = writing_off.propose(break_id=one.pk, reason="x", actor=cast.actor("chai"), at=at)
    bring(2, ("90.00", "REF-0001"), opening="100.00")
    with pytest.raises(writing_off.BreakChanged, match=r"100\.00 CZK"):
        approving.approve(item_id=item, actor=cast.actor("dao"), at=at)
    assert open_breaks() == [("missing_in_books", Decimal("100.00"))]


def test_a_statement_that_comes_late_fills_its_gap(bring):
    bring(1, ("70.00", "REF-0009"))
    bring(3, opening="95.00")
    assert ("statement_gap", Decimal("25.00")) in open_breaks()
    done = bring(2, ("25.00", "REF-0010"), opening="70.00")
    assert done.closed == 1
    assert "statement_gap" not in dict(open_breaks())
    assert not [one for one in desk_titles() if "missing before" in one]


def test_a_statement_that_fills_nothing_leaves_the_gap(bring):
    bring(1, ("70.00", "REF-0009"))
    bring(4, opening="95.00")
    assert bring(2, ("5.00", "REF-0010"), opening="70.00").closed == 0
    assert ("statement_gap", Decimal("25.00")) in open_breaks()
