"""How trades look on the wire: decimals as canonical text, parties by code or identifier."""

from decimal import Decimal
from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from backoffice.kernel import money
from backoffice.kernel.refusals import Place, Refused
from backoffice.reference.days import HOUSE
from settlement.formats.trades_line import is_decimal
from settlement.models import Leg, Trade, TradeStatus
from settlement.rules.cut_offs import LATE
from settlement.rules.trades import PartyRef, Scheme, Side, TradeDraft, TradeType

PARTY_HELP = 'The house\'s code, or "BIC:…", "LEI:…", "ABA:…".'
KINDS = ("buyer_account_kind", "seller_account_kind")
KIND_HELP = 'Kind of the account, which fee tariffs may ask for: "Wallet", "CARD".'
DECIMAL_HELP = 'Plain decimal text, such as "100" or "12.50".'


class DecimalWrong(Refused):
    """A number is not plain decimal text."""

    code = "decimal-malformed"
    en = "{value} is not a plain decimal number: digits, at most ten decimals, no sign."
    th = "{value} ไม่ใช่เลขทศนิยมปกติ ต้องเป็นตัวเลข ทศนิยมไม่เกินสิบตำแหน่ง และไม่มีเครื่องหมาย"


class TradeDraftSerializer(serializers.Serializer):
    """A trade as one side says it."""

    source = serializers.CharField(max_length=40)  # type: ignore[assignment]
    reference = serializers.CharField(max_length=80)
    type = serializers.ChoiceField(Trade.Type.choices)
    side = serializers.ChoiceField(Trade.Side.choices)
    trade_date = serializers.DateField()
    value_date = serializers.DateField(
        required=False,
        allow_null=True,
        default=None,
        help_text=(
            "Without it the market's cycle decides. What comes after the cut-off of its value date"
            " goes to the next business day (`late` in the answer), or is refused"
            " (late-for-cut-off)."
        ),
    )
    market = serializers.CharField(max_length=4, required=False, default="", allow_blank=True)
    buyer = serializers.CharField(max_length=44, help_text=PARTY_HELP)
    seller = serializers.CharField(max_length=44, help_text=PARTY_HELP)
    buyer_account = serializers.CharField(
        max_length=35, required=False, default="", allow_blank=True
    )
    seller_account = serializers.CharField(
        max_length=35, required=False, default="", allow_blank=True
    )
    instrument = serializers.CharField(max_length=35, required=False, default="", allow_blank=True)
    quantity = serializers.CharField(required=False, default="0", help_text=DECIMAL_HELP)
    price = serializers.CharField(
        required=False, default=None, allow_null=True, help_text=DECIMAL_HELP
    )
    amount = serializers.CharField(required=False, default="0", help_text=DECIMAL_HELP)
    currency = serializers.CharField(max_length=3, required=False, default="", allow_blank=True)
    common_ref = serializers.CharField(max_length=80, required=False, default="", allow_blank=True)
    locked_in = serializers.BooleanField(required=False, default=False)
    is_block = serializers.BooleanField(required=False, default=False)
    buyer_account_kind = serializers.CharField(
        max_length=24, required=False, default="", allow_blank=True, help_text=KIND_HELP
    )
    seller_account_kind = serializers.CharField(
        max_length=24, required=False, default="", allow_blank=True, help_text=KIND_HELP
    )
    book = serializers.CharField(max_length=20, required=False, default=HOUSE)


class AmendmentSerializer(TradeDraftSerializer):
    version = serializers.IntegerField(min_value=2, required=False, allow_null=True, default=None)


class CancellationSerializer(serializers.Serializer):
    source = serializers.CharField(max_length=40)  # type: ignore[assignment]
    reference = serializers.CharField(max_length=80)
    version = serializers.IntegerField(min_value=2, required=False, allow_null=True, default=None)
    reason = serializers.CharField(max_length=140, required=False, default="", allow_blank=True)
    book = serializers.CharField(max_length=20, required=False, default=HOUSE)


class ReportSerializer(serializers.Serializer):
    source = serializers.CharField(max_length=40)  # type: ignore[assignment]
    reference = serializers.CharField(max_length=80)
    message_ref = serializers.CharField(max_length=80)
    status = serializers.ChoiceField(TradeStatus.Kind.choices)
    reported_at = serializers.DateTimeField()
    reason = serializers.CharField(max_length=140, required=False, default="", allow_blank=True)
    book = serializers.CharField(max_length=20, required=False, default=HOUSE)


class AllocationPartSerializer(serializers.Serializer):
    participant = serializers.CharField(max_length=44, help_text=PARTY_HELP)
    quantity = serializers.CharField(required=False, default="0", help_text=DECIMAL_HELP)
    amount = serializers.CharField(
        required=False, default=None, allow_null=True, help_text=DECIMAL_HELP
    )
    account = serializers.CharField(max_length=35, required=False, default="", allow_blank=True)


class AllocationSerializer(serializers.Serializer):
    parts = AllocationPartSerializer(many=True, allow_empty=False)


class BookSerializer(serializers.Serializer):
    book = serializers.CharField(max_length=20, required=False, default=HOUSE)


class LateSerializer(serializers.Serializer):
    """That a trade came after the cut-off of its value date, and the day it falls due instead."""

    agreed = serializers.DateField(help_text="The value date for which it came too late.")
    settles = serializers.DateField(help_text="The first business day it was in time for.")
    came = serializers.DateTimeField()
    cut_off = serializers.DateTimeField(help_text="By the market's own clock.")
    zone = serializers.CharField(help_text="Time zone of that clock, by the IANA database.")
    scope = serializers.CharField(help_text="Market, currency, type of the rule; * for all items.")
    rule = serializers.IntegerField()


