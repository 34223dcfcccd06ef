"""An entry's trail in words: what it was made from, who recorded it, what followed."""

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from django.urls import reverse
from django.utils.translation import gettext

from accounting.models import Entry, LogSeal, Pending
from accounting.proof import Inclusion
from backoffice.frame.dates import moment_text

PROCESS: Final = "system:"
OF_ENTRY: Final = re.compile(r"reversal:([0-9]{1,18})", re.ASCII)


@dataclass(frozen=True, slots=True)
class Step:
    """Something that happened to the entry; `entry_id` leads to the other entry in it."""

    words: str
    at: datetime | None = None
    by: str = ""
    entry_id: int | None = None
    note: str = ""


def who(actor: str) -> str:
    """Who acted: a person by name, a process of the house as such."""
    if actor.startswith(PROCESS):
        process = actor.removeprefix(PROCESS).replace("_", " ")
        return gettext("the house itself (%(process)s)") % {"process": process}
    return actor


def origin(entry: Entry) -> Step:
    """What the entry was made from."""
    reversed_one = OF_ENTRY.fullmatch(entry.source or "")
    if reversed_one:
        return Step(gettext("made from"), entry_id=int(reversed_one[1]))
    source = entry.source or gettext("nothing but the request itself")
    return Step(gettext("made from"), note=source)


def steps(
    entry: Entry, *, pending: Pending | None, reversal: Entry | None, sealed: LogSeal | None
) -> list[Step]:
    """What happened to the entry, the first thing first."""
    found = [origin(entry), Step(gettext("recorded"), entry.recorded_at, who(entry.actor))]
    if entry.reversal_of_id:
        found.append(Step(gettext("reverses"), entry_id=entry.reversal_of_id))
    if entry.pending_id:
        found.append(Step(gettext("settles the pending entry"), entry_id=entry.pending_id))
    if pending is not None:
        found.append(_fate(pending))
    if reversal is not None:
        by = who(reversal.actor)
        found.append(Step(gettext("reversed"), reversal.recorded_at, by, reversal.pk))
    if sealed is not None:
        note = gettext("with %(count)s entries under one root") % {"count": f"{sealed.size:,}"}
        found.append(Step(gettext("sealed"), sealed.sealed_at, note=note))
    return found


def _fate(pending: Pending) -> Step:
    note = ""
    if not pending.settled_at and pending.expires_at:
        note = f"{gettext('lapses')} {moment_text(pending.expires_at)}"
    state = str(pending.get_state_display())
    return Step(state, pending.settled_at, entry_id=pending.settled_by_id, note=note)


def seal_of(entry: Entry, proof: Inclusion | None) -> LogSeal | None:
    """The first seal that holds the entry."""
    if proof is None:
        return None
    seals = LogSeal.objects.filter(entity_id=entry.entity_id, size__gt=proof.position)
    return seals.order_by("size").first()


def address(entry_id: int) -> str:
    """An entry's page."""
    return reverse("admin:accounting_entry_change", args=[entry_id])


def told(proof: Inclusion | None, *, leaf: str) -> dict[str, Any]:
    """The proof for the page: the leaf, and each digest on the way to the root."""
    if proof is None:
        return {}
    return {"leaf": leaf, "path": proof.path, "position": proof.position + 1, "size": proof.size,
            "root": proof.root}  # fmt: skip
