"""Writing FIN text: the inverse of reading, in the order of the blocks."""

import re

from backoffice.kernel.refusals import Place, Said
from settlement.messages.fin.model import Field, FinMessage, Tag
from settlement.messages.refusals import BrokenField

_OPENS_A_FIELD = re.compile(r":[0-9A-Za-z]{1,4}:")


def write(message: FinMessage, *, newline: str = "\n") -> str:
    """The message as text; `newline` is CR LF on the wire, LF in files.

    Raises:
        BrokenField: a value that could not be read back (a closing `-}`, a line like a tag).
    """
    parts = [f"{{1:{_basic(message)}}}"]
    if message.application:
        parts.append(f"{{2:{_application(message)}}}")
    if message.user:
        parts.append(f"{{3:{_tags(message.user)}}}")
    if message.service:
        parts.append(f"{{4:{_tags(message.service)}}}")
    elif message.application:
        body = "".join(f":{item.tag}:{_value(item)}\n" for item in message.fields)
        parts.append(f"{{4:\n{body}-}}")
    if message.trailer:
        parts.append(f"{{5:{_tags(message.trailer)}}}")
    if message.system:
        parts.append(f"{{S:{_tags(message.system)}}}")
    return "".join(parts).replace("\n", newline)


def _basic(message: FinMessage) -> str:
    basic = message.basic
    return f"{basic.application}{basic.service}{basic.terminal}{basic.session}{basic.sequence}"


def _application(message: FinMessage) -> str:
    header = message.application
    if header is None:
        return ""
    if header.direction == "I":
        return f"I{header.mt}{header.terminal}{header.priority}{header.tail}"
    return (
        f"O{header.mt}{header.input_time}{header.input_date}{header.terminal}{header.reference}"
        f"{header.output_date}{header.output_time}{header.priority}"
    )


def _tags(tags: tuple[Tag, ...]) -> str:
    return "".join(f"{{{tag.key}:{tag.value}}}" for tag in tags)


def _value(item: Field) -> str:
    unsafe = "-}" in item.value or "\r" in item.value or item.value.endswith("\n-")
    if unsafe or any(_OPENS_A_FIELD.match(row) for row in item.lines[1:]):
        raise BrokenField(
            Place(line=item.line or None, field=item.tag),
            tag=item.tag,
            reason=Said("the value would not be read back as written", "ค่านี้จะอ่านกลับได้ไม่ตรงกับที่เขียน"),
        )
    return item.value
