"""Write trade facts: many in one statement, none twice, none changed afterwards."""

from collections.abc import Sequence
from dataclasses import dataclass, field, fields
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import orjson
from django.db import connection

from backoffice.kernel.actors import Actor
from backoffice.kernel.refusals import Place, Refused
from settlement.models import Trade

TYPES = {
    "source": "text",
    "source_ref": "text",
    "version": "integer",
    "action": "text",
    "amends_id": "bigint",
    "block_id": "bigint",
    "is_block": "boolean",
    "locked_in": "boolean",
    "type": "text",
    "side": "text",
    "trade_date": "date",
    "value_date": "date",
    "cycle": "text",
    "calendar_version_id": "bigint",
    "market": "text",
    "buyer_id": "bigint",
    "seller_id": "bigint",
    "buyer_account": "text",
    "seller_account": "text",
    "instrument_id": "bigint",
    "quantity": "numeric",
    "price": "numeric",
    "amount": "numeric",
    "currency": "text",
    "common_ref": "text",
    "detail": "jsonb",
    "line_no": "integer",
}
COLUMNS = ", ".join(TYPES)
ROWS = "json_to_recordset(%(rows)s::json) AS r({}, value_given boolean)".format(
    ", ".join(f"{name} {kind}" for name, kind in TYPES.items())
)
TAKE = f"""
    INSERT INTO settlement_trade ({COLUMNS}, book, file_id, captured_at, captured_by)
    SELECT {COLUMNS}, %(book)s, %(file)s, %(at)s, %(by)s FROM {ROWS}
    ON CONFLICT (book, source, source_ref, version) DO NOTHING
    RETURNING id
"""  # noqa: S608 - the columns above
# A message that is known, but said something else before: the earlier one stands. What came late
# is known by the day that was agreed on, whenever it comes again.
CHANGED = f"""
    SELECT r.line_no, r.source_ref FROM {ROWS}
      JOIN settlement_trade t ON t.book = %(book)s AND t.source = r.source
       AND t.source_ref = r.source_ref AND t.version = r.version
     WHERE (t.action, t.type, t.side, t.trade_date, t.market, t.buyer_id, t.seller_id,
            t.buyer_account, t.seller_account, t.instrument_id, t.quantity, t.price, t.amount,
            t.currency, t.common_ref, t.is_block, t.locked_in)
           IS DISTINCT FROM
           (r.action, r.type, r.side, r.trade_date, r.market, r.buyer_id, r.seller_id,
            r.buyer_account, r.seller_account, r.instrument_id, r.quantity, r.price, r.amount,
            r.currency, r.common_ref, r.is_block, r.locked_in)
        OR (r.value_given AND coalesce((t.detail #>> '{{late,agreed}}')::date, t.value_date)
                           <> coalesce((r.detail #>> '{{late,agreed}}')::date, r.value_date))
     ORDER BY r.line_no LIMIT 1
"""  # noqa: S608


class TradeDiffers(Refused):
    """A trade that is known came again with other content."""

    code = "trade-differs"
    status = 409
    en = "Trade {ref} was captured before with other content; send an amendment."
    th = "รายการซื้อขาย {ref} เคยบันทึกไว้แล้วด้วยเนื้อหาที่ต่างกัน กรุณาส่งเป็นรายการแก้ไข"


# Not frozen, for the same reason as a draft.
@dataclass(slots=True)
class TradeRow:
    """A fact ready to be written: parties and instrument are ids, the value date is settled."""

    source: str
    source_ref: str
    type: str
    side: str
    trade_date: date
    value_date: date
    buyer_id: int
    seller_id: int
    instrument_id: int | None
    quantity: Decimal
    price: Decimal | None
    amount: Decimal
    currency: str
    market: str
    version: int = 1
    action: str = "new"
    amends_id: int | None = None
    block_id: int | None = None
    is_block: bool = False
    locked_in: bool = False
    cycle: str = ""
    calendar_version_id: int | None = None
    buyer_account: str = ""
    seller_account: str = ""
    common_ref: str = ""
    detail: dict[str, Any] = field(default_factory=dict)
    line_no: int | None = None
    value_given: bool = True


def row_of_fact(trade: Trade) -> TradeRow:
    """A fact as a row, to write the one that follows it."""
    same = {one.name for one in fields(TradeRow)} - {"value_given"}
    return TradeRow(**{name: getattr(trade, name) for name in same})


def _spelled(value: object) -> str:
    """Decimals travel as their digits."""
    if isinstance(value, Decimal):
        return format(value, "f")
    raise TypeError(type(value).__name__)


def record(
    *,
    rows: Sequence[TradeRow],
    book: str,
    actor: Actor,
    at: datetime,
    file_id: int | None = None,
    file_name: str | None = None,
) -> list[int]:
    """Write the facts that are not known yet, in the caller's transaction; one statement, or two.

    Returns:
        Ids of the new facts; a fact that is known with the same content is passed over.

    Raises:
        TradeDiffers: known with other content; names file and line.
    """
    if not rows:
        return []
    names = {
        "rows": orjson.dumps(list(rows), default=_spelled).decode(),
        "book": book,
        "file": file_id,
        "at": at,
        "by": actor.name,
    }
    with connection.cursor() as cursor:
        cursor.execute(TAKE, names)
        taken = [int(row[0]) for row in cursor.fetchall()]
        if len(taken) < len(rows):
            cursor.execute(CHANGED, names)
            if found := cursor.fetchone():
                raise TradeDiffers(Place(file_name, found[0], "source_ref"), ref=found[1])
    return taken
