"""A value in a document and where it stands: the reader's way down to a field."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from backoffice.kernel.refusals import Place, Said
from settlement.resolving.amounts import Amount, read_amount
from settlement.resolving.refusals import WrongShape

NAME_LENGTH = 200
AN_OBJECT = Said("an object", "อ็อบเจกต์")
A_LIST = Said("a list", "รายการ (array)")
A_NAME = Said("a name of 1 to 200 letters", "ชื่อยาว 1 ถึง 200 อักขระ")
PRINTABLE = Said("printable characters", "อักขระที่พิมพ์ได้")
NONE = Said("none", "ไม่มี")
KINDS = {
    dict: AN_OBJECT,
    list: A_LIST,
    str: Said("a string", "ข้อความ"),
    int: Said("an integer", "จำนวนเต็ม"),
}
FRACTION = Said("a fractional number", "เลขทศนิยม")


@dataclass(frozen=True, slots=True)
class Node:
    """A decoded value with its JSON pointer (RFC 6901) and the file's name."""

    value: Any
    pointer: str
    file: str | None

    @property
    def place(self) -> Place:
        """Where the value stands, for a refusal."""
        return Place(file=self.file, field=self.pointer or "/")

    def mapping(self) -> dict[str, Any]:
        """The value as an object, or a refusal."""
        if not isinstance(self.value, dict):
            raise WrongShape(self.place, expected=AN_OBJECT, found=self._kind())
        return self.value

    def child(self, key: str) -> "Node":
        """The field `key` of the object, or a refusal where it is missing."""
        fields = self.mapping()
        if key not in fields:
            field = Said(f"the field `{key}`", f"มีช่อง `{key}`")
            raise WrongShape(self.place, expected=field, found=NONE)
        escaped = key.replace("~", "~0").replace("/", "~1")
        return Node(fields[key], f"{self.pointer}/{escaped}", self.file)

    def items(self) -> Iterator["Node"]:
        """The entries of the list, or a refusal."""
        if not isinstance(self.value, list):
            raise WrongShape(self.place, expected=A_LIST, found=self._kind())
        for number, value in enumerate(self.value):
            yield Node(value, f"{self.pointer}/{number}", self.file)

    def named(self) -> Iterator[tuple[str, "Node"]]:
        """(key, value) of the object, each key checked as a name."""
        for key in self.mapping():
            node = self.child(key)
            Node(key, node.pointer, self.file).text()
            yield key, node

    def only(self, known: set[str]) -> None:
        """Refuse any field that is not `known`."""
        unknown = sorted(self.mapping().keys() - known)
        if unknown:
            place = self.child(unknown[0]).place
            names = ", ".join(sorted(known))
            expected = Said(f"one of {names}", f"หนึ่งใน {names}")
            raise WrongShape(place, expected=expected, found=unknown[0])

    def text(self) -> str:
        """The value as a name: a string of 1 to 200 characters, none of them a control."""
        value = self.value
        if not isinstance(value, str) or not 0 < len(value) <= NAME_LENGTH:
            raise WrongShape(self.place, expected=A_NAME, found=self._kind())
        if not value.isprintable():
            raise WrongShape(self.place, expected=PRINTABLE, found=ascii(value))
        return value

    def label(self) -> str:
        """The value as an obligation's name: a name, or a number kept as its digits."""
        value = self.value
        plain = isinstance(value, int) and not isinstance(value, bool)
        return str(value) if plain else self.text()

    def whole(self, least: int, most: int) -> int:
        """The value as an integer from `least` to `most`."""
        value = self.value
        if not isinstance(value, int) or isinstance(value, bool) or not least <= value <= most:
            expected = Said(f"an integer from {least} to {most}", f"จำนวนเต็มตั้งแต่ {least} ถึง {most}")
            raise WrongShape(self.place, expected=expected, found=self._kind())
        return value

    def amount(self, *, least: int | None = 0) -> Amount:
        """The value as an amount; see `read_amount`."""
        return read_amount(self.value, self.place, least=least)

    def _kind(self) -> str | Said:
        if self.value is None or isinstance(self.value, bool):
            return str(self.value).lower().replace("none", "null")
        return KINDS.get(type(self.value), FRACTION)
