"""Sequences of the securities messages: 16R opens a block by name, 16S closes it."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from backoffice.kernel.refusals import Place, Said
from settlement.messages.fin.model import Field
from settlement.messages.refusals import BrokenField


@dataclass(slots=True)
class Sequence:
    """A named block of fields and the blocks within it; the outermost one has no name."""

    name: str
    line: int
    fields: list[Field] = field(default_factory=list)
    inner: list["Sequence"] = field(default_factory=list)

    def every(self, name: str) -> Iterator["Sequence"]:
        """Every block called `name`, at any depth, in order."""
        for block in self.inner:
            if block.name == name:
                yield block
            yield from block.every(name)

    def first(self, name: str) -> "Sequence | None":
        """The first block called `name`, or None."""
        return next(self.every(name), None)

    def qualified(self, tag: str, qualifier: str) -> Field | None:
        """The first own field `:tag::QUALIFIER/...`, by full tag or by number."""
        opening = f":{qualifier}/"
        return next(
            (
                item
                for item in self.fields
                if tag in {item.tag, item.number} and item.value.startswith(opening)
            ),
            None,
        )

    def text(self, tag: str, qualifier: str) -> str | None:
        """What follows `:QUALIFIER//` (or `/issuer/`) in such a field, or None."""
        found = self.qualified(tag, qualifier)
        if found is None:
            return None
        return found.value[len(qualifier) + 2 :].partition("/")[2]

    def plain(self, tag: str) -> Field | None:
        """The first own field bearing `tag`."""
        return next((item for item in self.fields if item.tag == tag), None)


def sequences(fields: tuple[Field, ...]) -> Sequence:
    """The fields as nested blocks.

    Raises:
        BrokenField: a block without a name, one never closed, or closed while not the innermost.
    """
    root = Sequence("", 1)
    open_blocks = [root]
    for item in fields:
        if item.tag == "16R":
            if not item.value.strip().isalnum():
                place = Place(line=item.line or None, field="16R")
                raise BrokenField(
                    place, tag="16R", reason=Said("the name of a block expected", "ต้องมีชื่อบล็อก")
                )
            block = Sequence(item.value.strip(), item.line)
            open_blocks[-1].inner.append(block)
            open_blocks.append(block)
        elif item.tag == "16S":
            _close(open_blocks, item)
        else:
            open_blocks[-1].fields.append(item)
    if len(open_blocks) > 1:
        left = open_blocks[-1]
        place = Place(line=left.line or None, field=left.name or "16R")
        raise BrokenField(
            place,
            tag="16R",
            reason=Said(f"block {left.name} is not closed", f"ไม่ได้ปิดบล็อก {left.name}"),
        )
    return root


def _close(open_blocks: list[Sequence], item: Field) -> None:
    if len(open_blocks) == 1 or open_blocks[-1].name != item.value.strip():
        place = Place(line=item.line or None, field=item.value.strip() or "16S")
        name = item.value.strip()
        reason = Said(f"block {name} is not open here", f"บล็อก {name} ไม่ได้เปิดอยู่ที่นี่")
        raise BrokenField(place, tag="16S", reason=reason)
    open_blocks.pop()
