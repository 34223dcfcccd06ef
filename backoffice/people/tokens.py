"""API tokens: shown once, kept as SHA-256, ended by date or by hand."""

import hashlib
import secrets
from datetime import datetime, timedelta
from typing import Any

from django.utils import timezone
from rest_framework import exceptions
from rest_framework.authentication import BaseAuthentication, get_authorization_header
from rest_framework.request import Request

from backoffice.frame import audit
from backoffice.kernel.actors import Actor
from backoffice.people.models import ApiToken, Staff

PREFIX = "bo_"


def issue(
    *, staff_id: int, label: str, days: int, actor: Actor, at: datetime, secret: str | None = None
) -> str:
    """Make a token for a member of staff and return its text, which is kept nowhere.

    Args:
        secret: a chosen text (demo data only); by default 256 random bits.
    """
    text = PREFIX + (secret or secrets.token_urlsafe(32))
    token, _created = ApiToken.objects.update_or_create(
        digest=_digest(text),
        defaults={
            "staff_id": staff_id,
            "label": label,
            "created_at": at,
            "expires_at": at + timedelta(days=days),
        },
    )
    audit.record(
        actor=actor,
        at=at,
        verb="tokens.issue",
        subject_kind="people.token",
        subject_id=token.pk,
        detail={"label": label, "days": days},
    )
    return text


def revoke(*, token_id: int, actor: Actor, at: datetime) -> None:
    """End a token now."""
    ApiToken.objects.filter(pk=token_id, revoked_at=None).update(revoked_at=at)
    audit.record(
        actor=actor, at=at, verb="tokens.revoke", subject_kind="people.token", subject_id=token_id
    )


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


class TokenAuthentication(BaseAuthentication):
    """`Authorization: Bearer bo_…`."""

    def authenticate(self, request: Request) -> tuple[Staff, ApiToken] | None:
        """The token's owner; None when the header holds no bearer token."""
        words = get_authorization_header(request).split()
        if len(words) != 2 or words[0].lower() != b"bearer":
            return None
        token = (
            ApiToken.objects.select_related("staff")
            .filter(
                digest=hashlib.sha256(words[1]).hexdigest(),
                revoked_at=None,
                expires_at__gt=timezone.now(),
                staff__is_active=True,
            )
            .first()
        )
        if token is None:
            raise exceptions.AuthenticationFailed
        return token.staff, token

    def authenticate_header(self, request: Request) -> Any:
        """What a 401 asks for."""
        del request
        return 'Bearer realm="backoffice"'
