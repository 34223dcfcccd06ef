"""Django's own `migrate`, and then the rights of the application (backoffice/frame/rights.py).

It runs as the tables' owner (DATABASE_OWNER_URL); the application connects by DATABASE_URL.
"""

from typing import Any

from django.conf import settings
from django.core.management.base import CommandError
from django.core.management.commands import migrate
from django.db import connection

from backoffice.frame import rights


class Command(migrate.Command):
    def handle(self, *args: Any, **options: Any) -> None:
        """Migrate, then grant; with one address for both there is nobody to grant to."""
        super().handle(*args, **options)
        role = settings.APPLICATION_ROLE
        if not role or role == connection.settings_dict["USER"]:
            return
        if not rights.exists(role=role):
            raise CommandError(
                f"The server has no role {role}: CREATE ROLE {role} LOGIN PASSWORD '…' · "
                f"เซิร์ฟเวอร์ไม่มีบทบาท {role} ให้สร้างก่อน"
            )
        rights.grant(role=role)
        if options["verbosity"] > 0:
            self.stdout.write(f"Rights granted to {role}.")
