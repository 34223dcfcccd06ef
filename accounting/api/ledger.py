"""The ledger's door for other systems: post, reverse, reserve; read entries, balances, periods."""

from collections.abc import Callable
from dataclasses import asdict
from datetime import date
from decimal import Decimal
from typing import Any

from django.db.models import QuerySet
from django.urls import path
from django.utils import timezone
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import generics
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounting import (
    bulk,
    chart,
    entry_pages,
    pending,
    periods,
    posting,
    queries,
    rates,
    registers,
    reversing,
    shapes,
)
from accounting.doors import answered, asked, keyed, pointing, poster, reader
from accounting.models import Account, Entry, Period, Rate
from accounting.recording import PostedEntry
from accounting.rules import wire
from accounting.rules.fx import RateDraft
from backoffice.frame.doors import KEY, PROBLEMS, answer_once
from backoffice.frame.strict_json import StrictJSONParser
from backoffice.kernel.actors import Actor
from backoffice.kernel.canonical import jsonable

ONE_KEY = OpenApiParameter(
    KEY.name, str, OpenApiParameter.HEADER, required=False,
    description="The caller's key; needed unless the body has one.",
)  # fmt: skip
ACTS: dict[str, Callable[..., None]] = {
    "soft-close": periods.soft_close,
    "hard-close": periods.hard_close,
    "reopen": periods.reopen,
}


class Entries(generics.ListAPIView):
    """An entity's entries, newest first; POST posts one."""

    queryset = Entry.objects.none()
    serializer_class = shapes.EntrySerializer

    def get_queryset(self) -> QuerySet[Entry]:
        reader(self.request)
        wanted = asked(shapes.EntryFilterSerializer, self.request.query_params)
        return entry_pages.entries(**wanted)

    @extend_schema(parameters=[shapes.EntryFilterSerializer])
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        return super().get(request, *args, **kwargs)

    @extend_schema(
        parameters=[ONE_KEY],
        request=shapes.EntryDraftSerializer,
        responses={201: shapes.PostedSerializer, **PROBLEMS},
    )
    def post(self, request: Request) -> Response:
        at = timezone.now()

        def act(actor: Actor) -> PostedEntry:
            draft = wire.entry_from(bulk.with_key(request.data, keyed(request, request.data)))
            return posting.post(entry=draft, actor=actor, at=at)

        return answered(request, "entries", act, at)


class Bulk(APIView):
    """Entries in bulk: a JSON list, or JSON Lines (application/x-ndjson), each with its own key.

    `atomic` (the default) keeps all or nothing and answers 201, or the first refusal. `best_effort`
    keeps what is right and answers 207 with what became of each.
    """

    parser_classes = [StrictJSONParser, shapes.JsonLinesParser]

    @extend_schema(
        parameters=[
            OpenApiParameter("mode", str, enum=["atomic", "best_effort"], default="atomic"),
            OpenApiParameter("entity", str, description="For entries that name none."),
        ],
        request={
            "application/json": shapes.EntryDraftSerializer(many=True),
            "application/x-ndjson": shapes.EntryDraftSerializer,
        },
        responses={201: shapes.BulkSerializer, 207: shapes.BulkSerializer, **PROBLEMS},
    )
    def post(self, request: Request) -> Response:
        status, answer = bulk.post(
            body=request.data,
            mode=request.query_params.get("mode", "atomic"),
            entity=request.query_params.get("entity", ""),
            actor=poster(request),
            at=timezone.now(),
        )
        return Response(answer, status=status)


class OneEntry(APIView):
    """An entry with its lines, what became of it, and its place in the sealed log."""

    @extend_schema(responses={200: shapes.EntryDetailSerializer, **PROBLEMS})
    def get(self, request: Request, entry_id: int) -> Response:
        reader(request)
        found = entry_pages.detail(entry_id)
        context = {"dimension_sets": found.dimension_sets}
        return Response(shapes.EntryDetailSerializer(found.entry, context=context).data)


class Reversal(APIView):
    """Reverses an entry on a chosen date."""

    @extend_schema(
        parameters=[ONE_KEY],
        request=shapes.ReversalSerializer,
        responses={201: shapes.PostedSerializer, **PROBLEMS},
    )
    def post(self, request: Request, entry_id: int) -> Response:
        given, at = asked(shapes.ReversalSerializer, request.data), timezone.now()
        given["key"] = keyed(request, given)
        return answered(
            request,
            f"entries.{entry_id}.reverse",
            lambda actor: reversing.reverse(entry_id=entry_id, **given, actor=actor, at=at),
            at,
        )


