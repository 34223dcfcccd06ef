"""NACHA files of every kind: accepted or refused as their names and expectations say.

`expected_from_reader_test.json` names the error class that the source project asserts for a file;
CLASSES says which of our rules is meant. Totals are checked by arithmetic of this test's own.
"""

import gzip
import io
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from backoffice.kernel.refusals import Refused
from settlement.formats.ach import reader, repairing, writer
from settlement.formats.ach.options import LENIENT, STRICT, Options
from settlement.formats.ach.records import Entry, Record

DATA = Path(os.environ.get("GOLDEN_DATA", "../shared/data")) / "settlement" / "ach"
NOT_CASES = {"README.md", "expected_from_reader_test.json"}
PADDING = "9" * 94

CLASSES = {
    "ErrFileControl": {"file-control-missing", "file-control-twice"},
    "ErrFileHeader": {"file-header-missing", "file-header-twice"},
    "ErrFileTooLong": {"file-too-long"},
    "ErrConstructor": {"field-required"},
    "ErrFieldInclusion": {"field-required", "addenda-missing"},
    "ErrFieldRequired": {"field-required"},
    "ErrServiceClass": {"unknown-service-class"},
    "ErrSECCode": {"unknown-sec-code"},
    "ErrOrigStatusCode": {"unknown-originator-status"},
    "ErrTransactionCode": {"unknown-transaction-code"},
    "ErrBatchTransactionCode": {"unknown-transaction-code", "against-entry-class"},
    "ErrTransactionTypeCode": {"unknown-transaction-type"},
    "ErrIDNumberQualifier": {"unknown-qualifier"},
    "ErrForeignExchangeIndicator": {"unknown-foreign-exchange"},
    "ErrForeignExchangeReferenceIndicator": {"unknown-foreign-exchange"},
    "ErrAddendaTypeCode": {"unknown-addenda-type"},
    "ErrAddenda98ChangeCode": {"unknown-change-code"},
    "ErrAddenda98CorrectedData": {"corrected-data-missing"},
    "ErrAddenda99ReturnCode": {"unknown-return-code"},
    "ErrNonAlphanumeric": {"not-alphanumeric"},
    "ErrUpperAlpha": {"not-alphanumeric"},
    "ErrBatchAddendaIndicator": {"addenda-indicator-wrong"},
    "ErrIATBatchAddendaIndicator": {"addenda-indicator-wrong"},
    "ErrBatchAddendaCategory": {"addenda-not-allowed"},
    "ErrBatchAmountZero": {"amount-zero"},
    "ErrBatchAmountNonZero": {"amount-not-zero"},
    "ErrBatchNoEntries": {"batch-empty"},
    "ErrFileEntryOutsideBatch": {"entry-outside-batch"},
    "ErrFileAddendaOutsideBatch": {"addenda-outside-entry"},
    "ErrFileAddendaOutsideEntry": {"addenda-outside-entry"},
    "ErrFileBatchControlOutsideBatch": {"batch-control-outside-batch"},
    "ErrFileBatchHeaderInsideBatch": {"batch-header-inside-batch"},
    "ErrValidCheckDigit": {"check-digit-wrong"},
    "NewErrValidCheckDigit": {"check-digit-wrong"},
    "NewErrUnknownRecordType": {"unknown-record-type"},
    "NewErrFileUnknownSEC": {"unknown-sec-code"},
    "NewErrRecordWrongLength": {"wrong-record-length"},
    "NewErrBatchAscending": {"trace-not-ascending", "addenda-sequence-wrong"},
    "NewErrBatchTraceNumberNotODFI": {"trace-not-of-originator"},
    "NewErrBatchCategory": {"categories-mixed"},
    "NewErrBatchServiceClassTranCode": {"against-service-class"},
    "NewErrBatchHeaderControlEquality": {"header-control-mismatch"},
    "NewErrBatchCalculatedControlEquality": {"batch-control-mismatch"},
    "NewErrFileCalculatedControlEquality": {"file-control-mismatch"},
}


def case_id(path: Path) -> str:
    return f"ach-{path.relative_to(DATA).as_posix()}"


def files(*, wanted=lambda _path: True) -> list:
    found = sorted(p for p in DATA.rglob("*") if p.is_file() and p.name not in NOT_CASES)
    cases = [pytest.param(p, id=case_id(p)) for p in found if wanted(p)]
    skip = pytest.mark.skip(reason="settlement/ach with such files is not in GOLDEN_DATA")
    return cases or [pytest.param(None, marks=skip, id="ach")]


def expectations() -> dict[str, list[str]]:
    """File name to the error expressions asserted of it, alternatives of one test kept apart."""
    path = DATA / "expected_from_reader_test.json"
    raw = json.loads(path.read_text("utf-8")) if path.exists() else {}
    return {
        name: sorted({e for t in tests if isinstance(t["expects"], list) for e in t["expects"]})
        for name, tests in raw.items()
    }


