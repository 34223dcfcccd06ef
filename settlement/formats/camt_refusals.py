"""Refusals of a camt file."""

from backoffice.kernel.refusals import Refused


class DoctypeForbidden(Refused):
    """A document type declaration could declare entities or read files."""

    code = "camt-doctype"
    en = "A document type declaration (DOCTYPE) is not allowed."
    th = "ไม่อนุญาตให้มีการประกาศชนิดเอกสาร (DOCTYPE)"


class FileTooLarge(Refused):
    """The file is longer than the cap."""

    code = "camt-too-large"
    status = 413
    en = "The file holds more than {limit} bytes."
    th = "ไฟล์มีขนาดเกิน {limit} ไบต์"


class XmlMalformed(Refused):
    """The file is no well-formed XML."""

    code = "camt-not-xml"
    en = "The XML is not well-formed: {reason}."
    th = "XML ผิดรูปแบบ: {reason}"


class NotAStatement(Refused):
    """The document is none of camt.052, camt.053 and camt.054."""

    code = "camt-not-a-statement"
    en = "The document is not a camt.052, camt.053 or camt.054 message with a header."
    th = "เอกสารไม่ใช่ข้อความ camt.052, camt.053 หรือ camt.054 ที่มีส่วนหัว"


class VersionUnknown(Refused):
    """The version is not one that is read here."""

    code = "camt-version"
    en = "Version {value} is not read; versions 1 to {last} are."
    th = "ไม่รองรับรุ่น {value} รองรับรุ่น 1 ถึง {last}"


class NoStatement(Refused):
    """The message holds no statement."""

    code = "camt-empty"
    en = "The message holds no statement, report or notification."
    th = "ข้อความไม่มีรายการเดินบัญชี"


class ElementMissing(Refused):
    """A mandatory element is absent or empty."""

    code = "camt-element-missing"
    en = "The element is mandatory."
    th = "ต้องมีอิลิเมนต์นี้"


class AmountMalformed(Refused):
    """An amount is no plain decimal."""

    code = "camt-amount"
    en = "{value} is not an amount: digits, a point, no sign, no exponent."
    th = "{value} ไม่ใช่จำนวนเงิน ต้องเป็นตัวเลขและจุดทศนิยม ไม่มีเครื่องหมาย ไม่ใช้เลขยกกำลัง"


class IndicatorUnknown(Refused):
    """An indicator is not in its list."""

    code = "camt-indicator"
    en = "{value} is not allowed here."
    th = "ใช้ค่า {value} ที่นี่ไม่ได้"


class WhenMalformed(Refused):
    """A date or time is not written by ISO 8601."""

    code = "camt-date"
    en = "{value} is not a date or a time of ISO 8601."
    th = "{value} ไม่ใช่วันที่หรือเวลาตาม ISO 8601"


class NumberMalformed(Refused):
    """A count is no whole number."""

    code = "camt-number"
    en = "{value} is not a whole number."
    th = "{value} ไม่ใช่จำนวนเต็ม"


class BalancesDoNotAddUp(Refused):
    """Opening balance plus booked entries is not the closing balance."""

    code = "camt-balances"
    en = "Opening {opening} plus entries {booked} is not closing {closing}: {difference} missing."
    th = "ยอดยกมา {opening} รวมรายการ {booked} ไม่เท่ายอดยกไป {closing} ต่างกัน {difference}"


class SummaryDisagrees(Refused):
    """A control total of the bank is not that of the entries."""

    code = "camt-summary"
    en = "The entries come to {counted}, the summary says {stated}."
    th = "รายการรวมได้ {counted} แต่ยอดสรุประบุ {stated}"
