"""Every error leaves as problem+json (RFC 9457), in the reader's language, with a stable code."""

from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, JsonResponse
from django.utils.translation import get_language
from rest_framework import exceptions
from rest_framework.response import Response

from backoffice.kernel.refusals import Refused

MEDIA_TYPE = "application/problem+json"
TYPE_BASE = "/problems/"
TITLES: dict[int, tuple[str, str, str]] = {
    400: ("bad-request", "The request cannot be read.", "อ่านคำขอไม่ได้"),
    401: ("not-signed-in", "Sign in or send a valid token.", "กรุณาเข้าสู่ระบบหรือส่งโทเคนที่ถูกต้อง"),
    403: ("not-allowed", "Your role does not allow this.", "สิทธิ์ของท่านไม่อนุญาตให้ทำรายการนี้"),
    404: ("not-found", "There is nothing here.", "ไม่พบข้อมูลที่ต้องการ"),
    405: ("method-not-allowed", "This address does not take that method.", "ที่อยู่นี้ไม่รับเมธอดนี้"),
    406: ("not-acceptable", "None of the asked media types can be given.", "ไม่มีรูปแบบข้อมูลที่ขอ"),
    409: ("conflict", "The request conflicts with what is recorded.", "คำขอขัดกับข้อมูลที่บันทึกไว้"),
    413: ("body-too-large", "The body is too large.", "เนื้อหาใหญ่เกินไป"),
    415: ("unsupported-media-type", "This media type is not taken.", "ไม่รับรูปแบบข้อมูลนี้"),
    422: ("invalid", "The request breaks a rule.", "คำขอผิดกฎ"),
    429: ("too-many-requests", "Too many requests; wait a little.", "คำขอมากเกินไป กรุณารอสักครู่"),
    500: ("internal-error", "Something went wrong on our side.", "ระบบขัดข้อง"),
}


def problem(
    code: int, *, slug: str = "", en: str = "", th: str = "", **extra: Any
) -> dict[str, Any]:
    """The members of a problem document for HTTP status `code`; extra members are added."""
    default_slug, default_en, default_th = TITLES.get(code, TITLES[500])
    slug = slug or default_slug
    texts = {"en": en or default_en, "th": th or default_th}
    language = "th" if (get_language() or "en").startswith("th") else "en"
    return {
        "type": TYPE_BASE + slug,
        "title": default_th if language == "th" else default_en,
        "status": code,
        "code": slug,
        "detail": texts[language],
        "detail_th" if language == "en" else "detail_en": texts["th" if language == "en" else "en"],
        **{name: value for name, value in extra.items() if value not in (None, "")},
    }


def of_refused(refused: Refused) -> dict[str, Any]:
    """The problem document of a refusal, with file, line and field where they are known."""
    place = refused.place
    return problem(
        refused.status,
        slug=refused.code,
        en=refused.text("en"),
        th=refused.text("th"),
        file=place.file,
        line=place.line,
        field=place.field,
    )


def handle(error: Exception, context: dict[str, Any]) -> Response | None:
    """DRF's exception handler. Unknown errors return None and become Django's 500 (also JSON)."""
    del context
    if isinstance(error, Refused):
        return _response(of_refused(error))
    if isinstance(error, Http404):
        return _response(problem(404))
    if isinstance(error, PermissionDenied):
        return _response(problem(403))
    if isinstance(error, exceptions.ValidationError):
        return _response(problem(400, slug="invalid", errors=error.get_full_details()))
    if isinstance(error, exceptions.APIException):
        headers = _headers(error)
        return _response(problem(error.status_code), headers)
    return None


def _headers(error: exceptions.APIException) -> dict[str, str]:
    headers = {}
    if getattr(error, "auth_header", None):
        headers["WWW-Authenticate"] = str(error.auth_header)  # type: ignore[attr-defined]
    if getattr(error, "wait", None):
        headers["Retry-After"] = str(int(error.wait) + 1)  # type: ignore[attr-defined]
    return headers


def _response(body: dict[str, Any], headers: dict[str, str] | None = None) -> Response:
    return Response(body, status=body["status"], headers=headers, content_type=MEDIA_TYPE)


def json_error(request: HttpRequest, code: int) -> JsonResponse:
    """A problem document outside DRF: unknown addresses below /api/, and server errors."""
    del request
    return JsonResponse(problem(code), status=code, content_type=MEDIA_TYPE)
