"""Transfers between two accounts, and the accounts they run between, in TigerBeetle's terms."""

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from decimal import Decimal
from typing import Any, Final

from django.urls import path
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounting import bulk, currencies, shapes, transfer_history, transferring
from accounting.doors import asked, poster, reader
from accounting.rules.account_requests import AccountRequest
from accounting.rules.transfers import LAST_ID, Transfer
from accounting.rules.wire import GENERAL
from accounting.transfer_history import Wanted
from backoffice.frame.doors import KEY, PROBLEMS, answer_once
from backoffice.kernel.canonical import jsonable
from backoffice.kernel.refusals import Place, Refused

NOTHING: Any = 0
"""What a number that is not given says; it is read as it stands."""
BATCH_MAX: Final = 8_190
"""As many as TigerBeetle takes at a time."""
PAGE_MAX: Final = 500
FLAGS: Final = (
    *("linked", "pending", "post", "void", "balancing_debit", "balancing_credit"),
    *("closing_debit", "closing_credit"),
)
LIMITS: Final = ("debits_must_not_exceed_credits", "credits_must_not_exceed_debits")
BITS: Final = (128, 64, 32)
NUMBER: Final = re.compile(r"0|[1-9][0-9]{0,38}")
ID_HELP = "A whole number below 2^128, as text."


class NumberText(serializers.CharField):
    """A whole number as text: JSON's own numbers lose digits on the way."""

    default_error_messages = {"number": _("Write a whole number below 2^128 as text.")}

    def to_internal_value(self, data: Any) -> int:  # type: ignore[override]
        """The number; refused beyond 128 bits."""
        if not isinstance(data, str) or not NUMBER.fullmatch(data) or int(data) > LAST_ID:
            self.fail("number")
        return int(data)

    def to_representation(self, value: Any) -> str:
        """Its digits."""
        return str(value)


class UserDataSerializer(serializers.Serializer[Any]):
    """The caller's own data; 0 means none."""

    def get_fields(self) -> dict[str, Any]:
        """One for each width."""
        return {
            f"user_data_{bits}": NumberText(
                required=False, default=NOTHING, help_text=f"{bits} bits."
            )
            for bits in BITS
        } | super().get_fields()

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """The three as one, each within its width."""
        told = []
        for bits in BITS:
            number = int(attrs.pop(f"user_data_{bits}"))
            if number >= 1 << bits:
                raise serializers.ValidationError({f"user_data_{bits}": [f"< 2^{bits}"]})
            told.append(number)
        return {**attrs, "user_data": tuple(told)}


class TransferAccountSerializer(UserDataSerializer):
    """An account to open."""

    id = NumberText(help_text=ID_HELP)
    currency = serializers.CharField(max_length=24, help_text="Its ledger.")
    code = serializers.IntegerField(min_value=0, max_value=65_535)
    limits = serializers.ListField(
        child=serializers.ChoiceField(LIMITS), required=False, default=list
    )
    history = serializers.BooleanField(required=False, default=False)
    linked = serializers.BooleanField(required=False, default=False)


class TransferSerializer(UserDataSerializer):
    """A transfer to record."""

    id = NumberText(help_text=ID_HELP)
    debit = NumberText(required=False, default=NOTHING, help_text="The account that is debited.")
    credit = NumberText(required=False, default=NOTHING, help_text="The account that is credited.")
    amount = shapes.CanonicalDecimal(required=False, default="0")
    pending_id = NumberText(
        required=False, default=NOTHING, help_text="What `post` or `void` settles."
    )
    timeout = serializers.IntegerField(
        required=False, default=0, min_value=0, max_value=2**32 - 1, help_text="Seconds; 0: never."
    )
    currency = serializers.CharField(max_length=24, required=False, default="", allow_blank=True)
    code = serializers.IntegerField(required=False, default=0, min_value=0, max_value=65_535)

    def get_fields(self) -> dict[str, Any]:
        """The flags beside the rest."""
        flags = {name: serializers.BooleanField(required=False, default=False) for name in FLAGS}
        return super().get_fields() | flags


class AccountBatchSerializer(shapes.EntitySerializer):
    """Accounts to open, in order; linked ones together or not at all."""

    accounts = TransferAccountSerializer(  # type: ignore[call-arg]
        many=True, allow_empty=False, max_length=BATCH_MAX
    )


class TransferBatchSerializer(shapes.EntitySerializer):
    """Transfers to record, in order; linked ones together or not at all."""

    journal = serializers.CharField(max_length=40, required=False, default=GENERAL)
    transfers = TransferSerializer(  # type: ignore[call-arg]
        many=True, allow_empty=False, max_length=BATCH_MAX
    )


