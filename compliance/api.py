"""Compliance's door for other systems: parties and holds."""

from typing import Any

from django.db.models import QuerySet
from django.http import Http404
from django.urls import path
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import generics, serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from backoffice.frame.doors import KEY, PROBLEMS, answer_once
from backoffice.kernel.canonical import fingerprint
from backoffice.people.queries import actor_of
from compliance import holds, parties, queries
from compliance.models import Hold, HoldSubject, Party


class PartySerializer(serializers.ModelSerializer):
    class Meta:
        model = Party
        fields = (
            "id", "code", "name_en", "name_th", "kind", "tax_id", "country", "status",
            "onboarded_at", "activated_at",
        )  # fmt: skip
        read_only_fields = fields


class PartyDraftSerializer(serializers.Serializer):
    code = serializers.CharField(max_length=40)
    name_en = serializers.CharField(max_length=200)
    name_th = serializers.CharField(max_length=200, required=False, default="", allow_blank=True)
    kind = serializers.ChoiceField(Party.Kind.choices)
    tax_id = serializers.CharField(max_length=40, required=False, default="", allow_blank=True)
    country = serializers.CharField(max_length=2, required=False, default="TH")


class PartyFilterSerializer(serializers.Serializer):
    status = serializers.ChoiceField(Party.Status.choices, required=False)
    kind = serializers.ChoiceField(Party.Kind.choices, required=False)
    text = serializers.CharField(
        max_length=200, required=False, help_text="Part of a code or name, or a whole tax id."
    )


class HoldReleaseSerializer(serializers.Serializer):
    reason = serializers.CharField()
    released_by = serializers.CharField()
    released_at = serializers.DateTimeField()


class HoldSerializer(serializers.ModelSerializer):
    subject_kind = serializers.CharField(source="subject.kind", read_only=True)
    subject_ref = serializers.CharField(source="subject.ref", read_only=True)
    release = serializers.SerializerMethodField()

    class Meta:
        model = Hold
        fields = (
            "id", "subject_kind", "subject_ref", "reason", "placed_by", "placed_at", "release",
        )  # fmt: skip
        read_only_fields = fields

    @extend_schema(responses=HoldReleaseSerializer)
    def get_release(self, hold: Hold) -> dict[str, Any] | None:
        release = getattr(hold, "release", None)
        return None if release is None else dict(HoldReleaseSerializer(release).data)


class HoldReceiptSerializer(serializers.ModelSerializer):
    """A hold without its reasons: an answer is kept with its key, where more people read it."""

    subject_kind = serializers.CharField(source="subject.kind", read_only=True)
    subject_ref = serializers.CharField(source="subject.ref", read_only=True)
    released_at = serializers.DateTimeField(
        source="release.released_at", default=None, read_only=True
    )

    class Meta:
        model = Hold
        fields = ("id", "subject_kind", "subject_ref", "placed_by", "placed_at", "released_at")
        read_only_fields = fields


class HoldDraftSerializer(serializers.Serializer):
    subject_kind = serializers.ChoiceField(HoldSubject.Kind.choices)
    subject_ref = serializers.CharField(max_length=120)
    reason = serializers.CharField()


class HoldReasonSerializer(serializers.Serializer):
    reason = serializers.CharField()


class HoldFilterSerializer(serializers.Serializer):
    open = serializers.BooleanField(required=False, allow_null=True, default=None)
    subject_kind = serializers.ChoiceField(HoldSubject.Kind.choices, required=False)
    subject_ref = serializers.CharField(max_length=120, required=False)


class ProposedSerializer(serializers.Serializer):
    work_item = serializers.IntegerField(help_text="The desk's item that a second person decides.")


class Parties(generics.ListAPIView):
    """Parties, newest first; POST onboards one, which a second person then activates."""

    queryset = Party.objects.none()
    serializer_class = PartySerializer

    def get_queryset(self) -> QuerySet[Party]:
        queries.require_party_reader(actor_of(self.request.user, channel="api"))
        return queries.parties(**checked(PartyFilterSerializer, self.request.query_params))

    @extend_schema(parameters=[PartyFilterSerializer])
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        return super().get(request, *args, **kwargs)

    @extend_schema(
        parameters=[KEY], request=PartyDraftSerializer, responses={201: PartySerializer, **PROBLEMS}
    )
    def post(self, request: Request) -> Response:
        actor, at = actor_of(request.user, channel="api"), timezone.now()
        draft = checked(PartyDraftSerializer, request.data)

        def effect() -> tuple[int, Any]:
            party_id = parties.onboard(**draft, actor=actor, at=at)
            return 201, dict(PartySerializer(Party.objects.get(pk=party_id)).data)

        scope = f"compliance.parties.onboard:{actor.name}"
        return answer_once(request, scope=scope, body=draft, at=at, effect=effect)


