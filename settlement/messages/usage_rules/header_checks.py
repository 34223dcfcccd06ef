"""Rules between the business application header and the document under it."""

from lxml import etree

from settlement.messages.mx_tree import at, text_at, texts_at
from settlement.messages.usage_rules.checks import Broken, Check
from settlement.messages.xml_door import Document

_COPIES = frozenset({"COPY", "CODU"})
_FROM = "Fr/FIId/FinInstnId/BICFI"
_TO = "To/FIId/FinInstnId/BICFI"


def definition(document: Document) -> Broken:
    """MsgDefIdr names the definition of the document."""
    found = at(document.header, "MsgDefIdr")
    told = text_at(document.header, "MsgDefIdr")
    if found is not None and told and document.definition and told != document.definition:
        yield found, f"{told} is not {document.definition}"


def identifier(*, exact: bool) -> Check:
    """BizMsgIdr is (or, up to SR2025, contains) the message id of the group header."""

    def check(document: Document) -> Broken:
        found = at(document.header, "BizMsgIdr")
        header = text_at(document.header, "BizMsgIdr")
        told = text_at(document.body, "GrpHdr/MsgId")
        if found is None or header is None or told is None:
            return
        if header != told if exact else told not in header:
            yield found, f"it does not carry GrpHdr/MsgId {told}"

    return check


def service(expected: str) -> Check:
    """BizSvc is the one of the message."""

    def check(document: Document) -> Broken:
        found = at(document.header, "BizSvc")
        told = text_at(document.header, "BizSvc")
        if found is not None and told and told != expected:
            yield found, f"{told} is not {expected}"

    return check


def party(side: str, agent: str) -> Check:
    """From (or To) is the instructing (or instructed) agent, unless the message is a copy."""
    path = _FROM if side == "From" else _TO

    def check(document: Document) -> Broken:
        found = at(document.header, path)
        told = {_full(text) for text in texts_at(document.body, f"{agent}/FinInstnId/BICFI")}
        if found is None or not told or {_full(found.text or "")} == told:
            return
        if text_at(document.header, "CpyDplct") not in _COPIES:
            yield found, f"{side} {found.text} is not {', '.join(sorted(told))}"

    return check


def _full(bic: str) -> str:
    """The eleven characters: a BIC8 means its head office, XXX (ISO 9362)."""
    text = bic.strip()
    return f"{text}XXX" if len(text) == 8 else text


def same(name: str, path: str) -> Check:
    """An element of the header equals the document's, where both are present."""

    def check(document: Document) -> Broken:
        found: etree._Element | None = at(document.header, name)
        if found is None:
            return
        told = set(texts_at(document.body, path))
        if told and {(found.text or "").strip()} != told:
            yield found, f"{name} {found.text} is not {', '.join(sorted(told))}"

    return check
