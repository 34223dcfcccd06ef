"""The helpdesk's door for other systems: open tickets, write on them, move them."""

from collections.abc import Callable
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
from backoffice.people.queries import actor_of
from itsupport import queries, ticketing
from itsupport.models import Ticket, TicketMessage


class TicketSerializer(serializers.ModelSerializer):
    requester = serializers.CharField(source="requester.username", default=None, read_only=True)
    assignee = serializers.CharField(source="assignee.username", default=None, read_only=True)

    class Meta:
        model = Ticket
        fields = (
            "id", "number", "title", "body", "category", "impact", "urgency", "priority", "state",
            "requester", "assignee", "source_key", "resolution", "opened_at", "response_due_at",
            "due_at", "first_response_at", "resolved_at", "closed_at",
        )  # fmt: skip
        read_only_fields = fields


class TicketMessageSerializer(serializers.ModelSerializer):
    class Meta:
        model = TicketMessage
        fields = ("id", "visibility", "author_name", "body", "sent_at")
        read_only_fields = fields


class TicketDraftSerializer(serializers.Serializer):
    title = serializers.CharField(max_length=200)
    body = serializers.CharField(max_length=20_000, required=False, default="", allow_blank=True)
    category = serializers.ChoiceField(Ticket.Category.choices)
    impact = serializers.ChoiceField(Ticket.Level.choices, required=False, default=2)
    urgency = serializers.ChoiceField(Ticket.Level.choices, required=False, default=2)
    source_key = serializers.CharField(max_length=200, required=False, default="")
    requester_id = serializers.IntegerField(
        required=False, allow_null=True, help_text="Left out: the caller. The helpdesk's right."
    )


class TicketFilterSerializer(serializers.Serializer):
    state = serializers.ChoiceField([*Ticket.State.choices, ("open", "open")], required=False)
    category = serializers.ChoiceField(Ticket.Category.choices, required=False)
    overdue = serializers.BooleanField(required=False, default=False)


class TicketMessageDraftSerializer(serializers.Serializer):
    body = serializers.CharField(max_length=20_000)
    internal = serializers.BooleanField(required=False, default=False)
    wait = serializers.BooleanField(
        required=False, default=False, help_text="The ticket now waits for its requester."
    )


class TicketAssignmentSerializer(serializers.Serializer):
    staff_id = serializers.IntegerField()


class TicketResolutionSerializer(serializers.Serializer):
    resolution = serializers.CharField(max_length=20_000)


class TicketReasonSerializer(serializers.Serializer):
    reason = serializers.CharField(max_length=20_000)


class TicketClosingSerializer(serializers.Serializer):
    """An empty body."""


class Tickets(generics.ListAPIView):
    """The tickets that the caller may read, newest first; POST opens one."""

    queryset = Ticket.objects.none()
    serializer_class = TicketSerializer

    def get_queryset(self) -> QuerySet[Ticket]:
        wanted = checked(TicketFilterSerializer, self.request.query_params)
        overdue = wanted.pop("overdue")
        return queries.narrowed(
            queries.visible_to(actor=actor_of(self.request.user, channel="api")),
            **wanted,
            overdue_at=timezone.now() if overdue else None,
        )

    @extend_schema(parameters=[TicketFilterSerializer])
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        return super().get(request, *args, **kwargs)

    @extend_schema(
        parameters=[KEY],
        request=TicketDraftSerializer,
        responses={201: TicketSerializer, **PROBLEMS},
    )
    def post(self, request: Request) -> Response:
        actor, at = actor_of(request.user, channel="api"), timezone.now()
        draft = {"requester_id": actor.staff_id, **checked(TicketDraftSerializer, request.data)}

        def effect() -> tuple[int, Any]:
            ticket_id = ticketing.open_ticket(**draft, actor=actor, at=at)
            return 201, shown(ticket_id)

        scope = f"itsupport.open_ticket:{actor.name}"
        return answer_once(request, scope=scope, body=draft, at=at, effect=effect)


class OneTicket(APIView):
    """A ticket."""

    @extend_schema(responses={200: TicketSerializer, **PROBLEMS})
    def get(self, request: Request, ticket_id: int) -> Response:
        return Response(TicketSerializer(visible(request, ticket_id)).data)


