from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class Currency(models.Model):
    """What amounts are counted in: ISO 4217 currencies, and commodities with their own decimals."""

    class Kind(models.TextChoices):
        CURRENCY = "currency", _("currency")
        COMMODITY = "commodity", _("commodity")

    code = models.CharField(_("code"), max_length=24, primary_key=True)
    numeric = models.CharField(_("numeric code"), max_length=3, blank=True)
    exponent = models.PositiveSmallIntegerField(_("decimals"))
    kind = models.CharField(_("kind"), max_length=10, choices=Kind, default=Kind.CURRENCY)
    name_en = models.CharField(_("name (English)"), max_length=80)
    name_th = models.CharField(_("name (Thai)"), max_length=80)
    withdrawn = models.CharField(_("withdrawn"), max_length=7, blank=True)

    class Meta:
        verbose_name = _("currency")
        verbose_name_plural = _("currencies")
        constraints = [
            models.CheckConstraint(condition=Q(exponent__lte=10), name="currency_exponent"),
        ]

    def __str__(self) -> str:
        return self.code


class Calendar(models.Model):
    """A market's or payment system's calendar; its days stand in versions."""

    code = models.CharField(_("code"), max_length=12, primary_key=True)
    name_en = models.CharField(_("name (English)"), max_length=120)
    name_th = models.CharField(_("name (Thai)"), max_length=120)
    time_zone = models.CharField(_("time zone"), max_length=64)

    class Meta:
        verbose_name = _("calendar")
        verbose_name_plural = _("calendars")

    def __str__(self) -> str:
        return self.code


class CalendarVersion(models.Model):
    """What the house knew of a calendar from `recorded_at` on, and the notice it rests on.

    Append-only: a correction is a new version. Outside `covers_from` to `covers_until` the version
    says nothing, and dates are refused instead of guessed.
    """

    calendar = models.ForeignKey(Calendar, models.PROTECT, verbose_name=_("calendar"))
    number = models.PositiveIntegerField(_("version"))
    covers_from = models.DateField(_("covers from"))
    covers_until = models.DateField(_("covers until"))
    weekend = models.CharField(_("weekend"), max_length=7, default="67")
    notice_text = models.TextField(_("notice"))
    notice_url = models.URLField(_("address of the notice"), max_length=400, blank=True)
    notice_date = models.DateField(_("date of the notice"), null=True, blank=True)
    fingerprint = models.CharField(_("fingerprint"), max_length=64)
    recorded_at = models.DateTimeField(_("recorded at"))
    imported_by = models.CharField(_("imported by"), max_length=150)

    class Meta:
        verbose_name = _("calendar version")
        verbose_name_plural = _("calendar versions")
        constraints = [
            models.UniqueConstraint(fields=["calendar", "number"], name="calendar_version_once"),
            models.CheckConstraint(
                condition=Q(covers_until__gte=F("covers_from")), name="calendar_version_range"
            ),
            models.CheckConstraint(
                condition=Q(weekend__regex=r"^[1-7]*$"), name="calendar_version_weekend"
            ),
            models.CheckConstraint(
                condition=~Q(notice_text=""), name="calendar_version_has_evidence"
            ),
        ]
        indexes = [
            models.Index(fields=["calendar", "-recorded_at"], name="calendar_version_known"),
        ]

    def __str__(self) -> str:
        return f"{self.calendar_id} #{self.number}"


class Holiday(models.Model):
    """A day that differs from its week in one version of a calendar."""

    class Kind(models.TextChoices):
        CLOSED = "closed", pgettext_lazy("calendar day", "closed")
        WORKING = "working", _("working day on a weekend")

    version = models.ForeignKey(
        CalendarVersion, models.PROTECT, related_name="days", verbose_name=_("calendar version")
    )
    date = models.DateField(_("date"))
    kind = models.CharField(_("kind"), max_length=8, choices=Kind, default=Kind.CLOSED)
    name_en = models.CharField(_("name (English)"), max_length=160, blank=True)
    name_th = models.CharField(_("name (Thai)"), max_length=160, blank=True)
    evidence = models.TextField(_("evidence"), blank=True)

    class Meta:
        verbose_name = _("holiday")
        verbose_name_plural = _("holidays")
        constraints = [
            models.UniqueConstraint(fields=["version", "date"], name="holiday_once"),
        ]

    def __str__(self) -> str:
        return f"{self.date} {self.name_en}".strip()


class SettlementCycle(models.Model):
    """From `valid_from` on, trades of an asset class in a market settle by this cycle."""

    market = models.CharField(_("market"), max_length=12)
    asset_class = models.CharField(_("asset class"), max_length=24)
    cycle = models.CharField(_("cycle"), max_length=6)
    valid_from = models.DateField(_("valid from"))
    source = models.TextField(_("source"))
    recorded_at = models.DateTimeField(_("recorded at"))
    recorded_by = models.CharField(_("recorded by"), max_length=150)

    class Meta:
        verbose_name = _("settlement cycle")
        verbose_name_plural = _("settlement cycles")
        constraints = [
            models.UniqueConstraint(
                fields=["market", "asset_class", "valid_from", "recorded_at"],
                name="settlement_cycle_once",
            ),
            models.CheckConstraint(
                condition=Q(cycle__regex=r"^T\+[0-9]{1,2}$"), name="settlement_cycle_form"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.market} {self.asset_class} {self.cycle}"


class BusinessDay(models.Model):
    """A day of a book: open for posting, closing, or closed and sealed."""

    class State(models.TextChoices):
        OPEN = "open", pgettext_lazy("business day", "open")
        CLOSING = "closing", pgettext_lazy("business day", "closing")
        CLOSED = "closed", pgettext_lazy("business day", "closed")

    book = models.CharField(_("book"), max_length=24, default="HOUSE")
    date = models.DateField(_("business date"))
    state = models.CharField(_("state"), max_length=8, choices=State, default=State.OPEN)
    opened_at = models.DateTimeField(_("opened at"))
    closing_at = models.DateTimeField(_("closing since"), null=True)
    closed_at = models.DateTimeField(_("closed at"), null=True)
    seal = models.CharField(_("seal"), max_length=64, blank=True)

    class Meta:
        verbose_name = _("business day")
        verbose_name_plural = _("business days")
        constraints = [
            models.UniqueConstraint(fields=["book", "date"], name="business_day_once"),
            models.CheckConstraint(
                name="business_day_times",
                condition=Q(state="open", closing_at=None, closed_at=None)
                | Q(state="closing", closing_at__isnull=False, closed_at=None)
                | Q(state="closed", closing_at__isnull=False, closed_at__isnull=False),
            ),
        ]
        indexes = [
            models.Index(
                fields=["book", "date"],
                name="business_day_unsealed",
                condition=~Q(state="closed"),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.book} {self.date}"
