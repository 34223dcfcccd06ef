"""Which formats there are, and the one way to write each."""

from collections.abc import Callable, Iterator
from datetime import datetime
from typing import IO, Final

from accounting.exporting import beancount, ledger, saft, sheets
from accounting.exporting.reading import Book, Selection, book, snapshot
from backoffice.kernel.refusals import Place, Refused

TEXTS: Final[dict[str, Callable[[Book], Iterator[str]]]] = {
    "ledger": ledger.write,
    "beancount": beancount.write,
    "csv": sheets.write_csv,
}
FORMATS: Final = (*TEXTS, "xlsx", "saft")


class FormatUnknown(Refused):
    """No such export format."""

    code = "export-format-unknown"
    en = "{format} is no export format; there are {known}."
    th = "ไม่มีรูปแบบการส่งออก {format} มีเพียง {known}"


def export(
    *, selection: Selection, format_name: str, out: IO[bytes], at: datetime, country: str = "TH"
) -> None:
    """Write an entity's books to `out`, a piece at a time.

    Args:
        selection: whose books and which part.
        format_name: one of FORMATS; text is UTF-8.
        out: a binary stream; XLSX needs one that can seek.
        at: when the export is made, which SAF-T states.
        country: ISO 3166 code of the tax authority that SAF-T is for.

    Raises:
        EntityUnknown, FormatUnknown, Unvalued (SAF-T of lines without a functional value).
    """
    if format_name not in FORMATS:
        raise FormatUnknown(Place(field="format"), format=format_name, known=", ".join(FORMATS))
    with snapshot():
        found = book(selection)
        if format_name == "xlsx":
            sheets.write_xlsx(found, out)
        elif format_name == "saft":
            saft.write(found, out, at=at, country=country)
        else:
            for piece in TEXTS[format_name](found):
                out.write(piece.encode())