class Messages(generics.ListAPIView):
    """What was said on a ticket, newest first; POST writes on it."""

    queryset = TicketMessage.objects.none()
    serializer_class = TicketMessageSerializer

    def get_queryset(self) -> QuerySet[TicketMessage]:
        visible(self.request, self.kwargs["ticket_id"])
        actor = actor_of(self.request.user, channel="api")
        return queries.messages(ticket_id=self.kwargs["ticket_id"], actor=actor)

    @extend_schema(
        parameters=[KEY],
        request=TicketMessageDraftSerializer,
        responses={201: TicketMessageSerializer, **PROBLEMS},
    )
    def post(self, request: Request, ticket_id: int) -> Response:
        actor, at = actor_of(request.user, channel="api"), timezone.now()
        draft = checked(TicketMessageDraftSerializer, request.data)

        def effect() -> tuple[int, Any]:
            message_id = ticketing.reply(ticket_id=ticket_id, **draft, actor=actor, at=at)
            said = queries.messages(ticket_id=ticket_id, actor=actor).get(pk=message_id)
            return 201, dict(TicketMessageSerializer(said).data)

        scope = f"itsupport.reply:{actor.name}:{ticket_id}"
        return answer_once(request, scope=scope, body=draft, at=at, effect=effect)


class Act(APIView):
    """One act on a ticket; the subclasses name verb and body."""

    verb: Callable[..., None]
    shape: type[serializers.Serializer]

    def act(self, request: Request, ticket_id: int) -> Response:
        """Run the verb once for its key and show the ticket as it then is."""
        actor, at = actor_of(request.user, channel="api"), timezone.now()
        draft = checked(self.shape, request.data)
        verb = type(self).verb

        def effect() -> tuple[int, Any]:
            verb(ticket_id=ticket_id, **draft, actor=actor, at=at)
            return 200, shown(ticket_id)

        scope = f"itsupport.{verb.__name__}:{actor.name}:{ticket_id}"
        return answer_once(request, scope=scope, body=draft, at=at, effect=effect)


class Assignment(Act):
    """Gives the ticket to a member of the helpdesk."""

    verb, shape = staticmethod(ticketing.assign), TicketAssignmentSerializer

    @extend_schema(
        parameters=[KEY],
        request=TicketAssignmentSerializer,
        responses={200: TicketSerializer, **PROBLEMS},
    )
    def post(self, request: Request, ticket_id: int) -> Response:
        return self.act(request, ticket_id)


class Resolution(Act):
    """Says that it works again, and how."""

    verb, shape = staticmethod(ticketing.resolve), TicketResolutionSerializer

    @extend_schema(
        parameters=[KEY],
        request=TicketResolutionSerializer,
        responses={200: TicketSerializer, **PROBLEMS},
    )
    def post(self, request: Request, ticket_id: int) -> Response:
        return self.act(request, ticket_id)


class Reopening(Act):
    """Says that it does not work after all."""

    verb, shape = staticmethod(ticketing.reopen), TicketReasonSerializer

    @extend_schema(
        parameters=[KEY],
        request=TicketReasonSerializer,
        responses={200: TicketSerializer, **PROBLEMS},
    )
    def post(self, request: Request, ticket_id: int) -> Response:
        return self.act(request, ticket_id)


class Closing(Act):
    """Closes a resolved ticket."""

    verb, shape = staticmethod(ticketing.close), TicketClosingSerializer

    @extend_schema(parameters=[KEY], request=None, responses={200: TicketSerializer, **PROBLEMS})
    def post(self, request: Request, ticket_id: int) -> Response:
        return self.act(request, ticket_id)


def checked(shape: type[serializers.Serializer], data: Any) -> dict[str, Any]:
    """The data in the serializer's shape; raises DRF's ValidationError, which becomes a 400."""
    form = shape(data=data)
    form.is_valid(raise_exception=True)
    return dict(form.validated_data)


def visible(request: Request, ticket_id: int) -> Ticket:
    """The ticket, if the caller may read it. Raises Http404."""
    actor = actor_of(request.user, channel="api")
    found = queries.visible_to(actor=actor).filter(pk=ticket_id).first()
    if found is None:
        raise Http404
    return found


def shown(ticket_id: int) -> dict[str, Any]:
    """The ticket as the API shows it."""
    found = Ticket.objects.select_related("requester", "assignee").get(pk=ticket_id)
    return dict(TicketSerializer(found).data)


urlpatterns = [
    path("tickets", Tickets.as_view(), name="itsupport-tickets"),
    path("tickets/<int:ticket_id>", OneTicket.as_view(), name="itsupport-ticket"),
    path("tickets/<int:ticket_id>/messages", Messages.as_view(), name="itsupport-messages"),
    path("tickets/<int:ticket_id>/assign", Assignment.as_view(), name="itsupport-assign"),
    path("tickets/<int:ticket_id>/resolve", Resolution.as_view(), name="itsupport-resolve"),
    path("tickets/<int:ticket_id>/reopen", Reopening.as_view(), name="itsupport-reopen"),
    path("tickets/<int:ticket_id>/close", Closing.as_view(), name="itsupport-close"),
]
