"""The desk's buttons are links: one that another site sends acts on nothing."""

import pytest

from backoffice.desk import queueing
from backoffice.desk.models import WorkItem

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("site", "status", "state"),
    [
        ("cross-site", 403, "open"),
        ("same-site", 403, "open"),
        ("same-origin", 302, "claimed"),
        ("none", 302, "claimed"),
    ],
)
def test_a_link_from_elsewhere_takes_nothing(client, cast, system, at, *, site, status, state):
    item = queueing.open_item(
        kind="test.question",
        department="settlement",
        subject_kind="test",
        subject_ref="1",
        title_en="A question",
        title_th="คำถาม",
        actor=system,
        at=at,
    )
    client.force_login(cast.staff("chai"), backend="backoffice.people.permissions.RoleBackend")
    address = f"/admin/desk/workitem/{item}/take/"
    answered = client.get(address, headers={"sec-fetch-site": site})
    assert (answered.status_code, WorkItem.objects.get(pk=item).state) == (status, state)
