"""The counter's pages: each reads one query or calls one verb."""

from dataclasses import asdict
from decimal import Decimal, InvalidOperation
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import get_language, gettext
from django.views.decorators.http import require_POST, require_safe

from accounting import pricing
from backoffice.kernel.canonical import jsonable
from backoffice.kernel.refusals import Refused
from backoffice.people.queries import actor_of
from backoffice.portal import asking, catalogue, notices, queries
from backoffice.portal.doors import signed_in
from backoffice.portal.forms import HelpForm, PriceQuestionForm, QuestionForm, new_key
from backoffice.portal.models import Request
from backoffice.portal.wording import price_answer

PAGE = 25
LIVE_LIMIT = 6
KEY_MAX = 64


@signed_in
@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """The catalogue, and how the reader's requests stand."""
    staff_id = reader(request)
    context = {
        "services": catalogue.SERVICES,
        "recent": list(queries.mine(staff_id=staff_id)[:5]),
        "tally": queries.tally(staff_id=staff_id),
    }
    return render(request, "portal/home.html", context)


@signed_in
@require_safe
def search(request: HttpRequest) -> HttpResponse:
    """Services and goods for the words typed so far: a part of the home page, or a page."""
    text = request.GET.get("q", "").strip()[:100]
    now = timezone.now()
    context = {
        "q": text,
        "services": catalogue.find(text),
        "quotes": _look_up(text, LIVE_LIMIT) if text else [],
        "as_of": now,
    }
    part = bool(getattr(request, "htmx", False))
    return render(request, "portal/parts/found.html" if part else "portal/search.html", context)


@signed_in
@require_safe
def prices(request: HttpRequest) -> HttpResponse:
    """Goods with prices and stock, live as one types."""
    text = request.GET.get("q", "").strip()[:100]
    context = {"q": text, "quotes": _look_up(text, PAGE), "as_of": timezone.now()}
    part = bool(getattr(request, "htmx", False))
    return render(request, "portal/parts/quotes.html" if part else "portal/prices.html", context)


@signed_in
@require_safe
def price(request: HttpRequest, code: str) -> HttpResponse:
    """One good: every price that holds today, and where it lies."""
    now = timezone.now()
    found = pricing.quote(good=code, on=timezone.localdate())
    if found is None:
        raise Http404(code)
    text = request.GET.get("quantity", "").strip() or "1"
    quantity = _quantity(text)
    offers = []
    if quantity is not None:
        for list_code in dict.fromkeys(row.price_list for row in found.prices):
            row = found.price_for(quantity, list_code)
            if row is not None:
                offers.append((row, row.amount * quantity))
    context = {
        "quote": found,
        "as_of": now,
        "quantity": quantity,
        "typed": text,
        "offers": offers,
        "key": new_key(),
    }
    return render(request, "portal/price.html", context)


@signed_in
@require_POST
def keep_price(request: HttpRequest, code: str) -> HttpResponse:
    """Keep what the page says now, with its stamp and fingerprint."""
    now = timezone.now()
    found = pricing.quote(good=code, on=timezone.localdate())
    if found is None or not found.answers:
        raise Http404(code)
    key = request.POST.get("key", "")
    question = asking.Question(
        key=key if key.isalnum() and len(key) <= KEY_MAX else new_key(),
        kind=Request.Kind.PRICE,
        title=f"{found.code} {_own(found, 'name')}",
        details={"good": found.code},
    )
    kept = asking.keep_answer(
        question=question,
        answer=price_answer(found, get_language() or "en"),
        source=jsonable(asdict(found)),
        as_of=now,
        actor=actor_of(request.user, channel="portal"),
        at=now,
    )
    return redirect("portal:request", pk=kept.pk)


@signed_in
def ask_price(request: HttpRequest) -> HttpResponse:
    """A price that no list holds: accounting answers."""
    form = PriceQuestionForm(request.POST or None, initial={"title": request.GET.get("q", "")})
    return ask_page(request, form, "ask_price")


@signed_in
def get_help(request: HttpRequest) -> HttpResponse:
    """A ticket for IT support."""
    return ask_page(request, HelpForm(request.POST or None), "help")


def ask_page(request: HttpRequest, form: QuestionForm, slug: str) -> HttpResponse:
    """Show a form; when it comes back valid, ask and go to the request's page."""
    if request.method == "POST" and form.is_valid():
        try:
            asked = asking.ask(
                question=form.question(),
                actor=actor_of(request.user, channel="portal"),
                at=timezone.now(),
            )
        except Refused as refused:
            form.add_error(None, refused.text(get_language() or "en"))
        else:
            messages.success(request, gettext("Your request is on its way."))
            return redirect("portal:request", pk=asked.pk)
    context = {"form": form, "service": catalogue.BY_SLUG[slug]}
    return render(request, "portal/ask.html", context, status=422 if form.errors else 200)


@signed_in
@require_safe
def requests_(request: HttpRequest) -> HttpResponse:
    """What the reader asked, newest first."""
    staff_id = reader(request)
    mine = queries.mine(staff_id=staff_id)
    wanted = request.GET.get("state", "")
    if wanted in Request.State.values:
        mine = mine.filter(state=wanted)
    page = Paginator(mine, PAGE).get_page(request.GET.get("page"))
    context = {"page": page, "state": wanted, "tally": queries.tally(staff_id=staff_id)}
    return render(request, "portal/requests.html", context)


@signed_in
@require_safe
def request_(request: HttpRequest, pk: int) -> HttpResponse:
    """One request: its timeline, its answer with the stamp. Opening it reads its notices."""
    actor = actor_of(request.user, channel="portal")
    asked = get_object_or_404(queries.mine(staff_id=reader(request)), pk=pk)
    notices.mark_read(actor=actor, at=timezone.now(), request_id=pk)
    context = {"asked": asked, "notes": queries.notes_of(asked), "now": timezone.now()}
    return render(request, "portal/request.html", context)


@signed_in
@require_safe
def notices_(request: HttpRequest) -> HttpResponse:
    """The reader's notices, newest first."""
    found = queries.notices_of(staff_id=reader(request))
    page = Paginator(found, PAGE).get_page(request.GET.get("page"))
    return render(request, "portal/notices.html", {"page": page})


@require_safe
def bell(request: HttpRequest) -> HttpResponse:
    """The bell alone, fetched every half minute; nothing once the session ended."""
    if not request.user.is_authenticated:
        return HttpResponse(status=204)
    return render(request, "parts/bell.html")


@signed_in
@require_POST
def read_all(request: HttpRequest) -> HttpResponse:
    """Mark all of the reader's notices as read."""
    notices.mark_read(actor=actor_of(request.user, channel="portal"), at=timezone.now())
    return redirect("portal:notices")


def reader(request: HttpRequest) -> int:
    """The staff id of the signed-in reader."""
    return actor_of(request.user, channel="portal").staff_id or 0


def _look_up(text: str, limit: int) -> list[pricing.Quote]:
    return pricing.look_up(text=text, on=timezone.localdate(), limit=limit)


def _quantity(text: str) -> Decimal | None:
    """The quantity that a person typed, or None when it is none: zero, signed, not a number."""
    try:
        value = Decimal(text.replace(",", ""))
    except InvalidOperation:
        return None
    return value if value.is_finite() and 0 < value < Decimal(10) ** 12 else None


def _own(value: Any, name: str) -> str:
    thai = (get_language() or "").startswith("th")
    return str(getattr(value, f"{name}_th" if thai else f"{name}_en"))
