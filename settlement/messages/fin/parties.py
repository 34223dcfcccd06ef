"""Parties and agents out of FIN fields: options A, B, C, D, F, H, J, K and no letter.

Source: SWIFT User Handbook, party field formats; CBPR+ translation of option F lines
(1 name, 2 address line, 3 country and town, 4 to 8 identification).
"""

import re
from dataclasses import dataclass, field, replace

from settlement.messages.fin.model import Field

_BIC = re.compile(r"[A-Z0-9]{6}[A-Z0-9]{2}(?:[A-Z0-9]{3})?")
_NUMBERED = re.compile(r"([1-8])/(.*)", re.DOTALL)
_CLEARING = re.compile(r"//([A-Z]{2})(.*)", re.DOTALL)

CLEARING_SYSTEMS: dict[str, tuple[str, str]] = {
    "AT": ("ATBLZ", r"[0-9]{5}"),
    "AU": ("AUBSB", r"[0-9]{6}"),
    "BL": ("DEBLZ", r"[0-9]{8}"),
    "CC": ("CACPA", r"[0-9]{9}"),
    "CN": ("CNAPS", r"[0-9]{12,14}"),
    "CP": ("USPID", r"[0-9]{4}"),
    "ES": ("ESNCC", r"[0-9]{8,9}"),
    "FW": ("USABA", r"[0-9]{9}"),
    "GR": ("GRBIC", r"[0-9]{7}"),
    "HK": ("HKNCC", r"[0-9]{3}"),
    "IE": ("IENCC", r"[0-9]{6}"),
    "IN": ("INFSC", r"[A-Z0-9]{11}"),
    "IT": ("ITNCC", r"[0-9]{10}"),
    "NZ": ("NZNCC", r"[0-9]{6}"),
    "PL": ("PLKNR", r"[0-9]{8}"),
    "PT": ("PTNCC", r"[0-9]{8}"),
    "RU": ("RUCBC", r"[0-9]{9}"),
    "SC": ("GBDSC", r"[0-9]{6}"),
    "SW": ("CHBCC", r"[0-9]{3,5}"),
    "ZA": ("ZANCC", r"[0-9]{6}"),
}
"""FIN clearing code → ISO 20022 external clearing system code, and the member's pattern."""


@dataclass(frozen=True, slots=True)
class Address:
    """A postal address: town and country when the sender structured them, lines otherwise."""

    lines: tuple[str, ...] = ()
    town: str | None = None
    country: str | None = None


@dataclass(frozen=True, slots=True)
class Identity:
    """An identification of a party: national id, customer number, birth."""

    kind: str
    country: str
    issuer: str
    number: str


@dataclass(frozen=True, slots=True)
class PartyField:
    """A customer or an institution as one FIN field names it.

    Attributes:
        account: the account without its slash, or None.
        clearing: external clearing system code (or the raw code where it is unknown).
        member: the member's identification in that clearing system.
        bic: BIC8 or BIC11.
    """

    account: str | None = None
    clearing: str | None = None
    member: str | None = None
    bic: str | None = None
    name: str | None = None
    address: Address = field(default_factory=Address)
    identities: tuple[Identity, ...] = ()
    birth_date: str | None = None
    birth_place: str | None = None
    location: str | None = None


def party(item: Field | None) -> PartyField | None:
    """Read any party field by its option; None stays None. Every text is accepted."""
    if item is None:
        return None
    account, clearing, member, rows = _first_line(item.lines)
    base = PartyField(account=account, clearing=clearing, member=member)
    if item.option == "F":
        return _structured(base, rows)
    return _unstructured(base, item.option, rows)


def _unstructured(base: PartyField, option: str, rows: list[str]) -> PartyField:
    first, others = (rows[0], tuple(rows[1:])) if rows else (None, ())
    if option in {"A", "C", "G"}:
        return replace(base, bic=first)
    if option == "B":
        return replace(base, location=first)
    return replace(base, name=first, address=Address(others))


def _first_line(
    rows: list[str],
) -> tuple[str | None, str | None, str | None, list[str]]:
    """Account, clearing system and member off the first line, where it opens with a slash."""
    if not rows[0].startswith("/"):
        return None, None, None, rows
    found = _CLEARING.fullmatch(rows[0])
    if found is None:
        account = re.sub(r"^/[CD]/", "/", rows[0])[1:]
        return account or None, None, None, rows[1:]
    code, member = found.groups()
    system, pattern = CLEARING_SYSTEMS.get(code, ("", ""))
    if system and re.fullmatch(pattern, member):
        return None, system, member, rows[1:]
    return None, code + member, None, rows[1:]


def _structured(base: PartyField, rows: list[str]) -> PartyField:
    """Option F: numbered lines; a party identifier (code/country/number) may come first."""
    names: list[str] = []
    lines: list[str] = []
    places: list[str] = []
    extra: dict[str, str] = {}
    identities: list[Identity] = []
    for row in rows:
        found = _NUMBERED.fullmatch(row)
        if found is None:
            identities += _identity("", row)
            continue
        number, text = found.groups()
        {"1": names, "2": lines, "3": places}.get(number, []).append(text)
        if number in "45":
            extra[number] = text
        if number in "67":
            identities += _identity("CUST" if number == "6" else "NIDN", f"/{text}")
    country, _, town = places[0].partition("/") if places else ("", "", "")
    return replace(
        base,
        name="".join(names) or None,
        address=Address((*lines, *places[1:]), town or None, country or None),
        identities=tuple(identities),
        birth_date=extra.get("4"),
        birth_place=extra.get("5"),
    )


def _identity(kind: str, text: str) -> list[Identity]:
    """`CODE/CC/[issuer/]number`."""
    parts = text.split("/")
    if len(parts) < 3:
        return []
    code = kind or parts[0]
    issuer = "/".join(parts[2:-1])
    return [Identity(code, parts[1], issuer, parts[-1])]
