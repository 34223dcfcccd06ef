"""The counter's forms: they read a person's words; rules stay with the verbs."""

from typing import Any
from uuid import uuid4

from django import forms
from django.utils.translation import gettext_lazy as _

from backoffice.portal.asking import Question
from backoffice.portal.models import Request


def new_key() -> str:
    """A key for one showing of a form; the same form sent twice asks once."""
    return uuid4().hex


class QuestionForm(forms.Form):
    """Base: a hidden key, and the way from fields to a Question."""

    kind: str
    key = forms.CharField(widget=forms.HiddenInput, max_length=64, initial=new_key)
    # Fields that go into the question itself; all others are its details.
    title_field = "title"
    text_field = "text"

    def question(self) -> Question:
        """The question of a valid form."""
        data = self.cleaned_data
        own = {"key", self.title_field, self.text_field}
        details = {name: str(value) for name, value in data.items() if name not in own and value}
        return Question(
            key=data["key"],
            kind=self.kind,
            title=data[self.title_field],
            text=data.get(self.text_field, ""),
            details=details,
        )


class PriceQuestionForm(QuestionForm):
    """A price that no list holds."""

    kind = Request.Kind.PRICE
    title = forms.CharField(
        label=_("Which goods?"),
        max_length=160,
        help_text=_("Name, code or description, as the customer put it."),
    )
    quantity = forms.CharField(label=_("Quantity"), max_length=40)
    customer = forms.CharField(label=_("Customer"), max_length=120, required=False)
    text = forms.CharField(
        label=_("What else should the clerk know?"),
        max_length=2000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 4}),
    )


class DocumentQuestionForm(QuestionForm):
    """A document from the records room."""

    kind = Request.Kind.DOCUMENT
    title = forms.CharField(
        label=_("Which document?"),
        max_length=160,
        help_text=_("Its number, or its title and date."),
    )
    text = forms.CharField(
        label=_("What is it for?"),
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=_("The records room checks that you may have it."),
    )


class HelpForm(QuestionForm):
    """A ticket for IT support."""

    kind = Request.Kind.IT_HELP
    title = forms.CharField(label=_("What is wrong, in one line?"), max_length=160)
    category = forms.ChoiceField(
        label=_("It is about"),
        choices=[
            ("access", _("access and accounts")),
            ("hardware", _("hardware")),
            ("software", _("software")),
            ("network", _("network")),
            ("data", _("data and reports")),
            ("other", _("other")),
        ],
    )
    text = forms.CharField(
        label=_("What happened, and what did you expect?"),
        max_length=4000,
        widget=forms.Textarea(attrs={"rows": 6}),
    )


class StatementForm(forms.Form):
    """An account and two days."""

    account = forms.CharField(label=_("Account"), max_length=300)
    from_ = forms.DateField(label=_("From"), widget=forms.DateInput(attrs={"type": "date"}))
    to = forms.DateField(label=_("To"), widget=forms.DateInput(attrs={"type": "date"}))

    def clean(self) -> dict[str, Any]:
        """The first day must not lie behind the last."""
        data: dict[str, Any] = super().clean() or {}
        if data.get("from_") and data.get("to") and data["from_"] > data["to"]:
            self.add_error("to", forms.ValidationError(_("The last day lies before the first.")))
        entity, dot, code = str(data.get("account", "")).partition("/")
        if data.get("account") and not (entity and dot and code):
            self.add_error("account", forms.ValidationError(_("Choose one of the accounts found.")))
        return data

    def wanted(self) -> dict[str, Any]:
        """Books, account and days of a valid form, as accounting's queries take them."""
        entity, _dot, code = self.cleaned_data["account"].partition("/")
        return {
            "entity": entity,
            "account": code,
            "from_": self.cleaned_data["from_"],
            "to": self.cleaned_data["to"],
        }
