from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from backoffice.celery import app as celery_app


class OutboxConfig(AppConfig):
    name = "backoffice.outbox"
    label = "outbox"
    verbose_name = _("Events and jobs")

    def ready(self) -> None:
        # Web processes publish wake-ups too: the Celery app must be the current one there.
        celery_app.set_default()
