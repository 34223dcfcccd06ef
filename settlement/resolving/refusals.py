"""What the reader of a queue file refuses, with file, field (JSON pointer) and rule."""

from backoffice.kernel.refusals import Refused


class NotAQueue(Refused):
    """The file is not JSON in the documented form."""

    code = "queue-not-json"
    status = 400
    en = "The file is not a readable JSON document: {reason}."
    th = "ไฟล์ไม่ใช่เอกสาร JSON ที่อ่านได้: {reason}"


class WrongShape(Refused):
    """A field is missing, is unknown or holds another kind of value than it must."""

    code = "queue-shape"
    en = "Expected {expected}, found {found}."
    th = "ต้องเป็น {expected} แต่พบ {found}"


class NotAnAmount(Refused):
    """An amount is neither an integer nor a canonical decimal string, or is out of range."""

    code = "queue-amount"
    en = '{found} is not an amount: write an integer or a decimal string such as "12.50"; {rule}.'
    th = '{found} ไม่ใช่จำนวนที่ใช้ได้ ให้เขียนเป็นจำนวนเต็มหรือสตริงทศนิยม เช่น "12.50"; {rule}'


class Repeated(Refused):
    """The same key, obligation, balance or limit stands twice."""

    code = "queue-repeated"
    en = "{what} stands twice."
    th = "{what} ปรากฏซ้ำสองครั้ง"


class UnknownParticipant(Refused):
    """An obligation or a limit names a participant that has no balance and is not listed."""

    code = "queue-unknown-participant"
    en = "Participant {participant} is neither listed in `participants` nor has a balance."
    th = "ผู้เข้าร่วม {participant} ไม่อยู่ใน `participants` และไม่มียอดคงเหลือ"


class SameParty(Refused):
    """A leg goes from a participant to itself."""

    code = "queue-same-party"
    en = "{participant} cannot deliver to itself."
    th = "{participant} ส่งมอบให้ตนเองไม่ได้"


class Contradiction(Refused):
    """Two statements of one limit or obligation exclude each other."""

    code = "queue-contradiction"
    en = "{first} and {second} cannot stand together: {rule}."
    th = "{first} และ {second} ใช้ร่วมกันไม่ได้: {rule}"


class UnequalLots(Refused):
    """An obligation cannot be cut into so many equal lots."""

    code = "queue-lots"
    en = "{amount} units cannot be cut into {lots} equal lots."
    th = "จำนวน {amount} หน่วยแบ่งเป็น {lots} ส่วนเท่ากันไม่ได้"


class NoCommonValue(Refused):
    """Values in different assets would be added up."""

    code = "queue-value-needed"
    en = (
        "The queue's obligations are worth {first} here and {second} there; "
        "state `value` in one unit for every obligation."
    )
    th = "มูลค่าของรายการในคิวอยู่ทั้งในหน่วย {first} และ {second} ให้ระบุ `value` ในหน่วยเดียวกันทุกรายการ"
