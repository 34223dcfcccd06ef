"""What the ledger's door takes and gives, as serializers: for checking, and for the schema."""

from collections.abc import Mapping
from typing import IO, Any, Final

from django.utils.translation import gettext_lazy as _
from rest_framework import serializers
from rest_framework.parsers import BaseParser

from accounting.models import Account, Entry, Line, Pending, Period, Rate
from accounting.rules import wire
from accounting.rules.wire import GENERAL

LEDGER_DECIMAL: Final = 'Canonical decimal text, such as "10.00"; positive debits.'


class DecimalText(serializers.CharField):
    """A decimal in plain digits, as many as it has."""

    def to_representation(self, value: Any) -> str:
        """Plain digits, zero without a sign."""
        return format(value or abs(value), "f")


class CanonicalDecimal(serializers.CharField):
    """A decimal as the wire wants it: plain text, never a number that went through a float."""

    default_error_messages = {"canonical": _('Write a plain decimal text such as "10.00".')}

    def to_internal_value(self, data: Any) -> str:
        """The text as it came."""
        if not isinstance(data, str) or not wire.DECIMAL.fullmatch(data):
            self.fail("canonical")
        return data


class JsonLinesParser(BaseParser):
    """JSON Lines (one entry a line): handed on as the stream it is, and read line by line."""

    media_type = "application/x-ndjson"

    def parse(
        self,
        stream: IO[bytes],
        media_type: str | None = None,
        parser_context: Mapping[str, Any] | None = None,
    ) -> Any:
        """The stream itself."""
        del media_type, parser_context
        return stream


class EntitySerializer(serializers.Serializer[Any]):
    """Names the set of books."""

    entity = serializers.CharField(max_length=40)


class AsOfSerializer(EntitySerializer):
    """A day, and the moment up to which the books are read."""

    as_of = serializers.DateField(required=False, help_text="Effective date; today by default.")
    known_at = serializers.DateTimeField(
        required=False, default=None, help_text="Leaves out what was recorded later."
    )
    account = serializers.CharField(
        required=False, default="", max_length=255, help_text="An account, or a branch above it."
    )


class LedgerQuerySerializer(EntitySerializer):
    """A stretch of an account's register."""

    account = serializers.CharField(max_length=255)
    from_date = serializers.DateField(required=False)
    to_date = serializers.DateField(required=False)
    known_at = serializers.DateTimeField(required=False, default=None)
    currency = serializers.CharField(required=False, default="", max_length=24)
    limit = serializers.IntegerField(required=False, default=100, min_value=1, max_value=500)
    after = serializers.CharField(required=False, default="", help_text="`next` of the last page.")


class EntryFilterSerializer(EntitySerializer):
    """Which entries of an entity."""

    journal = serializers.CharField(required=False, max_length=40)
    key = serializers.CharField(required=False, max_length=200)
    source: Any = serializers.CharField(required=False, max_length=200)
    phase = serializers.ChoiceField(Entry.Phase.choices, required=False)
    from_date = serializers.DateField(required=False)
    to_date = serializers.DateField(required=False)


class LineDraftSerializer(serializers.Serializer[Any]):
    """A line as it is sent."""

    account = serializers.CharField(max_length=255)
    amount = serializers.CharField(help_text=LEDGER_DECIMAL)
    currency = serializers.CharField(max_length=24)
    value = serializers.CharField(required=False, help_text="In functional currency.")
    dimensions = serializers.DictField(child=serializers.CharField(), required=False)


class EntryDraftSerializer(serializers.Serializer[Any]):
    """An entry as it is sent; checked by the ledger's own rules, by field and line."""

    key = serializers.CharField(
        max_length=200, required=False, help_text="The Idempotency-Key header by default."
    )
    date = serializers.DateField()
    journal = serializers.CharField(max_length=40, required=False, default=GENERAL)
    entity = serializers.CharField(max_length=40)
    memo = serializers.CharField(max_length=500, required=False)
    source: Any = serializers.CharField(max_length=200, required=False)
    attributes = serializers.DictField(child=serializers.CharField(), required=False)
    lines = LineDraftSerializer(many=True)


class PendingDraftSerializer(EntryDraftSerializer):
    """The same with a timeout."""

    timeout = serializers.IntegerField(
        required=False, min_value=1, help_text="Seconds until it lapses; never by default."
    )


