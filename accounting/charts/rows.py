"""How a chart template is written down."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from backoffice.kernel.refusals import Refused


class TemplateBroken(Refused):
    """A template's text does not read."""

    code = "chart-template-broken"
    en = "Line {line} of the chart template does not read: {text!r}."
    th = "บรรทัด {line} ของผังบัญชีต้นแบบอ่านไม่ได้: {text!r}"


@dataclass(frozen=True, slots=True)
class TemplateAccount:
    """An account of a template: path, number, names, and whether it is cash."""

    code: str
    number: str
    name_en: str
    name_th: str
    cash: bool | None = None


@dataclass(frozen=True, slots=True)
class TemplateJournal:
    """A journal of a template."""

    code: str
    name_en: str
    name_th: str
    gapless: bool = False


@dataclass(frozen=True, slots=True)
class Template:
    """A chart to begin with.

    Attributes:
        code: such as "tfrs-npaes".
        name_en, name_th: what it is called.
        source: the standard or format that it follows.
        accounts: parents before children.
        journals: books of one kind of entry.
        types: of branches whose names do not tell it.
    """

    code: str
    name_en: str
    name_th: str
    source: str
    accounts: tuple[TemplateAccount, ...]
    journals: tuple[TemplateJournal, ...]
    types: Mapping[str, str] = field(default_factory=dict)


def read(text: str) -> tuple[TemplateAccount, ...]:
    """Read a chart written as an indented list.

    A line is `number | name in English | name in Thai`, indented by two blanks a level; a `*`
    after the number marks cash. The account's path is made of the English names from the root.

    Raises:
        TemplateBroken.
    """
    path: list[str] = []
    rows = []
    for line, raw in enumerate(text.splitlines(), start=1):
        if not raw.strip():
            continue
        depth, uneven = divmod(len(raw) - len(raw.lstrip(" ")), 2)
        parts = [part.strip() for part in raw.split("|")]
        if uneven or len(parts) != 3 or not all(parts) or depth > len(path):
            raise TemplateBroken(line=line, text=raw)
        number, name_en, name_th = parts
        path[depth:] = [name_en]
        cash = True if number.endswith("*") else None
        rows.append(TemplateAccount(":".join(path), number.rstrip("*"), name_en, name_th, cash))
    return tuple(rows)


JOURNALS = (
    TemplateJournal("GEN", "General journal", "สมุดรายวันทั่วไป"),
    TemplateJournal("SAL", "Sales journal", "สมุดรายวันขาย", gapless=True),
    TemplateJournal("PUR", "Purchases journal", "สมุดรายวันซื้อ", gapless=True),
    TemplateJournal("REC", "Cash receipts journal", "สมุดรายวันรับเงิน", gapless=True),
    TemplateJournal("PAY", "Cash payments journal", "สมุดรายวันจ่ายเงิน", gapless=True),
)
"""The five books of original entry that a Thai firm keeps; documents are numbered without gaps."""