def is_plain(path: Path) -> bool:
    """Ought to be in order: nothing in its name or the expectations says otherwise."""
    spoiled = "invalid" in path.name.lower() or "crash" in str(path.relative_to(DATA)).lower()
    return path.suffix == ".ach" and not spoiled and not expectations().get(path.name)


def is_named_invalid(path: Path) -> bool:
    return "invalid" in path.name.lower()


def read(path: Path, options: Options = STRICT) -> tuple[list, list[Refused]]:
    opener = gzip.open if path.suffix == ".gz" else open
    with opener(path, "rb") as stream:
        items = list(reader.read(stream, name=path.name, options=options))
    return [i for i in items if not isinstance(i, Refused)], [
        i for i in items if isinstance(i, Refused)
    ]


def records_of(path: Path) -> list[str]:
    text = path.read_bytes().decode("iso-8859-1")
    lines = [line.rstrip("\r") for line in text.split("\n") if line.strip()]
    if len(lines) == 1:
        lines = re.findall(".{94}", lines[0])
    return [line for line in lines if line.rstrip(" ") != PADDING]


def numbers(line: str, *cuts: tuple[int, int]) -> list[int]:
    return [int(line[a:b].strip() or 0) for a, b in cuts]


def arithmetic(lines: list[str]) -> tuple[dict, dict]:
    """What the file control says and what the entries come to, by position alone."""
    advice = any(line.startswith("5280") for line in lines)
    cuts = [(1, 7), (13, 21), (21, 31), *([(31, 51), (51, 71)] if advice else [(31, 43), (43, 55)])]
    names = ["batch_count", "entry_addenda_count", "entry_hash", "total_debit", "total_credit"]
    stated = dict(zip(names, numbers(lines[-1], *cuts), strict=True))
    entries = [line for line in lines if line[0] == "6"]
    amount = (27, 39) if advice else (29, 39)
    debits = {"26", "27", "28", "29", "36", "37", "38", "39", "46", "47", "48", "49", "55", "56"}
    debits |= {"82", "84", "86", "88"}
    sums = {True: 0, False: 0}
    for line in entries:
        sums[line[1:3] in debits] += numbers(line, amount)[0]
    found = [
        sum(line[0] == "8" for line in lines),
        sum(line[0] in "67" for line in lines),
        sum(numbers(line, (3, 11))[0] for line in entries) % 10**10,
        sums[True],
        sums[False],
    ]
    return stated, dict(zip(names, found, strict=True))


def is_whole(lines: list[str]) -> bool:
    kinds = "".join(line[0] for line in lines)
    return bool(re.fullmatch(r"1(5(67*)+8)*9", kinds))


@pytest.mark.parametrize("path", files(wanted=lambda p: p.suffix != ".gz"))
def test_any_file_is_read_or_refused_and_never_breaks_the_reader(path):
    for options in (STRICT, LENIENT):
        items, refused = read(path, options)
        assert items or refused
        for one in refused:
            assert one.place.file == path.name
            assert one.place.line
            assert one.sentence("th")
            assert one.sentence("en")


@pytest.mark.parametrize("path", files(wanted=is_named_invalid))
def test_a_file_named_invalid_is_refused(path):
    assert refusals(path)


def refusals(path: Path) -> list[Refused]:
    """Every refusal, with a limit of lines below the file's where its expectation is that one."""
    if "ErrFileTooLong" in expectations().get(path.name, []):
        return read(path)[1] + read(path, Options(max_lines=len(records_of(path)) - 1))[1]
    return read(path)[1]


def unmet(expected: list[str], refused: list[Refused]) -> list[str]:
    """The expected errors that no refusal answers to."""
    return [e for e in expected if not any(answers(e, one) for one in refused)]


def answers(expression: str, refused: Refused) -> bool:
    name, _, arguments = expression.partition("(")
    # A class that the table does not know asks for a refusal of any kind.
    if refused.code not in CLASSES.get(name, {refused.code}):
        return False
    # Upstream's calculated figure leaves out international batches; the stated one is the file's.
    stated = re.findall(r"\d+", arguments)[-1:]
    said = {str(p).lstrip("0") for p in refused.params.values()}
    return all(number.lstrip("0") in said for number in stated)


@pytest.mark.parametrize("path", files(wanted=lambda p: expectations().get(p.name)))
def test_the_expected_class_of_error_is_found(path):
    expected = expectations()[path.name]
    refused = refusals(path)
    assert unmet(expected, refused) == []
    altered = ["ErrForeignExchangeReferenceIndicator", "NewErrBatchHeaderControlEquality(1, 98765)"]
    assert unmet([*expected, *altered], refused) == altered


