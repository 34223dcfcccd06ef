"""The schedule names tasks that exist: a typing error there would be a night without work."""

import pytest
from celery import current_app

from backoffice.schedule import SCHEDULE


@pytest.mark.parametrize("name", SCHEDULE)
def test_every_wake_up_has_its_task(name):
    current_app.loader.import_default_modules()
    current_app.autodiscover_tasks(force=True)
    assert SCHEDULE[name]["task"] in current_app.tasks
