"""Rules that recur at every place of a kind: an agent, an address, a customer."""

from collections.abc import Iterator

from settlement.messages.identifiers import is_country
from settlement.messages.usage_rules import checks
from settlement.messages.usage_rules.checks import Check

Row = tuple[str, str, Check]
"""Published name, place it applies to (empty where there is one only), check."""


def agent(base: str, place: str, year: int) -> Iterator[Row]:
    """A bank: name and address together, the address of the year's form."""
    path = f"{base}{place}/FinInstnId"
    together = checks.together(path, "Nm", "PstlAdr")
    yield "CBPR_Agent_Name_Postal_Address_FormalRule", place, together
    yield from address(f"{path}/PstlAdr", place, year)


def address(path: str, place: str, year: int) -> Iterator[Row]:
    """The address rules of the grace period; from SR2026 the schema demands structure."""
    town = checks.needs_without(path, "AdrLine", "TwnNm", "Ctry")
    yield "CBPR_GracePeriod_Structured_FormalRule", place, town
    yield "CBPR_GracePeriod_Hybrid_FormalRule", place, checks.hybrid_address(path)
    if year < 2026:
        yield "CBPR_GracePeriod_Unstructured_FormalRule", place, checks.short_lines(path)
    yield "CBPR_Valid_Country", place, checks.member(f"{path}/Ctry", is_country, "country")


def party(base: str, place: str, year: int, *, ends: bool) -> Iterator[Row]:
    """A customer; `ends` are debtor and creditor, who must be named or known by BIC."""
    path = f"{base}{place}"
    named = checks.needs(path, "PstlAdr", "Nm")
    yield "CBPR_Party_Name_Postal_Address_FormalRule", place, named
    yield "CBPR_Valid_LEI", place, checks.valid(f"{path}/Id/OrgId/LEI", "LEI")
    if not ends:
        return
    known = checks.needs_without(path, "Id/OrgId/AnyBIC", "Nm")
    yield "CBPR_Party_Name_Any_BIC_FormalRule", place, known
    yield bic_alone(place, year), place, checks.bic_alone(path)
    yield from address(f"{path}/PstlAdr", place, year)


def bic_alone(place: str, year: int) -> str:
    """The rule's name: of any party up to SR2025, of debtor and creditor apart since."""
    if year < 2026 and place in {"Dbtr", "Cdtr"}:
        return "CBPR_Party_BIC_Presence_TextualRule"
    side = "Debtor" if "Dbtr" in place else "Creditor"
    return f"CBPR_{side}_BIC_Presence_TextualRule"


def remittance_length(year: int) -> str:
    """The name of the rule on long structured remittance."""
    word = "Structured_" if year >= 2026 else ""
    return f"CBPR_{word}RemittanceInformation_TextualRule"
