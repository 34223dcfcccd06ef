"""How far a day's end has come: its steps with counts and times, done, running and to do."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

from django.utils.translation import gettext_lazy as _

from backoffice.outbox import queries as outbox
from settlement import end_of_day
from settlement.closing import KIND
from settlement.models import StepRun

SHOWN: Final = 30
WORDS: Final = {
    "cut_off": _("cut-off"),
    "match": _("match"),
    "close_windows": _("close windows"),
    "net": _("net"),
    "gate": _("gate"),
    "send": _("messages out"),
    "settle": _("settle and post"),
    "charge": _("penalties, claims and fees"),
    "state": _("statements"),
    "reconcile": _("reconcile"),
    "report": _("file the report"),
    "seal": _("seal the day"),
}
COUNTED: Final = {
    "transactions": _("transactions"),
    "held": _("held"),
    "obligations": _("obligations"),
    "entries": _("entries"),
    "instructions": _("instructions"),
    "settled": _("settled"),
    "stopped": _("stopped by a hold"),
    "matched": _("matched"),
    "legs_opened": _("legs opened"),
    "unmatched": _("unmatched"),
    "enriched": _("standing instructions found"),
    "uninstructed": _("standing instructions missing"),
    "windows": _("windows"),
    "legs_netted": _("legs netted"),
    "nets": _("nets"),
    "to_release": _("to release"),
    "trades_settled": _("trades settled"),
    "trades_left": _("trades left"),
    "legs_settled": _("legs settled"),
    "legs_failed": _("legs failed"),
    "positions": _("positions"),
    "messages": _("messages"),
    "penalties": _("penalties"),
    "unpriced": _("without price"),
    "buy_ins": _("buy-ins"),
    "months_collected": _("months collected"),
    "claims": _("claims"),
    "fees": _("fees"),
    "margin_calls": _("margin calls"),
    "advices": _("advices"),
    "statements": _("statements"),
    "reconciled": _("reconciled"),
    "breaks": _("breaks"),
    "breaks_closed": _("breaks explained"),
    "breaks_open": _("open breaks"),
    "document": _("document"),
}


@dataclass(frozen=True, slots=True)
class Step:
    """A step: `state` is "done", "running" (or next in turn) or "waiting"; seconds it took.

    `named` holds what it counted: a key of COUNTED, its word, and the count.
    """

    name: str
    label: Any
    state: str
    named: tuple[tuple[str, Any, Any], ...]
    finished_at: datetime | None
    seconds: float | None

    @property
    def counts(self) -> tuple[tuple[Any, Any], ...]:
        """The counts with their words."""
        return tuple((word, count) for _name, word, count in self.named)


@dataclass(frozen=True, slots=True)
class DayProgress:
    """A day's end.

    Attributes:
        done, of: steps.
        is_running: a worker is at it, so the page asks again.
        error: why the last attempt stopped, "" otherwise.
    """

    book: str
    business_date: date
    steps: tuple[Step, ...]
    done: int
    of: int
    is_running: bool
    error: str
    seconds: float

    @property
    def percent(self) -> int:
        """Steps done of all, in percent."""
        return 100 * self.done // self.of

    @property
    def is_sealed(self) -> bool:
        """True when nothing is left to do."""
        return self.done == self.of


def of_day(*, book: str, business_date: date) -> DayProgress:
    """The day's steps as the ritual has them, from their marks and the job's row; two queries.

    A sealed day has the steps that there were when it was sealed.
    """
    marks = {
        one.step: one
        for one in StepRun.objects.filter(book=book, business_date=business_date, partition="")
    }
    job = outbox.job_progress(kind=KIND, business_date=business_date, partition=book)
    is_running = job.get("state") == "running"
    steps: list[Step] = []
    is_next = True
    sealed = end_of_day.seal.__name__ in marks
    names = [step.__name__ for step in end_of_day.STEPS]
    for name in [name for name in names if name in marks or not sealed]:
        mark = marks.get(name)
        state = "done" if mark else "running" if is_next and is_running else "waiting"
        is_next = bool(mark)
        steps.append(
            Step(
                name=name,
                label=WORDS.get(name, name.replace("_", " ")),
                state=state,
                named=named(mark.counts) if mark else (),
                finished_at=mark.finished_at if mark else None,
                seconds=(mark.finished_at - mark.started_at).total_seconds() if mark else None,
            )
        )
    done = sum(1 for step in steps if step.state == "done")
    return DayProgress(
        book=book,
        business_date=business_date,
        steps=tuple(steps),
        done=done,
        of=len(steps),
        is_running=is_running or job.get("state") == "waiting",
        error=str(job.get("error") or "") if done < len(steps) else "",
        seconds=sum(step.seconds or 0.0 for step in steps),
    )


def last_book() -> str:
    """The book whose end of day went on last; "" before the first."""
    return StepRun.objects.order_by("-pk").values_list("book", flat=True).first() or ""


def recent_days(*, book: str) -> list[date]:
    """The latest days whose end was begun, newest first."""
    days = StepRun.objects.filter(book=book).order_by("-business_date")
    return list(days.values_list("business_date", flat=True).distinct()[:SHOWN])


def counted(counts: dict[str, Any]) -> tuple[tuple[Any, Any], ...]:
    """Counts with their words; hashes and zeros say nothing to a reader."""
    return tuple((word, count) for _name, word, count in named(counts))


def named(counts: dict[str, Any]) -> tuple[tuple[str, Any, Any], ...]:
    """The same with the name of each."""
    return tuple(
        (name, COUNTED[name], value) for name, value in counts.items() if value and name in COUNTED
    )
