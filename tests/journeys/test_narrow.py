"""The desk on a telephone, 390 px wide."""

import pytest
from django.utils import timezone

from backoffice.demo import seeding
from tests.journeys.test_files_and_day import _desk

pytestmark = pytest.mark.django_db(transaction=True)
WIDTH = 390


@pytest.mark.parametrize("language", ["en", "th"])
def test_the_journals_amounts_are_seen_without_scrolling(window, transactional_db, language):
    seeding.seed(clock=timezone.now)
    page = _desk(window, "aor", language, width=WIDTH)
    page.goto("/admin/accounting/entry/")
    boxes = [one.bounding_box() for one in page.locator("td.field-show_value .amount").all()]
    assert boxes
    assert max(box["x"] + box["width"] for box in boxes) <= WIDTH
