"""Kinds of rule: each factory returns a function that yields the elements breaking it."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation

from lxml import etree

from settlement.messages.identifiers import is_valid
from settlement.messages.mx_tree import at, children, every, local_name, text_at, texts_at
from settlement.messages.xml_door import Document

type Broken = Iterator[tuple[etree._Element, str]]  # noqa: SLF001  (lxml has no other name)
type Check = Callable[[Document], Broken]


@dataclass(frozen=True, slots=True)
class At:
    """A rule of each element at a path, which looks at nothing outside of it.

    Attributes:
        look: yields what breaks the rule in one of them.
        by_shape: only which elements stand there decides, no text and no attribute.
        where: it is broken only in a document that has something at this path.
    """

    path: str
    look: Callable[[etree._Element], Broken]
    by_shape: bool = False
    where: str = ""

    def __call__(self, document: Document) -> Broken:
        """What breaks the rule in the document."""
        for found in every(document.body, self.path):
            yield from self.look(found)


SLASHES = re.compile(r"/.*|.*/|.*//.*")
COMMODITIES = frozenset({"XAU", "XAG", "XPD", "XPT"})
STRUCTURED = frozenset(
    {
        "Dept",
        "SubDept",
        "StrtNm",
        "BldgNb",
        "BldgNm",
        "Flr",
        "PstBx",
        "Room",
        "PstCd",
        "TwnNm",
        "TwnLctnNm",
        "DstrctNm",
        "CtrySubDvsn",
        "Ctry",
    }
)
_SHORTEST_COPY = 3
MOST_STRUCTURED_REMITTANCE = 9000


def has(element: etree._Element | None, path: str) -> bool:
    """Whether something stands at `path`."""
    return at(element, path) is not None


def together(base: str, one: str, other: str) -> Check:
    """Two elements appear both or neither."""

    def look(found: etree._Element) -> Broken:
        if has(found, one) != has(found, other):
            yield found, f"{one} and {other} must stand together"

    return At(base, look, by_shape=True)


def needs(base: str, trigger: str, *required: str) -> Check:
    """Where `trigger` is present, the required elements are too."""

    def look(found: etree._Element) -> Broken:
        missing = [path for path in required if not has(found, path)]
        if has(found, trigger) and missing:
            yield found, f"{' and '.join(missing)} required where {trigger} is present"

    return At(base, look, by_shape=True)


def needs_without(base: str, trigger: str, *required: str) -> Check:
    """Where `trigger` is absent, the required elements are present."""

    def look(found: etree._Element) -> Broken:
        missing = [path for path in required if not has(found, path)]
        if not has(found, trigger) and missing:
            yield found, f"{' and '.join(missing)} required where {trigger} is absent"

    return At(base, look, by_shape=True)


def exclusive(base: str, *paths: str) -> Check:
    """At most one of the elements is present."""

    def look(found: etree._Element) -> Broken:
        present = [path for path in paths if has(found, path)]
        if len(present) > 1:
            yield found, f"{' and '.join(present)} exclude each other"

    return At(base, look, by_shape=True)


def hybrid_address(base: str) -> Check:
    """Address lines beside structured elements demand town and country."""

    def look(found: etree._Element) -> Broken:
        mixed = has(found, "AdrLine") and bool(structured(found))
        if mixed and not (has(found, "TwnNm") and has(found, "Ctry")):
            yield found, "TwnNm and Ctry required beside AdrLine"

    return At(base, look, by_shape=True)


def short_lines(base: str, longest: int = 35) -> Check:
    """Lines of an address without structure hold at most `longest` characters."""

    def look(found: etree._Element) -> Broken:
        if structured(found):
            return
        for line in every(found, "AdrLine"):
            if len(line.text or "") > longest:
                yield line, f"AdrLine longer than {longest} characters"

    return At(base, look, where=f"{base}/AdrLine")


def structured(address: etree._Element) -> list[etree._Element]:
    """The structured elements of an address."""
    return [child for child in children(address) if local_name(child) in STRUCTURED]


def no_copy_in_lines(document: Document) -> Broken:
    """Nothing that stands structured is repeated in an address line."""
    for address in document.body.iter("{*}PstlAdr"):
        lines = texts_at(address, "AdrLine")
        for found in structured(address) if lines else ():
            text = (found.text or "").strip()
            if len(text) >= _SHORTEST_COPY and any(_holds(line, text) for line in lines):
                yield found, f"{text} is repeated in AdrLine"


def _holds(line: str, text: str) -> bool:
    """Whether the text stands in the line by itself, not within a longer word."""
    if text not in line:
        return False
    return bool(re.search(rf"(?<![A-Za-z0-9]){re.escape(text)}(?![A-Za-z0-9])", line))


def never(path: str, pattern: re.Pattern[str], reason: str) -> Check:
    """No text at `path` matches the pattern as a whole."""

    def look(found: etree._Element) -> Broken:
        if pattern.fullmatch((found.text or "").strip()):
            yield found, reason

    return At(path, look)


def only(path: str, pattern: re.Pattern[str], reason: str) -> Check:
    """Every text at `path` matches the pattern as a whole."""

    def look(found: etree._Element) -> Broken:
        text = (found.text or "").strip()
        if text and not pattern.fullmatch(text):
            yield found, f"{text}: {reason}"

    return At(path, look)


def no_commodity(path: str) -> Check:
    """The currency at `path` is no commodity code."""

    def look(found: etree._Element) -> Broken:
        if found.get("Ccy") in COMMODITIES:
            yield found, f"currency {found.get('Ccy')} is a commodity"

    return At(path, look)


def valid(path: str, scheme: str) -> Check:
    """Every identifier at `path` has the right form and check digits."""

    def look(found: etree._Element) -> Broken:
        text = (found.text or "").strip()
        if text and not is_valid(scheme, text):
            yield found, f"{text} is not a valid {scheme}"

    return At(path, look)


def member(path: str, known: Callable[[str], bool], kind: str, *, attribute: str = "") -> Check:
    """Every value at `path` (or its attribute) is a member of a code list."""

    def look(found: etree._Element) -> Broken:
        text = (found.get(attribute) if attribute else found.text) or ""
        if text.strip() and not known(text.strip()):
            yield found, f"{text.strip()} is not a {kind}"

    return At(path, look)


def codes_apart(base: str, one: str, other: str) -> Check:
    """Two instruction codes are not both given."""

    def look(found: etree._Element) -> Broken:
        if {one, other} <= set(texts_at(found, "InstrForCdtrAgt/Cd")):
            yield found, f"{one} and {other} exclude each other"

    return At(base, look, where=f"{base}/InstrForCdtrAgt/Cd")


def codes_once(base: str) -> Check:
    """No instruction code for the creditor's agent is given twice."""

    def look(found: etree._Element) -> Broken:
        codes = texts_at(found, "InstrForCdtrAgt/Cd")
        if len(codes) != len(set(codes)):
            yield found, "a code stands twice"

    return At(base, look, where=f"{base}/InstrForCdtrAgt/Cd")


