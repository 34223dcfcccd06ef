from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from settlement.models.participants import Participant


class Window(models.Model):
    """A stretch of a market's capture that is closed and netted as one. Append-only.

    Whether it is open stands nowhere but in the market's pointer: closing moves the pointer on to
    the next window, and no leg is touched.
    """

    book = models.CharField(_("book"), max_length=20)
    market = models.CharField(_("market"), max_length=4, blank=True)
    sequence = models.PositiveIntegerField(_("sequence"))
    opened_at = models.DateTimeField(_("opened at"))

    class Meta:
        verbose_name = _("window")
        verbose_name_plural = _("windows")
        ordering = ["book", "market", "sequence"]
        constraints = [
            models.UniqueConstraint(fields=["book", "market", "sequence"], name="window_once"),
            models.CheckConstraint(condition=Q(sequence__gt=0), name="window_sequence"),
        ]

    def __str__(self) -> str:
        return f"{self.book} {self.market} {self.sequence}"


class WindowPointer(models.Model):
    """Which window of a market takes legs now.

    Whoever opens a leg holds this row FOR SHARE until commit, so that a window that has closed is
    whole. A share lock does not wait for one that waits to close: capture goes on beside it.
    """

    book = models.CharField(_("book"), max_length=20)
    market = models.CharField(_("market"), max_length=4, blank=True)
    window = models.OneToOneField(
        Window, models.PROTECT, related_name="pointer", verbose_name=_("open window")
    )

    class Meta:
        verbose_name = _("open window")
        verbose_name_plural = _("open windows")
        constraints = [
            models.UniqueConstraint(fields=["book", "market"], name="window_pointer_once"),
        ]

    def __str__(self) -> str:
        return str(self.window_id)


class WindowClosing(models.Model):
    """That a window was closed, and for which business day. Append-only."""

    window = models.OneToOneField(
        Window, models.PROTECT, related_name="closing", verbose_name=_("window")
    )
    business_date = models.DateField(_("business date"))
    closed_at = models.DateTimeField(_("closed at"))
    closed_by = models.CharField(_("closed by"), max_length=150)

    class Meta:
        verbose_name = _("window closing")
        verbose_name_plural = _("window closings")
        indexes = [models.Index(fields=["business_date"], name="window_closing_day")]

    def __str__(self) -> str:
        return f"{self.window_id} {self.business_date}"


class WindowNetting(models.Model):
    """How a closed window was netted, and to whom its legs were novated. Append-only.

    With `novated_to`, that participant stepped between debtor and creditor of every leg; empty and
    method "multilateral", the house did.
    """

    class Method(models.TextChoices):
        BILATERAL = "bilateral", _("bilateral netting")
        MULTILATERAL = "multilateral", _("multilateral netting")

    window = models.OneToOneField(
        Window, models.PROTECT, related_name="netting", verbose_name=_("window")
    )
    method = models.CharField(_("method"), max_length=12, choices=Method)
    novated_to = models.ForeignKey(
        Participant, models.PROTECT, null=True, related_name="+", verbose_name=_("novated to")
    )
    legs = models.PositiveBigIntegerField(_("legs"))
    nets = models.PositiveIntegerField(_("nets"))
    netted_at = models.DateTimeField(_("netted at"))

    class Meta:
        verbose_name = _("window netting")
        verbose_name_plural = _("window nettings")

    def __str__(self) -> str:
        return str(self.window_id)


class WindowNet(models.Model):
    """What is left of a closed window after netting. Append-only; the nets of an asset sum to zero.

    `net` is seen from the participant: above zero it receives. `counterparty` is empty where the
    participant's net stands against the house, for all its counterparties together.
    """

    window = models.ForeignKey(
        Window, models.PROTECT, related_name="nets", verbose_name=_("window")
    )
    participant = models.ForeignKey(
        Participant, models.PROTECT, related_name="+", verbose_name=_("participant")
    )
    counterparty = models.ForeignKey(
        Participant,
        models.PROTECT,
        null=True,
        db_index=False,
        related_name="+",
        verbose_name=_("counterparty"),
    )
    asset = models.CharField(_("asset"), max_length=35)
    value_date = models.DateField(_("value date"))
    gross_in = models.DecimalField(_("gross in"), max_digits=38, decimal_places=10)
    gross_out = models.DecimalField(_("gross out"), max_digits=38, decimal_places=10)
    net = models.DecimalField(_("net"), max_digits=38, decimal_places=10)
    legs = models.PositiveIntegerField(_("legs"))

    class Meta:
        verbose_name = _("window net")
        verbose_name_plural = _("window nets")
        constraints = [
            models.UniqueConstraint(
                fields=["window", "participant", "counterparty", "asset", "value_date"],
                name="window_net_once",
                nulls_distinct=False,
            ),
            models.CheckConstraint(
                condition=Q(net=F("gross_in") - F("gross_out")), name="window_net_nets"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.participant_id} {self.net} {self.asset}"
