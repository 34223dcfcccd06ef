"""The counter's answers from the books, the settlement and the records room."""

from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import get_language
from django.views.decorators.http import require_safe

from accounting import account_search
from accounting import queries as ledger
from backoffice.frame.exports import csv_rows
from backoffice.kernel.refusals import Refused
from backoffice.people.queries import actor_of
from backoffice.portal.doors import signed_in
from backoffice.portal.forms import DocumentQuestionForm, StatementForm
from backoffice.portal.views import ask_page
from compliance import queries as parties
from compliance.queries import PartyCard
from records import queries as records
from settlement.clearing import tracking

STATEMENT_COLUMNS = ("date", "number", "key", "memo", "currency", "amount", "balance")
SHOWN = 500
OWNERS = 10
CREDIT_SIDE = ("Liabilities", "Equity", "Income")


@signed_in
@require_safe
def statement(request: HttpRequest) -> HttpResponseBase:
    """Find an account, choose two days, read its entries; or take them away as CSV."""
    now = timezone.now()
    today = timezone.localdate()
    text = request.GET.get("q", "").strip()[:120]
    form = StatementForm(
        request.GET if request.GET.get("account") else None,
        initial={"from_": today - timedelta(days=31), "to": today},
    )
    context: dict[str, Any] = {"q": text, "form": form, "as_of": now}
    context["found"] = _accounts(text) if text else []
    if form.is_bound and form.is_valid():
        try:
            context |= _statement(form.wanted(), now)
        except Refused as refused:
            form.add_error("account", refused.text(get_language() or "en"))
    if request.GET.get("format") == "csv" and "lines" in context:
        return _as_csv(context["lines"], context["sign"])
    return render(request, "portal/statement.html", context, status=422 if form.errors else 200)


def _accounts(text: str) -> list[tuple[account_search.FoundAccount, PartyCard | None]]:
    """Accounts by number, by name, or by the name of the customer who owns them."""
    named = parties.parties(text=text).values_list("code", flat=True)[:OWNERS]
    found = account_search.find(text=text, owners=list(named))
    cards = parties.party_cards(codes={account.owner for account in found})
    return [(account, cards.get(account.owner)) for account in found]


def _statement(wanted: dict[str, Any], now: datetime) -> dict[str, Any]:
    """The lines of the days wanted, with each currency's balance before and after them."""
    lines = ledger.account_statement(**wanted, known_at=now)
    opening = ledger.brought_forward(
        entity=wanted["entity"], account=wanted["account"], before=wanted["from_"], known_at=now
    )
    closing = {**opening, **{line.currency: line.balance for line in lines}}
    owner = wanted["account"].rpartition(":")[2]
    return {
        "wanted": wanted,
        "owner": parties.party_cards(codes=[owner]).get(owner),
        # A customer's money is a debt of the house: shown as the customer counts it.
        "sign": -1 if wanted["account"].startswith(CREDIT_SIDE) else 1,
        "lines": lines,
        "shown": lines[:SHOWN],
        "more": max(0, len(lines) - SHOWN),
        "balances": [
            (currency, opening.get(currency, Decimal(0)), closing[currency])
            for currency in sorted(closing)
        ],
    }


def _as_csv(lines: list[ledger.StatementLine], sign: int) -> StreamingHttpResponse:
    """The lines as the page shows them, all of them, with the page's sign."""
    told = (replace(one, amount=sign * one.amount, balance=sign * one.balance) for one in lines)
    rows = (tuple(getattr(line, name) for name in STATEMENT_COLUMNS) for line in told)
    response = StreamingHttpResponse(
        csv_rows(list(STATEMENT_COLUMNS), rows), content_type="text/csv; charset=utf-8"
    )
    response["Content-Disposition"] = 'attachment; filename="statement.csv"'
    return response


@signed_in
@require_safe
def settlement(request: HttpRequest) -> HttpResponse:
    """Where a trade or a payment stands, by its reference."""
    text = request.GET.get("q", "").strip()[:80]
    context = {
        "q": text,
        "as_of": timezone.now(),
        "tracked": tracking.track(reference=text) if text else [],
        "trades": tracking.track_trades(reference=text) if text else [],
    }
    part = bool(getattr(request, "htmx", False))
    template = "portal/parts/tracked.html" if part else "portal/settlement.html"
    return render(request, template, context)


@signed_in
def documents(request: HttpRequest) -> HttpResponse:
    """Documents that the reader may see, and the way to ask for others."""
    if request.method == "POST":
        return ask_page(request, DocumentQuestionForm(request.POST), "documents")
    text = request.GET.get("q", "").strip()[:120]
    actor = actor_of(request.user, channel="portal")
    visible = records.visible_to(records.documents(title=text, current=True), actor=actor)
    context = {
        "q": text,
        "found": visible.order_by("-pk")[:25],
        "as_of": timezone.now(),
        "form": DocumentQuestionForm(initial={"title": text}),
    }
    return render(request, "portal/documents.html", context)
