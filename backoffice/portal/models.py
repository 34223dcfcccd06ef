from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _


class Request(models.Model):
    """Something a person asked at the counter, from the question to the answer with its stamp."""

    class Kind(models.TextChoices):
        PRICE = "price", _("price request")
        STATEMENT = "statement", _("account statement")
        SETTLEMENT = "settlement", _("settlement status")
        DOCUMENT = "document", _("document request")
        IT_HELP = "it_help", _("IT help")

    class State(models.TextChoices):
        WAITING = "waiting", _("waiting")
        ANSWERED = "answered", _("answered")
        DECLINED = "declined", _("declined")

    key = models.CharField(_("key"), max_length=64, unique=True)
    kind = models.CharField(_("kind"), max_length=20, choices=Kind)
    state = models.CharField(_("state"), max_length=10, choices=State, default=State.WAITING)
    asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("asked by")
    )
    asked_at = models.DateTimeField(_("asked at"))
    title = models.CharField(_("title"), max_length=200)
    text = models.TextField(_("text"), blank=True)
    details = models.JSONField(_("details"), default=dict, blank=True)
    # What the work is about, as the desk names it: this request itself, or a ticket opened for it.
    subject_kind = models.CharField(_("kind of subject"), max_length=60, blank=True)
    subject_ref = models.CharField(_("subject"), max_length=120, blank=True)
    item = models.ForeignKey(
        "desk.WorkItem",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("work item"),
    )
    due_at = models.DateTimeField(_("promised by"), null=True, blank=True)
    answer = models.TextField(_("answer"), blank=True)
    answered_at = models.DateTimeField(_("answered at"), null=True, blank=True)
    as_of = models.DateTimeField(_("as of"), null=True, blank=True)
    digest = models.CharField(_("fingerprint"), max_length=64, blank=True)

    class Meta:
        verbose_name = _("request")
        verbose_name_plural = _("requests")
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(
                condition=~Q(state="answered") | (Q(as_of__isnull=False) & ~Q(digest="")),
                name="request_answered_with_stamp",
            ),
        ]
        indexes = [
            models.Index(fields=["asked_by", "-id"], name="request_mine"),
            models.Index(
                fields=["subject_kind", "subject_ref"],
                name="request_subject",
                condition=Q(state="waiting"),
            ),
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def at_once(self) -> bool:
        """Answered from live data, without a clerk."""
        return self.state == self.State.ANSWERED and self.item_id is None

    @property
    def progress(self) -> str:
        """The state as the person who waits should read it."""
        if self.state == self.State.WAITING and self.item is not None and self.item.claimed_by_id:
            return str(_("in work"))
        return str(self.get_state_display())


class Notice(models.Model):
    """Word to a person that something happened to what they asked."""

    person = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("person")
    )
    request = models.ForeignKey(
        Request,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="notices",
        verbose_name=_("request"),
    )
    created_at = models.DateTimeField(_("created at"))
    read_at = models.DateTimeField(_("read at"), null=True, blank=True)
    text_en = models.CharField(_("text (English)"), max_length=240)
    text_th = models.CharField(_("text (Thai)"), max_length=240)

    class Meta:
        verbose_name = _("notice")
        verbose_name_plural = _("notices")
        ordering = ["-id"]
        indexes = [
            models.Index(fields=["person", "-id"], name="notice_mine"),
            models.Index(
                fields=["person"], name="notice_unread", condition=Q(read_at__isnull=True)
            ),
        ]

    def __str__(self) -> str:
        return self.text_th if (get_language() or "").startswith("th") else self.text_en
