"""Files that settlement takes at the desk: trades, registers, statements, statuses."""

from functools import partial
from pathlib import Path
from typing import Any, Final

from django.utils.translation import gettext_lazy as _

from backoffice.intake.kinds import Fared, File, Kind, Option
from backoffice.kernel.refusals import Refused
from backoffice.reference import queries as reference
from backoffice.reference.days import HOUSE
from settlement import entering, progress
from settlement.clearing import capturing
from settlement.correspondence import heeding
from settlement.formats import register, sizing
from settlement.formats.bank_statements import READERS
from settlement.messages.xml_door import MAX_BYTES
from settlement.reconciliation import reconciling
from settlement.trades import importing, matching

EXAMPLES: Final = Path(__file__).parent / "examples"


def take_trades(file: File, format_: str) -> Fared:
    """Capture a file of trades or payments whole, and match the book afterwards if asked to."""
    book = file.option("book")
    done = importing.import_file(
        source=importing.Source(
            path=file.path,
            format=format_,
            sha256=file.sha256,
            sender=file.option("source") or format_,
            locked_in=bool(file.option("locked_in")),
            enter_unknown=bool(file.option("enter_unknown")),
        ),
        book=book,
        actor=file.actor,
        at=file.at,
        on_lines=file.on_lines,
        on_refused=file.on_refused,
    )
    counts = {
        "taken": done.taken,
        "known": done.known,
        "cancelled": done.cancelled,
        "legs": done.legs,
        "held": done.held,
        "caught_up": done.caught_up,
    }
    if file.option("match"):
        found = matching.match(book=book, actor=file.actor, at=file.at)
        counts["matched"] = found.equal + found.near
    return Fared(counts, {code: f"{total:f}" for code, total in done.totals.items()})


def take_csv(file: File) -> Fared:
    """The house's trade file."""
    return take_trades(file, "csv")


def take_ach(file: File) -> Fared:
    """A NACHA file."""
    return take_trades(file, "ach")


def take_pacs(file: File) -> Fared:
    """A pacs.008 or pacs.009."""
    return take_trades(file, "pacs")


def take_sese(file: File) -> Fared:
    """A sese.023."""
    return take_trades(file, "sese")


def take_mt(file: File) -> Fared:
    """SWIFT FIN messages."""
    return take_trades(file, "mt")


def take_register(file: File) -> Fared:
    """Capture a bank's register. A trial goes on to the last line and tells every wrong one."""
    keeps_right = bool(file.option("keep_right"))
    first: list[Refused] = []

    def tell(refused: Refused) -> None:
        if not first:
            first.append(refused)
        file.on_refused(refused)

    captured = capturing.capture_register(
        lines=register.read(file.path, name=file.name),
        file_name=file.name,
        sha256=file.sha256,
        book=file.option("book"),
        currency=file.option("currency"),
        actor=file.actor,
        at=file.at,
        skip_bad=keeps_right or file.is_trial,
        on_lines=file.on_lines,
        on_refused=tell,
    )
    if first and not keeps_right:
        raise first[0]
    return Fared({"taken": captured.taken, "known": captured.known})


def take_statement(file: File, format_: str) -> Fared:
    """Take in a bank's or custodian's statement and reconcile it."""
    done = reconciling.import_file(
        statements=READERS[format_](file.path, name=file.name),
        file_name=file.name,
        sha256=file.sha256,
        format_=format_,
        book=file.option("book"),
        ledger_account=file.option("ledger"),
        actor=file.actor,
        at=file.at,
    )
    return Fared(
        {
            "statements": done.statements,
            "lines": done.lines,
            "matched": sum(done.reconciled.matched.values()),
            "breaks": done.reconciled.breaks,
            "closed": done.reconciled.closed,
            "open": done.reconciled.open,
        }
    )


def take_camt(file: File) -> Fared:
    """A camt.053."""
    return take_statement(file, "camt")


def take_mt940(file: File) -> Fared:
    """An MT940."""
    return take_statement(file, "mt940")


def take_mt535(file: File) -> Fared:
    """An MT535."""
    return take_statement(file, "mt535")


def take_statuses(file: File) -> Fared:
    """Heed what others report of the house's messages."""
    with file.path.open("rb") as stream:
        # One byte more than a message may have is enough for its reader to refuse it.
        data = stream.read(MAX_BYTES + 1)
    done = heeding.heed(
        data=data,
        file_name=file.name,
        book=file.option("book"),
        actor=file.actor,
        at=file.at,
    )
    return Fared(
        {
            "taken": done.taken,
            "known": done.known,
            "unknown": done.unknown,
            "out_of_order": done.out_of_order,
        }
    )


def take_terms(file: File) -> Fared:
    """Enter the terms that settlement works under: all of the file, or nothing."""
    done = entering.enter(
        terms=entering.read(file.path, name=file.name),
        name=file.name,
        book=file.option("book"),
        actor=file.actor,
        at=file.at,
        on_lines=file.on_lines,
        on_refused=file.on_refused,
    )
    return Fared({"taken": done.entered, "known": done.known})


def _books() -> list[tuple[str, Any]]:
    return [(book, book) for book in sorted({HOUSE, *reference.books()})]


def _last_book() -> str:
    return progress.last_book() or HOUSE


