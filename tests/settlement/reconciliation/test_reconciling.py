"""Statements against the books: matched by themselves, breaks on the desk, four eyes on them."""

from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

import settlement
from accounting import queries as ledger
from backoffice.desk import approving, claiming
from backoffice.desk.models import WorkItem
from backoffice.kernel import money
from backoffice.kernel.refusals import Refused
from backoffice.reference import listing
from settlement.models import (
    BankStatement,
    Break,
    Instruction,
    MatchedLine,
    ReconciledAccount,
    ReconciliationMatch,
    StatementLine,
)
from settlement.reconciliation import chasing, keeping, proving, reconciling, writing_off
from settlement.rules.reconciliation import short
from tests.settlement import statements
from tests.settlement.reconciliation.conftest import DAY, NOSTRO

HOLDINGS = Path(settlement.__file__).parent / "examples" / "holdings.mt535"


@pytest.mark.django_db
@pytest.mark.parametrize("format_", ["camt", "mt940"])
def test_payment_hub_34_a_settled_day_reconciles_by_itself(nostro, bring, capture, close, format_):
    """The bank tells of our instructions by reference: nothing is left to a person."""
    capture(days=1, a_day=60)
    close()
    lines = [
        (i.amount if i.direction == "receive" else -i.amount, short(i.reference))
        for i in Instruction.objects.order_by("pk")
    ]
    imported = bring(
        getattr(statements, format_.replace("camt", "camt053"))(lines, day=DAY), format_
    )
    assert imported.reconciled.matched == {"reference": len(lines)}
    assert imported.reconciled.open == 0
    assert WorkItem.objects.count() == 0
    proof = proving.prove(account=nostro, as_of=DAY)
    assert proof.bank == proof.ledger == sum(amount for amount, _ in lines)
    assert proof.difference == 0


@pytest.mark.django_db
def test_without_references_amount_and_day_tell(nostro, bring, post):
    post("REF-0001", "100.00")
    post("REF-0002", "-40.00")
    done = bring(statements.camt053([("-40.00", ""), ("100.00", "")], day=DAY)).reconciled
    assert done.matched == {"amount_date": 2}
    assert done.open == 0


@pytest.mark.django_db
def test_what_the_bank_sums_up_is_several_to_one(nostro, bring, post):
    post("REF-0001", "100.00")
    post("REF-0002", "40.00")
    assert bring(statements.camt053([("140.00", "")], day=DAY)).reconciled.matched == {"group": 1}


@pytest.mark.django_db
def test_breaks_stand_on_the_desk_with_age_and_owner(nostro, bring, post, cast, at):
    post("REF-0001", "100.00")
    post("REF-0002", "55.00", day=DAY)
    later = DAY + timedelta(days=10)
    bring(statements.camt053([("98.50", "REF-0001"), ("7.00", "BANKFEE9")], day=later))
    kinds = {one.kind: one for one in Break.objects.select_related("item")}
    assert set(kinds) == {"amount_differs", "missing_in_books", "missing_at_bank"}
    assert kinds["amount_differs"].amount == Decimal("-1.50")
    assert kinds["missing_at_bank"].since == DAY
    assert kinds["missing_at_bank"].amount == Decimal("-55.00")
    item = kinds["missing_in_books"].item
    assert item.department == "settlement"
    assert "7.00 CZK" in item.title_en
    claiming.claim(item_id=item.pk, actor=cast.actor("chai"), at=at)
    owned = Break.objects.select_related("item__claimed_by").get(kind="missing_in_books")
    assert owned.item.claimed_by.username == "chai"
    proof = proving.prove(account=nostro, as_of=later)
    assert proof.difference == 0


@pytest.mark.django_db
def test_a_break_explains_itself_when_the_books_follow(nostro, bring, post, system, at):
    bring(statements.camt053([("70.00", "REF-0009")], day=DAY))
    assert Break.objects.get().closed_at is None
    post("REF-0009", "70.00")
    done = reconciling.reconcile_day(book="HOUSE", business_date=DAY, actor=system, at=at)
    assert done.matched == {"reference": 1}
    assert (done.closed, done.open) == (1, 0)
    assert WorkItem.objects.get().state == "done"
    again = reconciling.reconcile_day(book="HOUSE", business_date=DAY, actor=system, at=at)
    assert again == reconciling.Reconciled()


@pytest.mark.django_db
def test_a_statement_twice_is_refused_with_nothing_kept(nostro, bring):
    content = statements.camt053([("70.00", "REF-0009")], day=DAY)
    bring(content)
    with pytest.raises(keeping.StatementKnown, match="S1 1"):
        bring(content)
    with pytest.raises(keeping.StatementKnown):
        bring(content + b"\n")
    assert BankStatement.objects.count() == StatementLine.objects.count() == 1


