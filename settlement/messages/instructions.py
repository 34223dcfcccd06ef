"""MT540 to MT543 and sese.023, by way of the facts both tell; what one cannot tell is refused."""

import datetime as dt
import re
from collections import Counter
from collections.abc import Iterator

from lxml import etree

from backoffice.kernel.refusals import Said
from settlement.messages import build, readers
from settlement.messages.fin.model import Field
from settlement.messages.fin.reading import parse
from settlement.messages.fin.values import refuse
from settlement.messages.mx_tree import children, local_name
from settlement.messages.readers.mt_securities import MOVEMENTS
from settlement.messages.refusals import BrokenElement
from settlement.messages.to_mt.drafting import place
from settlement.messages.xml_door import open_message

ELEMENT = "SctiesSttlmTxInstr"
TYPES = frozenset(MOVEMENTS)
_ONE_SIDED = frozenset({"16R", "16S"})
_PREPARED = re.compile(r":PREP//.*")
_IDLE_ZEROS = re.compile(r"(?<=[0-9])([.,][0-9]*?)0+(?![0-9])|(?<=[0-9])[.,](?![0-9])")
_NO_PLACE = Said("it has no place in the other standard's message", "ไม่มีที่อยู่ในข้อความของอีกมาตรฐาน")


def to_sese(data: bytes, *, at: dt.datetime, file: str | None = None) -> bytes:
    """The sese.023 of an instruction.

    Args:
        at: aware moment; creation time of an input message, which FIN does not time.

    Raises:
        BrokenField: a field that sese.023 as we write it would lose.
        MessageRefused, IdentifierRefused: as `readers.mt540_to_543`.
    """
    fact = readers.mt540_to_543(data, at=at, file=file)
    carried = Counter(_told(item) for item in parse(build.mt54x(fact)).fields)
    for item in parse(data, file=file).fields:
        if item.tag in _ONE_SIDED or _PREPARED.fullmatch(item.value):
            continue
        if not carried[_told(item)]:
            raise refuse(item, _NO_PLACE).at(file=file)
        carried[_told(item)] -= 1
    return build.sese023(fact)


def to_mt54x(data: bytes, *, file: str | None = None) -> str:
    """The MT540 to MT543 of a sese.023.

    Raises:
        BrokenElement: an element that the MT as we write it would lose.
        MessageRefused, IdentifierRefused: as `readers.sese023`.
    """
    fact = readers.sese023(data, file=file, validated=False)
    carried = Counter(told for told, _ in _leaves(open_message(build.sese023(fact)).body))
    for told, element in _leaves(open_message(data, file=file).body):
        if not carried[told]:
            path = told[0]
            raise BrokenElement(place(element, path), path=path, reason=_NO_PLACE).at(file=file)
        carried[told] -= 1
    return build.mt54x(fact)


def _told(item: Field) -> tuple[str, str]:
    return item.tag, _plain(" ".join(item.value.split()))


def _plain(text: str) -> str:
    """Numbers without idle zeros: both "100,00" and "100," are 100."""
    return _IDLE_ZEROS.sub(lambda found: (found.group(1) or "").rstrip(".,"), text)


def _leaves(
    element: etree._Element, path: str = ""
) -> Iterator[tuple[tuple[str, str], etree._Element]]:
    here = f"{path}/{local_name(element)}"
    inner = list(children(element))
    for child in inner:
        yield from _leaves(child, here)
    if not inner and element.text and element.text.strip():
        yield (here, _plain(element.text.strip())), element
    for name, value in element.attrib.items():
        yield (f"{here}/@{name!s}", str(value)), element
