"""Refusals of a single field: missing, malformed, or not in its code list."""

from backoffice.kernel.refusals import Refused


class FieldRequired(Refused):
    """A mandatory field is blank, or zero where it may not be."""

    code = "field-required"
    en = "The field is mandatory and must not be blank or zero."
    th = "ช่องนี้บังคับ ต้องไม่ว่างและไม่เป็นศูนย์"


class NotDigits(Refused):
    """A numeric field holds something other than ASCII digits."""

    code = "not-digits"
    en = "{value} is not made of digits 0-9."
    th = "{value} ไม่ใช่ตัวเลข 0-9"


class NotACalendarDate(Refused):
    """A date is not a day written YYMMDD."""

    code = "not-a-date"
    en = "{value} is not a date in the form YYMMDD."
    th = "{value} ไม่ใช่วันที่ในรูปแบบ YYMMDD"


class NotATime(Refused):
    """A time is not written HHMM."""

    code = "not-a-time"
    en = "{value} is not a time in the form HHMM."
    th = "{value} ไม่ใช่เวลาในรูปแบบ HHMM"


class NotAlphanumeric(Refused):
    """A text holds a character that the rules do not allow."""

    code = "not-alphanumeric"
    en = "The character {value} is not allowed in this field."
    th = "ไม่อนุญาตให้ใช้อักขระ {value} ในช่องนี้"


class WrongConstant(Refused):
    """A field of fixed content holds another."""

    code = "wrong-constant"
    en = "The field must be {expected}, not {value}."
    th = "ช่องนี้ต้องเป็น {expected} ไม่ใช่ {value}"


class NotARoutingNumber(Refused):
    """Not nine digits with a right check digit."""

    code = "not-a-routing-number"
    en = "{value} is not a routing number of nine digits with a right check digit."
    th = "{value} ไม่ใช่เลขประจำธนาคาร 9 หลักที่มีเลขตรวจสอบถูกต้อง"


class CheckDigitWrong(Refused):
    """The check digit of the receiving bank's routing number is wrong."""

    code = "check-digit-wrong"
    en = "The check digit of {routing} is {expected}, not {value}."
    th = "เลขตรวจสอบของ {routing} คือ {expected} ไม่ใช่ {value}"


class UnknownServiceClass(Refused):
    """A service class is none of 200, 220, 225 and 280."""

    code = "unknown-service-class"
    en = "The service class {value} is not 200, 220, 225 or 280."
    th = "ประเภทบริการ {value} ไม่ใช่ 200, 220, 225 หรือ 280"


class ServiceClassOfAdvices(Refused):
    """Service class 280 and entry class ADV go together, and with nothing else."""

    code = "service-class-of-advices"
    en = "Service class 280 belongs to class ADV alone; here are {value} and {sec}."
    th = "ประเภทบริการ 280 ใช้กับประเภท ADV เท่านั้น ที่นี่คือ {value} กับ {sec}"


class UnknownSecCode(Refused):
    """A standard entry class is not one of the rules."""

    code = "unknown-sec-code"
    en = "The standard entry class {value} is not known."
    th = "ไม่รู้จักรหัสประเภทรายการมาตรฐาน {value}"


class UnknownOriginatorStatus(Refused):
    """An originator status is none of 0, 1 and 2."""

    code = "unknown-originator-status"
    en = "The originator status {value} is not 0, 1 or 2."
    th = "สถานะผู้ส่ง {value} ไม่ใช่ 0, 1 หรือ 2"


class UnknownTransactionCode(Refused):
    """A transaction code is not one of the rules for its class."""

    code = "unknown-transaction-code"
    en = "The transaction code {value} is not known for class {sec}."
    th = "ไม่รู้จักรหัสรายการ {value} ของประเภท {sec}"


class UnknownAddendaType(Refused):
    """An addenda type is not one of the rules."""

    code = "unknown-addenda-type"
    en = "The addenda type {value} is not known."
    th = "ไม่รู้จักชนิดระเบียนเพิ่มเติม {value}"


class UnknownReturnCode(Refused):
    """A return reason is not in the list."""

    code = "unknown-return-code"
    en = "The return reason {value} is not in the list of the rules."
    th = "เหตุผลการคืน {value} ไม่อยู่ในรายการของกฎ"


class UnknownChangeCode(Refused):
    """A change code is not in the list."""

    code = "unknown-change-code"
    en = "The change code {value} is not in the list of the rules."
    th = "รหัสการแก้ไข {value} ไม่อยู่ในรายการของกฎ"


class CorrectedDataMissing(Refused):
    """A notification of change does not say what to change to."""

    code = "corrected-data-missing"
    en = "A notification of change must hold the corrected data."
    th = "หนังสือแจ้งการแก้ไขต้องมีข้อมูลที่ถูกต้อง"


class UnknownTransactionType(Refused):
    """The purpose of an international entry is not in the list."""

    code = "unknown-transaction-type"
    en = "The transaction type {value} is not in the list of the rules."
    th = "ชนิดธุรกรรม {value} ไม่อยู่ในรายการของกฎ"


class UnknownQualifier(Refused):
    """A bank's identification has an unknown numbering scheme."""

    code = "unknown-qualifier"
    en = "The qualifier {value} is not 01, 02 or 03."
    th = "ตัวระบุ {value} ไม่ใช่ 01, 02 หรือ 03"


class UnknownForeignExchange(Refused):
    """A foreign exchange indicator is not one of the rules."""

    code = "unknown-foreign-exchange"
    en = "The foreign exchange indicator {value} is not one of {expected}."
    th = "ตัวระบุการแลกเปลี่ยนเงิน {value} ไม่ใช่ {expected}"
