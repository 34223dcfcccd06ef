"""Refusals of an entry with its addenda: what does not fit its class or its batch."""

from backoffice.kernel.refusals import Refused


class AddendaIndicatorWrong(Refused):
    """The addenda indicator does not say what follows."""

    code = "addenda-indicator-wrong"
    en = "The addenda indicator is {value}, but {found} addenda records follow."
    th = "ตัวระบุระเบียนเพิ่มเติมเป็น {value} แต่มีระเบียนเพิ่มเติม {found} ระเบียน"


class AddendaNotAllowed(Refused):
    """An addenda type does not belong to its class or category."""

    code = "addenda-not-allowed"
    en = "An addenda {value} does not belong to a {category} entry of class {sec}."
    th = "ระเบียนเพิ่มเติม {value} ไม่ใช่ของรายการ {category} ประเภท {sec}"


class AddendaMissing(Refused):
    """A mandatory addenda record is missing."""

    code = "addenda-missing"
    en = "The addenda {value} is mandatory for class {sec}."
    th = "ประเภท {sec} ต้องมีระเบียนเพิ่มเติม {value}"


class TooManyAddenda(Refused):
    """More addenda records than the class allows."""

    code = "too-many-addenda"
    en = "There are {found} addenda {value}; class {sec} allows {limit}."
    th = "มีระเบียนเพิ่มเติม {value} จำนวน {found} แต่ประเภท {sec} มีได้ {limit}"


class AddendaCountWrong(Refused):
    """The entry counts its addenda records wrongly."""

    code = "addenda-count-wrong"
    en = "The entry counts {value} addenda records, but {found} follow."
    th = "รายการระบุระเบียนเพิ่มเติม {value} แต่มีจริง {found}"


class AddendaSequenceWrong(Refused):
    """Addenda records do not ascend."""

    code = "addenda-sequence-wrong"
    en = "The addenda sequence {value} does not follow {last}."
    th = "ลำดับระเบียนเพิ่มเติม {value} ไม่ต่อจาก {last}"


class AddendaOfAnotherEntry(Refused):
    """An addenda record names another entry's trace number."""

    code = "addenda-of-another-entry"
    en = "The addenda names entry {value}, but stands under {expected}."
    th = "ระเบียนเพิ่มเติมอ้างรายการ {value} แต่อยู่ใต้รายการ {expected}"


class AgainstServiceClass(Refused):
    """A debit in a batch of credits, or the reverse."""

    code = "against-service-class"
    en = "The transaction code {value} does not belong in a batch of service class {service_class}."
    th = "รหัสรายการ {value} ไม่ใช่ของชุดรายการประเภทบริการ {service_class}"


class AgainstEntryClass(Refused):
    """The class does not allow this kind of transaction."""

    code = "against-entry-class"
    en = "Class {sec} does not allow the transaction code {value}."
    th = "ประเภท {sec} ไม่อนุญาตรหัสรายการ {value}"


class AmountNotZero(Refused):
    """A prenotification, zero-dollar entry or notification of change moves money."""

    code = "amount-not-zero"
    en = "The amount must be zero for transaction code {value}."
    th = "จำนวนเงินของรหัสรายการ {value} ต้องเป็นศูนย์"


class AmountZero(Refused):
    """An entry that should move money has no amount."""

    code = "amount-zero"
    en = "The amount must not be zero for transaction code {value}."
    th = "จำนวนเงินของรหัสรายการ {value} ต้องไม่เป็นศูนย์"


class AmountTooHigh(Refused):
    """The amount is above the ceiling of its class."""

    code = "amount-too-high"
    en = "The amount {value} is above the ceiling of class {sec}, {limit}."
    th = "จำนวนเงิน {value} สูงกว่าเพดานของประเภท {sec} คือ {limit}"
