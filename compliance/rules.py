"""What a party's particulars must look like, and which state may follow which."""

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import cache

from babel import Locale
from stdnum import get_cc_module
from stdnum.exceptions import ValidationError
from stdnum.th import tin

from backoffice.kernel.refusals import Place, Refused

KINDS = ("person", "company", "bank", "branch")
SUBJECT_KINDS = ("party", "instrument", "trade")
CODE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:/-]{0,39}")
FOREIGN_TAX_ID = re.compile(r"[A-Z0-9][A-Z0-9./-]{2,29}")
# Groups and test codes that CLDR lists beside ISO 3166-1 countries.
NOT_COUNTRIES = frozenset({"EU", "EZ", "QO", "UN", "XA", "XB", "ZZ"})

Subject = tuple[str, str]


class BadParticular(Refused):
    """One of a party's particulars is not well formed."""

    code = "party-particular-malformed"
    en = "{value!r} is not a valid {what}."
    th = "{value!r} ไม่ใช่{what_th}ที่ถูกต้อง"


class BadTaxId(Refused):
    """The tax id's form or check digit is wrong for its country."""

    code = "tax-id-invalid"
    en = "{value!r} is not a valid tax id of {country}."
    th = "{value!r} ไม่ใช่เลขประจำตัวผู้เสียภาษีที่ถูกต้องของประเทศ {country}"


class UnknownSubjectKind(Refused):
    """Holds stand on parties, instruments and trades."""

    code = "hold-subject-unknown-kind"
    en = "{kind!r} is not a kind of subject that a hold can stand on ({known})."
    th = "{kind!r} ไม่ใช่ประเภทที่ระงับได้ ({known})"


@dataclass(frozen=True, slots=True)
class PartyDraft:
    """A party's particulars as they came in.

    Attributes:
        code: the firm's own identifier, unique.
        kind: one of KINDS.
        tax_id: "" when there is none; Thai ones are checked to the last digit.
        country: ISO 3166-1 alpha-2.
    """

    code: str
    name_en: str
    name_th: str
    kind: str
    tax_id: str = ""
    country: str = "TH"


def checked(draft: PartyDraft) -> PartyDraft:
    """The draft in its stored form: names trimmed and NFC, tax id compact.

    Raises:
        BadParticular, BadTaxId: naming the field.
    """
    if not CODE.fullmatch(draft.code):
        raise _bad("code", draft.code, "party code", "รหัสคู่ค้า")
    if draft.kind not in KINDS:
        raise _bad("kind", draft.kind, "kind of party", "ประเภทคู่ค้า")
    if draft.country not in countries():
        raise _bad("country", draft.country, "country code (ISO 3166-1)", "รหัสประเทศ (ISO 3166-1)")
    name_en = _name("name_en", draft.name_en, "name", "ชื่อ")
    name_th = _name("name_th", draft.name_th, "name", "ชื่อ") if draft.name_th.strip() else ""
    return replace(
        draft, name_en=name_en, name_th=name_th, tax_id=tax_id(draft.tax_id, draft.country)
    )


def tax_id(text: str, country: str) -> str:
    """The compact form of a tax id, "" for none.

    Thai numbers are checked as a citizen's (13 digits, Ministry of Interior) or a juristic
    person's (13 digits, Department of Business Development) number; other countries by
    python-stdnum's module for the country's VAT number where there is one, else by form alone.

    Raises:
        BadTaxId.
    """
    compact = text.strip().upper()
    if not compact:
        return ""
    try:
        if country == "TH":
            return tin.validate(compact)
        module = get_cc_module(country.lower(), "vat")
        if module is not None:
            return str(module.validate(compact))
    except ValidationError:
        raise BadTaxId(Place(field="tax_id"), value=text, country=country) from None
    if not FOREIGN_TAX_ID.fullmatch(compact):
        raise BadTaxId(Place(field="tax_id"), value=text, country=country)
    return compact


@cache
def countries() -> frozenset[str]:
    """ISO 3166-1 alpha-2 codes, as CLDR lists them."""
    codes = {str(code) for code in Locale("en").territories}
    return frozenset(code for code in codes if re.fullmatch("[A-Z]{2}", code)) - NOT_COUNTRIES


def differing_field(stored: PartyDraft, given: PartyDraft) -> str:
    """The first field in which two drafts differ, "" when they are the same party's particulars."""
    for field in ("kind", "name_en", "name_th", "tax_id", "country"):
        if getattr(stored, field) != getattr(given, field):
            return field
    return ""


def subjects_in_order(subjects: Iterable[Subject]) -> list[Subject]:
    """Distinct subjects in the one order in which their rows are locked.

    Raises:
        UnknownSubjectKind.
    """
    found = sorted(set(subjects))
    for kind, _ref in found:
        if kind not in SUBJECT_KINDS:
            raise UnknownSubjectKind(
                Place(field="subject_kind"), kind=kind, known=", ".join(SUBJECT_KINDS)
            )
    return found


def _name(field: str, text: str, what: str, what_th: str) -> str:
    name = unicodedata.normalize("NFC", " ".join(text.split()))
    if not name or len(name) > 200 or any(unicodedata.category(char) == "Cc" for char in name):
        raise _bad(field, text, what, what_th)
    return name


def _bad(field: str, value: str, what: str, what_th: str) -> BadParticular:
    return BadParticular(Place(field=field), value=value, what=what, what_th=what_th)
