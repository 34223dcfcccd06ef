"""What Django finds to say of the house, its desk included."""

from django.contrib import admin
from django.core import checks
from django.urls import get_resolver


def test_the_house_has_nothing_to_be_told():
    """The desk's rooms are found with the addresses; before, their checks would see nothing."""
    assert get_resolver().url_patterns
    assert len(admin.site._registry) > 40
    assert checks.run_checks() == []
