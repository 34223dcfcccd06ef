"""Plant seed calendars as version 1 with a migration's own models."""

from collections.abc import Callable, Sequence
from datetime import date, datetime
from typing import Any

from backoffice.kernel.canonical import fingerprint
from backoffice.reference.seed_calendars import registry
from backoffice.reference.seed_calendars.seed import SeedDay


def fingerprint_of(
    days: Sequence[SeedDay], first: date, last: date, weekend: frozenset[int]
) -> str:
    """SHA-256 of a version's content: two versions of one content are one."""
    rows = [[day.date, day.is_open, day.name_en, day.name_th, day.evidence] for day in days]
    return fingerprint([first, last, weekend, rows])


def plant(
    get_model: Callable[[str, str], Any], codes: Sequence[str], known_since: datetime
) -> None:
    """Write calendar, version 1 and days of each seed in `codes`.

    Args:
        get_model: the migration's `apps.get_model`.
        known_since: recorded time of the versions.
    """
    for code in codes:
        seed = registry.get(code)
        get_model("reference", "Calendar").objects.create(
            code=code, name_en=seed.name_en, name_th=seed.name_th, time_zone=seed.time_zone
        )
        version = get_model("reference", "CalendarVersion").objects.create(
            calendar_id=code,
            number=1,
            covers_from=seed.covers_from,
            covers_until=seed.covers_until,
            weekend="".join(map(str, sorted(seed.weekend))),
            notice_text=seed.notice_text,
            notice_url=seed.notice_url,
            fingerprint=fingerprint_of(
                seed.days, seed.covers_from, seed.covers_until, seed.weekend
            ),
            recorded_at=known_since,
            imported_by="seed",
        )
        holiday = get_model("reference", "Holiday")
        holiday.objects.bulk_create(
            [
                holiday(
                    version=version,
                    date=day.date,
                    kind="working" if day.is_open else "closed",
                    name_en=day.name_en,
                    name_th=day.name_th,
                    evidence=day.evidence,
                )
                for day in seed.days
            ],
            batch_size=2000,
        )
