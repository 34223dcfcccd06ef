"""Refusals of a trade file."""

from backoffice.kernel.refusals import Refused


class HeaderMalformed(Refused):
    """The first two lines are not those of a trade file."""

    code = "trades-header-malformed"
    en = "The file does not begin like a trade file of version 1: {value}."
    th = "ไฟล์ไม่ได้ขึ้นต้นแบบไฟล์ซื้อขายรุ่น 1: {value}"


class TrailerMissing(Refused):
    """The file ends without its control totals; it was cut short."""

    code = "trades-trailer-missing"
    en = "The file ends without its control totals (#total)."
    th = "ไฟล์จบโดยไม่มียอดควบคุม (#total)"


class TrailerMalformed(Refused):
    """The control totals cannot be read, or something follows them."""

    code = "trades-trailer-malformed"
    en = "The control totals are malformed or not the last line: {value}."
    th = "บรรทัดยอดควบคุมไม่ถูกรูปแบบหรือไม่ใช่บรรทัดสุดท้าย: {value}"


class ControlTotalWrong(Refused):
    """A control total is not that of the lines."""

    code = "trades-control-total-wrong"
    en = "The lines come to {counted}, the control total says {stated}."
    th = "รายการรวมได้ {counted} แต่ยอดควบคุมระบุ {stated}"


class FieldCountWrong(Refused):
    """A line does not have one field per column."""

    code = "trades-field-count"
    en = "The line has {found} fields instead of {expected}."
    th = "บรรทัดนี้มี {found} ช่อง แต่ต้องมี {expected} ช่อง"


class FieldMissing(Refused):
    """A field that this type of trade needs is empty."""

    code = "trades-field-missing"
    en = "The field must not be empty."
    th = "ช่องนี้ต้องไม่ว่าง"


class NotForType(Refused):
    """A field holds something that this type of trade cannot have."""

    code = "trades-not-for-type"
    en = "A trade of type {type} cannot have {value} here."
    th = "รายการชนิด {type} มี {value} ในช่องนี้ไม่ได้"


class TextMalformed(Refused):
    """A code has characters or a length that it may not have."""

    code = "trades-text-malformed"
    en = "{value} has a form that is not allowed here."
    th = "{value} มีรูปแบบที่ใช้ในช่องนี้ไม่ได้"


class UnknownValue(Refused):
    """A word is not in its list."""

    code = "trades-unknown-value"
    en = "{value} is not one of: {expected}."
    th = "{value} ไม่ใช่หนึ่งใน {expected}"


class DateMalformed(Refused):
    """A date is not a day written YYYY-MM-DD."""

    code = "trades-date-malformed"
    en = "{value} is not a date in the form YYYY-MM-DD."
    th = "{value} ไม่ใช่วันที่ในรูปแบบ YYYY-MM-DD"


class DateOfAnotherEra(Refused):
    """A year of the Buddhist era, or a slip: nothing would ever come due on it."""

    code = "trades-date-of-another-era"
    en = "{value}: years are those of the common era here; {year} B.E. is {meant}."
    th = "{value}: ที่นี่ใช้ปีคริสต์ศักราช พ.ศ. {year} คือ ค.ศ. {meant}"


class DateUnlikely(Refused):
    """A slip, such as the year 0026: no calendar knows it, and nothing would come due on it."""

    code = "trades-date-unlikely"
    en = "{value} is not within the years {first} to {last}, which trades and contracts lie in."
    th = "{value} อยู่นอกช่วง ค.ศ. {first} ถึง {last} ซึ่งรายการซื้อขายและสัญญาทั้งหลายอยู่ในช่วงนั้น"


class ValueBeforeTrade(Refused):
    """A trade would settle before it was struck."""

    code = "trades-value-before-trade"
    en = "The value date {value} is before the trade date {trade}."
    th = "วันชำระราคา {value} อยู่ก่อนวันซื้อขาย {trade}"


class DecimalMalformed(Refused):
    """A number is not a plain decimal of at most 18 and 10 digits."""

    code = "trades-decimal-malformed"
    en = (
        "{value} is not a plain decimal number: digits, at most ten decimals, no sign, no exponent."
    )
    th = "{value} ไม่ใช่เลขทศนิยมปกติ ต้องเป็นตัวเลข ทศนิยมไม่เกินสิบตำแหน่ง ไม่มีเครื่องหมาย ไม่ใช้เลขยกกำลัง"


class NotAboveZero(Refused):
    """A quantity or amount is not above zero."""

    code = "trades-not-above-zero"
    en = "{value} is not above zero."
    th = "{value} ต้องมากกว่าศูนย์"


class BuyerIsSeller(Refused):
    """A participant trades with itself."""

    code = "trades-buyer-is-seller"
    en = "{value} cannot be buyer and seller at once."
    th = "{value} เป็นทั้งผู้ซื้อและผู้ขายไม่ได้"


class TradeTwice(Refused):
    """The same trade number stands on an earlier line."""

    code = "trades-trade-twice"
    en = "The trade {value} stands in the file already."
    th = "รายการซื้อขาย {value} มีอยู่ในไฟล์แล้ว"