class TradeSerializer(serializers.ModelSerializer):
    reference = serializers.CharField(source="source_ref")
    buyer: Any = serializers.SlugRelatedField("code", read_only=True)
    seller: Any = serializers.SlugRelatedField("code", read_only=True)
    instrument: Any = serializers.SlugRelatedField("code", read_only=True)
    quantity = serializers.SerializerMethodField()
    price = serializers.SerializerMethodField()
    amount = serializers.SerializerMethodField()
    late = serializers.SerializerMethodField()

    class Meta:
        model = Trade
        fields = (
            "id",
            "book",
            "source",
            "reference",
            "version",
            "action",
            "amends",
            "block",
            "is_block",
            "locked_in",
            "type",
            "side",
            "trade_date",
            "value_date",
            "cycle",
            "market",
            "buyer",
            "seller",
            "buyer_account",
            "seller_account",
            "instrument",
            "quantity",
            "price",
            "amount",
            "currency",
            "common_ref",
            "late",
            "captured_at",
        )
        read_only_fields = fields

    @extend_schema_field(LateSerializer(allow_null=True))
    def get_late(self, trade: Trade) -> dict[str, Any] | None:
        late = trade.detail.get(LATE)
        return None if late is None else dict(LateSerializer(late).data)

    def get_quantity(self, trade: Trade) -> str:
        decimals = trade.instrument.decimals if trade.instrument else 0
        return f"{trade.quantity:.{decimals}f}"

    def get_price(self, trade: Trade) -> str | None:
        return None if trade.price is None else f"{trade.price.normalize():f}"

    def get_amount(self, trade: Trade) -> str:
        return money.format_amount(trade.amount, trade.currency) if trade.currency else "0"


class LegSerializer(serializers.ModelSerializer):
    debtor: Any = serializers.SlugRelatedField("code", read_only=True)
    creditor: Any = serializers.SlugRelatedField("code", read_only=True)
    quantity = serializers.SerializerMethodField()

    class Meta:
        model = Leg
        fields = ("id", "kind", "debtor", "creditor", "asset", "quantity", "value_date")

    def get_quantity(self, leg: Leg) -> str:
        return f"{leg.quantity.normalize():f}"


class StatusSerializer(serializers.ModelSerializer):
    class Meta:
        model = TradeStatus
        fields = ("message_ref", "kind", "reason", "in_order", "reported_at")


class DifferenceSerializer(serializers.Serializer):
    field = serializers.CharField()
    ours = serializers.CharField()
    theirs = serializers.CharField()


class UnmatchedSerializer(serializers.Serializer):
    source = serializers.CharField()  # type: ignore[assignment]
    reference = serializers.CharField()
    nearest = serializers.CharField(allow_null=True)
    differences = DifferenceSerializer(many=True)
    reasons_en = serializers.ListField(child=serializers.CharField())
    reasons_th = serializers.ListField(child=serializers.CharField())


class MatchedSerializer(serializers.Serializer):
    equal = serializers.IntegerField()
    near = serializers.IntegerField()
    legs = serializers.IntegerField()
    held = serializers.IntegerField()


class OutcomeSerializer(serializers.Serializer):
    outcome = serializers.CharField()


class StandingSerializer(serializers.Serializer):
    participant = serializers.CharField(max_length=40)
    effective_from = serializers.DateField()
    effective_to = serializers.DateField(required=False, allow_null=True, default=None)
    asset_class = serializers.CharField(max_length=24, required=False, default="")
    market = serializers.CharField(max_length=4, required=False, default="")
    currency = serializers.CharField(max_length=3, required=False, default="")
    active = serializers.BooleanField(required=False, default=True)
    cash_agent = serializers.CharField(max_length=11, required=False, default="")
    cash_account = serializers.CharField(max_length=35, required=False, default="")
    custodian = serializers.CharField(max_length=11, required=False, default="")
    safekeeping_account = serializers.CharField(max_length=35, required=False, default="")
    depository = serializers.CharField(max_length=11, required=False, default="")


def draft_of(found: dict[str, Any]) -> TradeDraft:
    """The draft of a validated body; raises DecimalWrong, AmountRefused with the field."""
    same = (
        *("source", "trade_date", "value_date", "market", "buyer_account", "seller_account"),
        *("instrument", "currency", "common_ref", "locked_in", "is_block"),
    )
    return TradeDraft(
        source_ref=found["reference"],
        type=TradeType(found["type"]),
        side=Side(found["side"]),
        buyer=party_of(found["buyer"]),
        seller=party_of(found["seller"]),
        quantity=decimal_of(found["quantity"], "quantity"),
        price=None if found["price"] is None else decimal_of(found["price"], "price"),
        amount=decimal_of(found["amount"], "amount"),
        # What is not told is left out, so that a trade sent before reads the same.
        detail={name: found[name] for name in KINDS if found[name]},
        **{name: found[name] for name in same},
    )


def party_of(text: str) -> PartyRef:
    """ "SIAMSEC" by the house's code, "BIC:SIAMTHBK" by an identifier."""
    scheme, colon, value = text.partition(":")
    if colon and scheme in Scheme.__members__:
        return PartyRef(Scheme(scheme), value)
    return PartyRef.code(text)


def decimal_of(text: str, name: str) -> Decimal:
    """Plain decimal text as a number; raises DecimalWrong with the field."""
    if not is_decimal(text):
        raise DecimalWrong(Place(field=name), value=repr(text)[:40])
    return Decimal(text)
