from django.apps import AppConfig
from django.core.checks import Tags, register
from django.utils.translation import gettext_lazy as _

from backoffice.frame import checks


class FrameConfig(AppConfig):
    name = "backoffice.frame"
    label = "frame"
    verbose_name = _("Audit and idempotency")

    def ready(self) -> None:
        register(checks.application_is_not_owner, Tags.database)
