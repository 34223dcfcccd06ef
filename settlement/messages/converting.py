"""The whole way from bytes of one standard to text of the other."""

import datetime as dt
from dataclasses import dataclass

from lxml import etree

from backoffice.kernel.refusals import Place, Refused
from settlement.messages import instructions
from settlement.messages.fin.reading import decode, parse, parts
from settlement.messages.fin.writing import write
from settlement.messages.mx_tree import local_name
from settlement.messages.refusals import MessageRefused, NotAMessage
from settlement.messages.to_mt import routes as to_mt
from settlement.messages.to_mx import routes as to_mx
from settlement.messages.xml_door import open_message


@dataclass(frozen=True, slots=True)
class Converted:
    """A translated message.

    Attributes:
        source: what came in: "MT103", "pacs.008.001.08".
        target: what went out, named likewise.
        text: the message, lines ended by line feeds.
    """

    source: str
    target: str
    text: str


def to_iso20022(data: bytes, *, at: dt.datetime, file: str | None = None) -> Converted:
    """A FIN message as an ISO 20022 envelope.

    Args:
        at: aware moment; creation time of an input message, which FIN does not time.

    Raises:
        MessageRefused: the message cannot be read, or has no translation.
        IdentifierRefused: the ISIN of a securities instruction is none.
    """
    if _is_xml(data):
        raise NotAMessage(Place(file, 1, "block 1"))
    message = parse(data, file=file)
    if message.mt in instructions.TYPES:
        sese = instructions.to_sese(data, at=at, file=file)
        return Converted(f"MT{message.mt}", open_message(sese).definition, sese.decode())
    try:
        root = to_mx.translate(message, at=at)
    except MessageRefused as refusal:
        raise refusal.at(file=file, line=message.line, field="block 2") from None
    text = etree.tostring(root, pretty_print=True, xml_declaration=True, encoding="UTF-8")
    definition = etree.QName(root[1][0]).namespace or ""
    return Converted(f"MT{message.mt}", definition.rpartition(":")[2], text.decode())


def all_to_iso20022(data: bytes, *, at: dt.datetime, file: str | None = None) -> list[Converted]:
    """Every financial message of a FIN file as an envelope of its own, in order: all or none.

    Raises:
        As `to_iso20022`, with the line in the file.
    """
    told = [] if _is_xml(data) else parts(data, file=file)
    if len(told) < 2:
        return [to_iso20022(data, at=at, file=file)]
    found = []
    for part in told:
        try:
            found.append(to_iso20022(part.text.encode(), at=at, file=file))
        except Refused as refused:
            raise part.in_file(refused) from None
    return found


def _is_xml(data: bytes) -> bool:
    return decode(data[:64]).lstrip("\ufeff \t\r\n\x01").startswith("<")


def to_fin(data: bytes, *, file: str | None = None) -> Converted:
    """An ISO 20022 document as a FIN message.

    Raises:
        MessageRefused: the document cannot be read, or has no translation.
        IdentifierRefused: the ISIN of a securities instruction is none.
    """
    if decode(data[:64]).lstrip("\ufeff \t\r\n\x01").startswith("{"):
        raise NotAMessage(Place(file, 1, "xml"))
    document = open_message(data, file=file)
    if local_name(document.body) == instructions.ELEMENT:
        text = instructions.to_mt54x(data, file=file)
        return Converted(document.definition, f"MT{parse(text).mt}", text)
    try:
        message = to_mt.translate(document)
    except MessageRefused as refusal:
        raise refusal.at(file=file) from None
    return Converted(document.definition, f"MT{message.mt}", write(message))
