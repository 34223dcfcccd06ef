"""Who acts: handed to every verb, so that no verb needs a request to know it."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from backoffice.kernel.refusals import Place, Refused


class Role(StrEnum):
    """What a person may do in a department; one role a person."""

    FRONT_OFFICE = "front_office"
    CLERK = "clerk"
    CHECKER = "checker"
    MANAGER = "manager"
    AUDITOR = "auditor"
    INTEGRATOR = "integrator"


class Department(StrEnum):
    """The house's departments, as work items and staff name them."""

    FRONT_OFFICE = "front_office"
    ACCOUNTING = "accounting"
    SETTLEMENT = "settlement"
    RECORDS = "records"
    COMPLIANCE = "compliance"
    IT_SUPPORT = "itsupport"


# What a refusal says a role or a department is, in English and in Thai.
NAMES: dict[Role | Department, tuple[str, str]] = {
    Role.FRONT_OFFICE: ("front office", "เจ้าหน้าที่ส่วนหน้า"),
    Role.CLERK: ("clerk", "เจ้าหน้าที่"),
    Role.CHECKER: ("checker", "ผู้ตรวจสอบ"),
    Role.MANAGER: ("manager", "ผู้จัดการ"),
    Role.AUDITOR: ("auditor", "ผู้ตรวจสอบภายใน"),
    Role.INTEGRATOR: ("integrator", "ระบบภายนอก"),
    Department.FRONT_OFFICE: ("the front office", "ส่วนหน้า"),
    Department.ACCOUNTING: ("accounting", "ฝ่ายบัญชี"),
    Department.SETTLEMENT: ("settlement", "ฝ่ายชำระราคา"),
    Department.RECORDS: ("records", "ฝ่ายเอกสาร"),
    Department.COMPLIANCE: ("compliance", "ฝ่ายกำกับดูแลการปฏิบัติงาน"),
    Department.IT_SUPPORT: ("IT support", "ฝ่ายเทคโนโลยีสารสนเทศ"),
}


class NotAllowed(Refused):
    """The actor's role or department does not carry this act."""

    code = "not-allowed"
    status = 403
    en = "{actor} may not do this: it takes {needed}."
    th = "{actor} ไม่มีสิทธิ์ทำรายการนี้ ต้องเป็น{needed_th}"

    def __init__(
        self, place: Place | None = None, /, *, actor: str, needed: Sequence[Role | Department]
    ) -> None:
        super().__init__(
            place,
            actor=actor,
            needed=" / ".join(NAMES[one][0] for one in needed),
            needed_th=" / ".join(NAMES[one][1] for one in needed),
        )


class NotSignedIn(Refused):
    """Nobody in particular asks."""

    code = "not-signed-in"
    status = 403
    en = "Sign in first."
    th = "กรุณาเข้าสู่ระบบก่อน"


@dataclass(frozen=True, slots=True)
class Actor:
    """A person or a process of the house.

    Attributes:
        name: how the trail names them: a username, or "system:end_of_day".
        staff_id: primary key in people.Staff, None for processes.
        role: the person's role, None for processes (which may do what their code does).
        department: the person's department, None for processes.
        channel: "portal", "desk", "api", "command" or "job".
    """

    name: str
    staff_id: int | None = None
    role: Role | None = None
    department: Department | None = None
    channel: str = field(default="job")

    @classmethod
    def system(cls, process: str) -> "Actor":
        """A process of the house, such as `Actor.system("end_of_day")`."""
        return cls(name=f"system:{process}")

    @property
    def is_process(self) -> bool:
        """True for a job or a command, False for a person."""
        return self.staff_id is None

    def require(self, *roles: Role, department: Department | None = None) -> None:
        """Refuse with NotAllowed unless a process, or a person in one of `roles`.

        With `department`, a person must also work there (managers too).
        """
        if self.is_process:
            return
        if self.role not in roles:
            raise NotAllowed(actor=self.name, needed=roles)
        if department is not None and self.department is not department:
            raise NotAllowed(actor=self.name, needed=(department,))
