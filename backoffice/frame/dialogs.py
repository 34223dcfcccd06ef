"""A dialog that is refused stays open, with what was written and why it was refused."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import get_language
from unfold.forms import BaseDialogForm

from backoffice.kernel.refusals import Refused


def can_show(form: BaseDialogForm) -> bool:
    """Whether the dialog has a field that a refusal can stand at."""
    return bool(form.visible_fields())


def refused_again(
    request: HttpRequest, *, form: BaseDialogForm, button: Any, refused: Refused
) -> HttpResponse:
    """The dialog once more, the refusal at the field that it names, else at the first.

    Args:
        form: the valid form whose verb refused; it can show a refusal.
        button: the admin's action that opened the dialog.
    """
    names = [field.name for field in form.visible_fields()]
    at = refused.place.field if refused.place.field in names else names[0]
    form.add_error(at, refused.text(get_language() or "en"))
    dialog = button.dialog
    context = {
        "dialog": dialog,
        "form": form,
        "form_submit_text": dialog.get("form_submit_text", ""),
    }
    return render(request, "unfold/helpers/dialog.html", context)
