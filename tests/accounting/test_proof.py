import io
import json
import subprocess
import sys
from datetime import date
from pathlib import Path

import pytest
from django.db import connection

import accounting.models
from accounting import (
    chart,
    month_ends,
    offline_verify,
    pending,
    posting,
    proof,
    reversing,
    verifying,
)
from accounting.rules import merkle
from tests.accounting.conftest import DAY, draft, sale
from tests.plans import plan_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def sealed(books, system, at):
    """A book with every kind of entry, sealed twice."""
    chart.ensure_journal(entity=books, code="INV", gapless=True, actor=system, at=at)
    posting.post_many(
        entries=[sale(f"s{n}", journal="INV") for n in range(300)], actor=system, at=at
    )
    proof.seal(entity=books, at=at)
    dims = draft("d", ("Assets:Cash", "5", "THB", {"site": "BKK"}), ("Income:Sales", "-5"))
    first = posting.post(entry=dims, actor=system, at=at)
    reversing.reverse(entity=books, entry_id=first.id, date=DAY, key="r", actor=system, at=at)
    made = pending.pend(entry=sale("p1"), actor=system, at=at)
    pending.post_pending(entity=books, pending_id=made.id, key="p2", actor=system, at=at)
    gone = pending.pend(entry=sale("p3"), actor=system, at=at)
    pending.void(entity=books, pending_id=gone.id, key="p4", actor=system, at=at)
    proof.seal(entity=books, at=at)
    posting.post(entry=sale("not sealed"), actor=system, at=at)
    month_ends.keep(entity=books, until=date(2026, 1, 31), actor=system, at=at)
    return books


def broken(entity: str) -> set[str]:
    return {check.name for check in verifying.verify(entity=entity) if not check.holds}


def meddle(sql: str) -> None:
    """What only the database's owner could do, past every trigger."""
    with connection.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")
        cursor.execute(sql)
        cursor.execute("SET session_replication_role = DEFAULT")


def test_sound_books_verify(sealed):
    checks = verifying.verify(entity=sealed)
    assert [check.problems for check in checks if not check.holds] == []
    assert {check.name: check.examined for check in checks}["log"] == 306


