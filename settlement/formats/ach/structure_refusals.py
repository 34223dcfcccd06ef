"""Refusals of a file's structure: its records, their order and their totals."""

from backoffice.kernel.refusals import Refused


class UnknownRecordType(Refused):
    """A line begins with none of 1, 5, 6, 7, 8 and 9."""

    code = "unknown-record-type"
    en = "A record begins with {value}; expected 1, 5, 6, 7, 8 or 9."
    th = "ระเบียนขึ้นต้นด้วย {value} แต่ต้องเป็น 1, 5, 6, 7, 8 หรือ 9"


class WrongRecordLength(Refused):
    """A record does not have 94 characters."""

    code = "wrong-record-length"
    en = "The record has {found} characters instead of 94."
    th = "ระเบียนมี {found} อักขระ แต่ต้องมี 94 อักขระ"


class FileTooLong(Refused):
    """The file has more records than its control fields can count."""

    code = "file-too-long"
    en = "The file has more than {limit} records."
    th = "ไฟล์มีมากกว่า {limit} ระเบียน"


class FileHeaderMissing(Refused):
    """The file does not begin with a file header."""

    code = "file-header-missing"
    en = "The file does not begin with a file header (record type 1)."
    th = "ไฟล์ไม่ได้ขึ้นต้นด้วยส่วนหัวไฟล์ (ระเบียนชนิด 1)"


class FileHeaderTwice(Refused):
    """A second file header."""

    code = "file-header-twice"
    en = "A file has one file header; this is another."
    th = "ไฟล์มีส่วนหัวไฟล์ได้หนึ่งระเบียน ระเบียนนี้ซ้ำ"


class FileControlMissing(Refused):
    """The file ends without its control record."""

    code = "file-control-missing"
    en = "The file ends without a file control (record type 9)."
    th = "ไฟล์จบโดยไม่มีระเบียนควบคุมไฟล์ (ระเบียนชนิด 9)"


class FileControlTwice(Refused):
    """A second file control."""

    code = "file-control-twice"
    en = "A file has one file control; this is another."
    th = "ไฟล์มีระเบียนควบคุมไฟล์ได้หนึ่งระเบียน ระเบียนนี้ซ้ำ"


class RecordAfterFileControl(Refused):
    """Something other than blocking nines follows the file control."""

    code = "record-after-file-control"
    en = "Only blocking nines may follow the file control."
    th = "หลังระเบียนควบคุมไฟล์มีได้เฉพาะระเบียนเลข 9 เติมบล็อก"


class BatchHeaderInsideBatch(Refused):
    """A batch begins before the last one was closed."""

    code = "batch-header-inside-batch"
    en = "A batch begins here before the batch above was closed."
    th = "เริ่มชุดรายการใหม่ก่อนปิดชุดรายการก่อนหน้า"


class BatchNotClosed(Refused):
    """The file control comes before the control of the open batch."""

    code = "batch-not-closed"
    en = "The file ends here, but batch {batch} has no batch control."
    th = "ไฟล์จบที่นี่ แต่ชุดรายการ {batch} ไม่มีระเบียนควบคุม"


class EntryOutsideBatch(Refused):
    """An entry stands outside any batch."""

    code = "entry-outside-batch"
    en = "The entry stands outside any batch."
    th = "รายการอยู่นอกชุดรายการ"


class AddendaOutsideEntry(Refused):
    """An addenda record follows no entry."""

    code = "addenda-outside-entry"
    en = "The addenda record follows no entry."
    th = "ระเบียนเพิ่มเติมไม่ได้ตามหลังรายการใด"


class BatchControlOutsideBatch(Refused):
    """A batch control closes no batch."""

    code = "batch-control-outside-batch"
    en = "The batch control closes no batch."
    th = "ระเบียนควบคุมชุดรายการไม่ได้ปิดชุดรายการใด"


class BatchEmpty(Refused):
    """A batch holds no entry."""

    code = "batch-empty"
    en = "The batch holds no entry."
    th = "ชุดรายการไม่มีรายการ"


class TraceNotAscending(Refused):
    """Trace numbers do not ascend in the batch."""

    code = "trace-not-ascending"
    en = "The trace number {value} does not come after {last}."
    th = "หมายเลขติดตาม {value} ไม่มากกว่า {last}"


class TraceNotOfOriginator(Refused):
    """A trace number does not begin with the originating bank."""

    code = "trace-not-of-originator"
    en = "The trace number begins with {value}, not with the originating bank {expected}."
    th = "หมายเลขติดตามขึ้นต้นด้วย {value} ไม่ใช่ธนาคารผู้ส่ง {expected}"


class CategoriesMixed(Refused):
    """Forward entries and returns share a batch."""

    code = "categories-mixed"
    en = "A {value} entry stands in a batch of {expected} entries."
    th = "รายการ {value} อยู่ในชุดรายการ {expected}"


class BatchOrderWrong(Refused):
    """Batch numbers do not ascend in the file."""

    code = "batch-order-wrong"
    en = "The batch number {value} does not come after {last}."
    th = "หมายเลขชุดรายการ {value} ไม่มากกว่า {last}"


class HeaderControlMismatch(Refused):
    """Batch control and batch header disagree."""

    code = "header-control-mismatch"
    en = "The header says {header}, the control says {control}."
    th = "ส่วนหัวระบุ {header} แต่ระเบียนควบคุมระบุ {control}"


class BatchControlMismatch(Refused):
    """A total of the batch control is not that of its entries."""

    code = "batch-control-mismatch"
    en = "The entries come to {calculated}, the batch control says {control}."
    th = "รายการรวมได้ {calculated} แต่ระเบียนควบคุมชุดรายการระบุ {control}"


class FileControlMismatch(Refused):
    """A total of the file control is not that of its batches."""

    code = "file-control-mismatch"
    en = "The batches come to {calculated}, the file control says {control}."
    th = "ชุดรายการรวมได้ {calculated} แต่ระเบียนควบคุมไฟล์ระบุ {control}"
