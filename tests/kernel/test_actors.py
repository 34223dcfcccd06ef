"""Who may not is told what it takes, in the reader's own words."""

import pytest

from backoffice.kernel import actors
from backoffice.kernel.actors import Actor, Department, NotAllowed, Role

ANN = Actor(name="ann", staff_id=1, role=Role.CLERK, department=Department.RECORDS)


@pytest.mark.parametrize("one", [*Role, *Department], ids=repr)
def test_every_role_and_department_has_a_name_in_both_languages(one):
    english, thai = actors.NAMES[one]
    assert english.isascii()
    assert not thai.isascii()


def test_a_refusal_names_roles_in_both_languages():
    with pytest.raises(NotAllowed) as refused:
        ANN.require(Role.CHECKER, Role.MANAGER)
    assert refused.value.text("en") == "ann may not do this: it takes checker / manager."
    assert refused.value.text("th") == "ann ไม่มีสิทธิ์ทำรายการนี้ ต้องเป็นผู้ตรวจสอบ / ผู้จัดการ"


def test_a_refusal_names_the_department():
    with pytest.raises(NotAllowed, match="it takes IT support"):
        ANN.require(Role.CLERK, department=Department.IT_SUPPORT)
