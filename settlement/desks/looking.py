"""A page on which what a verb would do is looked at first, and then done."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.translation import get_language

from backoffice.frame.admin import DeskAdmin
from backoffice.kernel.refusals import Place, Refused

Fact = tuple[Any, Any]
"""(label, value), as a page shows it."""


@dataclass(frozen=True, slots=True)
class Seen:
    """What would be done: facts, and a table where there are several parts."""

    facts: Sequence[Fact] = ()
    header: Sequence[Any] = ()
    rows: Sequence[Sequence[Any]] = ()


def _named(told: dict[str, Any], place: Place) -> str | None:
    del told
    return place.field


@dataclass(frozen=True, slots=True)
class Look:
    """The page.

    Attributes:
        title: of the page; verb: on the button that does it; done: what is said afterwards.
        facts: what is acted upon.
        see: what the form's content would do, nothing of it kept.
        act: does it; both raise Refused, which is shown at the field that it names.
        back: where the page leads when it is done or given up.
        field: the form's field that a refusal's place names; by default the one of its name.
        choices: what fields with `list="participants"` offer.
    """

    title: str
    verb: str
    done: str
    facts: Sequence[Fact]
    see: Callable[[dict[str, Any]], Seen]
    act: Callable[[dict[str, Any]], object]
    back: str
    field: Callable[[dict[str, Any], Place], str | None] = _named
    choices: Sequence[str] = ()


def look_first(
    desk: DeskAdmin, request: HttpRequest, form: forms.BaseForm, page: Look
) -> HttpResponse:
    """Show the form, then what it would do, then do it: one address, three answers."""
    seen: Seen | None = None
    if request.method == "POST" and "more" not in request.POST and form.is_valid():
        try:
            if "sure" in request.POST:
                page.act(form.cleaned_data)
                desk.message_user(request, page.done, messages.SUCCESS)
                return HttpResponseRedirect(page.back)
            seen = page.see(form.cleaned_data)
        except Refused as refused:
            named = page.field(form.cleaned_data, refused.place)
            form.add_error(
                named if named in form.fields else None, refused.text(get_language() or "en")
            )
    context = {
        **desk.admin_site.each_context(request),
        "opts": desk.opts,
        "form": form,
        "page": page,
        "title": page.title,
        "seen": seen,
    }
    return render(request, "admin/settlement/look_first.html", context)