class PendingEntries(APIView):
    """Reserves an entry's amounts until it is posted, voided or lapses."""

    @extend_schema(
        parameters=[ONE_KEY],
        request=shapes.PendingDraftSerializer,
        responses={201: shapes.PostedSerializer, **PROBLEMS},
    )
    def post(self, request: Request) -> Response:
        at = timezone.now()

        def act(actor: Actor) -> PostedEntry:
            body, timeout = bulk.without_timeout(request.data)
            draft = wire.entry_from(bulk.with_key(body, keyed(request, body)))
            return pending.pend(entry=draft, timeout=timeout, actor=actor, at=at)

        return answered(request, "pending", act, at)


class PendingPost(APIView):
    """Posts a pending entry, whole or in part."""

    @extend_schema(
        parameters=[ONE_KEY],
        request=shapes.PartSerializer,
        responses={201: shapes.PostedSerializer, **PROBLEMS},
    )
    def post(self, request: Request, entry_id: int) -> Response:
        given, at = asked(shapes.PartSerializer, request.data), timezone.now()
        given["key"] = keyed(request, given)

        def act(actor: Actor) -> PostedEntry:
            given["lines"] = bulk.lines_of(request.data)
            return pending.post_pending(pending_id=entry_id, **given, actor=actor, at=at)

        return answered(request, f"pending.{entry_id}.post", act, at)


class PendingVoid(APIView):
    """Gives up a pending entry."""

    @extend_schema(
        parameters=[ONE_KEY],
        request=shapes.VoidSerializer,
        responses={201: shapes.PostedSerializer, **PROBLEMS},
    )
    def post(self, request: Request, entry_id: int) -> Response:
        given, at = asked(shapes.VoidSerializer, request.data), timezone.now()
        given["key"] = keyed(request, given)
        return answered(
            request,
            f"pending.{entry_id}.void",
            lambda actor: pending.void(pending_id=entry_id, **given, actor=actor, at=at),
            at,
        )


class Accounts(generics.ListAPIView):
    """An entity's chart, in pages."""

    queryset = Account.objects.none()
    serializer_class = shapes.AccountSerializer
    filterset_fields = ("type", "is_closed", "currency")

    def get_queryset(self) -> QuerySet[Account]:
        reader(self.request)
        wanted = asked(shapes.EntitySerializer, self.request.query_params)
        return Account.objects.filter(entity_id=chart.entity_id(wanted["entity"]))

    @extend_schema(parameters=[shapes.EntitySerializer])
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        return super().get(request, *args, **kwargs)


class Ledger(APIView):
    """An account's lines, oldest first, with the balance after each; `next` goes in `after`."""

    @extend_schema(
        parameters=[shapes.LedgerQuerySerializer],
        responses={200: shapes.LedgerPageSerializer, **PROBLEMS},
    )
    def get(self, request: Request) -> Response:
        reader(request)
        wanted = asked(shapes.LedgerQuerySerializer, request.query_params)
        after = wanted.pop("after")
        found = registers.page(
            from_=wanted.pop("from_date", date.min),
            to=wanted.pop("to_date", date.max),
            after=registers.Mark.read(after) if after else None,
            **wanted,
        )
        answer = {
            "opening": found.opening,
            "items": found.lines,
            "next": str(found.mark) if found.mark else None,
        }
        return Response(shapes.LedgerPageSerializer(answer).data)


class Balances(APIView):
    """Balances of an account or a branch as of a day, as known at a moment."""

    @extend_schema(
        parameters=[shapes.AsOfSerializer],
        responses={200: shapes.TrialBalanceSerializer, **PROBLEMS},
    )
    def get(self, request: Request) -> Response:
        reader(request)
        wanted = asked(shapes.AsOfSerializer, request.query_params)
        as_of = wanted.get("as_of") or timezone.localdate()
        rows = queries.trial_balance(
            entity=wanted["entity"], as_of=as_of, known_at=wanted["known_at"]
        )
        rows = entry_pages.below(rows, wanted["account"])
        answer = {
            "entity": wanted["entity"],
            "as_of": as_of,
            "known_at": wanted["known_at"],
            "items": rows,
            "totals": entry_pages.totals(rows),
        }
        return Response(shapes.TrialBalanceSerializer(answer).data)


class Periods(APIView):
    """An entity's periods, in order."""

    @extend_schema(
        parameters=[shapes.EntitySerializer],
        responses={200: shapes.PeriodSerializer(many=True), **PROBLEMS},
    )
    def get(self, request: Request) -> Response:
        reader(request)
        owner = chart.entity_id(asked(shapes.EntitySerializer, request.query_params)["entity"])
        found = Period.objects.filter(entity_id=owner).order_by("start")
        return Response(shapes.PeriodSerializer(found, many=True).data)


