"""A queue file, read strictly: every refusal names the file, the field and the rule.

The form is documented in this package's README.
"""

import errno
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NoReturn

from backoffice.kernel.refusals import Place, Said
from settlement.resolving.assembling import Draft
from settlement.resolving.fields import Node
from settlement.resolving.model import Problem
from settlement.resolving.refusals import NotAQueue, Repeated, WrongShape

PAYMENT = {"debtor", "creditor", "amount", "asset"}
TRADE = {"buyer", "seller", "security", "quantity", "amount", "cash"}
GENERAL = {"legs"}
COMMON = {"id", "priority", "value", "lots", "seq", "note", "comment"}
DEFAULT_ASSET = "CASH"
DIGITS = Said("a number has too many digits", "ตัวเลขมีหลักมากเกินไป")
_REASONS: dict[type[Exception], Said] = {
    UnicodeDecodeError: Said("it is not UTF-8", "ไฟล์ไม่ใช่ UTF-8"),
    RecursionError: Said("it nests too deeply", "ซ้อนกันลึกเกินไป"),
}
_UNREADABLE = {
    errno.ENOENT: "ไม่มีไฟล์นี้",
    errno.EACCES: "ไม่มีสิทธิ์อ่านไฟล์นี้",
    errno.EISDIR: "เป็นโฟลเดอร์ ไม่ใช่ไฟล์",
}
# What the standard library's reader of JSON says of a syntax error.
_SYNTAX = {
    "Expecting value": "ต้องมีค่าตรงนี้",
    "Expecting property name": "ต้องมีชื่อคีย์ในเครื่องหมายคำพูด",
    "Expecting ':' delimiter": "ต้องมีเครื่องหมาย :",
    "Expecting ',' delimiter": "ต้องมีเครื่องหมาย ,",
    "Illegal trailing comma": "มีเครื่องหมาย , เกินท้ายรายการ",
    "Extra data": "มีข้อมูลเกินท้ายเอกสาร",
    "Unterminated string": "ข้อความไม่ได้ปิดเครื่องหมายคำพูด",
    "Invalid control character": "มีอักขระควบคุมในข้อความ",
    "Invalid \\": "ลำดับ \\ ในข้อความไม่ถูกต้อง",
}


def read_queue(path: Path) -> Problem:
    """Read the queue file at `path`; see `parse_queue`.

    Raises:
        NotAQueue: the file cannot be read or is not UTF-8.
    """
    try:
        data = path.read_bytes()
    except OSError as error:
        reason = Said(error.strerror or "unreadable", _UNREADABLE.get(error.errno or 0, "อ่านไม่ได้"))
        raise NotAQueue(Place(file=path.name), reason=reason) from error
    return parse_queue(data, name=path.name)


def parse_queue(data: bytes | str, *, name: str | None = None) -> Problem:
    """Parse a queue document.

    Args:
        data: the JSON text, UTF-8.
        name: the file's name for refusals.

    Returns:
        The problem; amounts are integers in each asset's smallest unit.

    Raises:
        Refused: one of this package's refusals; the first rule broken, nothing half-read.
    """
    return problem_of(_load(data, name), name=name)


def problem_of(document: Any, *, name: str | None = None) -> Problem:
    """The problem that a decoded document states; see `parse_queue`."""
    top = Node(document, "", name)
    fields = top.mapping()
    default = top.child("asset").text() if "asset" in fields else DEFAULT_ASSET
    draft = Draft(name=name, default_asset=default)
    for node in top.child("participants").items() if "participants" in fields else ():
        draft.add_participant(node, node.text())
    for participant, asset, node in _balances(top.child("balances"), default):
        draft.add_balance(node, participant, asset)
    if "limits" in fields:
        _read_limits(draft, top.child("limits"))
    for node in top.child("bilateral_limits").items() if "bilateral_limits" in fields else ():
        node.only({"participant", "counterparty", "asset", "amount"})
        draft.add_bilateral_limit(node)
    for node in top.child("obligations").items():
        _read_obligation(draft, node)
    return draft.problem()


def _balances(node: Node, default: str) -> Iterator[tuple[str, str, Node]]:
    """(participant, asset, the amount's node) for each of the three ways to state balances."""
    if isinstance(node.value, list):
        for entry in node.items():
            entry.only({"participant", "asset", "balance"})
            asset = entry.child("asset").text() if "asset" in entry.mapping() else default
            yield entry.child("participant").text(), asset, entry.child("balance")
        return
    for participant, stated in node.named():
        if isinstance(stated.value, dict):
            for asset, amount in stated.named():
                yield participant, asset, amount
        else:
            yield participant, default, stated


def _read_limits(draft: Draft, node: Node) -> None:
    if isinstance(node.value, dict):
        for participant, amount in node.named():
            draft.add_credit_line(amount, participant)
        return
    known = {"participant", "asset", "credit_line", "net_debit_cap", "minimum_balance"}
    for entry in node.items():
        entry.only(known)
        draft.add_limit(entry)


def _read_obligation(draft: Draft, node: Node) -> None:
    fields = node.mapping().keys()
    if fields >= GENERAL:
        node.only(GENERAL | COMMON)
        for leg in node.child("legs").items():
            leg.only({"from", "to", "asset", "amount"})
        draft.add_legs(node)
    elif "debtor" in fields:
        node.only(PAYMENT | COMMON)
        draft.add_payment(node)
    elif "buyer" in fields:
        node.only(TRADE | COMMON)
        draft.add_trade(node)
    else:
        expected = Said(
            "a payment (debtor), a trade (buyer) or `legs`",
            "รายการชำระเงิน (debtor) รายการซื้อขาย (buyer) หรือ `legs`",
        )
        raise WrongShape(node.place, expected=expected, found=", ".join(sorted(fields)) or "{}")


def _load(data: bytes | str, name: str | None) -> Any:
    """Decode JSON, keeping numbers exact and refusing what JSON leaves to the reader's luck."""

    def once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        result: dict[str, Any] = {}
        for key, value in pairs:
            if key in result:
                what = Said(f"The key {key!r}", f"คีย์ {key!r}")
                raise Repeated(Place(file=name, field=key), what=what)
            result[key] = value
        return result

    def refuse(constant: str) -> NoReturn:
        raise NotAQueue(
            Place(file=name), reason=Said(f"{constant} is not a number", f"{constant} ไม่ใช่ตัวเลข")
        )

    try:
        text = data.decode("utf-8-sig") if isinstance(data, bytes) else data
        return json.loads(
            text, parse_float=Fractional, parse_constant=refuse, object_pairs_hook=once
        )
    except json.JSONDecodeError as error:
        raise NotAQueue(Place(file=name, line=error.lineno), reason=_said(error.msg)) from error
    except (UnicodeDecodeError, RecursionError, ValueError) as error:
        reason = _REASONS.get(type(error), DIGITS)
        raise NotAQueue(Place(file=name), reason=reason) from error


def _said(words: str) -> Said:
    told = (th for en, th in _SYNTAX.items() if words.startswith(en))
    return Said(words, next(told, f"ตัวอ่าน JSON แจ้งว่า {words}"))


class Fractional:
    """A number with a point or an exponent, kept as written so that a refusal can show it."""

    def __init__(self, text: str) -> None:
        self.text = text

    def __str__(self) -> str:
        return self.text
