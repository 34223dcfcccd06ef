"""The records' door for other systems: find, read, file and prove documents."""

import base64
from io import BytesIO
from typing import Any

from django.db.models import QuerySet
from django.http import Http404, StreamingHttpResponse
from django.urls import path
from django.utils import timezone
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import generics, serializers
from rest_framework.parsers import MultiPartParser
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from backoffice.frame.doors import KEY, PROBLEMS, answer_once
from backoffice.frame.strict_json import BodyTooLarge, StrictJSONParser
from backoffice.people.queries import actor_of
from records import filing, queries, reading, superseding, verifying
from records.downloads import headers_of
from records.models import Document, RecordClass

CONTENT_MAX = 10 * 1024 * 1024
# Base64 takes four bytes for three; the rest is for the other fields.
BODY_MAX = CONTENT_MAX * 4 // 3 + 64 * 1024


class Bytes(JSONRenderer):
    """Lets a client ask for any media type; what is not the content itself is still JSON."""

    media_type = "*/*"
    format = "bytes"


class RecordClassSerializer(serializers.ModelSerializer):
    class Meta:
        model = RecordClass
        fields = (
            "code", "title_en", "title_th", "owner", "retention_years", "trigger", "disposal",
            "basis",
        )  # fmt: skip
        read_only_fields = fields


class DocumentSerializer(serializers.ModelSerializer):
    record_class = serializers.CharField(source="record_class_id", read_only=True)
    sha256 = serializers.CharField(source="content.sha256", read_only=True)
    size = serializers.IntegerField(source="content.size", read_only=True)
    superseded_by = serializers.SerializerMethodField()
    kept_until = serializers.SerializerMethodField()

    class Meta:
        model = Document
        fields = (
            "id", "number", "record_class", "title", "media_type", "sha256", "size", "source_key",
            "version", "supersedes", "superseded_by", "reason", "filed_by", "filed_at",
            "kept_until",
        )  # fmt: skip
        read_only_fields = fields

    @extend_schema(responses=OpenApiTypes.INT)
    def get_superseded_by(self, document: Document) -> int | None:
        successor = getattr(document, "superseded_by", None)
        return None if successor is None else successor.pk

    @extend_schema(responses=OpenApiTypes.DATE)
    def get_kept_until(self, document: Document) -> str | None:
        until = queries.kept_until(document)
        return None if until is None else until.isoformat()


class DocumentFilterSerializer(serializers.Serializer):
    record_class = serializers.CharField(max_length=3, required=False)
    filed_from = serializers.DateField(required=False)
    filed_to = serializers.DateField(required=False)
    title = serializers.CharField(
        max_length=300, required=False, help_text="Part of the title, or the whole number."
    )
    source_key = serializers.CharField(max_length=200, required=False)
    current = serializers.BooleanField(required=False, allow_null=True, default=None)


class DocumentContentSerializer(serializers.Serializer):
    """A content: a multipart file, or base64 in JSON."""

    content = serializers.FileField(required=False, help_text="Multipart: the file.")
    content_base64 = serializers.CharField(required=False, help_text="JSON: RFC 4648 base64.")

    def validate_content_base64(self, text: str) -> bytes:
        try:
            return base64.b64decode(text, validate=True)
        except ValueError as error:
            raise serializers.ValidationError(code="base64") from error

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Leave one binary file under `content`, and its hash and size beside it."""
        given = [attrs.pop(name) for name in ("content", "content_base64") if name in attrs]
        if len(given) != 1:
            raise serializers.ValidationError(
                {"content": serializers.Field.default_error_messages["required"]}, code="required"
            )
        content = BytesIO(given[0]) if isinstance(given[0], bytes) else given[0].file
        sha256, size = filing.measured(content)
        if size > CONTENT_MAX:
            raise BodyTooLarge(limit=CONTENT_MAX)
        return {**attrs, "content": content, "sha256": sha256}


class DocumentDraftSerializer(DocumentContentSerializer):
    record_class = serializers.CharField(max_length=3)
    title = serializers.CharField(max_length=300)
    media_type = serializers.CharField(max_length=120)
    source_key = serializers.CharField(max_length=200)


class DocumentVersionDraftSerializer(DocumentContentSerializer):
    reason = serializers.CharField(max_length=300)
    title = serializers.CharField(max_length=300, required=False, default="")
    media_type = serializers.CharField(max_length=120, required=False, default="")


class DocumentVerificationSerializer(serializers.Serializer):
    document_id = serializers.IntegerField()
    number = serializers.CharField()
    expected = serializers.CharField()
    found = serializers.CharField()
    size = serializers.IntegerField()
    intact = serializers.BooleanField()


class Classes(generics.ListAPIView):
    """The filing plan."""

    queryset = queries.classes()
    serializer_class = RecordClassSerializer
    pagination_class = None


class Documents(generics.ListAPIView):
    """Documents that the caller may read, newest first; POST files one."""

    queryset = Document.objects.none()
    serializer_class = DocumentSerializer
    parser_classes = [StrictJSONParser, MultiPartParser]

    def get_queryset(self) -> QuerySet[Document]:
        actor = actor_of(self.request.user, channel="api")
        wanted = checked(DocumentFilterSerializer, self.request.query_params)
        return queries.visible_to(queries.documents(**wanted), actor=actor)

    @extend_schema(parameters=[DocumentFilterSerializer])
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        return super().get(request, *args, **kwargs)

    @extend_schema(
        parameters=[KEY],
        request=DocumentDraftSerializer,
        responses={201: DocumentSerializer, 413: PROBLEMS[400], **PROBLEMS},
    )
    def post(self, request: Request) -> Response:
        actor, at = actor_of(request.user, channel="api"), timezone.now()
        refuse_large(request)
        draft = checked(DocumentDraftSerializer, request.data)
        body = {name: value for name, value in draft.items() if name != "content"}
        draft.pop("sha256")

        def effect() -> tuple[int, Any]:
            filed = filing.file(**draft, actor=actor, at=at)
            return 200 if filed.already_there else 201, shown(filed.id)

        scope = f"records.filing.file:{actor.name}"
        return answer_once(request, scope=scope, body=body, at=at, effect=effect)


class OneDocument(APIView):
    """A document's particulars."""

    @extend_schema(responses={200: DocumentSerializer, **PROBLEMS})
    def get(self, request: Request, document_id: int) -> Response:
        return Response(DocumentSerializer(visible(request, document_id)).data)


