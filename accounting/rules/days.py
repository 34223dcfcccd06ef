"""The days that entries may bear: a year that only a slip of the hand explains is refused."""

from datetime import date

from backoffice.kernel.refusals import Place, Refused
from backoffice.kernel.thai import EARLIEST_YEAR, LATEST_YEAR


class DraftRefused(Refused):
    """A draft that breaks a rule of form."""

    code = "entry-refused"
    en = "The entry is refused."
    th = "ไม่รับรายการบัญชีนี้"


class DateUnlikely(DraftRefused):
    """A slip, such as the year 0026: an entry posted there stands in no report."""

    code = "date-unlikely"
    en = "{value} is not within the years {first} to {last}, which books and contracts lie in."
    th = "{value} อยู่นอกช่วง ค.ศ. {first} ถึง {last} ซึ่งสมุดบัญชีและสัญญาทั้งหลายอยู่ในช่วงนั้น"


def require_likely(day: date, field: str) -> None:
    """Refuse with DateUnlikely a day that only a slip explains."""
    if not EARLIEST_YEAR <= day.year <= LATEST_YEAR:
        raise DateUnlikely(Place(field=field), value=day, first=EARLIEST_YEAR, last=LATEST_YEAR)