@pytest.mark.parametrize(
    ("sql", "expected"),
    [
        (
            (
                "UPDATE accounting_line SET amount = amount + 1 WHERE line_no = 1 AND entry_id ="
                " (SELECT min(entry_id) FROM accounting_line)"
            ),
            {"zero_sums", "balances", "movements", "log"},
        ),
        ("UPDATE accounting_entry SET memo = 'x' WHERE key = 's7'", {"log"}),
        (
            (
                "DELETE FROM accounting_line WHERE entry_id ="
                " (SELECT id FROM accounting_entry WHERE key = 's7')"
            ),
            {"whole_entries", "balances", "movements", "log"},
        ),
        (
            (
                "UPDATE accounting_accountbalance SET debits_posted = debits_posted + 1,"
                " credits_posted = credits_posted + 1"
            ),
            {"balances"},
        ),
        ("UPDATE accounting_daymovement SET debits = debits + 1", {"movements", "month_ends"}),
        ("UPDATE accounting_entry SET number = 1000 WHERE key = 's7'", {"numbering", "log"}),
        (
            "UPDATE accounting_pending SET state = 'open' WHERE state = 'voided'",
            {"pending", "balances"},
        ),
        (("UPDATE accounting_daymovement SET debits = debits + 0.01, credits = credits + 0.01"
         " WHERE ctid = (SELECT min(ctid) FROM accounting_daymovement)"),
         {"movements", "month_ends"}),
        (("UPDATE accounting_monthend SET debits = debits + 0.01"
         " WHERE ctid = (SELECT min(ctid) FROM accounting_monthend)"), {"month_ends"}),
        (("DELETE FROM accounting_monthend"
         " WHERE ctid = (SELECT min(ctid) FROM accounting_monthend)"), {"month_ends"}),
        (('INSERT INTO accounting_period (entity_id, name, start, "end", state, changed_at)'
         " SELECT id, 'shut', '2026-01-01', '2026-01-31', 'hard', '2026-01-01'"
         " FROM accounting_entity"), {"period_locks"}),
        (("UPDATE accounting_line SET date = date + 1 WHERE entry_id ="
         " (SELECT id FROM accounting_entry WHERE key = 's7')"),
         {"whole_entries", "movements"}),
        (("UPDATE accounting_line SET value = value + 0.01 WHERE line_no = 1 AND entry_id ="
         " (SELECT id FROM accounting_entry WHERE key = 's7')"),
         {"zero_sums", "balances", "movements", "log"}),
        ("UPDATE accounting_pendingline SET amount = amount + 0.01 WHERE line_no = 1",
         {"zero_sums", "log"}),
        ("DELETE FROM accounting_entry WHERE key = 's7'",
         {"whole_entries", "numbering", "log"}),
        ("DELETE FROM accounting_entry WHERE key = 'not sealed'", {"whole_entries"}),
        (("DELETE FROM accounting_line WHERE entry_id ="
         " (SELECT id FROM accounting_entry WHERE key = 's7');"
         "DELETE FROM accounting_entry WHERE key = 's7'"),
         {"numbering", "balances", "movements", "log"}),
        ("DELETE FROM accounting_account WHERE code = 'Income:Sales'", {"whole_entries", "log"}),
        ("UPDATE accounting_account SET code = 'Income:Other' WHERE code = 'Income:Sales'",
         {"log"}),
        (("UPDATE accounting_entry SET recorded_at = recorded_at - interval '1 day'"
         " WHERE key = 's7'"), {"log"}),
        ("UPDATE accounting_entry SET actor = 'me' WHERE key = 's7'", {"log"}),
        ("UPDATE accounting_journal SET last_number = last_number + 1 WHERE is_gapless",
         {"numbering"}),
        ("DELETE FROM accounting_pending WHERE state = 'posted'", {"pending"}),
        (("UPDATE accounting_logleaf SET hash = decode(repeat('00', 32), 'hex')"
         " WHERE position = 3"), {"log"}),
        ("UPDATE accounting_logtile SET hash = decode(repeat('00', 32), 'hex')", {"log"}),
        ("UPDATE accounting_logseal SET root = repeat('0', 64)", {"log"}),
        (("UPDATE accounting_dimensionset SET canonical = '{\"site\":\"X\"}',"
         " dimensions = '{\"site\":\"X\"}'"), {"log"}),
    ],
)  # fmt: skip
def test_every_kind_of_meddling_is_found(sealed, sql, expected):
    meddle(sql)
    assert broken(sealed) == expected


def test_an_entry_proves_that_it_is_under_the_seal(sealed):
    entry = accounting.models.Entry.objects.get(key="s137")
    shown = proof.inclusion(entity=sealed, entry_id=entry.pk)
    leaf = merkle.leaf_hash(shown.entry.encode())
    path = [bytes.fromhex(digest) for digest in shown.path]
    assert merkle.root_from(leaf, shown.position, shown.size, path).hex() == shown.root


def test_what_is_not_sealed_yet_has_no_proof(sealed, system, at):
    posted = posting.post(entry=sale("late"), actor=system, at=at)
    assert proof.inclusion(entity=sealed, entry_id=posted.id) is None
    assert proof.seal(entity=sealed, at=at).size == 308
    assert proof.seal(entity=sealed, at=at) is None


@pytest.fixture
def exported(sealed, tmp_path) -> Path:
    path = tmp_path / "log.jsonl"
    with path.open("w", encoding="utf-8") as out:
        assert proof.export_log(entity=sealed, out=out) == 306
    return path


