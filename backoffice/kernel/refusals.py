"""A refusal: the one kind of exception that a verb raises on purpose.

Each verb room defines its own subclasses, with the sentence in English and in Thai beside the
rule that it enforces. The shells (API, admin, portal, commands) show it in the reader's language.
"""

from dataclasses import dataclass
from typing import Any, ClassVar

LANGUAGES = ("en", "th")


@dataclass(frozen=True, slots=True)
class Place:
    """Where in the input the rule was broken; every part may be unknown.

    Attributes:
        file: name of the file as the sender knows it, without a path of this machine.
        line: 1-based line (or record) number.
        field: the field's name, or its JSON pointer (RFC 6901) in a request body.
    """

    file: str | None = None
    line: int | None = None
    field: str | None = None

    def __str__(self) -> str:
        parts = [self.file, f"line {self.line}" if self.line is not None else None, self.field]
        return ", ".join(part for part in parts if part)

    def in_thai(self) -> str:
        """The place in Thai: 'file, บรรทัด 3, field'."""
        parts = [self.file, f"บรรทัด {self.line}" if self.line is not None else None, self.field]
        return ", ".join(part for part in parts if part)


@dataclass(frozen=True, slots=True)
class Said:
    """A parameter that is words itself: in each language its own."""

    en: str
    th: str

    def text(self, language: str) -> str:
        """The words in `language`, as `Refused.text` reads it."""
        return self.th if language.startswith("th") else self.en


class Refused(Exception):
    """A request that a rule does not allow. Nothing of it was kept.

    Subclasses set the class attributes; the instance carries the parameters of the sentences.

    Attributes:
        code: stable kebab-case identifier of the rule, the tail of the problem type (RFC 9457).
        status: the HTTP status that the API answers with.
        en: the sentence in English, a `str.format` template over the parameters.
        th: the same in Thai.
        place: file, line and field, where known.
    """

    code: ClassVar[str] = "refused"
    status: ClassVar[int] = 422
    en: ClassVar[str] = "The request was refused."
    th: ClassVar[str] = "คำขอถูกปฏิเสธ"

    def __init__(self, place: Place | None = None, /, **params: Any) -> None:
        self.place = place or Place()
        self.params = params
        super().__init__(self.text())

    def text(self, language: str = "en") -> str:
        """The sentence in `language` ("en" or "th"; anything else reads as English)."""
        template = self.th if language.startswith("th") else self.en
        told = {
            name: value.text(language) if isinstance(value, Said) else value
            for name, value in self.params.items()
        }
        return template.format(**told)

    def at(
        self, *, file: str | None = None, line: int | None = None, field: str | None = None
    ) -> "Refused":
        """Add what the caller knows of the place, keeping what is already known; returns self."""
        self.place = Place(
            file=self.place.file or file,
            line=self.place.line if self.place.line is not None else line,
            field=self.place.field or field,
        )
        return self

    def sentence(self, language: str = "en") -> str:
        """Place, sentence and rule in one line, as a command or a log prints it."""
        place = self.place.in_thai() if language.startswith("th") else str(self.place)
        text = f"{self.text(language)} [{self.code}]"
        return f"{place}: {text}" if place else text
