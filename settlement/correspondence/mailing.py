"""What leaves the house: each fact once, in the standard that its reader wants, and filed.

Letters are a stream, written and filed 1,000 at a time: a large day takes more batches, not more
memory, and no more statements a batch. A message that breaks a usage rule of the market does not
leave, and is work for the desk: what broke it came from outside, and the day goes on.
"""

from collections.abc import Callable, Generator, Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import date, datetime
from itertools import batched
from typing import Any, Final

from django.conf import settings
from django.db import connection, transaction

from backoffice.desk import queueing
from backoffice.kernel.actors import Actor, Department
from backoffice.kernel.refusals import Said
from records import filing
from settlement.correspondence import preferring
from settlement.messages.fin.reading import parse_all
from settlement.messages.refusals import UsageRuleBroken
from settlement.models import MessagePreference, OutgoingMessage

DEFAULT_BIC: Final = "BCKOTHBKXXX"
XML: Final = "application/xml"
FIN: Final = "text/plain; charset=us-ascii"
BATCH: Final = 1_000
REFUSED: Final = "settlement.message_refused"
KNOWN: Final = """
    SELECT m.definition, m.reference FROM settlement_outgoingmessage m
      JOIN unnest(%s::text[], %s::text[]) AS w(definition, reference)
        ON m.definition = w.definition AND m.reference = w.reference
     WHERE m.book = %s
"""


@dataclass(frozen=True, slots=True)
class Letter:
    """A fact to be told.

    Attributes:
        definition, reference: what is told, by its ISO 20022 message; once in a book.
        receiver: BIC; participant: its id, None where the receiver is none.
        as_mx, as_mt: write it; None where FIN has no message for it, and who reads FIN is not told.
    """

    definition: str
    reference: str
    message_id: str
    receiver: str
    as_mx: Callable[[], bytes]
    as_mt: Callable[[], str] | None = None
    participant: int | None = None

    @property
    def key(self) -> tuple[str, str]:
        """What names the fact."""
        return self.definition, self.reference


@dataclass(frozen=True, slots=True)
class Post:
    """Where letters are kept: the book and its day, the class of their records, by whom, when."""

    book: str
    business_date: date
    record_class: str
    actor: Actor
    at: datetime


@dataclass(frozen=True, slots=True)
class Sent:
    """How many letters there were, how many of them were sent now, and how many broke a rule."""

    letters: int
    new: int
    refused: int = 0


@dataclass(frozen=True, slots=True)
class _Written:
    """A letter as it leaves: content, media type and the name of the message."""

    letter: Letter
    content: bytes
    media_type: str
    kind: str


def house_bic() -> str:
    """The BIC that the house sends under."""
    return str(getattr(settings, "HOUSE_BIC", DEFAULT_BIC))


def rows(*, sql: str, book: str, day: date) -> Iterator[tuple[Any, ...]]:
    """What a query tells of a book's day, as a stream out of the database.

    `send` ends the stream before it takes anything back: a cursor that a rollback took away cannot
    be closed without breaking the transaction around it.
    """
    with connection.chunked_cursor() as cursor:
        cursor.execute(sql, {"book": book, "day": day})
        yield from cursor


def send(*, letters: Iterable[Letter], post: Post) -> Sent:
    """Write, check, file and note the letters that were not sent before.

    All of them, or none; but one that breaks a usage rule is neither filed nor noted, and goes on
    the desk with rule and field. Letters that stream from the database come from a generator.

    Raises:
        SchemaBroken, BrokenField: a fact does not fit its message, with field and rule.
    """
    told = new = refused = 0
    with transaction.atomic(), closing(_each(letters)) as stream:
        wanted = preferring.standards(on=post.business_date)
        for batch in batched(stream, BATCH, strict=False):
            told += len(batch)
            stopped: dict[Letter, UsageRuleBroken] = {}
            new += _keep(list(_write(batch, wanted, post.book, stopped)), post)
            refused += _ask(stopped, post)
    return Sent(told, new, refused)


