"""Trades: capture, amend, cancel, allocate, affirm, match; what is unmatched, and why."""

from collections.abc import Callable
from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.http import Http404
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from backoffice.frame.doors import KEY, PROBLEMS, answer_once
from backoffice.kernel.canonical import jsonable
from backoffice.people.queries import actor_of
from settlement import books, queries
from settlement.api import shapes
from settlement.api.known import OfKnownBook, asked_book
from settlement.models import Trade
from settlement.rules.statuses import Status
from settlement.trades import (
    allocating,
    amending,
    cancelling,
    comparing,
    following,
    matching,
    trading,
)

UNMATCHED_SHOWN = 200


def answered(
    request: Request, name: str, shape: Any, effect: Callable[[dict[str, Any], Any, Any], Any]
) -> Response:
    """One changing request: checked by `shape`, done once for its key, told as JSON (201).

    Raises:
        BookUnknown: of a book that nobody has.
    """
    actor = actor_of(request.user, channel="api")
    body = shape(data=request.data)
    body.is_valid(raise_exception=True)
    found = dict(body.validated_data)
    at = timezone.now()

    def done() -> tuple[int, Any]:
        if "book" in found:
            books.require_known(book=found["book"])
        return 201, jsonable(effect(found, actor, at))

    return answer_once(
        request,
        scope=f"settlement.{name}:{actor.name}",
        body=jsonable(found),
        at=at,
        effect=done,
    )


def shown(trade: Trade) -> dict[str, Any]:
    """A trade as the API shows it."""
    return dict(shapes.TradeSerializer(trade).data)


class Trades(OfKnownBook):
    """What either side said, newest first, every version; POST captures one side.

    A market may have cut-offs: what comes after that of its value date settles on the next business
    day, and says so in `late`, or is refused by the rule `late-for-cut-off`.
    """

    queryset = queries.trades()
    serializer_class = shapes.TradeSerializer
    filterset_fields = ("book", "source", "source_ref", "type", "market", "value_date")

    @extend_schema(
        parameters=[KEY],
        request=shapes.TradeDraftSerializer,
        responses={201: shapes.TradeSerializer, **PROBLEMS},
    )
    def post(self, request: Request) -> Response:
        def effect(found: dict[str, Any], actor: Any, at: Any) -> Any:
            draft, book = shapes.draft_of(found), found["book"]
            with transaction.atomic():
                trade = trading.capture_one(draft=draft, book=book, actor=actor, at=at)
                name = (draft.source, draft.source_ref)
                amending.catch_up(book=book, name=name, actor=actor, at=at)
                following.catch_up(book=book, name=name, actor=actor, at=at)
            return shown(trade)

        return answered(request, "trades", shapes.TradeDraftSerializer, effect)


class TradeByNumber(APIView):
    """One fact with its legs, statuses and match, and whether a hold keeps it back."""

    @extend_schema(responses=shapes.TradeSerializer)
    def get(self, request: Request, pk: int) -> Response:
        del request
        trade = queries.trades().filter(pk=pk).first()
        if trade is None:
            raise Http404
        told = queries.trade_story(trade=trade)
        return Response(
            {
                **shown(trade),
                "state": told.state,
                "amended_by": told.amended_by,
                "matched_with": told.matched_with,
                "legs": shapes.LegSerializer(told.legs, many=True).data,
                "statuses": shapes.StatusSerializer(told.statuses, many=True).data,
            }
        )


class Unmatched(APIView):
    """The oldest sides that wait for another side, each with what differs from the nearest one."""

    @extend_schema(responses=shapes.UnmatchedSerializer(many=True))
    def get(self, request: Request) -> Response:
        ids = queries.unmatched_ids(book=asked_book(request), limit=UNMATCHED_SHOWN)
        return Response([one.facts() for one in comparing.compare(trade_ids=ids)])