BOOK: Final = Option(
    "book", _("Book"), help=_("Into whose books it goes."), choices=_books, initial=_last_book,
    required=True,
)  # fmt: skip
SOURCE: Final = Option(
    "source", _("Sender"), help=_("Whose trade numbers these are, when the file does not say.")
)
UNKNOWN: Final = Option(
    "enter_unknown",
    _("Enter banks when first met"),
    help=_("Participants that are named by a BIC or a routing number and are not known yet."),
    is_flag=True,
)
MATCH: Final = Option("match", _("Match the book afterwards"), is_flag=True)
TRADES: Final = {
    "taken": _("taken"),
    "known": _("known already"),
    "cancelled": _("cancelled"),
    "legs": _("legs opened"),
    "held": _("held"),
    "caught_up": _("early messages whose turn it was"),
    "matched": _("matched"),
}
STATEMENTS: Final = {
    "statements": _("statements"),
    "lines": _("lines"),
    "matched": _("matched"),
    "breaks": _("breaks opened"),
    "closed": _("breaks closed"),
    "open": _("breaks open"),
}
LEDGER: Final = Option(
    "ledger",
    _("Ledger account"),
    help=_("Only for an account that is not reconciled yet, such as Assets:Nostro:THB."),
)


def _trades(
    code: str, label: Any, help_: Any, take: Any, example: str, *, more: tuple[Option, ...] = ()
) -> Kind:
    return Kind(
        code=f"settlement.trades_{code}",
        label=label,
        help=help_,
        take=take,
        words=TRADES,
        example=EXAMPLES / example,
        options=(BOOK, *more, UNKNOWN, MATCH),
        scope="book",
        page="admin:settlement_trade_changelist",
        size=partial(sizing.expected, format_=code),
    )


def _statement(code: str, label: Any, help_: Any, take: Any, example: str) -> Kind:
    return Kind(
        code=f"settlement.statement_{code}",
        label=label,
        help=help_,
        take=take,
        words=STATEMENTS,
        example=EXAMPLES / example,
        options=(BOOK, LEDGER),
        scope="book",
        page="admin:settlement_bankstatement_changelist",
    )


UPLOADS: Final = (
    _trades(
        "csv",
        _("Trades, the house's file (CSV)"),
        _(
            "A first line that names the file, a line of columns, a line a trade, and a last line "
            "with control totals: count, quantity, an amount for each currency. One wrong line or "
            "total refuses the file."
        ),
        take_csv,
        "trades.csv",
        more=(
            SOURCE,
            Option(
                "locked_in",
                _("The trades are matched already"),
                help=_("As those of an exchange are."),
                is_flag=True,
            ),
        ),
    ),
    _trades(
        "pacs",
        _("Payments, ISO 20022 (pacs.008, pacs.009)"),
        _("One message. Its number and sum of transactions must be those of its transactions."),
        take_pacs,
        "payments.pacs008.xml",
    ),
    _trades(
        "sese",
        _("Securities instructions, ISO 20022 (sese.023)"),
        _("One message: deliver or receive, against payment or free."),
        take_sese,
        "deliveries.sese023.xml",
    ),
    _trades(
        "mt",
        _("Payments and instructions, SWIFT FIN (MT103, MT202, MT540 to MT543)"),
        _("One or many messages, a $ between them."),
        take_mt,
        "messages.fin",
    ),
    _trades(
        "ach",
        _("Payments, NACHA (ACH)"),
        _("Records of 94 characters. Batch and file control bind all lines together."),
        take_ach,
        "payments.ach",
        more=(SOURCE,),
    ),
    Kind(
        code="settlement.register",
        label=_("Customers' transactions, a bank's register"),
        help=_(
            "A line a transaction, ;-separated, with the header as in the example. Lines of days "
            "that are closed are refused; what is known is not taken twice."
        ),
        take=take_register,
        words={"taken": _("taken"), "known": _("known already")},
        example=EXAMPLES / "register.asc",
        options=(
            BOOK,
            Option("currency", _("Currency"), initial=lambda: register.CURRENCY, required=True),
            Option(
                "keep_right",
                _("Keep what is right, line by line"),
                help=_("Otherwise one wrong line refuses the whole file."),
                is_flag=True,
            ),
        ),
        scope="book",
        page="admin:settlement_transaction_changelist",
    ),
    _statement(
        "camt",
        _("Bank statement, ISO 20022 (camt.053)"),
        _("Opening balance and booked entries must come to the closing balance."),
        take_camt,
        "statement.camt053.xml",
    ),
    _statement(
        "mt940",
        _("Bank statement, SWIFT FIN (MT940)"),
        _("All pages of a statement; it is matched with the books at once."),
        take_mt940,
        "statement.mt940",
    ),
    _statement(
        "mt535",
        _("Statement of holdings, SWIFT FIN (MT535)"),
        _("What a custodian holds for the house; differences go to the desk as breaks."),
        take_mt535,
        "holdings.mt535",
    ),
    Kind(
        code="settlement.statuses",
        label=_("Statuses and confirmations (pacs.002, sese.024, sese.025, MT544 to MT548)"),
        help=_(
            "What others report of messages that the house sent. What speaks of nothing that was "
            "sent, or comes out of order, lies on the desk."
        ),
        take=take_statuses,
        words={
            "taken": _("taken"),
            "known": _("known already"),
            "unknown": _("of nothing that was sent"),
            "out_of_order": _("out of order"),
        },
        example=EXAMPLES / "status.sese024.xml",
        options=(BOOK,),
        scope="book",
        page="admin:settlement_incomingstatus_changelist",
    ),
    Kind(
        code="settlement.terms",
        label=_("Terms of settlement (JSON Lines)"),
        help=_(
            "Funds, limits, pledges, market rules, release limits, prices, corporate actions, "
            "tariffs, margin rates, penalty regimes, cut-offs: an object a line, as in the example."
            " A clerk states funds and prices; limits, rules, rates and tariffs a checker or the "
            "manager."
        ),
        take=take_terms,
        words={"taken": _("taken"), "known": _("known already")},
        example=EXAMPLES / "terms.jsonl",
        options=(BOOK,),
        scope="book",
        page="admin:settlement_accountlimit_changelist",
    ),
)
