"""What the state of the books refuses."""

from backoffice.kernel.refusals import Refused


class BookRefused(Refused):
    """The books as they stand do not allow it. The key of such a request stays failed."""

    code = "book-refused"
    en = "The books do not allow this."
    th = "สถานะบัญชีไม่อนุญาตให้ทำรายการนี้"


class EntityUnknown(BookRefused):
    """No such legal entity."""

    code = "entity-unknown"
    en = "There is no entity {detail}."
    th = "ไม่มีกิจการ {detail}"


class EntityCodeBlank(Refused):
    """Books without a name, or with one that cannot be typed again."""

    code = "entity-code-blank"
    en = "An entity's code must not be empty, nor begin or end with a space: '{code}'."
    th = "รหัสกิจการต้องไม่ว่าง และต้องไม่ขึ้นต้นหรือลงท้ายด้วยช่องว่าง: '{code}'"


class JournalUnknown(BookRefused):
    """No such journal in the entity."""

    code = "journal-unknown"
    en = "The entity has no journal {detail}."
    th = "กิจการนี้ไม่มีสมุดรายวัน {detail}"


class AccountUnknown(BookRefused):
    """No such account in the entity's chart."""

    code = "account-unknown"
    en = "There is no account {detail} in the entity's chart."
    th = "ไม่มีบัญชี {detail} ในผังบัญชีของกิจการ"


class AccountClosed(BookRefused):
    """The account is closed."""

    code = "account-closed"
    en = "Account {detail} is closed."
    th = "บัญชี {detail} ปิดแล้ว"


class AccountCurrency(BookRefused):
    """The account is kept in one currency only."""

    code = "account-currency"
    en = "The account is kept in {detail} only."
    th = "บัญชีนี้บันทึกได้เฉพาะสกุลเงิน {detail}"


class DimensionMissing(BookRefused):
    """The account demands a dimension that the line does not have."""

    code = "dimension-missing"
    en = "The account demands the dimension {detail}."
    th = "บัญชีนี้ต้องระบุมิติ {detail}"


class PeriodClosed(BookRefused):
    """The date lies in a closed period."""

    code = "period-closed"
    en = "The period {detail} is closed for posting."
    th = "งวด {detail} ปิดแล้ว บันทึกรายการไม่ได้"


class LimitExceeded(BookRefused):
    """The account's balance limit would be passed."""

    code = "limit-exceeded"
    en = "The balance limit of account {detail} would be exceeded."
    th = "ยอดคงเหลือของบัญชี {detail} จะเกินวงเงินที่กำหนด"


class PendingSettled(BookRefused):
    """The pending entry was posted, voided or has expired."""

    code = "pending-settled"
    en = "The pending entry is not open: {detail}."
    th = "รายการที่รอดำเนินการนี้ไม่อยู่ในสถานะเปิด: {detail}"


class EntryUnknown(Refused):
    """No such entry in the entity's books."""

    code = "entry-unknown"
    status = 404
    en = "The books have no such entry ({entry})."
    th = "ไม่มีรายการบัญชีนี้ ({entry})"


class NotReversible(Refused):
    """Only posted entries are reversed; a pending one is voided."""

    code = "entry-not-reversible"
    en = "Entry {entry} is not a posted entry; only those are reversed."
    th = "รายการ {entry} ยังไม่ได้บันทึกถาวร จึงกลับรายการไม่ได้"


class PartTooBig(Refused):
    """More is posted than was reserved, or on another account or side."""

    code = "pending-part"
    en = "Line {line} posts more than was reserved on {account} in {currency}."
    th = "บรรทัด {line} บันทึกเกินกว่าที่กันไว้ในบัญชี {account} สกุลเงิน {currency}"


class ReversedAlready(BookRefused):
    """The entry was reversed before."""

    code = "entry-reversed-already"
    en = "The entry was reversed before."
    th = "รายการนี้ถูกกลับรายการไปแล้ว"


class KeyConflict(Refused):
    """The key came before with another request."""

    code = "key-conflict"
    status = 409
    en = "Key {key} came before with another {field}."
    th = "คีย์ {key} เคยใช้กับคำขอที่มี {field} ต่างจากนี้"


class KeyTaken(Refused):
    """The key came before, and the caller asked not to be answered from the record."""

    code = "key-taken"
    status = 409
    en = "Key {key} was posted before."
    th = "คีย์ {key} ถูกบันทึกไปแล้ว"


class KeyFailed(Refused):
    """The key failed before; what failed stays failed."""

    code = "key-failed"
    status = 409
    en = "Key {key} failed before ({rule}) and stays failed; send a new key."
    th = "คีย์ {key} เคยไม่ผ่าน ({rule}) และใช้ซ้ำไม่ได้ กรุณาใช้คีย์ใหม่"


BY_RULE: dict[str, type[BookRefused]] = {
    "entity_unknown": EntityUnknown,
    "journal_unknown": JournalUnknown,
    "account_unknown": AccountUnknown,
    "ledger_account_open": AccountClosed,
    "ledger_account_currency": AccountCurrency,
    "ledger_dimensions": DimensionMissing,
    "ledger_period_open": PeriodClosed,
    "ledger_limit": LimitExceeded,
    "ledger_pending_open": PendingSettled,
    "entry_reversed_once": ReversedAlready,
}
"""Refusal by the rule's name in the database."""

FIELD_OF_RULE = {
    "entity_unknown": "entity",
    "journal_unknown": "journal",
    "ledger_period_open": "date",
    "ledger_account_currency": "currency",
    "ledger_dimensions": "dimensions",
    "ledger_pending_open": "pending",
    "entry_reversed_once": "reversal_of",
}
"""Field of the draft that a rule speaks of; "account" for the rest."""
