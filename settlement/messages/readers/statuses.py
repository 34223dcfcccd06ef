"""Statuses and confirmations into one form: sese.024, sese.025, pacs.002, MT548, MT544 to MT547."""

import datetime as dt
from dataclasses import dataclass
from typing import Final

from lxml import etree

from settlement.messages import schemas
from settlement.messages.build.fin_securities import STATUSES
from settlement.messages.facts import StatusKind
from settlement.messages.fin.model import FinMessage
from settlement.messages.fin.reading import parse_all
from settlement.messages.fin.sequences import Sequence, sequences
from settlement.messages.mx_tree import at as element_at
from settlement.messages.mx_tree import children, every, local_name, text_at
from settlement.messages.readers.elements import header
from settlement.messages.readers.naming import naming
from settlement.messages.refusals import MissingField, NoTranslation
from settlement.messages.to_mt.drafting import need, place
from settlement.messages.xml_door import Document, open_message

SETTLED: Final = "settled"
CONFIRMATIONS: Final = frozenset({"544", "545", "546", "547"})
_KINDS: Final = {code: kind for kind, (_qualifier, code) in STATUSES.items()}


@dataclass(frozen=True, slots=True)
class StatusReport:
    """What is told of something that was sent.

    Attributes:
        definition: "sese.024", "MT548", …
        message_id: the sender's own; `of`: the message or instruction it speaks of.
        status: a name of StatusKind in small letters, "settled", or a payment's status ("ACSC").
        created: when it was made; None where the message does not tell.
    """

    definition: str
    sender: str
    message_id: str
    of: str
    status: str
    reason: str
    created: dt.datetime | None


def read(data: bytes, *, file: str | None = None) -> list[StatusReport]:
    """Every status in the data, whichever standard it came in.

    Raises:
        MessageRefused: with file, line, field and rule; NoTranslation: no status message.
    """
    with naming(file):
        if data.lstrip(b"\xef\xbb\xbf \r\n\t").startswith(b"<"):
            return _xml(open_message(data, file=file), file)
        return [_fin(message) for message in parse_all(data, file=file)]


def _xml(document: Document, file: str | None) -> list[StatusReport]:
    name = etree.QName(document.body).localname
    if name not in _READERS:
        asked = "sese.024, sese.025, pacs.002"
        raise NoTranslation(place(document.body, name), kind=name, target=asked)
    schemas.require_valid(document, file=file)
    return _READERS[name](document)


def _advice(document: Document) -> list[StatusReport]:
    body, head = document.body, header(document)
    for group in ("PrcgSts", "MtchgSts", "SttlmSts"):
        found = element_at(body, group)
        if found is None:
            continue
        told = next(iter(children(found)))
        names = {kind.value: kind for kind in StatusKind}
        kind = names.get(local_name(told))
        if kind is None:
            continue
        return [
            StatusReport(
                definition="sese.024",
                sender=head.sender,
                message_id=head.message_id,
                of=need(body, "TxId/AcctOwnrTxId"),
                status=kind.name.lower(),
                reason=_reason(told),
                created=head.created,
            )
        ]
    raise NoTranslation(place(body, "PrcgSts"), kind="sese.024", target="a status known here")


def _reason(told: etree._Element) -> str:
    parts = [text_at(told, "Rsn/Cd/Cd"), text_at(told, "Rsn/AddtlRsnInf")]
    return " ".join(part for part in parts if part)


def _confirmation(document: Document) -> list[StatusReport]:
    head = header(document)
    return [
        StatusReport(
            definition="sese.025",
            sender=head.sender,
            message_id=head.message_id,
            of=need(document.body, "TxIdDtls/AcctOwnrTxId"),
            status=SETTLED,
            reason="",
            created=head.created,
        )
    ]


def _payments(document: Document) -> list[StatusReport]:
    head = header(document)
    return [
        StatusReport(
            definition="pacs.002",
            sender=head.sender,
            message_id=head.message_id,
            of=need(one, "OrgnlGrpInf/OrgnlMsgId"),
            status=need(one, "TxSts"),
            reason=text_at(one, "StsRsnInf/Rsn/Cd") or "",
            created=head.created,
        )
        for one in every(document.body, "TxInfAndSts")
    ]


def _fin(message: FinMessage) -> StatusReport:
    root = sequences(message.fields)
    general = root.first("GENL")
    if message.mt != "548" and message.mt not in CONFIRMATIONS:
        refusal = NoTranslation(kind=f"MT{message.mt}", target="MT548, MT544 to MT547")
        raise refusal.at(line=message.line, field="block 2")
    of = next(
        (
            told
            for block in (general.every("LINK") if general else ())
            if (told := block.text("20C", "RELA"))
        ),
        None,
    )
    own = general.text("20C", "SEME") if general else None
    if of is None or own is None:
        field = "20C::RELA" if own else "20C::SEME"
        raise MissingField(tag=field, mt=message.mt).at(line=message.line, field=field)
    status, reason = SETTLED, ""
    if message.mt == "548":
        status, reason = _fin_status(message, root)
    return StatusReport(
        definition=f"MT{message.mt}",
        sender=message.sender,
        message_id=own,
        of=of,
        status=status,
        reason=reason,
        created=None,
    )


def _fin_status(message: FinMessage, root: Sequence) -> tuple[str, str]:
    block = root.first("STAT")
    for qualifier, code in STATUSES.values():
        told = block.text("25D", qualifier) if block else None
        if block and told == code:
            why = block.first("REAS")
            reason = why.text("24B", code) if why else None
            return _KINDS[code].name.lower(), reason or ""
    raise MissingField(tag="25D", mt="548").at(line=message.line, field="25D")


_READERS: Final = {
    "SctiesSttlmTxStsAdvc": _advice,
    "SctiesSttlmTxConf": _confirmation,
    "FIToFIPmtStsRpt": _payments,
}
