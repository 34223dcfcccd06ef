"""Transfers: entries of two lines, asked for and answered in TigerBeetle's terms.

An account is a number; its place in the chart is `Liabilities:Transfers:<number>` of an entity, and
its ledger is the one currency it is kept in. A batch is decided by `rules.judging` while its
accounts' balance rows are locked, and goes into the book through the ledger's one posting path.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any, Final

from django.db import IntegrityError, connection, transaction

from accounting import chart, currencies, sending
from accounting.arrays import plain, texts
from accounting.models import Account, AccountBalance, Entry, FailedKey, Pending
from accounting.posting import POSTERS
from accounting.rules.account_requests import AccountRequest, decide
from accounting.rules.drafts import CheckedEntry, CheckedLine, EntryDraft, fingerprint_of
from accounting.rules.judging import Judge
from accounting.rules.transfers import ALL, TRANSIENT, Decision, Known, Side, Transfer
from backoffice.kernel import money
from backoffice.kernel.actors import Actor
from backoffice.kernel.refusals import Place, Refused

ROOT: Final = "Liabilities:Transfers:"
KIND: Final = "transfer"
ATTEMPTS: Final = 5
TAKEN: Final = frozenset({"posted", "existing"})


def create_accounts(
    *, entity: str, accounts: Sequence[AccountRequest], actor: Actor, at: datetime
) -> list[str]:
    """Open accounts, linked ones together or not at all; one status each.

    A status is `created`, `exists`, or what is different or missing.

    Raises:
        NotAllowed, EntityUnknown.
    """
    actor.require(*POSTERS)
    owner = chart.entity_id(entity)
    with transaction.atomic():
        chart.ensure_accounts(entity=entity, codes=[ROOT.rstrip(":")], actor=actor, at=at)
        chart.hold_entity(entity)
        codes = [code_of(request.id) for request in accounts]
        there = Account.objects.filter(entity_id=owner, code__in=codes)
        before = {number_of(account.code): _request_of(account) for account in there}
        known = dict(before)
        statuses = decide(accounts, known)
        parent = chart.account_id(entity, ROOT.rstrip(":"))
        Account.objects.bulk_create(
            _new_account(owner, parent, known[number], at)
            for number in known.keys() - before.keys()
        )
    return statuses


def _request_of(account: Account) -> AccountRequest:
    """What was asked for when the account was opened."""
    data = account.attributes
    return AccountRequest(
        id=number_of(account.code),
        currency=account.currency,
        code=data["code"],
        limits=() if account.limit_kind == Account.Limit.NONE else (account.limit_kind,),
        user_data=tuple(data["user_data"]),
        history=data["history"],
        linked=data.get("linked", False),
    )


def _new_account(owner: int, parent: int, request: AccountRequest, at: datetime) -> Account:
    return Account(
        entity_id=owner,
        parent_id=parent,
        code=code_of(request.id),
        type=Account.Type.LIABILITY,
        currency=request.currency,
        limit_kind=next(iter(request.limits), Account.Limit.NONE),
        attributes={
            "code": request.code,
            "user_data": list(request.user_data),
            "history": request.history,
            "linked": request.linked,
        },
        created_at=at,
    )


def code_of(account: int) -> str:
    """Where an account of transfers stands in the chart."""
    return f"{ROOT}{account}"


def number_of(code: str) -> int:
    """The account's number again."""
    return int(code.removeprefix(ROOT))


def create_transfers(
    *,
    entity: str,
    transfers: Sequence[Transfer],
    journal: str = chart.GENERAL,
    actor: Actor,
    at: datetime,
) -> list[str]:
    """Decide a batch in order and record what is created; one status each.

    Args:
        entity: the entity's code.
        transfers: the batch; linked ones are created together or not at all.
        journal: where the entries are booked.
        actor, at: who and when; `at` is also the moment by which pending transfers lapse, and its
            UTC date the effective date.

    Returns:
        `created`, or the reason why not, in the batch's order.

    Raises:
        NotAllowed, AmountTooFine; BookRefused: what the ledger does not take whatever the
        transfers' own rules say (a closed period, an unknown journal); nothing is kept then.
    """
    actor.require(*POSTERS)
    for attempt in range(1, ATTEMPTS + 1):
        try:
            with transaction.atomic():
                return _decide_and_record(entity, transfers, journal, actor=actor, at=at)
        except IntegrityError as error:
            if sending.constraint_of(error) != "entry_key_once" or attempt == ATTEMPTS:
                raise
    return []