@pytest.mark.django_db
def test_a_missing_statement_before_is_a_break(nostro, bring):
    bring(statements.camt053([("70.00", "REF-0009")], day=DAY))
    bring(statements.camt053([], day=DAY + timedelta(days=3), opening="95.00", number=3))
    gap = Break.objects.get(kind="statement_gap")
    assert gap.amount == Decimal("25.00")
    assert gap.item_id


@pytest.mark.django_db
def test_an_account_that_nobody_entered_is_refused_with_its_line(bring):
    with pytest.raises(keeping.AccountNotReconciled) as refused:
        bring(statements.mt940([], day=DAY), "mt940")
    assert refused.value.place.line == 1
    assert "NOSTRO1 CZK" in refused.value.text("th")
    assert "--ledger" in refused.value.text("en")
    bring(statements.mt940([], day=DAY), "mt940", ledger_account=NOSTRO)
    assert ReconciledAccount.objects.get().ledger_account == NOSTRO


@pytest.mark.django_db
def test_a_statement_that_contradicts_itself_is_refused(nostro, bring):
    content = statements.camt053([("70.00", "REF-0009")], day=DAY)
    with pytest.raises(Refused):
        bring(
            content.replace(
                b"'CZK'>70.00</Amt><CdtDbtInd>CRDT</CdtDbtInd><Sts>",
                b"'CZK'>71.00</Amt><CdtDbtInd>CRDT</CdtDbtInd><Sts>",
            )
        )
    assert not BankStatement.objects.exists()


@pytest.mark.django_db
@pytest.mark.parametrize("kind", ["missing_in_books", "missing_at_bank", "amount_differs"])
def test_a_write_off_takes_two_people_and_books_at_once(  # noqa: PLR0917
    nostro, bring, post, cast, at, kind
):
    if kind != "missing_in_books":
        post("REF-0001", "100.00")
    told = {
        "missing_in_books": [("7.00", "BANKFEE9")],
        "missing_at_bank": [],
        "amount_differs": [("98.50", "REF-0001")],
    }[kind]
    bring(statements.camt053([], day=DAY))
    late = DAY + timedelta(days=9)
    bring(statements.camt053(told, day=late, number=2))
    one = Break.objects.get(kind=kind)
    before = ledger.balance(entity="HOUSE", account=NOSTRO, as_of=at.date()).get("CZK", 0)
    item = writing_off.propose(
        break_id=one.pk, reason="Bank's own fee", actor=cast.actor("chai"), at=at
    )
    with pytest.raises(approving.SamePerson):
        _with_role(cast, item, at)
    assert not _written_off(at)
    approving.approve(item_id=item, actor=cast.actor("dao"), at=at)
    one.refresh_from_db()
    assert one.closed_how == "written_off"
    assert one.item.state == "done"
    after = ledger.balance(entity="HOUSE", account=NOSTRO, as_of=at.date())["CZK"]
    assert after - before == one.amount
    assert _written_off(at) == -one.amount
    assert proving.prove(account=nostro, as_of=late).difference == 0


def _with_role(cast, item, at):
    """The maker, were they a checker."""
    staff = cast.staff("chai")
    staff.role = "checker"
    staff.save()
    try:
        approving.approve(item_id=item, actor=cast.actor("chai"), at=at)
    finally:
        staff.role = "clerk"
        staff.save()


def _written_off(at):
    rows = ledger.trial_balance(entity="HOUSE", as_of=at.date())
    return sum(row.balance for row in rows if row.account == writing_off.DIFFERENCES)


@pytest.mark.django_db
def test_a_rejected_write_off_books_nothing(nostro, bring, cast, at):
    bring(statements.camt053([("7.00", "BANKFEE9")], day=DAY))
    one = Break.objects.get()
    item = writing_off.propose(break_id=one.pk, reason="x", actor=cast.actor("chai"), at=at)
    approving.reject(item_id=item, actor=cast.actor("dao"), at=at, note="ask the bank")
    one.refresh_from_db()
    assert one.closed_at is None
    assert not _written_off(at)


@pytest.mark.django_db
def test_a_break_explained_meanwhile_is_not_written_off(  # noqa: PLR0917
    nostro, bring, post, cast, system, at
):
    bring(statements.camt053([("7.00", "REF-0009")], day=DAY))
    one = Break.objects.get()
    item = writing_off.propose(break_id=one.pk, reason="x", actor=cast.actor("chai"), at=at)
    post("REF-0009", "7.00")
    reconciling.reconcile_day(book="HOUSE", business_date=DAY, actor=system, at=at)
    with pytest.raises(writing_off.BreakClosed):
        approving.approve(item_id=item, actor=cast.actor("dao"), at=at)
    assert not _written_off(at)


