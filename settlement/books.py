"""Which books there are: nothing is captured into, or closed for, one by a typing error."""

from accounting import queries as ledger
from backoffice.kernel.refusals import Place, Refused
from backoffice.reference.days import HOUSE
from settlement import queries


class BookUnknown(Refused):
    """A book that nothing was ever entered into: closing its day, or capturing, would make one."""

    code = "book-unknown"
    status = 404
    en = (
        "There is no book {book}: no entity of the ledger, no transaction and no trade has it;"
        " create_entity {book} makes one."
    )
    th = (
        "ไม่มีสมุด {book} ไม่มีกิจการในบัญชีแยกประเภท รายการ หรือรายการซื้อขายใดใช้สมุดนี้"
        " หากต้องการสมุดใหม่ให้สร้างด้วย create_entity {book}"
    )


def require_known(*, book: str) -> None:
    """Raises BookUnknown; the house's own book is known before anything stands in it.

    Three queries at most, and none for the house's own.
    """
    if book == HOUSE:
        return
    if book not in ledger.entities() and not queries.has_captured(book=book):
        raise BookUnknown(Place(field="book"), book=book)
