"""Identifiers of messages with their check digits: ISIN, LEI, BIC, IBAN; refused with a place."""

from collections.abc import Callable
from functools import lru_cache

from schwifty import BIC, IBAN
from schwifty.exceptions import SchwiftyException

from backoffice.kernel import identifiers
from backoffice.kernel.identifiers import IdentifierRefused


def _iban(text: str) -> str:
    """Check digits, then length and structure of the country (SWIFT IBAN registry)."""
    identifiers.require_iban(text)
    try:
        IBAN(text)
    except SchwiftyException as error:
        raise IdentifierRefused(text=text, scheme="IBAN") from error
    return text


def _bic(text: str) -> str:
    """Form, then the country of characters five and six."""
    identifiers.require_bic(text)
    if not is_country(text[4:6]):
        raise IdentifierRefused(text=text, scheme="BIC")
    return text


@lru_cache(maxsize=1024)
def is_country(code: str) -> bool:
    """Whether the code is a country of ISO 3166-1, or XK, which BICs and IBANs use."""
    if len(code) != 2 or not code.isascii() or not code.isupper():
        return False
    try:
        BIC(f"AAAA{code}22")
    except SchwiftyException:
        return False
    return True


_CHECKS: dict[str, Callable[[str], str]] = {
    "ISIN": identifiers.require_isin,
    "LEI": identifiers.require_lei,
    "BIC": _bic,
    "IBAN": _iban,
}


def require(scheme: str, text: str, *, line: int | None = None, field: str | None = None) -> str:
    """The identifier as given.

    Args:
        scheme: "ISIN" (ISO 6166), "LEI" (ISO 17442), "BIC" (ISO 9362) or "IBAN" (ISO 13616).
        line, field: where it stands in the message.

    Raises:
        IdentifierRefused: wrong form or check digits, with the place.
    """
    try:
        return _CHECKS[scheme](text)
    except IdentifierRefused as refusal:
        raise refusal.at(line=line, field=field) from None


def is_valid(scheme: str, text: str) -> bool:
    """Whether the text is a valid identifier of the scheme."""
    try:
        _CHECKS[scheme](text)
    except IdentifierRefused:
        return False
    return True
