"""What may be uploaded: each kind of file with its help, its example, its choices and its verb.

Departments describe theirs in `<department>/uploading.py`; all of them stand on the house's one
page, `backoffice/reactions.py` (UPLOADS).
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, Final, Protocol

from django.conf import settings
from django.urls import reverse
from django.utils.module_loading import import_string

from backoffice.kernel.actors import Actor, Department, Role
from backoffice.kernel.refusals import Refused

WRITERS: Final = (Role.CLERK, Role.CHECKER, Role.MANAGER)


class KindUnknown(Refused):
    """A kind of file that no department takes."""

    code = "upload-kind"
    status = 404
    en = "{kind} is no kind of file that is taken here."
    th = "ไม่รับไฟล์ชนิด {kind}"


@dataclass(frozen=True, slots=True)
class Option:
    """Something that the file does not say itself.

    Attributes:
        choices: (value, words) pairs, asked for when the form is shown; None for free text.
        initial: the value that the form begins with, likewise.
        is_flag: a box to tick; its value is "yes" or "".
    """

    name: str
    label: Any
    help: Any = ""
    choices: Callable[[], Sequence[tuple[str, Any]]] | None = None
    initial: Callable[[], str] | None = None
    is_flag: bool = False
    required: bool = False


@dataclass(frozen=True, slots=True)
class File:
    """A file on its way in, as a department's verb wants it.

    Attributes:
        options: by name; a missing one reads as "".
        is_trial: only looked at: what is written is rolled back, and every refusal is wanted.
        on_lines: told how many lines were read since the last call.
        on_refused: told each refusal, before the file as a whole is refused or taken without it.
    """

    path: Path
    name: str
    sha256: str
    options: Mapping[str, str]
    actor: Actor
    at: datetime
    is_trial: bool
    on_lines: Callable[[int], None]
    on_refused: Callable[[Refused], None]

    def option(self, name: str) -> str:
        """What was chosen, "" for nothing."""
        return self.options.get(name, "")


@dataclass(frozen=True, slots=True)
class Fared:
    """How a file fared: `counts` by a name that the kind has words for; control totals."""

    counts: Mapping[str, int]
    totals: Mapping[str, str] = field(default_factory=dict)


class Taker(Protocol):
    """A department's verb behind a kind: takes the file, raises what refuses it as a whole."""

    def __call__(self, file: File, /) -> Fared:
        """Take the file."""


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of file.

    Attributes:
        code: "settlement.trades_csv"; its department is the part before the point.
        words: count → what a reader calls it.
        scope: the option that says whose books the file goes into; a file is taken once in each.
        example: where a short file lies as it should look.
        page: the admin list where what was taken is found.
        size: about how many of what `take` counts a file holds; None where it counts lines, or
            where the file does not tell.
    """

    code: str
    label: Any
    help: Any
    take: Taker
    words: Mapping[str, Any]
    example: Path
    options: tuple[Option, ...] = ()
    scope: str = ""
    accept: str = ""
    page: str = ""
    size: Callable[[Path], int | None] | None = None

    @property
    def department(self) -> Department:
        """Whose file it is."""
        return Department(self.code.partition(".")[0])


def page(code: str = "") -> str:
    """The address of the page that takes files; of one kind's form, or the kinds to choose from."""
    return reverse("admin:intake_upload_new") + (f"?kind={code}" if code else "")


def kinds() -> Mapping[str, Kind]:
    """Every kind by its code, in the order of the house's page."""
    listed: Sequence[Kind] = import_string(settings.INTAKE_KINDS)
    return {kind.code: kind for kind in listed}


def find(code: str) -> Kind:
    """The kind of a code.

    Raises:
        KindUnknown.
    """
    kind = kinds().get(code)
    if kind is None:
        raise KindUnknown(kind=repr(code[:60]))
    return kind


def open_to(actor: Actor) -> list[Kind]:
    """The kinds that the actor may bring, which are those of their own department."""
    if actor.role not in WRITERS:
        return []
    return [kind for kind in kinds().values() if kind.department is actor.department]
