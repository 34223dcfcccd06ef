"""Days to clear, captured from registers that the tests make."""

from datetime import date

import pytest
from django.utils import timezone

from settlement import end_of_day
from settlement.clearing import capturing
from settlement.formats import register
from tests.settlement import registers

DAY = date(1993, 1, 1)


@pytest.fixture
def capture(system, at):
    """Capture a made register: `capture(seed=1, days=3, a_day=20, skip_bad=False)`."""

    def capture_register(*, extra=b"", skip_bad=False, on_refused=None, actor=system, **shape):
        file = registers.file(**shape)
        content = file.getvalue() + extra
        file.seek(0)
        file.write(content)
        file.seek(0)
        return capturing.capture_register(
            lines=register.read(file, name="r.csv"),
            file_name="r.csv",
            sha256="0" * 64,
            book="HOUSE",
            currency="CZK",
            actor=actor,
            at=at,
            skip_bad=skip_bad,
            on_refused=on_refused,
        )

    return capture_register


@pytest.fixture
def close(system):
    """Close one day: `close(day)`."""

    def close_day(day=DAY):
        return end_of_day.run(business_date=day, book="HOUSE", actor=system, clock=timezone.now)

    return close_day


@pytest.fixture
def untold(monkeypatch):
    """The end of day tells nobody anything, so that a test can do it by itself."""
    quiet = (step for step in end_of_day.STEPS if step.__name__ not in {"send", "state"})
    monkeypatch.setattr(end_of_day, "STEPS", tuple(quiet))