class PeriodAct(APIView):
    """Closes or reopens a period."""

    @extend_schema(
        parameters=[KEY],
        request=shapes.PeriodActSerializer,
        responses={200: shapes.PeriodSerializer, **PROBLEMS},
    )
    def post(self, request: Request, name: str, act: str) -> Response:
        given, at = asked(shapes.PeriodActSerializer, request.data), timezone.now()
        actor = poster(request)
        entity = given["entity"]
        reason = {"reason": given["reason"]} if act == "reopen" else {}

        def effect() -> tuple[int, Any]:
            with pointing():
                ACTS[act](entity=entity, name=name, **reason, actor=actor, at=at)
            owner = chart.entity_id(entity)
            found = Period.objects.get(entity_id=owner, name=name)
            return 200, jsonable(shapes.PeriodSerializer(found).data)

        scope, body = f"accounting.periods.{act}:{actor.name}"[:80], {**given, "name": name}
        return answer_once(request, scope=scope, body=body, at=at, effect=effect)


class Rates(generics.ListAPIView):
    """Exchange rates as they were taken down, newest first; POST takes down more."""

    queryset = Rate.objects.none()
    serializer_class = shapes.RateSerializer

    def get_queryset(self) -> QuerySet[Rate]:
        reader(self.request)
        return Rate.objects.filter(**asked(shapes.RateFilterSerializer, self.request.query_params))

    @extend_schema(parameters=[shapes.RateFilterSerializer])
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        return super().get(request, *args, **kwargs)

    @extend_schema(
        parameters=[KEY],
        request=shapes.RatesDraftSerializer,
        responses={201: shapes.RecordedSerializer, **PROBLEMS},
    )
    def post(self, request: Request) -> Response:
        given, at = asked(shapes.RatesDraftSerializer, request.data), timezone.now()
        actor = poster(request)
        drafts = [
            RateDraft(**{**one, "rate": Decimal(one["rate"])}, line=line)
            for line, one in enumerate(given["rates"], start=1)
        ]

        def effect() -> tuple[int, Any]:
            done = rates.record_rates(rates=drafts, source=given["source"], actor=actor, at=at)
            return 201, jsonable(asdict(done))

        scope = f"accounting.rates:{actor.name}"[:80]
        return answer_once(request, scope=scope, body=given, at=at, effect=effect)


class RateOn(APIView):
    """What a currency was worth in another one on a day, as known at a moment."""

    @extend_schema(
        parameters=[shapes.RateQuestionSerializer],
        responses={200: shapes.RateAnswerSerializer, **PROBLEMS},
    )
    def get(self, request: Request) -> Response:
        reader(request)
        wanted = asked(shapes.RateQuestionSerializer, request.query_params)
        found = rates.rate_on(on=wanted.pop("on", None) or timezone.localdate(), **wanted)
        quotes = [
            {"base": q.base, "quote": q.quote, "rate": q.rate, "date": q.day, "source": q.source}
            for q in found.quotes
        ]
        rate = f"{found.rounded():f}"
        return Response(
            {"base": found.base, "quote": found.quote, "rate": rate, "rests_on": jsonable(quotes)}
        )


urlpatterns = [
    path("entries", Entries.as_view(), name="accounting-entries"),
    path("entries/bulk", Bulk.as_view(), name="accounting-bulk"),
    path("entries/<int:entry_id>", OneEntry.as_view(), name="accounting-entry"),
    path("entries/<int:entry_id>/reverse", Reversal.as_view(), name="accounting-reverse"),
    path("pending", PendingEntries.as_view(), name="accounting-pending"),
    path("pending/<int:entry_id>/post", PendingPost.as_view(), name="accounting-pending-post"),
    path("pending/<int:entry_id>/void", PendingVoid.as_view(), name="accounting-pending-void"),
    path("accounts", Accounts.as_view(), name="accounting-accounts"),
    path("ledger", Ledger.as_view(), name="accounting-ledger"),
    path("balances", Balances.as_view(), name="accounting-balances"),
    path("trial-balance", Balances.as_view(), name="accounting-trial-balance"),
    path("periods", Periods.as_view(), name="accounting-periods"),
    *(
        path(f"periods/<str:name>/{act}", PeriodAct.as_view(), {"act": act},
             name=f"accounting-period-{act}")
        for act in ACTS
    ),
    path("rates", Rates.as_view(), name="accounting-rates"),
    path("rates/on", RateOn.as_view(), name="accounting-rate-on"),
]  # fmt: skip