class ReversalSerializer(EntitySerializer):
    """A reversal on a chosen date."""

    date = serializers.DateField()
    key = serializers.CharField(max_length=200, required=False, default="")
    memo = serializers.CharField(max_length=500, required=False, default="", allow_blank=True)


class PartSerializer(EntitySerializer):
    """What of a pending entry is posted: the whole by default."""

    key = serializers.CharField(max_length=200, required=False, default="")
    date = serializers.DateField(required=False, default=None)
    memo = serializers.CharField(max_length=500, required=False, default="", allow_blank=True)
    lines = LineDraftSerializer(many=True, required=False)


class VoidSerializer(EntitySerializer):
    """A pending entry that is given up."""

    key = serializers.CharField(max_length=200, required=False, default="")
    memo = serializers.CharField(max_length=500, required=False, default="", allow_blank=True)


class PostedSerializer(serializers.Serializer[Any]):
    """An entry in the book."""

    id = serializers.IntegerField()
    number = serializers.IntegerField(allow_null=True)
    key = serializers.CharField()
    entity = serializers.CharField()
    date = serializers.DateField()


class ItemSerializer(serializers.Serializer[Any]):
    """What became of one entry of a bulk."""

    record = serializers.IntegerField(help_text="Place in the list, or line of the body, from 1.")
    key = serializers.CharField()
    status = serializers.ChoiceField(["posted", "existing", "refused"])
    entry = serializers.IntegerField(allow_null=True)
    number = serializers.IntegerField(allow_null=True)
    problem = serializers.DictField(required=False)


class BulkSerializer(serializers.Serializer[Any]):
    """What became of a bulk."""

    posted = serializers.IntegerField()
    existing = serializers.IntegerField()
    refused = serializers.IntegerField()
    items = ItemSerializer(many=True)


class EntrySerializer(serializers.ModelSerializer[Entry]):
    """An entry without its lines."""

    entity = serializers.CharField(source="entity.code")
    journal = serializers.CharField(source="journal.code")
    reversal_of = serializers.IntegerField(source="reversal_of_id", allow_null=True)
    pending = serializers.IntegerField(source="pending_id", allow_null=True)

    class Meta:
        model = Entry
        fields: Any = (
            "id", "entity", "journal", "number", "date", "recorded_at", "actor", "phase", "key",
            "memo", "source", "attributes", "line_count", "pending", "reversal_of",
        )  # fmt: skip
        read_only_fields = fields


class LineSerializer(serializers.ModelSerializer[Line]):
    """A line of an entry."""

    account = serializers.CharField(source="account.code")
    amount = DecimalText()
    value = DecimalText(allow_null=True)
    dimensions = serializers.SerializerMethodField()

    class Meta:
        model = Line
        fields = ("line_no", "account", "amount", "currency", "value", "dimensions")
        read_only_fields = fields

    def get_dimensions(self, line: Line) -> dict[str, str]:
        """The set's names and values, looked up once for all lines."""
        sets: dict[int, dict[str, str]] = self.context["dimension_sets"]
        return sets.get(line.dimension_set_id or 0, {})


class PendingStateSerializer(serializers.ModelSerializer[Pending]):
    """What became of a pending entry."""

    class Meta:
        model = Pending
        fields = ("state", "expires_at", "settled_by", "settled_at")
        read_only_fields = fields


class ProofSerializer(serializers.Serializer[Any]):
    """That an entry stands in the sealed log (RFC 9162, 2.1.3)."""

    entry = serializers.CharField(help_text="Canonical JSON; SHA-256 over 00 and it is the leaf.")
    position = serializers.IntegerField()
    size = serializers.IntegerField()
    path = serializers.ListField(child=serializers.CharField())
    root: Any = serializers.CharField()


class EntryDetailSerializer(EntrySerializer):
    """An entry with all that belongs to it."""

    lines = LineSerializer(many=True)
    reversed_by = serializers.IntegerField(allow_null=True)
    pending_state = PendingStateSerializer(allow_null=True)
    proof = ProofSerializer(allow_null=True, help_text="Null while it is not sealed yet.")

    class Meta(EntrySerializer.Meta):
        fields: Any = (
            *EntrySerializer.Meta.fields, "lines", "reversed_by", "pending_state", "proof",
        )  # fmt: skip
        read_only_fields = fields


