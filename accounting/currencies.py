"""Which currencies and commodities amounts may be counted in, and their decimals."""

from collections.abc import Iterable
from functools import cache

from django.db import connection

from backoffice.kernel.money import Currency, CurrencyUnknown, exponent_of
from backoffice.kernel.refusals import Refused

_KNOWN: dict[str, Currency] = {}


def find(code: str) -> Currency:
    """The currency or commodity of `code` as the reference data has it.

    Decimals of a code never change once amounts are counted in it, so what was found is kept for
    the life of the process; an unknown code is looked up again each time.

    Raises:
        CurrencyUnknown: when neither ISO 4217 nor the house's reference data know the code.
    """
    found = _KNOWN.get(code)
    if found is None:
        found = _iso(code) or _look_up(code)
        _KNOWN[code] = found
    return found


def learn(codes: Iterable[str]) -> None:
    """Look up together what `find` will be asked for one by one; what is unknown stays unknown."""
    wanted = [code for code in dict.fromkeys(codes) if code not in _KNOWN and _iso(code) is None]
    if not wanted:
        return
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT code, exponent FROM reference_currency WHERE code = ANY(%s)", [wanted]
        )
        for code, exponent in cursor.fetchall():
            _KNOWN[code] = Currency.commodity(code, exponent=exponent)


def at_hand(code: str) -> Currency:
    """As `find`, but without a look into the database: KeyError for what that would need."""
    found = _KNOWN.get(code) or _iso(code)
    if found is None:
        raise KeyError(code)
    return found


def home_of(entity: str) -> Currency | None:
    """The functional currency of an entity; None where there is no such entity."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT functional_currency FROM accounting_entity WHERE code = %s", [entity]
        )
        row = cursor.fetchone()
    return find(row[0]) if row else None


@cache
def _iso(code: str) -> Currency | None:
    try:
        return Currency(code, exponent_of(code))
    except Refused:
        return None


def _look_up(code: str) -> Currency:
    with connection.cursor() as cursor:
        cursor.execute("SELECT exponent FROM reference_currency WHERE code = %s", [code])
        row = cursor.fetchone()
    if row is None:
        raise CurrencyUnknown(currency=code)
    return Currency.commodity(code, exponent=row[0])