@pytest.mark.parametrize("path", files(wanted=is_plain))
def test_totals_agree_with_plain_arithmetic(path):
    lines = records_of(path)
    items, refused = read(path, LENIENT)
    if not is_whole(lines):
        assert read(path)[1]
        return
    stated, found = arithmetic(lines)
    wrong = {name for name in stated if stated[name] != found[name]}
    assert {one.place.field for one in refused} == wrong
    assert {one.code for one in refused} <= {"file-control-mismatch"}
    entries = [item for item in items if isinstance(item, Entry)]
    assert sum(e.cents for e in entries if e.is_debit) == found["total_debit"]
    assert sum(1 + len(e.addenda) for e in entries) == found["entry_addenda_count"]
    assert sum(e.cents for e in entries if e.is_debit) + 1 != found["total_debit"]


@pytest.mark.parametrize("path", files(wanted=lambda p: is_plain(p) and p.parent.name == "read"))
def test_model_files_pass_every_rule(path):
    items, refused = read(path)
    assert [one.sentence() for one in refused] == []
    assert isinstance(items[-1], Record)
    assert items[-1].kind.endswith("file-control")


@pytest.mark.parametrize("path", files(wanted=is_plain))
def test_what_is_accepted_is_written_back_to_the_letter(path):
    items, refused = read(path, LENIENT)
    if refused or not is_whole(records_of(path)):
        pytest.skip("not a whole file with right totals")
    written = "".join(f"{line}\n" for line in writer.lines(items)).encode()
    again, refused_again = read_bytes(written)
    assert refused_again == []
    assert contents(again) == contents(items)


def read_bytes(data: bytes) -> tuple[list, list]:
    found = list(reader.read(io.BytesIO(data), name="written", options=LENIENT))
    return [i for i in found if not isinstance(i, Refused)], [
        i for i in found if isinstance(i, Refused)
    ]


def contents(items: list) -> list:
    flat = []
    for item in items:
        parts = (item.detail, *item.addenda) if isinstance(item, Entry) else (item,)
        flat += [(p.kind, values_of(p)) for p in parts]
    return flat


def values_of(record: Record) -> dict[str, str]:
    return {
        name: value.strip().lstrip("0")
        for name, value in record.values.items()
        if name not in {"block_count", "trace_number"}
    }


@pytest.mark.parametrize("path", files(wanted=lambda p: "checkdigit" in p.name.lower()))
def test_a_wrong_check_digit_may_be_let_through_by_agreement(path):
    if path.suffix != ".ach":
        pytest.skip("not an ACH file")
    assert "check-digit-wrong" in {one.code for one in read(path)[1]}
    codes = {one.code for one in read(path, Options(any_check_digit=True))[1]}
    assert "check-digit-wrong" not in codes


@pytest.mark.parametrize("path", files(wanted=lambda p: p.name.endswith(".fix.expected")))
def test_a_repaired_file_is_the_expected_one(path):
    source = path.with_name(path.name.removesuffix(".fix.expected"))
    expected = path.read_text("utf-8").splitlines()
    found = list(repairing.repair(source))

    def comparable(lines: list[str]) -> list[str]:
        # The expectation was made with a new date of its own in each batch header.
        return [f"{s[:69]}------{s[75:]}" if s.startswith("5") else s for s in lines]

    assert comparable(found) == comparable(expected)
    assert comparable([*found[:-1], "8" * 94]) != comparable(expected)


MEASURE = """
import gzip, sys, time
from settlement.formats.ach import reader
from settlement.formats.ach.records import Entry
began = time.process_time()
with gzip.open(sys.argv[1]) as stream:
    entries = sum(isinstance(i, Entry) for i in reader.read_valid(stream, name="large"))
spent = time.process_time() - began
with open("/proc/self/status") as status:
    peak = next(int(line.split()[1]) for line in status if line.startswith("VmHWM"))
print(entries, spent, peak / 1024)
"""


@pytest.mark.parametrize("path", files(wanted=lambda p: p.suffix == ".gz"))
def test_a_large_file_is_read_in_time_and_in_little_memory(path):
    if not Path("/proc/self/status").exists():
        pytest.skip("peak memory is read from /proc")
    command = [sys.executable, "-c", MEASURE, str(path.resolve())]
    done = subprocess.run(
        command, capture_output=True, text=True, check=True, timeout=120, cwd=Path.cwd()
    )
    entries, spent, megabytes = done.stdout.split()
    stated = re.search(r"(\d+)-entries", path.name)
    assert int(entries) >= int(stated[1] if stated else 1)
    per_hundred_thousand = float(spent) * 100_000 / int(entries)
    assert per_hundred_thousand <= 10, f"{per_hundred_thousand:.1f} s of processor time"
    assert float(megabytes) <= 200
