"""What the ledger's doors have in common: who comes in, what is asked, one answer for each key."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounting import bulk, entry_pages, posting, shapes
from accounting.recording import PostedEntry
from backoffice.frame.doors import REPLAYED, answer_once
from backoffice.frame.idempotency import KeyMissing
from backoffice.kernel.actors import Actor, Department
from backoffice.kernel.canonical import jsonable
from backoffice.kernel.refusals import Place, Refused
from backoffice.people.queries import actor_of


def reader(request: Request) -> Actor:
    """Who reads: the department, and every manager and auditor."""
    actor = actor_of(request.user, channel="api")
    entry_pages.require_reader(actor)
    return actor


def poster(request: Request) -> Actor:
    """Who writes: the accounting department and its integrators."""
    actor = actor_of(request.user, channel="api")
    actor.require(*posting.POSTERS, department=Department.ACCOUNTING)
    return actor


def asked(shape: type[serializers.Serializer[Any]], data: Any) -> dict[str, Any]:
    """The data in the serializer's shape; raises DRF's ValidationError, which becomes a 400."""
    form = shape(data=data)
    form.is_valid(raise_exception=True)
    return dict(form.validated_data)


@contextmanager
def pointing() -> Iterator[None]:
    """Fields of refusals as JSON pointers into the body (RFC 6901)."""
    try:
        yield
    except Refused as refused:
        refused.place = Place(field=bulk.pointer(refused.place.field) or None)
        raise


def keyed(request: Request, given: Any) -> str:
    """The body's key, or that of the header. Raises KeyMissing."""
    header = request.headers.get("Idempotency-Key", "").strip()
    key = given.get("key") if isinstance(given, dict) else None
    if not key and not header:
        raise KeyMissing
    return str(key or header)


def answered(
    request: Request, door: str, act: Callable[[Actor], PostedEntry], at: datetime
) -> Response:
    """Act once for the header's key, or for the entry's own where there is no header."""
    actor = poster(request)

    def acted() -> PostedEntry:
        with pointing():
            return act(actor)

    if "Idempotency-Key" in request.headers:
        return answer_once(
            request,
            scope=f"accounting.{door}:{actor.name}"[:80],
            body=jsonable(request.data),
            at=at,
            effect=lambda: (201, jsonable(shapes.PostedSerializer(acted()).data)),
        )
    posted = acted()
    headers = {REPLAYED: "true"} if posted.replayed else {}
    return Response(shapes.PostedSerializer(posted).data, status=201, headers=headers)
