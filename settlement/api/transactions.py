"""Customers' transactions: capture one, read days, obligations and instructions."""

from datetime import date
from typing import Any

from django.http import Http404
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import generics, serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from backoffice.frame.doors import KEY, PROBLEMS, answer_once
from backoffice.kernel.canonical import jsonable
from backoffice.kernel.money import parse_amount
from backoffice.people.queries import actor_of
from backoffice.reference.days import HOUSE
from settlement import books, queries
from settlement.api.known import OfKnownBook
from settlement.clearing import capturing
from settlement.models import Instruction, Obligation, Transaction


class TransactionSerializer(serializers.ModelSerializer):
    participant: Any = serializers.SlugRelatedField("code", read_only=True)

    class Meta:
        model = Transaction
        fields = (
            "id",
            "book",
            "source",
            "source_ref",
            "business_date",
            "value_date",
            "account",
            "direction",
            "operation",
            "amount",
            "currency",
            "participant",
            "partner_account",
            "purpose",
            "captured_at",
        )
        read_only_fields = fields


class TransactionDraftSerializer(serializers.Serializer):
    reference = serializers.CharField(max_length=80)
    business_date = serializers.DateField()
    account = serializers.CharField(max_length=40)
    operation = serializers.ChoiceField(Transaction.Operation.choices)
    direction = serializers.ChoiceField(Transaction.Direction.choices)
    amount = serializers.CharField(help_text='Canonical decimal text, such as "10.00".')
    currency = serializers.CharField(max_length=24)
    participant = serializers.CharField(max_length=40, required=False, default="")
    partner_account = serializers.CharField(max_length=40, required=False, default="")
    purpose = serializers.CharField(max_length=40, required=False, default="")
    book = serializers.CharField(max_length=20, required=False, default=HOUSE)


class ObligationSerializer(serializers.ModelSerializer):
    participant: Any = serializers.SlugRelatedField("code", read_only=True)

    class Meta:
        model = Obligation
        fields = (
            "id",
            "book",
            "business_date",
            "value_date",
            "participant",
            "kind",
            "currency",
            "gross_in",
            "gross_out",
            "net",
            "transactions",
        )


class InstructionStatusSerializer(serializers.Serializer):
    reference = serializers.CharField()
    direction = serializers.CharField()
    amount = serializers.DecimalField(max_digits=24, decimal_places=4)
    currency = serializers.CharField()
    value_date = serializers.DateField()
    status = serializers.CharField()
    recorded_at = serializers.DateTimeField()


class DaySerializer(serializers.Serializer):
    step = serializers.CharField()
    position = serializers.IntegerField()
    counts = serializers.DictField()
    started_at = serializers.DateTimeField()
    finished_at = serializers.DateTimeField()


class Transactions(OfKnownBook):
    """Captured transactions, newest first; POST captures one."""

    queryset = queries.transactions()
    serializer_class = TransactionSerializer
    filterset_fields = ("book", "business_date", "account", "operation")

    @extend_schema(
        parameters=[KEY],
        request=TransactionDraftSerializer,
        responses={201: TransactionSerializer, **PROBLEMS},
    )
    def post(self, request: Request) -> Response:
        actor = actor_of(request.user, channel="api")
        draft = TransactionDraftSerializer(data=request.data)
        draft.is_valid(raise_exception=True)
        found = draft.validated_data
        at = timezone.now()

        def effect() -> tuple[int, Any]:
            books.require_known(book=found["book"])
            amount = parse_amount(found["amount"], found["currency"])
            taken = capturing.capture_one(**{**found, "amount": amount}, actor=actor, at=at)
            return 201, jsonable(TransactionSerializer(taken).data)

        return answer_once(
            request,
            scope=f"settlement.transactions:{actor.name}",
            body=jsonable(found),
            at=at,
            effect=effect,
        )


class Obligations(OfKnownBook):
    """Netted obligations, newest first."""

    queryset = Obligation.objects.select_related("participant")
    serializer_class = ObligationSerializer
    filterset_fields = ("book", "business_date", "value_date", "currency")


class InstructionByReference(APIView):
    """One instruction and how it stands."""

    @extend_schema(responses=InstructionStatusSerializer)
    def get(self, request: Request, reference: str) -> Response:
        del request
        found = queries.settlement_status(reference=reference)
        if found is None:
            raise Http404
        return Response(InstructionStatusSerializer(found).data)


class InstructionSerializer(serializers.ModelSerializer):
    class Meta:
        model = Instruction
        fields = ("id", "reference", "direction", "amount", "currency", "value_date")


class Instructions(generics.ListAPIView):
    """Settlement instructions, newest first."""

    queryset = Instruction.objects.all()
    serializer_class = InstructionSerializer
    filterset_fields = ("value_date", "direction", "currency")


class Day(APIView):
    """The end-of-day steps of a business day, as far as they are done."""

    @extend_schema(responses=DaySerializer(many=True))
    def get(self, request: Request, book: str, business_date: date) -> Response:
        del request
        books.require_known(book=book)
        found = queries.steps(book=book, business_date=business_date)
        return Response(DaySerializer(found, many=True).data)