def charges_told(base: str) -> Check:
    """The creditor bears charges: they are told, zero if none was taken."""

    def look(found: etree._Element) -> Broken:
        if text_at(found, "ChrgBr") == "CRED" and not has(found, "ChrgsInf"):
            yield found, "ChrgsInf required with ChrgBr CRED"

    return At(base, look)


def named_by_iban(base: str, zone: frozenset[str]) -> Check:
    """Both agents sit in the zone: both ends have a name and an IBAN."""
    required = ("Dbtr/Nm", "Cdtr/Nm", "DbtrAcct/Id/IBAN", "CdtrAcct/Id/IBAN")

    def look(found: etree._Element) -> Broken:
        agents = [text_at(found, f"{name}/FinInstnId/BICFI") for name in ("DbtrAgt", "CdtrAgt")]
        missing = [path for path in required if not has(found, path)]
        if missing and all(bic and bic[4:6] in zone for bic in agents):
            yield found, f"{' and '.join(missing)} required between these countries"

    return At(base, look)


def one_charge(base: str) -> Check:
    """The debtor bears charges: they are told once at most."""

    def look(found: etree._Element) -> Broken:
        if text_at(found, "ChrgBr") == "DEBT" and len(every(found, "ChrgsInf")) > 1:
            yield found, "one ChrgsInf at most with ChrgBr DEBT"

    return At(base, look, where=f"{base}/ChrgsInf")


def number(element: etree._Element | None) -> Decimal | None:
    """The decimal in an element, None where there is none."""
    try:
        return Decimal((element.text or "").strip()) if element is not None else None
    except InvalidOperation:
        return None


def charges_explain(base: str, instructed: str, settled: str) -> Check:
    """Amounts of one currency that differ are explained by charges."""

    def look(found: etree._Element) -> Broken:
        one, other = at(found, instructed), at(found, settled)
        if one is None or other is None or one.get("Ccy") != other.get("Ccy"):
            return
        first, second = number(one), number(other)
        differ = first is not None and second is not None and first != second
        if differ and not has(found, "ChrgsInf"):
            yield found, f"ChrgsInf required where {instructed} and {settled} differ"

    return At(base, look, where=f"{base}/{instructed}")


def total_of(total: str, parts: str) -> Check:
    """A total equals the sum of its parts."""

    def check(document: Document) -> Broken:
        for found in every(document.body, total):
            values = [number(part) for part in every(document.body, parts)]
            told = number(found)
            known = [value for value in values if value is not None]
            if told is not None and known and sum(known) != told:
                yield found, f"the parts sum to {sum(known)}"

    return check


def bic_alone(base: str) -> Check:
    """A party known by its BIC carries neither name nor address."""

    def look(found: etree._Element) -> Broken:
        named = has(found, "Nm") or has(found, "PstlAdr")
        if has(found, "Id/OrgId/AnyBIC") and named:
            yield found, "Nm and PstlAdr not allowed beside AnyBIC"

    return At(base, look, by_shape=True)


def remittance_length(path: str) -> Check:
    """Structured remittance holds at most 9,000 characters together."""

    def check(document: Document) -> Broken:
        found = every(document.body, path)
        length = sum(len(str(text).strip()) for one in found for text in one.itertext())
        if length > MOST_STRUCTURED_REMITTANCE:
            yield found[0], f"{length} characters of structured remittance"

    return check
