"""The Merkle log over an entity's entries: leaves, full tiles of 256 leaves, and sealed roots."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from accounting.models.book import Entry
from accounting.models.chart import Entity


class LogLeaf(models.Model):
    """An entry's place in the log and the hash of its canonical text."""

    entry = models.OneToOneField(
        Entry,
        models.DO_NOTHING,
        primary_key=True,
        related_name="+",
        db_constraint=False,
        verbose_name=_("entry"),
    )
    entity = models.ForeignKey(
        Entity, models.PROTECT, related_name="+", db_index=False, verbose_name=_("entity")
    )
    position = models.BigIntegerField(_("position"))
    hash = models.BinaryField(_("hash"))

    class Meta:
        verbose_name = _("log leaf")
        verbose_name_plural = _("log leaves")
        constraints = [
            models.UniqueConstraint(fields=["entity", "position"], name="log_leaf_once"),
        ]

    def __str__(self) -> str:
        return f"{self.entity_id}/{self.position}"


class LogTile(models.Model):
    """The root of 256 leaves: what keeps sealing and proofs short in a long log."""

    entity = models.ForeignKey(
        Entity, models.PROTECT, related_name="+", db_index=False, verbose_name=_("entity")
    )
    tile = models.BigIntegerField(_("tile"))
    hash = models.BinaryField(_("hash"))

    class Meta:
        verbose_name = _("log tile")
        verbose_name_plural = _("log tiles")
        constraints = [models.UniqueConstraint(fields=["entity", "tile"], name="log_tile_once")]

    def __str__(self) -> str:
        return f"{self.entity_id}/{self.tile}"


class LogSeal(models.Model):
    """The log's root at a size (RFC 6962 tree head). Handed out, it fixes all entries up to it."""

    entity = models.ForeignKey(
        Entity, models.PROTECT, related_name="+", db_index=False, verbose_name=_("entity")
    )
    size = models.BigIntegerField(_("number of entries"))
    root = models.CharField(_("root"), max_length=64)
    newest_entry_id = models.BigIntegerField(_("newest entry seen"))
    horizon = models.BigIntegerField(_("next transaction when sealed"))
    sealed_at = models.DateTimeField(_("sealed at"))

    class Meta:
        verbose_name = _("seal")
        verbose_name_plural = _("seals")
        constraints = [models.UniqueConstraint(fields=["entity", "size"], name="log_seal_once")]

    def __str__(self) -> str:
        return f"{self.entity_id} {self.size} {self.root[:12]}"
