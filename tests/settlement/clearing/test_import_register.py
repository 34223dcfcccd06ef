"""The command as a person meets it: a bad line named whole, in both languages, and nothing kept."""

from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from settlement.models import Transaction
from tests.settlement import registers

pytestmark = pytest.mark.django_db


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "register.csv"
    bad = b'99;1;930101;"PRIJEM";"VKLAD";1e3;0.00;"";;\n'
    path.write_bytes(registers.file(days=1).getvalue() + bad)
    return path


def _run(*words):
    out, told = StringIO(), StringIO()
    call_command("import_register", *map(str, words), stdout=out, stderr=told)
    return out.getvalue(), told.getvalue()


def test_a_bad_line_refuses_the_file_and_says_where(file):
    with pytest.raises(CommandError) as refused:
        _run(file)
    said = str(refused.value)
    assert "register.csv, line 22, amount" in said
    assert "register.csv, บรรทัด 22, amount" in said
    assert "[not-an-amount]" in said
    assert not Transaction.objects.exists()


def test_skip_bad_keeps_the_rest_and_says_what_it_left_out(file):
    out, told = _run(file, "--skip-bad")
    assert out.startswith("20 transactions taken, 0 known already, 1 refused")
    assert "register.csv, line 22, amount" in told
    assert Transaction.objects.count() == 20


def test_a_file_that_is_not_there_is_one_sentence(tmp_path):
    with pytest.raises(CommandError, match="No such file"):
        _run(tmp_path / "nothing.csv")
