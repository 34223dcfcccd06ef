"""Signing in by allauth for portal and desk alike; the house enters its staff itself."""

from allauth.account.adapter import DefaultAccountAdapter
from django.http import HttpRequest


class HouseAdapter(DefaultAccountAdapter):
    """No sign-up; after sign-in everyone goes to where their work is."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Nobody signs up."""
        del request
        return False

    def get_login_redirect_url(self, request: HttpRequest) -> str:
        """The desk for clerks, the portal for the front office."""
        user = request.user
        return "/admin/" if getattr(user, "is_staff", False) else "/"