class AccountSerializer(serializers.ModelSerializer[Account]):
    """An account of an entity's chart."""

    credit_line = DecimalText()

    class Meta:
        model = Account
        fields = (
            "id", "code", "type", "name_en", "name_th", "currency", "limit_kind", "credit_line",
            "is_closed", "mandatory_dimensions", "attributes",
        )  # fmt: skip
        read_only_fields = fields


class BalanceSerializer(serializers.Serializer[Any]):
    """An account's totals in one currency."""

    account = serializers.CharField()
    currency = serializers.CharField()
    debit = DecimalText()
    credit = DecimalText()
    balance = DecimalText()
    value = DecimalText()


class TrialBalanceSerializer(serializers.Serializer[Any]):
    """A trial balance; the balances of each currency sum to zero."""

    entity = serializers.CharField()
    as_of = serializers.DateField()
    known_at = serializers.DateTimeField(allow_null=True)
    items = BalanceSerializer(many=True)
    totals = serializers.DictField(child=serializers.DictField(child=DecimalText()))


class LedgerLineSerializer(serializers.Serializer[Any]):
    """A line of a register with the balance after it."""

    date = serializers.DateField()
    entry_id = serializers.IntegerField()
    line_no = serializers.IntegerField()
    number = serializers.IntegerField(allow_null=True)
    key = serializers.CharField()
    memo = serializers.CharField()
    source: Any = serializers.CharField()
    currency = serializers.CharField()
    amount = DecimalText()
    balance = DecimalText()
    recorded_at = serializers.DateTimeField()


class LedgerPageSerializer(serializers.Serializer[Any]):
    """A page of a register."""

    opening = serializers.DictField(child=DecimalText())
    items = LedgerLineSerializer(many=True)
    next = serializers.CharField(allow_null=True)


class PeriodSerializer(serializers.ModelSerializer[Period]):
    """A period and its state."""

    class Meta:
        model = Period
        fields = ("name", "start", "end", "state", "changed_at")
        read_only_fields = fields


class PeriodActSerializer(EntitySerializer):
    """An act on a period; reopening needs a reason."""

    reason = serializers.CharField(required=False, default="", allow_blank=True, max_length=500)


class RateSerializer(serializers.ModelSerializer[Rate]):
    """A rate as it was taken down."""

    rate = DecimalText()

    class Meta:
        model = Rate
        fields = ("id", "source", "kind", "base", "quote", "date", "rate", "recorded_at",
                  "recorded_by")  # fmt: skip
        read_only_fields = fields


class RateDraftSerializer(serializers.Serializer[Any]):
    """A rate as it is sent."""

    base = serializers.CharField(max_length=24)
    quote = serializers.CharField(max_length=24)
    date = serializers.DateField()
    rate = CanonicalDecimal(help_text='One `base` in `quote`, such as "35.1234".')
    kind = serializers.ChoiceField(Rate.Kind.choices, required=False, default=Rate.Kind.MID)


class RatesDraftSerializer(serializers.Serializer[Any]):
    """Rates of one source, taken down all or none."""

    source: Any = serializers.CharField(max_length=20)
    rates = RateDraftSerializer(many=True)


class RecordedSerializer(serializers.Serializer[Any]):
    """How many rates were new or changed, and how many were known already."""

    recorded = serializers.IntegerField()
    known = serializers.IntegerField()


class RateFilterSerializer(serializers.Serializer[Any]):
    """Which rates."""

    source: Any = serializers.CharField(required=False, max_length=20)
    base = serializers.CharField(required=False, max_length=24)
    quote = serializers.CharField(required=False, max_length=24)
    date = serializers.DateField(required=False)


class RateQuestionSerializer(serializers.Serializer[Any]):
    """What one `base` is worth in `quote` on a day."""

    base = serializers.CharField(max_length=24)
    quote = serializers.CharField(max_length=24)
    on = serializers.DateField(required=False, help_text="Today by default.")
    known_at = serializers.DateTimeField(required=False, default=None)
    source: Any = serializers.CharField(required=False, default="", max_length=20)
    pivot = serializers.CharField(required=False, default="", max_length=24)


class RateAnswerSerializer(serializers.Serializer[Any]):
    """The rate to 12 significant digits, and the quotes that it rests on."""

    base = serializers.CharField()
    quote = serializers.CharField()
    rate = serializers.CharField()
    rests_on = serializers.ListField(child=serializers.DictField())
