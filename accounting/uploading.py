"""Files that accounting takes at the desk: exchange rates and entries, each by its own verb."""

from collections import Counter
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

from django.utils.translation import gettext_lazy as _

from accounting import chart_files, importing, queries, rates
from accounting.rules import EntryDraft, rate_files
from accounting.rules.fx import RateDraft
from backoffice.intake.kinds import Fared, File, Kind, Option, Taker

EXAMPLES: Final = Path(__file__).parent / "examples"


def take_rates(file: File, source: str) -> Fared:
    """Take down a source's rates: all of the file, or nothing."""
    with file.path.open(encoding="utf-8-sig", newline="") as stream:
        drafts = rate_files.read(stream, name=file.name, source=source)
        done = rates.record_rates(
            rates=_watched(drafts, file), source=source, actor=file.actor, at=file.at
        )
    return Fared({"recorded": done.recorded, "known": done.known})


def _watched(drafts: Iterator[RateDraft], file: File) -> Iterator[RateDraft]:
    line = 1
    for draft in drafts:
        file.on_lines(max((draft.line or line) - line, 0))
        line = draft.line or line
        yield draft


def take_ecb(file: File) -> Fared:
    """The European Central Bank's reference rates."""
    return take_rates(file, "ECB")


def take_bot(file: File) -> Fared:
    """The Bank of Thailand's daily averages."""
    return take_rates(file, "BOT")


def take_h10(file: File) -> Fared:
    """The Federal Reserve's H.10."""
    return take_rates(file, "H10")


def take_entries(file: File) -> Fared:
    """Post entries of a file of JSON Lines.

    All or nothing, or, with "keep_right", each for itself. A trial tells every wrong line, and
    then refuses as the real run would.
    """
    keeps_right = bool(file.option("keep_right"))
    told: dict[str, Decimal] = {}
    post = importing.post_each if file.is_trial or keeps_right else importing.post_all
    first = None
    counts: Counter[str] = Counter()
    with file.path.open("rb") as stream:
        read = importing.read(stream, name=file.name, entity=file.option("entity"))
        for result in post(
            lines=_summed(read, told),
            name=file.name,
            actor=file.actor,
            at=file.at,
            create_accounts=bool(file.option("create_accounts")),
        ):
            file.on_lines(1)
            counts[result.status] += 1
            if result.refusal is not None:
                first = first or result.refusal
                file.on_refused(result.refusal)
    if first is not None and not keeps_right:
        raise first
    totals = {currency: f"{total:f}" for currency, total in sorted(told.items())}
    return Fared({"posted": counts["posted"], "existing": counts["existing"]}, totals)


def take_chart(file: File) -> Fared:
    """Do what a chart file states: all of it, or nothing."""
    with file.path.open("rb") as stream:
        count = chart_files.take(
            stream=stream,
            name=file.name,
            entity=file.option("entity"),
            actor=file.actor,
            at=file.at,
            on_lines=file.on_lines,
            on_refused=file.on_refused,
        )
    return Fared({"stated": count})


def _summed(
    lines: Iterator[tuple[int, importing.Read]], totals: dict[str, Decimal]
) -> Iterator[tuple[int, importing.Read]]:
    """The same lines; debits by currency are added up on the way."""
    for line, read in lines:
        for one in read.lines if isinstance(read, EntryDraft) else ():
            if one.amount > 0:
                totals[one.currency] = totals.get(one.currency, Decimal(0)) + one.amount
        yield line, read


def _entities() -> list[tuple[str, Any]]:
    return [("", _("as each line says")), *((code, code) for code in queries.entities())]


def _books() -> list[tuple[str, Any]]:
    return [(code, code) for code in queries.entities()]


RATES: Final = {"recorded": _("rates recorded"), "known": _("known already")}


def _rates(source: str, label: Any, help_: Any, take: Taker) -> Kind:
    return Kind(
        code=f"accounting.rates_{source}",
        label=label,
        help=help_,
        take=take,
        words=RATES,
        example=EXAMPLES / f"rates_{source}.csv",
        accept=".csv",
        page="admin:accounting_rate_changelist",
    )


UPLOADS: Final = (
    _rates(
        "bot",
        _("Exchange rates of the Bank of Thailand (CSV)"),
        _(
            "Daily averages as the Bank of Thailand publishes them: period, currency_id, "
            "buying_transfer, selling, mid_rate, in baht. Buddhist years are understood. The file "
            "is taken wholly or not at all; what is known is not taken twice."
        ),
        take_bot,
    ),
    _rates(
        "ecb",
        _("Exchange rates of the European Central Bank (CSV)"),
        _(
            "eurofxref.csv or eurofxref-hist.csv as published: a line a day, a column a currency, "
            "each for one euro. The file is taken wholly or not at all."
        ),
        take_ecb,
    ),
    _rates(
        "h10",
        _("Exchange rates of the Federal Reserve, H.10 (CSV)"),
        _("Date, Country, Exchange rate: what one US dollar is worth."),
        take_h10,
    ),
    Kind(
        code="accounting.entries",
        label=_("Ledger entries (JSON Lines)"),
        help=_(
            "An entry a line, as the API takes it: key, date, journal, memo, and lines whose "
            "amounts are positive for debits. A key that is known is not posted twice."
        ),
        take=take_entries,
        words={"posted": _("posted"), "existing": _("known already")},
        example=EXAMPLES / "entries.jsonl",
        accept=".jsonl,.ndjson,.json",
        scope="entity",
        options=(
            Option(
                "entity",
                _("Entity"),
                help=_("For lines that name none."),
                choices=_entities,
                initial=lambda: next(iter(queries.entities()), ""),
            ),
            Option(
                "keep_right",
                _("Keep what is right, line by line"),
                help=_("Otherwise one wrong line refuses the whole file."),
                is_flag=True,
            ),
            Option(
                "create_accounts",
                _("Make missing accounts"),
                help=_("By their prefix: Assets, Liabilities, Equity, Income, Expenses."),
                is_flag=True,
            ),
        ),
        page="admin:accounting_entry_changelist",
    ),
    Kind(
        code="accounting.chart",
        label=_("Chart: accounts, journals, limits, dimensions (JSON Lines)"),
        help=_(
            "An object a line, as in the example: accounts and journals to be made, limits, "
            "dimensions that an account demands, accounts to be closed or opened again."
        ),
        take=take_chart,
        words={"stated": _("lines that stand")},
        example=EXAMPLES / "chart.jsonl",
        accept=".jsonl,.ndjson,.json",
        scope="entity",
        options=(
            Option(
                "entity",
                _("Entity"),
                choices=_books,
                initial=lambda: next(iter(queries.entities()), ""),
                required=True,
            ),
        ),
        page="admin:accounting_account_changelist",
    ),
)
