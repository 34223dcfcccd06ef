"""A FIN message as data: headers, user block, fields of the text block, trailers.

Source: SWIFT FIN message structure, blocks 1 to 5 and the S block of the interfaces.
"""

from dataclasses import dataclass, field, replace

from backoffice.kernel.refusals import Place
from settlement.messages.refusals import MissingField


@dataclass(frozen=True, slots=True)
class Field:
    """One field of block 4.

    Attributes:
        tag: two digits and an optional option letter: "20", "32A".
        value: the content, lines joined by a line feed, exactly as received.
        line: 1-based line of the tag in the input; not part of equality.
    """

    tag: str
    value: str
    line: int = field(default=0, compare=False)

    @property
    def number(self) -> str:
        """The tag without its option letter."""
        return self.tag[:2]

    @property
    def option(self) -> str:
        """The option letter, or an empty string."""
        return self.tag[2:]

    @property
    def lines(self) -> list[str]:
        """The lines of the value."""
        return self.value.split("\n")


@dataclass(frozen=True, slots=True)
class Tag:
    """A `{key:value}` pair of blocks 3, 5, S or of a service message's block 4."""

    key: str
    value: str


@dataclass(frozen=True, slots=True)
class BasicHeader:
    """Block 1: who this copy belongs to (the receiver on output, the sender on input)."""

    application: str
    service: str
    terminal: str
    session: str
    sequence: str

    @property
    def bic(self) -> str:
        """The eleven characters of the BIC, the logical terminal letter left out."""
        return self.terminal[:8] + self.terminal[9:12]


@dataclass(frozen=True, slots=True)
class ApplicationHeader:
    """Block 2: the message type and the other side.

    Attributes:
        direction: "I" (sent to SWIFT) or "O" (received from SWIFT).
        mt: three digits.
        terminal: the other side's twelve characters.
        input_time, input_date: HHMM and YYMMDD of the sender, on output only.
        reference: session and sequence of the sender (ten digits), on output only.
        output_date, output_time: YYMMDD and HHMM of the receiver, on output only.
        priority: "S", "U", "N" or empty.
        tail: delivery monitoring and obsolescence period, on input only.
    """

    direction: str
    mt: str
    terminal: str
    input_time: str = ""
    input_date: str = ""
    reference: str = ""
    output_date: str = ""
    output_time: str = ""
    priority: str = ""
    tail: str = ""

    @property
    def bic(self) -> str:
        """The eleven characters of the BIC, the logical terminal letter left out."""
        return self.terminal[:8] + self.terminal[9:12]


@dataclass(frozen=True, slots=True)
class FinMessage:
    """One message: a financial one has `fields`, a service one (an ACK, say) has `service`."""

    basic: BasicHeader
    application: ApplicationHeader | None = None
    user: tuple[Tag, ...] = ()
    fields: tuple[Field, ...] = ()
    service: tuple[Tag, ...] = ()
    trailer: tuple[Tag, ...] = ()
    system: tuple[Tag, ...] = ()
    line: int = field(default=1, compare=False)

    @property
    def mt(self) -> str:
        """The three digits of the message type; empty for a service message."""
        return self.application.mt if self.application else ""

    @property
    def sender(self) -> str:
        """BIC11 of the sender."""
        if self.application and self.application.direction == "O":
            return self.application.bic
        return self.basic.bic

    @property
    def receiver(self) -> str:
        """BIC11 of the receiver."""
        if self.application and self.application.direction == "I":
            return self.application.bic
        return self.basic.bic

    def header(self, key: str) -> str | None:
        """The value of a tag of block 3 ("121" holds the UETR), or None."""
        return next((tag.value for tag in self.user if tag.key == key), None)

    def find(self, *tags: str) -> Field | None:
        """The first field bearing one of `tags`; a two-digit tag means any option."""
        return next((item for item in self.fields if item.tag in tags or item.number in tags), None)

    def all(self, *tags: str) -> list[Field]:
        """Every field bearing one of `tags`, in order."""
        return [item for item in self.fields if item.tag in tags or item.number in tags]

    def need(self, *tags: str) -> Field:
        """The first field bearing one of `tags`.

        Raises:
            MissingField: there is none.
        """
        found = self.find(*tags)
        if found is None:
            raise MissingField(Place(line=self.line, field=tags[0]), tag=tags[0], mt=self.mt)
        return found

    def split(self, tag: str) -> tuple["FinMessage", list["FinMessage"]]:
        """What stands before the first `tag`, and one part from each `tag` to the next.

        Raises:
            MissingField: there is no such field.
        """
        fields = list(self.fields)
        starts = [number for number, item in enumerate(fields) if item.tag == tag]
        if not starts:
            raise MissingField(Place(line=self.line, field=tag), tag=tag, mt=self.mt)
        ends = [*starts[1:], len(fields)]
        parts = [self.part(fields[start:end]) for start, end in zip(starts, ends, strict=True)]
        return self.part(fields[: starts[0]]), parts

    def part(self, fields: list[Field]) -> "FinMessage":
        """The same headers over a part of the fields: a sequence read on its own."""
        return replace(self, fields=tuple(fields), line=fields[0].line if fields else self.line)
