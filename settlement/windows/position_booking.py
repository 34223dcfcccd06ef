"""Post a run's movements to the ledger, in the run's own transaction."""

from datetime import datetime
from itertools import groupby

from django.db import connection

from accounting import chart, currencies, posting
from accounting.rules import EntryDraft, LineDraft
from backoffice.kernel import money
from backoffice.kernel.actors import Actor
from backoffice.reference import listing
from settlement import booking
from settlement.models import Instrument, SettlementRun
from settlement.rules import trade_booking as rules
from settlement.rules.booking import Lines

CHANGES = """
    SELECT m.asset, coalesce(p.code, ''), m.quantity
      FROM settlement_movement m
      LEFT JOIN settlement_participant p ON p.id = m.participant_id
     WHERE m.run_id = %s ORDER BY m.asset, p.code
"""
LISTED = "SELECT code FROM reference_currency WHERE code = ANY(%s)"


def book_run(*, run: SettlementRun, actor: Actor, at: datetime) -> int:
    """Post an entry for each asset that the run moved; returns the number of entries.

    A participant's lines are its net change of the asset in the run, whichever trades made it up:
    the legs and their finality tell those.
    """
    booking.prepare(book=run.book, actor=actor, at=at)
    with connection.cursor() as cursor:
        cursor.execute(CHANGES, [run.pk])
        rows = cursor.fetchall()
    assets = sorted({row[0] for row in rows})
    _list_commodities(assets, actor, at)
    drafts = []
    for asset, group in groupby(rows, key=lambda row: row[0]):
        cash = money.is_current(asset)
        lines = rules.lines_of(
            rules.Change(participant, asset, cash, quantity) for _a, participant, quantity in group
        )
        if lines:
            drafts.append(_draft(run, asset, lines))
    if not drafts:
        return 0
    accounts = sorted({line.account for draft in drafts for line in draft.lines})
    chart.ensure_accounts(entity=run.book, codes=accounts, actor=actor, at=at)
    posting.post_many(entries=drafts, actor=actor, at=at)
    return len(drafts)


def _draft(run: SettlementRun, asset: str, lines: Lines) -> EntryDraft:
    code = rules.ledger_code(asset)
    return EntryDraft(
        key=f"run:{run.number}:{asset}",
        date=run.business_date,
        journal=booking.SETTLEMENT_JOURNAL,
        entity=run.book,
        memo=f"{run.kind} run {run.number} {asset}",
        lines=tuple(LineDraft(account, amount, code) for account, amount in lines),
        source="settlement",
    )


def _list_commodities(assets: list[str], actor: Actor, at: datetime) -> None:
    """The ledger counts in what is listed: instruments that are no currency are commodities."""
    codes = {rules.ledger_code(asset): asset for asset in assets}
    with connection.cursor() as cursor:
        cursor.execute(LISTED, [list(codes)])
        for (code,) in cursor.fetchall():
            del codes[code]
    if codes:
        listing.list_commodities(
            commodities=[
                listing.Named(
                    money.Currency.commodity(rules.ledger_code(one.code), exponent=one.decimals),
                    name_en=one.name_en[:80],
                    name_th=(one.name_th or one.name_en)[:80],
                )
                for one in Instrument.objects.filter(code__in=codes.values()).order_by("code")
            ],
            actor=actor,
            at=at,
        )
    currencies.learn(rules.ledger_code(asset) for asset in assets)
