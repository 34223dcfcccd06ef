"""What the fork server holds ready: Django and the ritual, but no connection."""

import os

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "backoffice.settings")

import django

django.setup()

import settlement.end_of_day  # noqa: E402, F401
