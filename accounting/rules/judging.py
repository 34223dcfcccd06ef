"""Transfers judged one after the other, as TigerBeetle judges them.

Pure: given the accounts, the transfers known and the ids that failed, `Judge.decide` gives each
transfer of a batch its status and the new state. Names of statuses, the order in which rules are
tried, and what a failed id, a linked chain, a balancing or a closing transfer mean: TigerBeetle
0.17, `create_transfers` (docs/reference/requests/create_transfers.md).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from decimal import Context, Decimal, localcontext

from accounting.rules.transfers import (
    ALL,
    CREATED,
    LAST_ID,
    TRANSIENT,
    Decision,
    Known,
    Side,
    Transfer,
)


@dataclass
class Judge:
    """Decides a batch in order; after `decide`, the mappings hold the new state."""

    sides: dict[int, Side]
    known: dict[int, Known]
    failed: set[int]
    at: datetime
    _undo: list[tuple[str, int, Side | Known | None]] = field(default_factory=list)

    def decide(self, batch: Sequence[Transfer]) -> list[Decision]:
        """One decision for each transfer; a linked chain is created whole or not at all."""
        with localcontext(Context(prec=100)):
            return self._decide(batch)

    def _decide(self, batch: Sequence[Transfer]) -> list[Decision]:
        decisions: list[Decision] = []
        start: int | None = None
        broken = False
        for index, transfer in enumerate(batch):
            if start is None and transfer.linked:
                start, broken = index, False
                self._undo.clear()
            status, recorded = self._in_chain(transfer, broken=broken, last=index == len(batch) - 1)
            decisions.append(Decision(status, recorded))
            if status in TRANSIENT:
                self.failed.add(transfer.id)
            if start is None:
                continue
            if status != CREATED and not broken:
                broken = True
                self._roll_back()
                decisions[start:index] = [Decision("linked_event_failed")] * (index - start)
            if not transfer.linked or status == "linked_event_chain_open":
                start, broken = None, False
        return decisions

    def _in_chain(
        self, transfer: Transfer, *, broken: bool, last: bool
    ) -> tuple[str, Transfer | None]:
        if transfer.linked and last:
            return "linked_event_chain_open", None
        if broken:
            return "linked_event_failed", None
        return self._create(transfer)

    def _roll_back(self) -> None:
        for table, key, before in reversed(self._undo):
            target: dict[int, Side | Known] = getattr(self, table)
            if before is None:
                target.pop(key, None)
            else:
                target[key] = before
        self._undo.clear()

    def _set_side(self, side: Side) -> None:
        self._undo.append(("sides", side.id, self.sides.get(side.id)))
        self.sides[side.id] = side

    def _set_known(self, known: Known) -> None:
        self._undo.append(("known", known.transfer.id, self.known.get(known.transfer.id)))
        self.known[known.transfer.id] = known

    def _create(self, t: Transfer) -> tuple[str, Transfer | None]:
        if t.id in (0, LAST_ID):
            return _edge("id", t.id), None
        if t.id in self.known:
            return already(t, self.known[t.id].transfer, self.known), None
        if t.id in self.failed:
            return "id_already_failed", None
        return self._settle(t) if t.settles else self._move(t)

    def _move(self, t: Transfer) -> tuple[str, Transfer | None]:
        """A posting or a reservation between two accounts."""
        wrong = _form(t) or self._accounts(t)
        if wrong:
            return wrong, None
        debit, credit = self.sides[t.debit], self.sides[t.credit]
        amount = _balanced(t, debit, credit)
        if debit.refuses_debit(amount):
            return "exceeds_credits", None
        if credit.refuses_credit(amount):
            return "exceeds_debits", None
        self._apply(t, debit, credit, amount)
        recorded = replace(t, amount=amount)
        expires = self.at + timedelta(seconds=t.timeout) if t.pending and t.timeout else None
        self._set_known(Known(recorded, "open" if t.pending else "", expires))
        return CREATED, recorded

    def _accounts(self, t: Transfer) -> str:
        debit, credit = self.sides.get(t.debit), self.sides.get(t.credit)
        if debit is None:
            return "debit_account_not_found"
        if credit is None:
            return "credit_account_not_found"
        tests = (
            (debit.currency != credit.currency, "accounts_must_have_the_same_ledger"),
            (t.currency != debit.currency, "transfer_must_have_the_same_ledger_as_accounts"),
            (debit.closed, "debit_account_already_closed"),
            (credit.closed, "credit_account_already_closed"),
        )
        return _first(tests)

    def _apply(self, t: Transfer, debit: Side, credit: Side, amount: Decimal) -> None:
        if t.pending:
            debit = replace(debit, debits_pending=debit.debits_pending + amount)
            credit = replace(credit, credits_pending=credit.credits_pending + amount)
        else:
            debit = replace(debit, debits_posted=debit.debits_posted + amount)
            credit = replace(credit, credits_posted=credit.credits_posted + amount)
        self._set_side(replace(debit, closed=debit.closed or t.closing_debit))
        self._set_side(replace(credit, closed=credit.closed or t.closing_credit))

    def _settle(self, t: Transfer) -> tuple[str, Transfer | None]:
        """Posting or voiding a pending transfer."""
        wrong = _settling_form(t)
        if wrong:
            return wrong, None
        found = self.known.get(t.pending_id)
        if found is None:
            return "pending_transfer_not_found", None
        first = found.transfer
        amount = first.amount if t.amount == (Decimal(0) if t.void else ALL) else t.amount
        debit, credit = self.sides.get(first.debit), self.sides.get(first.credit)
        wrong = _against_pending(t, found, amount, self.at)
        if wrong or debit is None or credit is None:
            return wrong or "pending_transfer_not_found", None
        if t.post and (debit.closed or credit.closed):
            side = "debit" if debit.closed else "credit"
            return f"{side}_account_already_closed", None
        self._release(t, first, debit, credit, amount)
        recorded = replace(
            t,
            debit=first.debit,
            credit=first.credit,
            amount=amount,
            currency=first.currency,
            code=first.code,
            user_data=tuple(  # type: ignore[arg-type]
                own or its for own, its in zip(t.user_data, first.user_data, strict=True)
            ),
        )
        self._set_known(Known(recorded))
        self._set_known(replace(found, state="posted" if t.post else "voided"))
        return CREATED, recorded

    def _release(
        self, t: Transfer, first: Transfer, debit: Side, credit: Side, amount: Decimal
    ) -> None:
        posted = amount if t.post else Decimal(0)
        debit = replace(
            debit,
            debits_pending=debit.debits_pending - first.amount,
            debits_posted=debit.debits_posted + posted,
            closed=debit.closed and not (t.void and first.closing_debit),
        )
        credit = replace(
            credit,
            credits_pending=credit.credits_pending - first.amount,
            credits_posted=credit.credits_posted + posted,
            closed=credit.closed and not (t.void and first.closing_credit),
        )
        self._set_side(debit)
        self._set_side(credit)


def _first(tests: Sequence[tuple[bool, str]]) -> str:
    """The name of the first test that is true, "" if none is."""
    return next((name for wrong, name in tests if wrong), "")


def _edge(name: str, number: int) -> str:
    """Refusal of the two ids that are no ids: zero and the largest number."""
    return f"{name}_must_not_be_{'int_max' if number else 'zero'}"


def _form(t: Transfer) -> str:
    """What a transfer must be before any account is looked at."""
    closing = t.closing_debit or t.closing_credit
    return _first(
        (
            (t.debit in (0, LAST_ID), _edge("debit_account_id", t.debit)),
            (t.credit in (0, LAST_ID), _edge("credit_account_id", t.credit)),
            (t.debit == t.credit, "accounts_must_be_different"),
            (t.pending_id != 0, "pending_id_must_be_zero"),
            (t.timeout != 0 and not t.pending, "timeout_reserved_for_pending_transfer"),
            (closing and not t.pending, "closing_transfer_must_be_pending"),
            (not t.currency, "ledger_must_not_be_zero"),
            (not t.code, "code_must_not_be_zero"),
        )
    )


def _balanced(t: Transfer, debit: Side, credit: Side) -> Decimal:
    """The amount that moves: for a balancing transfer, as much as is there."""
    amount = t.amount
    if t.balancing_debit:
        amount = min(amount, debit.credits_left)
    if t.balancing_credit:
        amount = min(amount, credit.debits_left)
    return amount


def _settling_form(t: Transfer) -> str:
    flags = t.balancing_debit or t.balancing_credit or t.closing_debit or t.closing_credit
    return _first(
        (
            ((t.post and t.void) or t.pending or flags, "flags_are_mutually_exclusive"),
            (t.pending_id in (0, LAST_ID), _edge("pending_id", t.pending_id)),
            (t.pending_id == t.id, "pending_id_must_be_different"),
            (t.timeout != 0, "timeout_reserved_for_pending_transfer"),
        )
    )


def _against_pending(t: Transfer, found: Known, amount: Decimal, at: datetime) -> str:
    """What a settling transfer must be, seen against the pending one."""
    first = found.transfer
    lapsed = found.expires_at is not None and found.expires_at <= at
    different = "pending_transfer_has_different"
    return _first(
        (
            (not first.pending, "pending_transfer_not_pending"),
            (t.debit not in (0, first.debit), f"{different}_debit_account_id"),
            (t.credit not in (0, first.credit), f"{different}_credit_account_id"),
            (t.currency not in ("", first.currency), f"{different}_ledger"),
            (t.code not in (0, first.code), f"{different}_code"),
            (amount > first.amount, "exceeds_pending_transfer_amount"),
            (t.void and amount < first.amount, f"{different}_amount"),
            (found.state == "posted", "pending_transfer_already_posted"),
            (found.state == "voided", "pending_transfer_already_voided"),
            (found.state == "expired" or lapsed, "pending_transfer_expired"),
        )
    )


def already(t: Transfer, old: Transfer, known: Mapping[int, Known]) -> str:
    """Status of an id that is on record: `exists`, or what is different this time."""
    different = "exists_with_different"
    head = (
        (t.flags != old.flags, f"{different}_flags"),
        (t.pending_id != old.pending_id, f"{different}_pending_id"),
        (t.timeout != old.timeout, f"{different}_timeout"),
    )
    like = _as_settled(t, known[old.pending_id].transfer) if old.settles else t
    amount = like.amount < old.amount if _balancing(t) else like.amount != old.amount
    tail = (
        (like.debit != old.debit, f"{different}_debit_account_id"),
        (like.credit != old.credit, f"{different}_credit_account_id"),
        (amount, f"{different}_amount"),
        *(
            (mine != its, f"{different}_user_data_{bits}")
            for mine, its, bits in zip(like.user_data, old.user_data, (128, 64, 32), strict=True)
        ),
        (like.currency != old.currency, f"{different}_ledger"),
        (like.code != old.code, f"{different}_code"),
    )
    return _first((*head, *tail)) or "exists"


def _balancing(t: Transfer) -> bool:
    return t.balancing_debit or t.balancing_credit


def _as_settled(t: Transfer, first: Transfer) -> Transfer:
    """A settling transfer with what it leaves out taken from the pending one."""
    amount = first.amount if t.amount == (Decimal(0) if t.void else ALL) else t.amount
    return replace(
        t,
        debit=t.debit or first.debit,
        credit=t.credit or first.credit,
        amount=amount,
        currency=t.currency or first.currency,
        code=t.code or first.code,
        user_data=tuple(  # type: ignore[arg-type]
            own or its for own, its in zip(t.user_data, first.user_data, strict=True)
        ),
    )