@pytest.mark.django_db
def test_holdings_are_compared_asset_by_asset(bring, post, system, at):
    custody, isin, other = "Assets:Securities:CUST1", "TH0016010017", "TH0001010006"
    for code in (isin, other):
        listing.list_commodity(
            commodity=money.Currency.commodity(code, exponent=0),
            name_en=code,
            name_th=code,
            actor=system,
            at=at,
        )
    post("DELIVERY-1", "500", nostro=custody, currency=isin)
    first = bring(
        statements.mt535([(isin, 500), (other, 20)], day=DAY), "mt535", ledger_account=custody
    )
    assert (first.reconciled.matched, first.reconciled.open) == ({"position": 1}, 1)
    differs = Break.objects.get()
    assert (differs.asset, differs.amount) == (other, Decimal(20))
    post("DELIVERY-2", "20", nostro=custody, currency=other)
    second = bring(
        statements.mt535([(isin, 500), (other, 20)], day=DAY + timedelta(days=1)), "mt535"
    )
    assert second.reconciled.open == 0
    assert WorkItem.objects.get().state == "done"


@pytest.mark.django_db
def test_the_end_of_day_compares_holdings_with_what_was_posted_since(bring, post, system, at):
    """The custodian's word on a day comes before the day is posted: a stale break is no break."""
    custody, isin = "Assets:Securities:CUST1", "TH0016010017"
    listing.list_commodity(
        commodity=money.Currency.commodity(isin, exponent=0),
        name_en=isin,
        name_th=isin,
        actor=system,
        at=at,
    )
    bring(statements.mt535([(isin, 500)], day=DAY), "mt535", ledger_account=custody)
    reconcile = {"book": "HOUSE", "business_date": DAY, "actor": system, "at": at}
    assert reconciling.reconcile_day(**reconcile).open == 1
    post("DELIVERY-1", "500", nostro=custody, currency=isin)
    done = reconciling.reconcile_day(**reconcile)
    assert (done.matched, done.closed, done.open) == ({"position": 1}, 1, 0)
    assert WorkItem.objects.get().state == "done"


@pytest.mark.django_db
def test_many_breaks_are_put_on_the_desk_in_as_many_statements_as_one(
    nostro, bring, post, system, at
):
    def cost(first, last):
        """Lines of ours that no statement tells of, found on the day they are late."""
        for number in range(first, last):
            post(f"LATE-{number:04}", f"{number + 1}.00")
        bring(
            statements.camt053([], day=DAY + timedelta(days=5 + last), number=last),
        )
        Break.objects.update(item=None)
        WorkItem.objects.all().delete()
        with CaptureQueriesContext(connection) as queries:
            chasing.put_on_desk(account=nostro, actor=system, at=at)
        assert WorkItem.objects.count() == last
        return len(queries)

    assert cost(0, 1) == cost(1, 40)


@pytest.mark.django_db
def test_holdings_with_a_page_missing_are_refused(bring):
    content = statements.mt535([("TH0016010017", 500)], day=DAY, page="1/MORE")
    with pytest.raises(Refused, match="pages are missing"):
        bring(content, "mt535", ledger_account="Assets:Securities:CUST1")


@pytest.mark.django_db
def test_the_database_refuses_a_match_that_does_not_balance(nostro, bring, post, system, at):
    bring(statements.camt053([("7.00", "BANKFEE9")], day=DAY))
    made = ReconciliationMatch.objects.create(
        account=nostro, how="by_hand", matched_at=at, matched_by="x"
    )
    with pytest.raises(IntegrityError, match="does not balance"), transaction.atomic():
        MatchedLine.objects.create(match=made, line=StatementLine.objects.get())


@pytest.mark.django_db
@pytest.mark.parametrize(
    "table", ["bankstatement", "statementline", "reconciliationmatch", "matchedline", "houseline"]
)
def test_what_was_told_and_matched_is_never_changed(nostro, bring, post, table):
    post("REF-0001", "100.00")
    bring(statements.camt053([("100.00", "REF-0001")], day=DAY))
    with pytest.raises(IntegrityError, match="append-only"), connection.cursor() as cursor:
        cursor.execute(f"DELETE FROM settlement_{table}")


@pytest.mark.django_db
def test_a_front_office_clerk_does_not_reconcile(bring, cast):
    with pytest.raises(Refused, match="may not"):
        bring(statements.camt053([], day=DAY), actor=cast.actor("ann"))


@pytest.mark.django_db
def test_a_custody_account_that_nobody_entered_is_named_without_a_currency():
    words = ("import_statement", str(HOLDINGS), "--format", "mt535")
    with pytest.raises(CommandError) as refused:
        call_command(*words)
    english, thai = str(refused.value).splitlines()
    assert "is not reconciled here; say which ledger account mirrors it (--ledger" in english
    assert "  " not in english + thai
