from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ITSupportConfig(AppConfig):
    name = "itsupport"
    verbose_name = _("IT support")