class StatusesSerializer(serializers.Serializer[Any]):
    """A status for each of the batch: `created`, `exists`, or why not."""

    statuses = serializers.ListField(child=serializers.CharField())


class TransferQuerySerializer(shapes.EntitySerializer):
    """Which transfers."""

    account = NumberText(required=False, default=None, help_text="Those of one account.")
    limit = serializers.IntegerField(required=False, default=100, min_value=1, max_value=PAGE_MAX)
    backwards = serializers.BooleanField(required=False, default=False)


class TransferAccounts(APIView):
    """POST opens accounts for transfers; what is there already is told, not opened again."""

    @extend_schema(
        parameters=[KEY],
        request=AccountBatchSerializer,
        responses={201: StatusesSerializer, **PROBLEMS},
    )
    def post(self, request: Request) -> Response:
        given, at, actor = (
            asked(AccountBatchSerializer, request.data), timezone.now(), poster(request),
        )  # fmt: skip

        def effect() -> tuple[int, Any]:
            with _at("accounts"):
                _require_currencies(given["accounts"])
                statuses = transferring.create_accounts(
                    entity=given["entity"],
                    accounts=[_account(one) for one in given["accounts"]],
                    actor=actor,
                    at=at,
                )
            return 201, {"statuses": statuses}

        scope = f"accounting.transfer-accounts:{actor.name}"[:80]
        return answer_once(request, scope=scope, body=jsonable(request.data), at=at, effect=effect)


class Transfers(APIView):
    """Transfers in the order of their recording; POST decides and records a batch."""

    @extend_schema(
        parameters=[TransferQuerySerializer],
        responses={200: TransferSerializer(many=True), **PROBLEMS},
    )
    def get(self, request: Request) -> Response:
        reader(request)
        asked_for = asked(TransferQuerySerializer, request.query_params)
        wanted = Wanted(limit=asked_for["limit"], backwards=asked_for["backwards"])
        found = transfer_history.transfers(
            entity=asked_for["entity"], wanted=wanted, account=asked_for["account"]
        )
        return Response([_told(one) for one in found])

    @extend_schema(
        parameters=[KEY],
        request=TransferBatchSerializer,
        responses={201: StatusesSerializer, **PROBLEMS},
    )
    def post(self, request: Request) -> Response:
        given, at, actor = (
            asked(TransferBatchSerializer, request.data), timezone.now(), poster(request),
        )  # fmt: skip

        def effect() -> tuple[int, Any]:
            with _at("transfers"):
                statuses = transferring.create_transfers(
                    entity=given["entity"],
                    transfers=[_transfer(one) for one in given["transfers"]],
                    journal=given["journal"],
                    actor=actor,
                    at=at,
                )
            return 201, {"statuses": statuses}

        scope = f"accounting.transfers:{actor.name}"[:80]
        return answer_once(request, scope=scope, body=jsonable(request.data), at=at, effect=effect)


@contextmanager
def _at(batch: str) -> Iterator[None]:
    """Refusals of one of the batch point to it in the body (RFC 6901)."""
    try:
        yield
    except Refused as refused:
        line, field = refused.place.line, bulk.pointer(refused.place.field)
        where = field if line is None else f"/{batch}/{line - 1}{field}"
        refused.place = Place(field=where or None)
        raise


def _require_currencies(accounts: Sequence[Mapping[str, Any]]) -> None:
    """Refuse a ledger that is neither currency nor commodity of the house."""
    for line, one in enumerate(accounts, start=1):
        try:
            currencies.find(one["currency"])
        except Refused as refused:
            refused.place = Place(line=line, field="currency")
            raise


def _account(one: Mapping[str, Any]) -> AccountRequest:
    return AccountRequest(**{**one, "limits": tuple(one["limits"])})


def _transfer(one: Mapping[str, Any]) -> Transfer:
    return Transfer(**{**one, "amount": Decimal(one["amount"])})


def _told(one: Transfer) -> dict[str, Any]:
    plain = {name: getattr(one, name) for name in ("currency", "code", "timeout", *FLAGS)}
    numbers = {name: str(getattr(one, name)) for name in ("id", "debit", "credit", "pending_id")}
    own = {f"user_data_{bits}": str(mine) for bits, mine in zip(BITS, one.user_data, strict=True)}
    return {**numbers, "amount": f"{one.amount:f}", **plain, **own}


urlpatterns = [
    path("transfer-accounts", TransferAccounts.as_view(), name="accounting-transfer-accounts"),
    path("transfers", Transfers.as_view(), name="accounting-transfers"),
]
