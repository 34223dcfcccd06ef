"""What is traded, and where it settles: instruments and standing instructions."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import generics, serializers
from rest_framework.request import Request
from rest_framework.response import Response

from backoffice.frame.doors import KEY, PROBLEMS
from settlement.api import shapes
from settlement.api.trades import answered
from settlement.directory import listing, standing
from settlement.models import Instrument, StandingInstruction


class InstrumentSerializer(serializers.ModelSerializer):
    class Meta:
        model = Instrument
        fields = (
            *("id", "code", "kind", "asset_class", "symbol", "name_en", "name_th"),
            *("decimals", "market"),
        )


class InstrumentDraftSerializer(serializers.ModelSerializer):
    kind = serializers.ChoiceField(Instrument.Kind.choices)
    # Whether it is known already is the verb's to say.
    code = serializers.CharField(max_length=35)

    class Meta:
        model = Instrument
        fields = (
            *("code", "kind", "asset_class", "symbol", "name_en", "name_th"),
            *("decimals", "market"),
        )


class StandingRowSerializer(serializers.ModelSerializer):
    participant: Any = serializers.SlugRelatedField("code", read_only=True)

    class Meta:
        model = StandingInstruction
        fields = (
            *("id", "participant", "asset_class", "market", "currency", "version", "active"),
            *("effective_from", "effective_to", "cash_agent", "cash_account", "custodian"),
            *("safekeeping_account", "depository", "proposed_by", "approved_by", "recorded_at"),
        )


class StandingProposedSerializer(serializers.Serializer):
    item = serializers.IntegerField()


class Instruments(generics.ListAPIView):
    """Anything that can be delivered, newest first; POST enters a security or goods."""

    queryset = Instrument.objects.all()
    serializer_class = InstrumentSerializer
    filterset_fields = ("code", "kind", "market", "asset_class")

    @extend_schema(
        parameters=[KEY],
        request=InstrumentDraftSerializer,
        responses={201: InstrumentSerializer, **PROBLEMS},
    )
    def post(self, request: Request) -> Response:
        def effect(found: dict[str, Any], actor: Any, at: Any) -> Any:
            pk = listing.enter(draft=listing.InstrumentDraft(**found), actor=actor, at=at)
            return dict(InstrumentSerializer(Instrument.objects.get(pk=pk)).data)

        return answered(request, "instruments", InstrumentDraftSerializer, effect)


class StandingInstructions(generics.ListAPIView):
    """Every version of every standing instruction; POST proposes one to a second person."""

    queryset = StandingInstruction.objects.select_related("participant")
    serializer_class = StandingRowSerializer
    filterset_fields = ("participant__code", "asset_class", "market", "currency")

    @extend_schema(
        parameters=[KEY],
        request=shapes.StandingSerializer,
        responses={201: StandingProposedSerializer, **PROBLEMS},
    )
    def post(self, request: Request) -> Response:
        def effect(found: dict[str, Any], actor: Any, at: Any) -> Any:
            draft = standing.StandingDraft(**found)
            return {"item": standing.propose(draft=draft, actor=actor, at=at)}

        return answered(request, "standing-instructions", shapes.StandingSerializer, effect)