class Content(APIView):
    """A document's bytes, as a file to keep; the reading is written on the trail."""

    renderer_classes = [JSONRenderer, Bytes]

    @extend_schema(responses={(200, "application/octet-stream"): OpenApiTypes.BINARY, **PROBLEMS})
    def get(self, request: Request, document_id: int) -> StreamingHttpResponse:
        actor = actor_of(request.user, channel="api")
        document = reading.open_document(document_id=document_id, actor=actor, at=timezone.now())
        return StreamingHttpResponse(
            queries.content(document.pk),
            content_type=document.media_type,
            headers=headers_of(document),
        )


class Versions(APIView):
    """All versions under a document's source key; POST files the next one."""

    parser_classes = [StrictJSONParser, MultiPartParser]

    @extend_schema(responses={200: DocumentSerializer(many=True), **PROBLEMS})
    def get(self, request: Request, document_id: int) -> Response:
        visible(request, document_id)
        found = queries.versions(document_id=document_id)
        return Response(DocumentSerializer(found, many=True).data)

    @extend_schema(
        parameters=[KEY],
        request=DocumentVersionDraftSerializer,
        responses={201: DocumentSerializer, 413: PROBLEMS[400], **PROBLEMS},
    )
    def post(self, request: Request, document_id: int) -> Response:
        actor, at = actor_of(request.user, channel="api"), timezone.now()
        refuse_large(request)
        draft = checked(DocumentVersionDraftSerializer, request.data)
        body = {name: value for name, value in draft.items() if name != "content"}
        draft.pop("sha256")

        def effect() -> tuple[int, Any]:
            filed = superseding.supersede(document_id=document_id, **draft, actor=actor, at=at)
            return 200 if filed.already_there else 201, shown(filed.id)

        scope = f"records.superseding.supersede:{actor.name}:{document_id}"
        return answer_once(request, scope=scope, body=body, at=at, effect=effect)


class Verify(APIView):
    """Computes a document's hash again from what is stored."""

    @extend_schema(
        parameters=[KEY], request=None, responses={200: DocumentVerificationSerializer, **PROBLEMS}
    )
    def post(self, request: Request, document_id: int) -> Response:
        actor, at = actor_of(request.user, channel="api"), timezone.now()

        def effect() -> tuple[int, Any]:
            found = verifying.verify(document_id=document_id, actor=actor, at=at)
            return 200, dict(DocumentVerificationSerializer(found).data)

        scope = f"records.verifying.verify:{actor.name}"
        body = {"document": document_id}
        return answer_once(request, scope=scope, body=body, at=at, effect=effect)


def checked(shape: type[serializers.Serializer], data: Any) -> dict[str, Any]:
    """The data in the serializer's shape; raises DRF's ValidationError, which becomes a 400."""
    form = shape(data=data)
    form.is_valid(raise_exception=True)
    return dict(form.validated_data)


def refuse_large(request: Request) -> None:
    """Refuse by the declared length, before the body is read. Raises BodyTooLarge."""
    declared = request.META.get("CONTENT_LENGTH") or "0"
    if declared.isdigit() and int(declared) > BODY_MAX:
        raise BodyTooLarge(limit=CONTENT_MAX)


def visible(request: Request, document_id: int) -> Document:
    """The document, if the caller may read it. Raises Http404."""
    actor = actor_of(request.user, channel="api")
    found = queries.visible_to(queries.documents(), actor=actor).filter(pk=document_id).first()
    if found is None:
        raise Http404
    return found


def shown(document_id: int) -> dict[str, Any]:
    """The document as the API shows it."""
    return dict(DocumentSerializer(queries.documents().get(pk=document_id)).data)


urlpatterns = [
    path("classes", Classes.as_view(), name="records-classes"),
    path("documents", Documents.as_view(), name="records-documents"),
    path("documents/<int:document_id>", OneDocument.as_view(), name="records-document"),
    path("documents/<int:document_id>/content", Content.as_view(), name="records-content"),
    path("documents/<int:document_id>/versions", Versions.as_view(), name="records-versions"),
    path("documents/<int:document_id>/verify", Verify.as_view(), name="records-verify"),
]