def _each(letters: Iterable[Letter]) -> Generator[Letter]:
    """The letters; ending it ends the generator that they come from."""
    yield from letters


def _write(
    batch: Iterable[Letter],
    wanted: dict[str, str],
    book: str,
    stopped: dict[Letter, UsageRuleBroken],
) -> Iterator[_Written]:
    """Those of the batch that were not sent before and that their reader's standard can tell.

    What a usage rule stops is left in `stopped`.
    """
    known = _known(book, batch)
    for letter in batch:
        if letter.key in known:
            continue
        known.add(letter.key)
        standard = wanted.get(preferring.head_office(letter.receiver), preferring.DEFAULT)
        try:
            written = _written(letter, standard)
        except UsageRuleBroken as refused:
            stopped[letter] = refused
            continue
        if written is not None:
            yield written


def _written(letter: Letter, standard: str) -> _Written | None:
    """The letter in the standard, or None where that has no message for it."""
    if standard == MessagePreference.Standard.MX:
        return _Written(letter, letter.as_mx(), XML, letter.definition)
    if letter.as_mt is None:
        return None
    text = letter.as_mt()
    kinds = dict.fromkeys(f"MT{one.mt}" for one in parse_all(text))
    return _Written(letter, text.encode("ascii"), FIN, "/".join(kinds))


def _ask(stopped: dict[Letter, UsageRuleBroken], post: Post) -> int:
    """Put what may not leave on the desk, with what it breaks and where; returns how many."""
    queueing.open_items(
        kind=REFUSED,
        department=Department.SETTLEMENT.value,
        subject_kind="settlement.message",
        work=[_work(letter, refused, post.book) for letter, refused in stopped.items()],
        priority=2,
        actor=post.actor,
        at=post.at,
    )
    return len(stopped)


def _work(letter: Letter, refused: UsageRuleBroken, book: str) -> queueing.Work:
    what = f"{letter.definition} {letter.reference}"
    return queueing.Work(
        subject_ref=f"{book}/{letter.definition}/{letter.message_id}",
        title_en=f"Not sent, {what}: {refused.text('en')}",
        title_th=f"ไม่ได้ส่ง {what}: {refused.text('th')}",
        payload={
            "message": letter.definition,
            "reference": letter.reference,
            "receiver": letter.receiver,
            "field": refused.place.field,
            "line": refused.place.line,
            **{
                name: value.en if isinstance(value, Said) else value
                for name, value in refused.params.items()
            },
        },
    )


def _known(book: str, letters: Iterable[Letter]) -> set[tuple[str, str]]:
    names = [[one.definition for one in letters], [one.reference for one in letters]]
    with connection.cursor() as cursor:
        cursor.execute(KNOWN, [*names, book])
        return {(definition, reference) for definition, reference in cursor.fetchall()}


def _keep(written: list[_Written], post: Post) -> int:
    """File and note them; returns how many."""
    drafts = (
        filing.Draft(
            title=f"{one.kind} {one.letter.reference}",
            content=one.content,
            media_type=one.media_type,
            source_key=f"{one.letter.definition}/{post.book}/{one.letter.reference}",
        )
        for one in written
    )
    actor = Actor.system("stating") if post.actor.is_process else post.actor
    filed = filing.file_many(record_class=post.record_class, drafts=drafts, actor=actor, at=post.at)
    OutgoingMessage.objects.bulk_create(
        OutgoingMessage(
            book=post.book,
            business_date=post.business_date,
            participant_id=one.letter.participant,
            definition=one.letter.definition,
            reference=one.letter.reference,
            message_id=one.letter.message_id,
            written_as=one.kind,
            document_id=document.id,
            made_at=post.at,
        )
        for one, document in zip(written, filed, strict=True)
    )
    return len(written)
