from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class FrameConfig(AppConfig):
    name = "backoffice.frame"
    label = "frame"
    verbose_name = _("Audit and idempotency")

    def ready(self) -> None:
        """Make the database checks known."""
        from backoffice.frame import checks  # noqa: F401, PLC0415 - registers itself