def _decide_and_record(
    entity: str, transfers: Sequence[Transfer], journal: str, *, actor: Actor, at: datetime
) -> list[str]:
    judge = _judge(entity, transfers, at)
    _require_countable(transfers, judge)
    before = {number: side.closed for number, side in judge.sides.items()}
    decisions = judge.decide(transfers)
    for run in _runs(decisions):
        batch = [_sent(transfer, judge, entity, journal, at) for transfer in run]
        columns = sending.columns_of(batch)
        answer = sending.send(
            batch, actor=actor, at=at, soft_ok=False, atomic=True, columns=columns
        )
        _require_posted(answer, run, transfers)
        _close(entity, run, judge, before)
    _remember(entity, transfers, decisions, actor=actor, at=at)
    return [decision.status for decision in decisions]


def _require_countable(transfers: Sequence[Transfer], judge: Judge) -> None:
    """Refuse an amount finer than its account's currency is counted.

    A ledger that is neither currency nor commodity has no decimals of its own to keep.
    """
    for place, t in enumerate(transfers, start=1):
        first = judge.known.get(t.pending_id)
        side = judge.sides.get(t.debit or (first.transfer.debit if first else 0))
        if side is None or t.amount == ALL:
            continue
        try:
            money.format_amount(t.amount, currencies.find(side.currency))
        except money.CurrencyUnknown:
            continue
        except Refused as refused:
            refused.place = Place(line=place, field="amount")
            raise


def _require_posted(
    answer: list[sending.Row] | sending.AllPosted,
    run: Sequence[Transfer],
    transfers: Sequence[Transfer],
) -> None:
    """Refuse the batch where the ledger's own rules do not take what the transfers' rules allow.

    A closed period, a journal that is not there, a dimension that an account asks for: nothing of
    the batch is kept, and none of it is told as created.
    """
    if isinstance(answer, sending.AllPosted):
        return
    places = {t.id: place for place, t in enumerate(transfers, start=1)}
    for t, row in zip(run, answer, strict=True):
        if row.outcome not in TAKEN:
            refusal = sending.refusal_of(row, places[t.id])
            refusal.place = Place(line=places[t.id], field=refusal.place.field)
            raise refusal


def _judge(entity: str, transfers: Sequence[Transfer], at: datetime) -> Judge:
    """The state that decides a batch, its balance rows locked until commit."""
    owner = chart.entity_id(entity)
    ids = {t.id for t in transfers} | {t.pending_id for t in transfers}
    known = _known(owner, ids)
    known |= _known(owner, {k.transfer.pending_id for k in known.values()} - ids)
    numbers = {number for t in transfers for number in (t.debit, t.credit)}
    numbers |= {number for k in known.values() for number in (k.transfer.debit, k.transfer.credit)}
    sides = _lock(owner, numbers, at)
    # Read again, now that nobody can settle them under us.
    known |= _known(owner, set(known) | ids)
    failed = FailedKey.objects.filter(entity_id=owner, key__in=[str(t.id) for t in transfers])
    return Judge(sides, known, {int(key) for key in failed.values_list("key", flat=True)}, at)


def _lock(owner: int, numbers: Iterable[int], at: datetime) -> dict[int, Side]:
    codes = [code_of(number) for number in numbers]
    accounts = list(Account.objects.filter(entity_id=owner, code__in=codes))
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT accounting_enter(ARRAY[%s::bigint], ARRAY[%s::date])",
            [owner, at.date()],
        )
        cursor.execute(
            "SELECT accounting_touch(%s::bigint[], %s::text[], '{}')",
            [plain(a.pk for a in accounts), texts([a.currency for a in accounts])],
        )
    rows = AccountBalance.objects.filter(account_id__in=[a.pk for a in accounts])
    totals = {row.account_id: row for row in rows}
    fresh = Account.objects.filter(pk__in=[a.pk for a in accounts])
    return {number_of(a.code): _side(a, totals[a.pk]) for a in fresh}


