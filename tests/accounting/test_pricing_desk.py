"""The clerk's answer page for price requests."""

from decimal import Decimal

import pytest
from django.utils import timezone

from accounting import pricing, stocking
from backoffice.desk.models import WorkItem
from backoffice.kernel.actors import Actor

pytestmark = [pytest.mark.django_db, pytest.mark.department("accounting")]


@pytest.fixture
def item(at):
    actor = Actor.system("tests")
    drafts = [stocking.GoodDraft("ORC", "Orchids", "กล้วยไม้", "bundle", "มัด")]
    stocking.enter_goods(goods=drafts, actor=actor, at=at)
    pricing.open_list(
        code="RETAIL", name_en="Retail", name_th="ปลีก", currency="THB", actor=actor, at=at
    )
    return pricing.ask_clerk(
        subject_kind="portal.request", subject_ref="k", what="orchids",
        payload={"quantity": "40", "note": "<i>soon</i>"}, actor=actor, at=at,
    )  # fmt: skip


@pytest.fixture
def desk(client, cast):
    client.force_login(cast.staff("chai"), backend="backoffice.people.permissions.RoleBackend")
    return client


def test_the_desk_leads_to_the_departments_own_page(desk, item):
    response = desk.get(f"/admin/desk/workitem/{item}/answer/")
    assert response["Location"] == f"/admin/accounting/price/answer/{item}/"
    page = desk.get(response["Location"]).content.decode()
    assert "Price for orchids" in page
    assert "&lt;i&gt;soon" in page


def test_an_answer_with_a_price_enters_it(desk, item, at):
    form = {
        "answer": "1,350", "good": "ORC", "price_list": "RETAIL", "amount": "1350.00",
        "min_quantity": "1",
    }  # fmt: skip
    response = desk.post(f"/admin/accounting/price/answer/{item}/", form)
    assert response.status_code == 302
    closed = WorkItem.objects.get(pk=item)
    assert (closed.state, closed.answer) == ("done", "1,350")
    found = pricing.quote(good="ORC", on=timezone.localdate(closed.closed_at))
    assert [row.amount for row in found.prices] == [Decimal(1350)]
    assert desk.get(f"/admin/accounting/price/answer/{item}/").status_code == 404


@pytest.mark.parametrize(
    "change", [{"good": ""}, {"good": "NONE"}, {"amount": "-1"}, {"answer": ""}]
)
def test_an_answer_that_cannot_be_comes_back(desk, item, change):
    form = {"answer": "x", "good": "ORC", "price_list": "RETAIL", "amount": "1", **change}
    response = desk.post(f"/admin/accounting/price/answer/{item}/", form)
    assert response.status_code == 200
    assert "errorlist" in response.content.decode()
    assert WorkItem.objects.get(pk=item).state == "open"


def test_only_accounting_answers(client, cast, item, at):
    client.force_login(cast.staff("ann"), backend="backoffice.people.permissions.RoleBackend")
    assert client.get(f"/admin/accounting/price/answer/{item}/").status_code == 302
    stranger = cast.staff("dao")
    stranger.department = "settlement"
    stranger.save()
    client.force_login(stranger, backend="backoffice.people.permissions.RoleBackend")
    assert client.get(f"/admin/accounting/price/answer/{item}/").status_code == 403