class OneParty(APIView):
    """A party by its code."""

    @extend_schema(responses={200: PartySerializer, **PROBLEMS})
    def get(self, request: Request, code: str) -> Response:
        queries.require_party_reader(actor_of(request.user, channel="api"))
        return Response(PartySerializer(found_party(code)).data)


class Activation(APIView):
    """Proposes a party's activation to a second person at the desk."""

    @extend_schema(parameters=[KEY], request=None, responses={202: ProposedSerializer, **PROBLEMS})
    def post(self, request: Request, code: str) -> Response:
        actor, at = actor_of(request.user, channel="api"), timezone.now()
        queries.require_party_reader(actor)
        party_id = found_party(code).pk

        def effect() -> tuple[int, Any]:
            return 202, {"work_item": parties.activate(party_id=party_id, actor=actor, at=at)}

        scope = f"compliance.parties.activate:{actor.name}"
        return answer_once(request, scope=scope, body={"code": code}, at=at, effect=effect)


class Holds(generics.ListAPIView):
    """Holds, newest first; POST places one."""

    queryset = Hold.objects.none()
    serializer_class = HoldSerializer

    def get_queryset(self) -> QuerySet[Hold]:
        queries.require_hold_reader(actor_of(self.request.user, channel="api"))
        wanted = checked(HoldFilterSerializer, self.request.query_params)
        return queries.hold_list(open_=wanted.pop("open"), **wanted)

    @extend_schema(parameters=[HoldFilterSerializer])
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        return super().get(request, *args, **kwargs)

    @extend_schema(
        parameters=[KEY],
        request=HoldDraftSerializer,
        responses={201: HoldReceiptSerializer, **PROBLEMS},
    )
    def post(self, request: Request) -> Response:
        actor, at = actor_of(request.user, channel="api"), timezone.now()
        draft = checked(HoldDraftSerializer, request.data)

        def effect() -> tuple[int, Any]:
            hold_id = holds.place(**draft, actor=actor, at=at)
            return 201, receipt(hold_id)

        scope = f"compliance.holds.place:{actor.name}"
        body = {**draft, "reason": fingerprint(draft["reason"])}
        return answer_once(request, scope=scope, body=body, at=at, effect=effect)


class OneHold(APIView):
    """A hold, with its release when it has ended."""

    @extend_schema(responses={200: HoldSerializer, **PROBLEMS})
    def get(self, request: Request, hold_id: int) -> Response:
        queries.require_hold_reader(actor_of(request.user, channel="api"))
        found = queries.hold_list().filter(pk=hold_id).first()
        if found is None:
            raise Http404
        return Response(HoldSerializer(found).data)


class Release(APIView):
    """Ends a hold; by another person than the one who placed it."""

    @extend_schema(
        parameters=[KEY],
        request=HoldReasonSerializer,
        responses={200: HoldReceiptSerializer, **PROBLEMS},
    )
    def post(self, request: Request, hold_id: int) -> Response:
        actor, at = actor_of(request.user, channel="api"), timezone.now()
        reason = checked(HoldReasonSerializer, request.data)["reason"]

        def effect() -> tuple[int, Any]:
            holds.release(hold_id=hold_id, reason=reason, actor=actor, at=at)
            return 200, receipt(hold_id)

        body = {"hold": hold_id, "reason": fingerprint(reason)}
        scope = f"compliance.holds.release:{actor.name}"
        return answer_once(request, scope=scope, body=body, at=at, effect=effect)


def checked(shape: type[serializers.Serializer], data: Any) -> dict[str, Any]:
    """The data in the serializer's shape; raises DRF's ValidationError, which becomes a 400."""
    form = shape(data=data)
    form.is_valid(raise_exception=True)
    return dict(form.validated_data)


def receipt(hold_id: int) -> dict[str, Any]:
    """What a door answers that placed or released a hold."""
    return dict(HoldReceiptSerializer(queries.hold_list().get(pk=hold_id)).data)


def found_party(code: str) -> Party:
    """The party with this code. Raises Http404."""
    found = queries.parties().filter(code=code).first()
    if found is None:
        raise Http404
    return found


urlpatterns = [
    path("parties", Parties.as_view(), name="compliance-parties"),
    path("parties/<path:code>/activate", Activation.as_view(), name="compliance-activation"),
    path("parties/<path:code>", OneParty.as_view(), name="compliance-party"),
    path("holds", Holds.as_view(), name="compliance-holds"),
    path("holds/<int:hold_id>", OneHold.as_view(), name="compliance-hold"),
    path("holds/<int:hold_id>/release", Release.as_view(), name="compliance-release"),
]