def _side(account: Account, totals: AccountBalance) -> Side:
    return Side(
        id=number_of(account.code),
        currency=account.currency,
        limit=account.limit_kind,
        credit_line=account.credit_line,
        closed=account.is_closed,
        debits_pending=totals.debits_pending,
        debits_posted=totals.debits_posted,
        credits_pending=totals.credits_pending,
        credits_posted=totals.credits_posted,
    )


def _known(owner: int, ids: Iterable[int]) -> dict[int, Known]:
    entries = Entry.objects.filter(entity_id=owner, key__in=[str(number) for number in ids])
    found = [entry for entry in entries if KIND in entry.attributes]
    states = Pending.objects.in_bulk([entry.pk for entry in found])
    known = {}
    for entry in found:
        state = states.get(entry.pk)
        known[int(entry.key)] = Known(
            transfer_of(entry), state.state if state else "", state.expires_at if state else None
        )
    return known


def transfer_of(entry: Entry) -> Transfer:
    """The transfer that an entry records."""
    data = dict(entry.attributes[KIND])
    data["amount"] = Decimal(data["amount"])
    data["user_data"] = tuple(data["user_data"])
    return Transfer(id=int(entry.key), **data)


def _attributes(t: Transfer) -> dict[str, Any]:
    names = [name for name in Transfer.__slots__ if name != "id"]
    facts = {name: getattr(t, name) for name in names}
    return {KIND: {**facts, "amount": format(t.amount, "f"), "user_data": list(t.user_data)}}


def _runs(decisions: Sequence[Decision]) -> list[list[Transfer]]:
    """What was created, cut where a transfer needs what the one before it does to the book."""
    runs: list[list[Transfer]] = [[]]
    pending: set[int] = set()
    for decision in decisions:
        t = decision.recorded
        if t is None:
            continue
        if t.pending_id in pending:
            runs.append([])
            pending.clear()
        runs[-1].append(t)
        if t.pending:
            pending.add(t.id)
        if t.closing_debit or t.closing_credit or t.void:
            runs.append([])
            pending.clear()
    return [run for run in runs if run]


def _sent(t: Transfer, judge: Judge, entity: str, journal: str, at: datetime) -> sending.Sent:
    amount = format(t.amount, "f")
    lines = [
        CheckedLine(code_of(t.debit), amount, t.currency, None, ""),
        CheckedLine(code_of(t.credit), "-" + amount, t.currency, None, ""),
    ]
    draft = EntryDraft(
        key=str(t.id),
        date=at.date(),
        journal=journal,
        entity=entity,
        memo="",
        lines=(),
        attributes=_attributes(t),
    )
    entry = CheckedEntry(draft, [] if t.void else lines, fingerprint_of(draft, lines))
    settles = _entry_id(entity, t.pending_id) if t.settles else None
    return sending.Sent(
        entry,
        phase="pending" if t.pending else "void" if t.void else "posted",
        pending_id=settles,
        expires_at=judge.known[t.id].expires_at,
    )


def _entry_id(entity: str, number: int) -> int:
    return Entry.objects.values_list("pk", flat=True).get(entity__code=entity, key=str(number))


def _close(entity: str, run: Sequence[Transfer], judge: Judge, before: dict[int, bool]) -> None:
    """Close and reopen the accounts that a run's transfers close or, voided, reopen."""
    for t in run:
        first = judge.known[t.pending_id].transfer if t.void else t
        for number, flagged in (
            (first.debit, first.closing_debit),
            (first.credit, first.closing_credit),
        ):
            if flagged and before.get(number) is not (closed := not t.void):
                Account.objects.filter(entity__code=entity, code=code_of(number)).update(
                    is_closed=closed
                )
                before[number] = closed


def _remember(
    entity: str,
    transfers: Sequence[Transfer],
    decisions: Sequence[Decision],
    *,
    actor: Actor,
    at: datetime,
) -> None:
    """Keep the ids that failed on the state of the books."""
    owner = chart.entity_id(entity)
    FailedKey.objects.bulk_create(
        [
            FailedKey(
                entity_id=owner,
                key=str(t.id),
                fingerprint="",
                rule=decision.status,
                recorded_at=at,
                actor=actor.name,
            )
            for t, decision in zip(transfers, decisions, strict=True)
            if decision.status in TRANSIENT
        ],
        ignore_conflicts=True,
    )
