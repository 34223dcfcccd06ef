"""Why the house cannot be brought up, in one sentence for the person at the keyboard."""

from backoffice.kernel.refusals import Refused


class PortNotANumber(Refused):
    """PORT is no TCP port."""

    code = "port-not-a-number"
    en = "PORT must be a number between 1 and 65535, not {port!r}."
    th = "PORT ต้องเป็นตัวเลข 1 ถึง 65535 ไม่ใช่ {port!r}"


class PortTaken(Refused):
    """Another program listens where the web server should."""

    code = "port-taken"
    status = 503
    en = "Port {port} on {host} is taken ({reason}): choose another, as in PORT={other} make run."
    th = "พอร์ต {port} บน {host} ถูกใช้อยู่แล้ว ({reason}): โปรดเลือกพอร์ตอื่น เช่น PORT={other} make run"


class AlreadyRunning(Refused):
    """The house is up already on the same data."""

    code = "already-running"
    status = 409
    en = "Backoffice already runs on {folder} (process {pid}): use it, or stop it with make stop."
    th = "Backoffice ทำงานอยู่แล้วบน {folder} (โพรเซส {pid}): ใช้งานต่อได้เลย หรือหยุดด้วย make stop"


class StepFailed(Refused):
    """A step before the start ended with an error."""

    code = "step-failed"
    status = 503
    en = "{step} failed: {reason} (more in {log})"
    th = "{step} ไม่สำเร็จ: {reason} (ดูรายละเอียดใน {log})"


class KeepsDying(Refused):
    """A part of the house ends again and again."""

    code = "part-keeps-dying"
    status = 503
    en = (
        "The {part} ended {times} times within a minute, so everything is stopped: "
        "{reason} (more in {log})"
    )
    th = "{part} หยุดทำงาน {times} ครั้งภายในหนึ่งนาที จึงหยุดทั้งหมด: {reason} (ดูรายละเอียดใน {log})"


class NotReadyInTime(Refused):
    """Everything was started and /readyz never said 200."""

    code = "not-ready-in-time"
    status = 503
    en = "Backoffice was not ready after {seconds} s; /readyz says: {said}"
    th = "Backoffice ยังไม่พร้อมหลังจาก {seconds} วินาที; /readyz แจ้งว่า: {said}"
