"""Every page of the desk opens on the demo firm's data, in Thai, with Buddhist years."""

import re
from datetime import UTC, datetime

import pytest
from django.contrib import admin
from django.urls import NoReverseMatch, reverse

from backoffice.demo import seeding
from backoffice.people.models import Staff

AT = datetime(2026, 1, 5, 2, 30, tzinfo=UTC)
PAGES = sorted(
    (model for model in admin.site._registry if model._meta.app_label not in {"auth", "account"}),
    key=lambda model: model._meta.label,
)
pytestmark = pytest.mark.django_db


@pytest.fixture
def desk(client):
    """The auditor's browser, who reads everything, on a seeded house; in Thai."""
    seeding.seed(clock=lambda: AT)
    auditor = Staff.objects.get(username="arun")
    client.force_login(auditor, backend="backoffice.people.permissions.RoleBackend")
    client.cookies["django_language"] = "th"
    return client


def test_every_list_and_the_first_page_behind_it_open(desk, django_assert_max_num_queries):
    for model in PAGES:
        name = f"admin:{model._meta.app_label}_{model._meta.model_name}"
        with django_assert_max_num_queries(15):
            page = desk.get(reverse(f"{name}_changelist"))
        assert page.status_code == 200, model
        row = model._default_manager.first()
        if row is not None:
            try:
                address = reverse(f"{name}_change", args=[row.pk])
            except NoReverseMatch:
                continue
            assert desk.get(address).status_code == 200, address


@pytest.mark.parametrize("model", ["desk/workitem", "settlement/transaction", "accounting/price"])
def test_thai_readers_see_buddhist_years(desk, model):
    text = desk.get(f"/admin/{model}/").content.decode()
    rows = re.findall(r"(?s)<tbody.*</tbody>", text)[0]
    assert re.search(r"256[89]", rows)
    assert not re.search(r"(ม\.ค\.|มกราคม|ธ\.ค\.|ธันวาคม) 202[56]", rows)


def test_the_first_page_counts_the_queues(desk):
    text = desk.get("/admin/").content.decode()
    assert "department__exact=accounting" in text
    assert "คิวงาน" in text


def test_the_years_above_a_list_are_the_readers_too(desk):
    text = desk.get("/admin/settlement/transaction/").content.decode()
    dates = re.findall(r'(?s)<ul class="desk-dates">.*?</ul>', text)[0]
    assert re.search(r"256[89]", dates)
    assert not re.search(r"\b20\d\d\b", re.sub(r'href="[^"]*"', "", dates))


def test_the_first_page_leads_to_the_places_of_work(desk, client):
    text = desk.get("/admin/").content.decode()
    places = re.findall(r'(?s)<nav class="desk-places".*?</nav>', text)[0]
    assert re.findall(r'href="([^"]+)"', places)[0] == "/admin/accounting/entry/"
    assert "/admin/settlement/steprun/progress/" in places
    assert "django_celery_beat" not in text.split("desk-places")[1].split("</main>")[0]
    clerk = Staff.objects.get(username="krit")
    client.force_login(clerk, backend="backoffice.people.permissions.RoleBackend")
    seen = re.findall(
        r'(?s)<nav class="desk-places".*?</nav>', client.get("/admin/").content.decode()
    )
    assert "/admin/accounting/" not in seen[0]
    for address in re.findall(r'href="([^"]+)"', seen[0]):
        assert client.get(address).status_code == 200, address
