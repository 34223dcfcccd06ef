"""What the departments' READMEs tell a newcomer to type works on the demo firm as it stands."""

import re
import shlex
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import call_command
from django.utils import timezone

from backoffice.demo import seeding

HOUSE = Path(__file__).parents[2]
pytestmark = pytest.mark.django_db(transaction=True)


def lines(readme: str) -> list[str]:
    text = (HOUSE / readme).read_text("utf-8")
    (block,) = re.findall(r"(?s)## Try it\n.*?```\n(.*?)```", text)
    return block.splitlines()


@pytest.mark.parametrize(
    ("readme", "least"), [("settlement/README.md", 13), ("accounting/README.md", 8)]
)
def test_every_line_to_try_works(transactional_db, monkeypatch, readme, least):
    monkeypatch.chdir(HOUSE)
    seeding.seed(clock=timezone.now)
    told = {}
    for line in lines(readme):
        program, *words = shlex.split(line)
        assert program == "manage.py"
        out = StringIO()
        call_command(*words, stdout=out, stderr=StringIO())
        told[line] = out.getvalue()
    assert len(told) >= least
    taken = [said for line, said in told.items() if "import_trades" in line]
    assert all(said.startswith(("1 taken", "2 taken", "3 taken")) for said in taken[:3]), told
