"""The same key gives the same answer: key, fingerprint and answer live in the effect's transaction.

After the IETF draft "The Idempotency-Key HTTP Header Field" and TigerBeetle's
`exists_with_different_*`: a key that comes again with another body is refused, naming what differs.
"""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.db import connection, transaction

from backoffice.frame.models import IdempotencyKey
from backoffice.kernel.canonical import fingerprint
from backoffice.kernel.refusals import Place, Refused

Answer = tuple[int, Any]


class KeyReused(Refused):
    """The key is known, but the request under it was another one."""

    code = "idempotency-key-reused"
    status = 409
    en = "Key {key!r} was used for another request: {field} differs."
    th = "คีย์ {key!r} เคยใช้กับคำขออื่นแล้ว: {field} ไม่ตรงกัน"


class KeyMissing(Refused):
    """A request that moves money or state came without a key."""

    code = "idempotency-key-missing"
    status = 400
    en = "The Idempotency-Key header is missing."
    th = "ไม่มีส่วนหัว Idempotency-Key"


class KeyTooLong(Refused):
    """The key is longer than a key may be."""

    code = "idempotency-key-too-long"
    status = 400
    en = "The key is longer than {limit} characters."
    th = "คีย์ยาวเกิน {limit} ตัวอักษร"


def first_difference(before: Any, after: Any, pointer: str = "") -> str:
    """JSON pointer (RFC 6901) of the first place where two JSON values differ, "" if equal."""
    if isinstance(before, dict) and isinstance(after, dict):
        for name in sorted({*before, *after}):
            found = first_difference(before.get(name), after.get(name), f"{pointer}/{name}")
            if found:
                return found
        return ""
    if isinstance(before, list) and isinstance(after, list) and len(before) == len(after):
        for index, (one, other) in enumerate(zip(before, after, strict=True)):
            found = first_difference(one, other, f"{pointer}/{index}")
            if found:
                return found
        return ""
    return "" if before == after else pointer or "/"


def once(
    *, scope: str, key: str, request: Any, at: datetime, effect: Callable[[], Answer]
) -> tuple[Answer, bool]:
    """Run `effect` the first time `key` comes in `scope`; later give the same answer again.

    Args:
        request: JSON-able body, kept to name what differs.
        effect: does the work and returns (HTTP status, JSON-able answer). A Refused it raises
            undoes its work and is kept as the key's answer: a failed key stays failed.

    Returns:
        The answer, and whether it was replayed.

    Raises:
        KeyReused: same key, different request. KeyTooLong.
    """
    if len(key) > 200:
        raise KeyTooLong(limit=200)
    print_ = fingerprint(request)
    with transaction.atomic():
        _serialise(scope, key)
        known = IdempotencyKey.objects.filter(scope=scope, key=key).first()
        if known is not None:
            if known.fingerprint != print_:
                where = first_difference(known.request, request)
                raise KeyReused(Place(field=where), key=key, field=where)
            return (known.status, known.answer), True
        answer = _run(effect)
        IdempotencyKey.objects.create(
            scope=scope,
            key=key,
            fingerprint=print_,
            request=request,
            status=answer[0],
            answer=answer[1],
            recorded_at=at,
        )
        return answer, False


def _run(effect: Callable[[], Answer]) -> Answer:
    try:
        with transaction.atomic():
            return effect()
    except Refused as refused:
        return refused.status, {"refused": refused.code, **_texts(refused)}


def _texts(refused: Refused) -> dict[str, Any]:
    place = refused.place
    return {
        "title_en": refused.text("en"),
        "title_th": refused.text("th"),
        "line": place.line,
        "field": place.field,
    }


def _serialise(scope: str, key: str) -> None:
    """Two requests with one key wait for each other: a transaction-scoped advisory lock."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"idempotency:{scope}:{key}"]
        )
