"""What leaves the house: each fact once, in the standard that its reader wants, and filed."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from django.conf import settings
from django.db import connection, transaction

from backoffice.kernel.actors import Actor
from records import filing
from settlement import preferring
from settlement.messages.fin.reading import parse_all
from settlement.models import MessagePreference, OutgoingMessage

DEFAULT_BIC: Final = "BCKOTHBKXXX"
XML: Final = "application/xml"
FIN: Final = "text/plain; charset=us-ascii"
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


def house_bic() -> str:
    """The BIC that the house sends under."""
    return str(getattr(settings, "HOUSE_BIC", DEFAULT_BIC))


def send(*, letters: Iterable[Letter], post: Post) -> int:
    """Write, check, file and note the letters that were not sent before; returns how many.

    All of them, or none.

    Raises:
        SchemaBroken, BrokenField: a fact does not fit its message, with field and rule.
    """
    waiting = list(letters)
    with transaction.atomic():
        known = _known(post.book, waiting)
        wanted = preferring.standards(on=post.business_date)
        sent = []
        for letter in waiting:
            if letter.key in known:
                continue
            known.add(letter.key)
            standard = wanted.get(preferring.head_office(letter.receiver), preferring.DEFAULT)
            written = _write(letter, standard)
            if written is not None:
                sent.append(_keep(letter, *written, post))
        OutgoingMessage.objects.bulk_create(sent, batch_size=1000)
    return len(sent)


def _known(book: str, letters: list[Letter]) -> set[tuple[str, str]]:
    if not letters:
        return set()
    names = [[one.definition for one in letters], [one.reference for one in letters]]
    with connection.cursor() as cursor:
        cursor.execute(KNOWN, [*names, book])
        return {(definition, reference) for definition, reference in cursor.fetchall()}


def _write(letter: Letter, standard: str) -> tuple[bytes, str, str] | None:
    """Content, media type and the name of the message; None where the standard has none."""
    if standard == MessagePreference.Standard.MX:
        return letter.as_mx(), XML, letter.definition
    if letter.as_mt is None:
        return None
    text = letter.as_mt()
    kinds = dict.fromkeys(f"MT{one.mt}" for one in parse_all(text))
    return text.encode("ascii"), FIN, "/".join(kinds)


def _keep(letter: Letter, content: bytes, media: str, kind: str, post: Post) -> OutgoingMessage:
    actor = post.actor
    filed = filing.file(
        record_class=post.record_class,
        title=f"{kind} {letter.reference}",
        content=content,
        media_type=media,
        source_key=f"{letter.definition}/{post.book}/{letter.reference}",
        actor=Actor.system("stating") if actor.is_process else actor,
        at=post.at,
    )
    return OutgoingMessage(
        book=post.book,
        business_date=post.business_date,
        participant_id=letter.participant,
        definition=letter.definition,
        reference=letter.reference,
        message_id=letter.message_id,
        written_as=kind,
        document_id=filed.id,
        made_at=post.at,
    )
