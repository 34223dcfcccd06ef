"""The commands that capture files: a book made by a slip of the hand is refused by name."""

from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

import settlement
from accounting import queries as ledger
from settlement.models import BankStatement, ImportFile, Trade, Transaction

pytestmark = pytest.mark.django_db
EXAMPLES = Path(settlement.__file__).parent / "examples"
CASES = [
    ("import_trades", "payments.ach", "--format", "ach", "--enter-unknown"),
    ("import_register", "register.asc"),
    ("import_statement", "statement.camt053.xml", "--format", "camt", "--ledger", "Assets:Nostro"),
    ("enter_terms", "terms.jsonl"),
    ("import_status", "payments.pacs008.xml"),
]


def run(command, file, *options):
    out = StringIO()
    call_command(command, str(EXAMPLES / file), *options, stdout=out, stderr=StringIO())
    return out.getvalue()


@pytest.mark.parametrize("case", CASES, ids=[case[0] for case in CASES])
def test_a_book_that_nobody_has_is_not_captured_into(case):
    with pytest.raises(CommandError) as refused:
        run(*case, "--book", "HUOSE")
    assert "There is no book HUOSE" in str(refused.value)
    assert "ไม่มีสมุด HUOSE" in str(refused.value)
    assert "book-unknown" in str(refused.value)
    for model in (ImportFile, Trade, Transaction, BankStatement):
        assert not model.objects.exists()
    assert ledger.entities() == []


@pytest.mark.parametrize("case", CASES[:2], ids=[case[0] for case in CASES[:2]])
def test_an_entity_of_the_ledger_is_a_book(case):
    call_command("create_entity", "VAREE", stdout=StringIO())
    assert "taken" in run(*case, "--book", "VAREE")
