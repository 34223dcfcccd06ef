"""Foreign currency: what is open, what settles it, and what is left over in one currency only."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any, Final

from django.urls import path
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounting import bulk, positions, shapes, valuing
from accounting.api.ledger import ONE_KEY
from accounting.doors import answered, asked, keyed, pointing, poster, reader
from accounting.recording import PostedEntry
from accounting.rules.wire import GENERAL
from accounting.valuing import Payment
from backoffice.frame.doors import KEY, PROBLEMS, answer_once
from backoffice.kernel.actors import Actor
from backoffice.kernel.canonical import jsonable

BRANCHES_MAX: Final = 100
RATES_HELP = "Which source's rates; any by default."
PIVOT_HELP = "A currency to cross rates over."


class PositionQuerySerializer(shapes.EntitySerializer):
    """What is open on a day."""

    as_of = serializers.DateField(required=False, help_text="Effective date; today by default.")
    account = serializers.CharField(
        required=False, default="", max_length=255, help_text="An account, or a branch above it."
    )


class PositionSerializer(serializers.Serializer[Any]):
    """An amount open in a foreign currency, and what it cost."""

    account = serializers.CharField()
    currency = serializers.CharField()
    dimensions = serializers.DictField(child=serializers.CharField())
    amount = shapes.DecimalText()
    value = shapes.DecimalText(help_text="At cost, in functional currency.")


class SettlementDraftSerializer(shapes.EntitySerializer):
    """A payment against a position."""

    key = serializers.CharField(max_length=200, required=False, default="")
    date = serializers.DateField()
    account = serializers.CharField(max_length=255)
    currency = serializers.CharField(max_length=24)
    amount = shapes.CanonicalDecimal(help_text="How much of the position, above zero.")
    dimensions = serializers.DictField(
        child=serializers.CharField(), required=False, default=dict, help_text="The position's own."
    )
    paid = shapes.LineDraftSerializer(
        many=True, allow_empty=False, help_text="What came (positive) or went for it."
    )
    journal = serializers.CharField(max_length=40, required=False, default=GENERAL)
    memo = serializers.CharField(max_length=500, required=False, default="", allow_blank=True)
    # "source" is the entry's, as in every draft; the rates have theirs.
    rates = serializers.CharField(
        max_length=40, required=False, default="", allow_blank=True, help_text=RATES_HELP
    )
    pivot = serializers.CharField(
        max_length=3, required=False, default="", allow_blank=True, help_text=PIVOT_HELP
    )


class ResiduesSerializer(shapes.EntitySerializer):
    """Positions that are left in one currency only."""

    key = serializers.CharField(max_length=200, required=False, default="")
    on = serializers.DateField()
    accounts = serializers.ListField(
        child=serializers.CharField(max_length=255),
        max_length=BRANCHES_MAX,
        required=False,
        default=list(positions.MONETARY),
        help_text="Accounts or branches.",
    )
    stated = serializers.DictField(
        child=shapes.CanonicalDecimal(),
        required=False,
        default=dict,
        help_text="Rates in functional currency for one unit, by currency; others are looked up.",
    )
    rates = serializers.CharField(
        max_length=40, required=False, default="", allow_blank=True, help_text=RATES_HELP
    )
    pivot = serializers.CharField(
        max_length=3, required=False, default="", allow_blank=True, help_text=PIVOT_HELP
    )


class ClearedSerializer(serializers.Serializer[Any]):
    """The entry that cleared residues; null where there were none."""

    entry = shapes.PostedSerializer(allow_null=True)


class Positions(APIView):
    """Amounts that are open in foreign currencies, at cost."""

    @extend_schema(
        parameters=[PositionQuerySerializer],
        responses={200: PositionSerializer(many=True), **PROBLEMS},
    )
    def get(self, request: Request) -> Response:
        reader(request)
        wanted = asked(PositionQuerySerializer, request.query_params)
        branches = [wanted["account"]] if wanted["account"] else positions.MONETARY
        found = positions.open_at(
            entity=wanted["entity"],
            as_of=wanted.get("as_of") or timezone.localdate(),
            accounts=branches,
        )
        return Response(PositionSerializer(found, many=True).data)


class Settlements(APIView):
    """POST settles a foreign position, whole or in part; the difference to its cost is realised."""

    @extend_schema(
        parameters=[ONE_KEY],
        request=SettlementDraftSerializer,
        responses={201: shapes.PostedSerializer, **PROBLEMS},
    )
    def post(self, request: Request) -> Response:
        given, at = asked(SettlementDraftSerializer, request.data), timezone.now()
        given["key"] = keyed(request, given)

        def act(actor: Actor) -> PostedEntry:
            return valuing.settle(
                payment=_payment(given, request.data),
                source=given["rates"],
                pivot=given["pivot"],
                actor=actor,
                at=at,
            )

        return answered(request, "settlements", act, at)


class Residues(APIView):
    """POST clears positions that are left in one currency only, for good."""

    @extend_schema(
        parameters=[KEY],
        request=ResiduesSerializer,
        responses={201: ClearedSerializer, **PROBLEMS},
    )
    def post(self, request: Request) -> Response:
        given, at, actor = asked(ResiduesSerializer, request.data), timezone.now(), poster(request)
        given["key"] = keyed(request, given)

        def effect() -> tuple[int, Any]:
            with pointing():
                posted = valuing.clear_residues(
                    entity=given["entity"],
                    on=given["on"],
                    key=given["key"],
                    accounts=given["accounts"],
                    stated={name: Decimal(rate) for name, rate in given["stated"].items()},
                    source=given["rates"],
                    pivot=given["pivot"],
                    actor=actor,
                    at=at,
                )
            return 201, jsonable(ClearedSerializer({"entry": posted}).data)

        scope = f"accounting.residues:{actor.name}"[:80]
        return answer_once(request, scope=scope, body=jsonable(given), at=at, effect=effect)


def _payment(given: Mapping[str, Any], body: Any) -> Payment:
    """The checked body as a payment; its lines by the wire's own rules."""
    names = ("key", "date", "entity", "account", "currency", "dimensions", "journal", "memo")
    return Payment(
        **{name: given[name] for name in names},
        amount=Decimal(given["amount"]),
        paid=bulk.lines_of({"lines": body["paid"]}) or (),
    )


urlpatterns = [
    path("positions", Positions.as_view(), name="accounting-positions"),
    path("settlements", Settlements.as_view(), name="accounting-settlements"),
    path("residues", Residues.as_view(), name="accounting-residues"),
]