def test_the_export_verifies_with_the_standard_library_alone(exported):
    script = Path(accounting.__file__).parent / "offline_verify.py"
    done = subprocess.run(
        [sys.executable, "-I", "-S", str(script), str(exported)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.startswith("holds: 306 entries")


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ("", "cannot be read: the file is empty"),
        ("\n", "cannot be read: the file is empty"),
        ("[]\n", "cannot be read: not a "),
        ("hello\n", "cannot be read: Expecting value"),
    ],
)
def test_what_is_no_export_is_told_in_a_sentence(tmp_path, capsys, content, told):
    path = tmp_path / "log.jsonl"
    path.write_text(content)
    assert offline_verify.main([str(path)]) == 2
    assert capsys.readouterr().err.startswith(told)


@pytest.mark.parametrize(
    ("find", "put", "found"),
    [
        ('"memo":""', '"memo":"x"', "another root"),
        ('"amount":"100.00"', '"amount":"100.01"', "sum to 0.01"),
        ('"key":"s8"', '"key":"s9"', "came before"),
        ('"number":8,', '"number":9,', "occurs 2 times"),
    ],
)
def test_an_altered_export_is_found(exported, find, put, found):
    lines = exported.read_text().splitlines(keepends=True)
    number = next(n for n, line in enumerate(lines) if find in line)
    lines[number] = lines[number].replace(find, put)
    checker = offline_verify.check(io.BytesIO("".join(lines).encode()))
    assert any(found in problem for problem in checker.problems), checker.problems


def test_a_dropped_entry_and_a_forged_seal_are_found(exported):
    lines = exported.read_text().splitlines(keepends=True)
    dropped = "".join(lines[:-2] + lines[-1:]).encode()
    problems = offline_verify.check(io.BytesIO(dropped)).problems
    assert any("missing" in problem for problem in problems)
    head = json.loads(lines[0])["seals"][0]
    known = io.BytesIO("".join(lines).encode())
    assert offline_verify.check(known, head["root"], head["size"]).problems == []
    forged = io.BytesIO("".join(lines).encode())
    assert offline_verify.check(forged, "0" * 64, head["size"]).problems != []


@pytest.mark.parametrize(
    ("sql", "wrong"),
    [
        (
            "UPDATE accounting_monthend SET debits = debits + 1 WHERE month_end = '2026-02-28'",
            {"2026-02-28"},
        ),
        (
            "UPDATE accounting_monthend SET credits = credits + 1 WHERE month_end >= '2026-02-28'",
            {"2026-02-28", "2026-03-31"},
        ),
        ("DELETE FROM accounting_monthendmark WHERE month_end = '2026-02-28'", {"2026-02-28"}),
        (
            "UPDATE accounting_daymovement SET day = day + 59 WHERE day = '2026-01-05'",
            {"2026-01-31", "2026-02-28"},
        ),
    ],
)
def test_the_month_ends_that_are_wrong_are_told_and_no_others(books, system, at, sql, wrong):
    for day in (DAY, date(2026, 3, 6)):
        posting.post(entry=sale(f"m{day}", day=day), actor=system, at=at)
    month_ends.keep(entity=books, until=date(2026, 3, 31), actor=system, at=at)
    assert broken(books) == set()
    meddle(sql)
    found = {check.name: check.problems for check in verifying.verify(entity=books)}
    assert {text.split()[2] for text in found["month_ends"]} == wrong


def test_each_day_is_looked_at_once_however_many_month_ends_come_after_it(books, system, at):
    """Each month end was the sum of all days before it: the square of the books' age."""
    days = [date(2025, 1, day) for day in range(1, 29)]
    entries = [sale(f"d{day}", day=day) for day in days]
    posting.post_many(entries=entries, actor=system, at=at)
    kept = month_ends.keep(entity=books, until=date(2025, 12, 31), actor=system, at=at)
    assert len(kept) == 12
    _count, problems = verifying.CHECKS["month_ends"]
    plan = plan_of(problems, {"entity": chart.entity_id(books)}, run=True)
    rows = [node["Actual Rows"] * node["Actual Loops"] for node in plan]
    accounts = 2
    assert max(rows) <= accounts * (len(days) + 2 * len(kept))
