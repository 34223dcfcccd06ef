"""Doors that change something: one answer for each Idempotency-Key, refusals as problems."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from drf_spectacular.utils import OpenApiParameter
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from backoffice.frame.idempotency import Answer, KeyMissing, once
from backoffice.frame.problems import MEDIA_TYPE, problem
from backoffice.kernel.canonical import jsonable

KEY = OpenApiParameter(
    "Idempotency-Key",
    str,
    OpenApiParameter.HEADER,
    required=True,
    description="The caller's own key for this request; sent again, it gets the same answer.",
)
REPLAYED = "Idempotency-Replayed"


class ProblemSerializer(serializers.Serializer[dict[str, Any]]):
    """A problem document (RFC 9457), for the schema."""

    type = serializers.CharField()
    title = serializers.CharField()
    status = serializers.IntegerField()
    code = serializers.CharField()
    detail = serializers.CharField()
    detail_th = serializers.CharField(required=False)
    detail_en = serializers.CharField(required=False)
    file = serializers.CharField(required=False)
    line = serializers.IntegerField(required=False)
    field = serializers.CharField(required=False)
    # DRF takes the field off the class; only its base names a property so.
    errors = serializers.DictField(  # type: ignore[assignment]
        required=False, help_text="Complaints by name of the field."
    )


PROBLEMS = {
    400: ProblemSerializer,
    403: ProblemSerializer,
    404: ProblemSerializer,
    409: ProblemSerializer,
    422: ProblemSerializer,
}


def answer_once(
    request: Request,
    *,
    scope: str,
    body: Any,
    at: datetime,
    effect: Callable[[], Answer],
) -> Response:
    """Answer a changing request: do `effect` once, give its answer again to the same key.

    Args:
        scope: door and actor, such as "compliance.holds.place:chai"; keys are unique within.
        body: the request's meaning, JSON-able once spelled, to tell a key that is used twice.

    Raises:
        KeyMissing, KeyReused, KeyTooLong.
    """
    key = request.headers.get("Idempotency-Key", "").strip()
    if not key:
        raise KeyMissing
    (status, answer), replayed = once(
        scope=scope, key=key, request=jsonable(body), at=at, effect=effect
    )
    headers = {REPLAYED: "true"} if replayed else {}
    if isinstance(answer, dict) and "refused" in answer:
        kept = problem(
            status,
            slug=answer["refused"],
            en=answer["title_en"],
            th=answer["title_th"],
            line=answer["line"],
            field=answer["field"],
        )
        return Response(kept, status=status, headers=headers, content_type=MEDIA_TYPE)
    return Response(answer, status=status, headers=headers)