class Amendments(APIView):
    """POST the whole trade as it shall read. One that comes early is kept until its turn.

    Cut-offs are asked for the moment at which the amendment came.
    """

    @extend_schema(
        parameters=[KEY],
        request=shapes.AmendmentSerializer,
        responses={201: shapes.TradeSerializer, **PROBLEMS},
    )
    def post(self, request: Request) -> Response:
        def effect(found: dict[str, Any], actor: Any, at: Any) -> Any:
            trade = amending.amend(
                draft=shapes.draft_of(found),
                book=found["book"],
                actor=actor,
                at=at,
                version=found["version"],
            )
            return shown(trade) if trade else {"outcome": "early"}

        return answered(request, "amendments", shapes.AmendmentSerializer, effect)


class Cancellations(APIView):
    """POST takes a trade back; a matched one stands until its other side is cancelled too."""

    @extend_schema(
        parameters=[KEY],
        request=shapes.CancellationSerializer,
        responses={201: shapes.TradeSerializer, **PROBLEMS},
    )
    def post(self, request: Request) -> Response:
        def effect(found: dict[str, Any], actor: Any, at: Any) -> Any:
            ref = found.pop("reference")
            trade = cancelling.cancel(**found, source_ref=ref, actor=actor, at=at)
            return shown(trade) if trade else {"outcome": "early"}

        return answered(request, "cancellations", shapes.CancellationSerializer, effect)


class Statuses(APIView):
    """POST what a depository or counterparty reports; out of order it lies on the desk."""

    @extend_schema(
        parameters=[KEY],
        request=shapes.ReportSerializer,
        responses={201: shapes.OutcomeSerializer, **PROBLEMS},
    )
    def post(self, request: Request) -> Response:
        def effect(found: dict[str, Any], actor: Any, at: Any) -> Any:
            report = following.Report(
                source=found["source"],
                source_ref=found["reference"],
                message_ref=found["message_ref"],
                status=Status(found["status"]),
                reported_at=found["reported_at"],
                reason=found["reason"],
            )
            outcome = following.receive(report=report, book=found["book"], actor=actor, at=at)
            return {"outcome": outcome}

        return answered(request, "statuses", shapes.ReportSerializer, effect)


class Matching(APIView):
    """POST matches what waits in a book, and opens the legs of what the gate lets through."""

    @extend_schema(
        parameters=[KEY],
        request=shapes.BookSerializer,
        responses={201: shapes.MatchedSerializer, **PROBLEMS},
    )
    def post(self, request: Request) -> Response:
        def effect(found: dict[str, Any], actor: Any, at: Any) -> Any:
            done = matching.match(book=found["book"], actor=actor, at=at)
            return dict(shapes.MatchedSerializer(done).data)

        return answered(request, "matching", shapes.BookSerializer, effect)


class Affirmation(APIView):
    """POST matches a side on its counterparty's word."""

    @extend_schema(
        parameters=[KEY],
        request=None,
        responses={201: shapes.TradeSerializer, **PROBLEMS},
    )
    def post(self, request: Request, pk: int) -> Response:
        def effect(found: dict[str, Any], actor: Any, at: Any) -> Any:
            del found
            matching.affirm(trade_id=pk, actor=actor, at=at)
            return shown(_trades().get(pk=pk))

        return answered(request, f"affirmation.{pk}", shapes.BookSerializer, effect)


class Allocations(APIView):
    """POST divides a block; the parts come to it to the last unit, or nothing is kept."""

    @extend_schema(
        parameters=[KEY],
        request=shapes.AllocationSerializer,
        responses={201: shapes.TradeSerializer(many=True), **PROBLEMS},
    )
    def post(self, request: Request, pk: int) -> Response:
        def effect(found: dict[str, Any], actor: Any, at: Any) -> Any:
            parts = [_part(part) for part in found["parts"]]
            ids = allocating.allocate(block_id=pk, parts=parts, actor=actor, at=at)
            return [shown(trade) for trade in _trades().filter(pk__in=ids).order_by("pk")]

        return answered(request, f"allocations.{pk}", shapes.AllocationSerializer, effect)


def _trades() -> QuerySet[Trade]:
    return queries.trades()


def _part(found: dict[str, Any]) -> allocating.Part:
    amount = found["amount"]
    return allocating.Part(
        participant=shapes.party_of(found["participant"]),
        quantity=shapes.decimal_of(found["quantity"], "quantity"),
        amount=None if amount is None else shapes.decimal_of(amount, "amount"),
        account=found["account"],
    )
