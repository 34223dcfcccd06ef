"""Schema validation: where the schemas lie, what a document breaks, on which line, by which rule.

The official schemas are published by the ISO 20022 registration authority and are not shipped
here; set ISO20022_XSD_DIR to the folder that holds them. Without it the house's own schemas in
`xsd/` apply: narrower than the official ones, so that what they accept is accepted there too.
"""

import os
import re
import threading
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from lxml import etree

from backoffice.kernel.refusals import Place
from settlement.messages.refusals import SchemaBroken, SchemaUnknown
from settlement.messages.xml_door import Document

OWN = Path(__file__).parent / "xsd"
SETTING = "ISO20022_XSD_DIR"
_DEFINITION = re.compile(r"[a-z]{4}\.[0-9]{3}\.[0-9]{3}\.[0-9]{2}")
_NAMESPACE = re.compile(r"\{[^}]*\}")
_LOCK = threading.Lock()
_FOUND: dict[tuple[str, Path | None, str | None], Path] = {}


@dataclass(frozen=True, slots=True)
class Break:
    """One broken rule of a schema.

    Attributes:
        line: 1-based line in the file.
        path: the element as an XPath of plain names, "/Document/.../BICFI".
        rule: the schema rule, "PATTERN_VALID".
        reason: what the rule says of the value.
    """

    line: int
    path: str
    rule: str
    reason: str


def directories(directory: Path | None = None) -> list[Path]:
    """The folders searched, first to last: the one given, the setting's, the house's own."""
    configured = os.environ.get(SETTING)
    found = [directory, Path(configured) if configured else None, OWN]
    return [folder for folder in found if folder is not None]


def find(definition: str, *, directory: Path | None = None) -> Path | None:
    """The schema file of a message definition ("pacs.008.001.08"), or None."""
    if not _DEFINITION.fullmatch(definition):
        return None
    folders = [directory] if directory is not None else directories()
    files = (folder / f"{definition}.xsd" for folder in folders)
    return next((file for file in files if file.is_file()), None)


@lru_cache(maxsize=64)
def _schema(path: Path) -> etree.XMLSchema:
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False)
    return etree.XMLSchema(etree.parse(str(path), parser))


def breaks(document: Document, *, directory: Path | None = None) -> list[Break]:
    """Every rule that the document breaks; an empty list is a valid document.

    Args:
        directory: a folder of schemas to use instead of the configured ones.

    Raises:
        SchemaUnknown: there is no schema for the document's definition.
    """
    return element_breaks(document.document, document.definition, directory=directory)


def element_breaks(
    element: etree._Element, definition: str, *, directory: Path | None = None
) -> list[Break]:
    """`breaks` for any element: a document or a business application header.

    Raises:
        SchemaUnknown: there is no schema for the definition.
    """
    schema = _schema_of(element, definition, directory)
    with _LOCK:
        if schema.validate(element):
            return []
        log = list(schema.error_log)  # type: ignore[call-overload]
    return [_told(entry) for entry in log]


def is_valid(element: etree._Element, definition: str) -> bool:
    """Whether an element keeps its schema; `element_breaks` tells what it breaks.

    Raises:
        SchemaUnknown: there is no schema for the definition.
    """
    schema = _schema_of(element, definition, None)
    with _LOCK:
        return bool(schema.validate(element))


def _schema_of(element: etree._Element, definition: str, directory: Path | None) -> etree.XMLSchema:
    """The compiled schema; where its file lies is looked up once for each setting."""
    wanted = (definition, directory, os.environ.get(SETTING))
    path = _FOUND.get(wanted) or find(definition, directory=directory)
    if path is None:
        line: Any = element.sourceline
        raise SchemaUnknown(Place(line=line, field="Document"), definition=definition or "?")
    _FOUND[wanted] = path
    return _schema(path)


def _told(entry: Any) -> Break:
    path = re.sub(r"\*\[(\d+)\]", r"*[\1]", _NAMESPACE.sub("", entry.path or ""))
    element = re.search(r"Element '([^']*)'", entry.message or "")
    named = _NAMESPACE.sub("", element.group(1)) if element else ""
    rule = entry.type_name.removeprefix("SCHEMAV_").removeprefix("CVC_")
    return Break(entry.line, f"{path} {named}".strip(), rule, _NAMESPACE.sub("", entry.message))


def require_valid(
    document: Document, *, file: str | None = None, directory: Path | None = None
) -> None:
    """Refuse a document that breaks its schema.

    Raises:
        SchemaBroken: with file, line, field and rule of the first break.
        SchemaUnknown: there is no schema for the document's definition.
    """
    try:
        found = breaks(document, directory=directory)
    except SchemaUnknown as refusal:
        raise refusal.at(file=file) from None
    if found:
        first = found[0]
        raise SchemaBroken(
            Place(file, first.line, first.path),
            definition=document.definition,
            rule=first.rule,
            reason=first.reason,
        )
