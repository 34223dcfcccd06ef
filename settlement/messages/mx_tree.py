"""A thin hand on an XML tree: put a text at a path, open a group, read a path.

Groups appear only when something is put into them, so an absent fact leaves no empty element.
"""

import re
from collections.abc import Iterator

from lxml import etree

# Tab, line feed and carriage return aside: C0 controls, and the two non-characters.
_NOT_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")


class Mx:
    """One element and the namespace of its children."""

    __slots__ = ("element", "namespace")

    def __init__(self, element: etree._Element, namespace: str) -> None:
        self.element = element
        self.namespace = namespace

    def put(self, path: str, text: object, **attributes: str) -> None:
        """Add a leaf at `path` ("PmtId/InstrId") holding `text`; None and "" add nothing.

        Groups on the way are reused where they exist; the leaf itself is always a new element.
        """
        if text is None or text == "":
            return
        child = self.new(path)
        child.element.text = xml_text(str(text))
        for name, value in attributes.items():
            child.element.set(name, value)

    def group(self, path: str) -> "Mx":
        """The group at `path`: the last such element, made where there is none."""
        element, prefix = self.element, f"{{{self.namespace}}}"
        for name in path.split("/"):
            tag = prefix + name
            last = next(element.iterchildren(tag, reversed=True), None)
            element = etree.SubElement(element, tag) if last is None else last
        return Mx(element, self.namespace)

    def new(self, name: str) -> "Mx":
        """A new last child at `name`, which may stand in groups ("Dbtr/Agt")."""
        groups, _, name = name.rpartition("/")
        if groups:
            return self.group(groups).new(name)
        tag = f"{{{self.namespace}}}{name}"
        return Mx(etree.SubElement(self.element, tag), self.namespace)

    def drop_empty(self) -> None:
        """Remove every descendant that holds neither text nor children."""
        for child in list(self.element):
            Mx(child, self.namespace).drop_empty()
            if len(child) == 0 and not (child.text or "").strip():
                self.element.remove(child)


def xml_text(text: str) -> str:
    """The text without the control characters that XML 1.0 cannot carry."""
    return _NOT_XML.sub("", text)


def local_name(element: etree._Element) -> str:
    """The element's name without its namespace."""
    tag: str = element.tag
    return tag.rpartition("}")[2]


def children(element: etree._Element) -> Iterator[etree._Element]:
    """The child elements, comments and processing instructions left out."""
    return element.iterchildren("*")


def at(element: etree._Element | None, path: str) -> etree._Element | None:
    """The first descendant at `path`, namespaces ignored; None where there is none."""
    for found in every(element, path):
        return found
    return None


def every(element: etree._Element | None, path: str) -> list[etree._Element]:
    """Every descendant at `path`, namespaces ignored, in document order."""
    here = [] if element is None else [element]
    for name in path.split("/"):
        wanted = f"{{*}}{name}"
        here = [child for node in here for child in node.iterchildren(wanted)]
    return here


def text_at(element: etree._Element | None, path: str) -> str | None:
    """The text at `path`, None where there is none or it is blank."""
    found = at(element, path)
    text = found.text if found is not None else None
    return text if text and text.strip() else None


def texts_at(element: etree._Element | None, path: str) -> list[str]:
    """Every non-blank text at `path`."""
    return [found.text for found in every(element, path) if found.text and found.text.strip()]
