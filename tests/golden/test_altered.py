"""Every golden set is believed only because it can disagree: one expected figure altered, it does.

A set is laid out anew from links, its own golden check run on one of its cases and seen to pass;
then one figure of an expectation is altered in the copy, and the same check must fail.
"""

import ast
import csv
import json
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from django.db import transaction

from accounting import currencies
from tests.conftest import golden_folder
from tests.golden import (
    test_ach,
    test_berka_format,
    test_calendars,
    test_camt,
    test_csdr,
    test_currency,
    test_dvp_certified,
    test_fx,
    test_gnucash,
    test_iso20022,
    test_ledger_oracle,
    test_mojaloop,
    test_mt,
    test_tigerbeetle,
    test_ubin,
)

pytestmark = pytest.mark.django_db
# The folder that a module reads, as it names it, below the root of all sets.
ROOTS = {
    test_ach: ("DATA", "settlement/ach"),
    test_dvp_certified: ("SET", "settlement/dvp_certified"),
    test_iso20022: ("SET", "settlement/iso20022"),
    test_mt: ("SET", "settlement/mt"),
    test_ubin: ("SET", "settlement/ubin"),
}


@dataclass(frozen=True)
class Altered:
    """One figure of one set.

    Attributes:
        check: the golden test that is run.
        cases: its parameters, collected anew from the folder that is laid out.
        file: the expectation's name, a pattern below the set; the first that `alter` changes.
        alter: text to text with one figure changed, or None where there is none.
        also: further arguments of the check.
    """

    set: str
    module: ModuleType
    check: str
    cases: Callable[[], list[Any]]
    file: str
    alter: Callable[[str], str | None]
    also: dict[str, Any] = field(default_factory=dict)


def sub(pattern: str, change: Callable[[str], str]) -> Callable[[str], str | None]:
    """Change the first group of the first hit of a pattern."""

    def alter(text: str) -> str | None:
        hit = re.search(pattern, text)
        return hit and text[: hit.start(1)] + change(hit[1]) + text[hit.end(1) :]

    return alter


def more(figure: str) -> str:
    """The figure with its last digit one higher (9 becomes 8)."""
    last = figure[-1]
    return figure[:-1] + ("8" if last == "9" else str(int(last) + 1))


def in_json(change: Callable[[Any], bool]) -> Callable[[str], str | None]:
    """Change the document in place; False where it has nothing to change."""

    def alter(text: str) -> str | None:
        document = json.loads(text)
        return json.dumps(document) if change(document) else None

    return alter


def first_case(*way: str | int, to: Callable[[Any], Any]) -> Callable[[Any], bool]:
    """A value of the document by its way: keys, places, "*" for the first key."""

    def change(document: Any) -> bool:
        part = document
        for step in way[:-1]:
            part = part[next(iter(part))] if step == "*" else part[step]
        last = next(iter(part)) if way[-1] == "*" else way[-1]
        part[last] = to(part[last])
        return True

    return change


def _another_error(document: Any) -> bool:
    for tests in document.values():
        for one in tests:
            if isinstance(one["expects"], list) and one["expects"]:
                one["expects"] = ["NewErrBatchHeaderControlEquality(1, 98765)"]
                return True
    return False


def _an_entrys_amount(document: Any) -> bool:
    entries = [e for r in document["records"] for e in r["entries"]]
    for entry in entries[:1]:
        entry["amount"]["minor_units"] += "1"
    return bool(entries)


def _a_dumps_amount(document: Any) -> bool:
    entries = document.get("getEntries", ()) if isinstance(document, dict) else ()
    found = [e for e in entries if isinstance(e, dict) and isinstance(e.get("getAmount"), dict)]
    for entry in found[:1]:
        entry["getAmount"]["getAmount"] = f"{entry['getAmount']['getAmount']}1"
    return bool(found)


def _a_status_to_created(document: Any) -> bool:
    """The first case with a transfer that exceeds its credits: it is said to be created."""
    text = json.dumps(document)
    changed = text.replace("exceeds_credits", "created", 1)
    document.clear()
    document.extend(json.loads(changed)) if isinstance(document, list) else document.update(
        json.loads(changed)
    )
    return changed != text


def _a_cell(text: str) -> str | None:
    """The first amount of a hledger balance table."""
    lines = list(csv.reader(text.splitlines()))
    head = 1 if lines[0][0] == "account" else 2
    for line in lines[head:]:
        for index in range(1, len(line)):
            if digit := re.search(r"[1-9]", line[index]):
                cell, at = line[index], digit.start()
                line[index] = cell[:at] + str(int(digit[0]) % 9 + 1) + cell[at + 1 :]
                return "\n".join(",".join(f'"{c}"' for c in one) for one in lines) + "\n"
    return None


SETTLEMENT = [
    Altered("ach", test_ach, "test_the_expected_class_of_error_is_found",
            lambda: test_ach.files(wanted=lambda p: test_ach.expectations().get(p.name)),
            "expected_from_reader_test.json", in_json(_another_error)),
    Altered("ach", test_ach, "test_model_files_pass_every_rule",
            lambda: test_ach.files(wanted=lambda p: p.parent.name == "read" and p.suffix == ".ach"),
            "read/*.ach", sub(r"(?m)^9\d{30}(\d{12})", more)),
    Altered("ach", test_ach, "test_a_repaired_file_is_the_expected_one",
            lambda: test_ach.files(wanted=lambda p: p.name.endswith(".fix.expected")),
            "*.fix.expected", sub(r"(?m)^6.{28}(\d{10})", more)),
    Altered("calendars", test_calendars, "test_conventions_on_weekends",
            lambda: test_calendars.files("convention", "input", "expected_sat_sun_calendar"),
            "*convention*.csv", sub(r"(?m)^\w+,[\d-]{10},(\d{4}-\d\d-\d\d)$", more)),
    Altered("calendars", test_calendars, "test_weekday_holidays",
            test_calendars.listed_calendars,
            "*holidays.csv", sub(r"(?m)^\w+,(\d{4}-\d\d-\d\d)$", lambda _: "1965-04-14")),
    Altered("calendars", test_calendars, "test_sessions",
            lambda: test_calendars.files("session"),
            "sessions_X*.csv", sub(r"(?m)(^2013-07-1[0-9]\n)", lambda _: "")),
    Altered("csdr", test_csdr, "test_rates", test_csdr.tables, "*.json",
            in_json(first_case("rates_bp", "liquid_share", to=lambda _: "1.1"))),
    Altered("csdr", test_csdr, "test_example", test_csdr.examples, "README.md",
            sub(r"business days = \d+ x ([\d.]+\d)", more)),
    Altered("dvp_certified", test_dvp_certified, "test_gross_fifo", test_dvp_certified.cases,
            "*expected*.json", in_json(first_case(0, "gross_fifo", "value", to=lambda v: v + 1))),
    Altered("dvp_certified", test_dvp_certified, "test_optimum", test_dvp_certified.cases,
            "*expected*.json",
            in_json(first_case(0, "max_count", "optimum", to=lambda v: v + 1)),
            {"by": test_dvp_certified.Objective.COUNT}),
    Altered("iso20022", test_iso20022, "test_fin_to_iso20022",
            lambda: test_iso20022.cases("mt_to_mx", ".mt"),
            "mt_to_mx/*.xml", sub(r">(\d+\.\d\d)</", more)),
    Altered("iso20022", test_iso20022, "test_schema_verdict", test_iso20022.verdicts,
            "xsd_validation.csv", sub(r"\n[^,\n]+,[^,\n]+,(invalid|valid),",
                                      lambda v: "valid" if v == "invalid" else "invalid")),
    Altered("iso20022", test_iso20022, "test_a_compliant_message_breaks_no_usage_rule",
            lambda: test_iso20022.rule_cases("*_2025_valid.xml"), "cbpr/**/*_2025_valid.xml",
            sub(r"<(?:\w+:)?MsgDefIdr>([^<]*)", lambda _: "camt.999.001.01")),
    Altered("mojaloop", test_mojaloop, "test_interchange_of_a_toolkit_collection",
            lambda: test_mojaloop.settlement_files("ttk/*.json", test_mojaloop.has_interchange),
            "ttk/*.json", sub(r"netSettlementAmount\.amount\)\.to\.eql\((-?[\d.]+)\)", more)),
    Altered("mojaloop", test_mojaloop, "test_settlement_lifecycle", test_mojaloop.scenarios,
            "*expectations.json", sub(r"settlementStateChange[^}]*?Showing (\d+) records", more)),
    Altered("mt", test_mt, "test_a_statement_is_read_to_the_expected_values_or_refused",
            lambda: test_mt.files("mt940/*/*"), "mt940/jejik/*.yml",
            sub(r"(?s)\ntransactions:.*?decimal\.Decimal\n\s+- '(-?\d+\.\d+)'", more)),
    Altered("ubin", test_ubin, "test_fifo_is_quorums", test_ubin.cases, "*.json",
            in_json(first_case(0, "report", "status", "*", "Quorum",
                               to=lambda v: "Queued" if v == "Settled" else "Settled"))),
    Altered("ubin", test_ubin, "test_fifo_is_quorums", test_ubin.cases, "*.json",
            in_json(first_case(0, "report", "closing", "Quorum", 0, to=lambda v: v + 1))),
    Altered("ubin", test_ubin, "test_optimum_is_reached", test_ubin.cases, "*.json",
            in_json(first_case(0, "derived_optimum", "max_value", to=lambda v: v + 1)),
            {"by": test_ubin.Objective.VALUE}),
]  # fmt: skip
EXCEEDING = {
    name
    for name, steps in test_tigerbeetle.TABLES
    if any(step.get("status") == "exceeds_credits" for step in steps)
}
ACCOUNTING = [
    Altered("berka", test_berka_format, "test_figures_of_the_readme", test_berka_format.registers,
            "README.md", sub(r"([\d,]+) obligations", more)),
    Altered("camt_genkgo", test_camt, "test_a_statement_says_what_is_expected_of_it",
            lambda: test_camt.cases("*.expected.json"), "*.expected.json",
            in_json(_an_entrys_amount)),
    Altered("camt_genkgo", test_camt, "test_amounts_are_those_of_the_upstream_dump",
            lambda: test_camt.cases("*.json", wanted=test_camt.is_dump), "*.json",
            in_json(_a_dumps_amount)),
    Altered("currency", test_currency, "test_codes_in_use", test_currency.tables, "*.csv",
            sub(r"(?m),THB,\d+,(2),", more)),
    Altered("fx_ar_cases", test_fx, "test_the_books_show_what_the_case_expects", test_fx.cases,
            "*.json", in_json(first_case("fx", 0, "expected", "*", to=lambda v: f"{v}1"))),
    Altered("gnucash_hordak", test_gnucash, "test_a_book_keeps_its_balances",
            lambda: [p for p in test_gnucash.books() if "CapitalGains" in p.id
                     or "InitialEquity" in p.id],
            "README.md", sub(r"(?:cash|initial equity) ([\d,]*\d)", more)),
    Altered("ledger_oracle", test_ledger_oracle, "test_every_balance_agrees_with_hledger",
            lambda: [p for p in test_ledger_oracle.cases() if "/sample/" in p.id],
            "sample/*.csv", _a_cell, {"books": test_ledger_oracle.post}),
    Altered("tigerbeetle_semantics", test_tigerbeetle, "test_table",
            lambda: [pytest.param(s, id=n) for n, s in test_tigerbeetle.tables()
                     if n in EXCEEDING],
            "*.json", in_json(_a_status_to_created)),
]  # fmt: skip
ALL = [(f"settlement/{one.set}", one) for one in SETTLEMENT] + [
    (f"accounting/{one.set}", one) for one in ACCOUNTING
]
# Sets with a proof of their own in their module, beside those above.
OWN_PROOF = re.compile(r"test_\w*altered")


def lay_out(source: Path, folder: Path) -> None:
    """The set as links, so that altering one file leaves the others, and the original, alone."""
    for path in sorted(source.rglob("*")):
        to = folder / path.relative_to(source)
        if path.is_dir():
            to.mkdir(parents=True, exist_ok=True)
        else:
            to.parent.mkdir(parents=True, exist_ok=True)
            to.symlink_to(path.resolve())


def outcome(one: Altered, param: Any) -> str:
    """How the golden check ends on a case: passed, failed, or skipped."""
    names = next(
        m.args[0]
        for m in getattr(one.module, one.check).pytestmark
        if m.name == "parametrize" and m.args[0] not in one.also
    )
    listed = [n.strip() for n in names.split(",")] if isinstance(names, str) else list(names)
    given = {**dict(zip(listed, param.values, strict=True)), **one.also}
    try:
        with transaction.atomic():
            getattr(one.module, one.check)(**given)
            transaction.set_rollback(True)
    except pytest.skip.Exception:
        return "skipped"
    except (AssertionError, pytest.fail.Exception):
        return "failed"
    return "passed"


def first_altered(folder: Path, one: Altered) -> tuple[Path, Path]:
    """The first expectation in which a figure was altered, and the link that it was."""
    for path in sorted(folder.glob(one.file)):
        original = path.resolve()
        text = original.read_text(encoding="utf-8", errors="surrogateescape")
        changed = one.alter(text)
        if changed is not None and changed != text:
            path.unlink()
            path.write_text(changed, encoding="utf-8", errors="surrogateescape", newline="")
            return path, original
    raise AssertionError(f"{one.file} has no figure to alter")


def cases_about(one: Altered, altered: Path) -> list[Any]:
    """The cases of the altered file: those named like it, or all, if it expects for many."""
    found = one.cases()
    stem = altered.name.split(".")[0]
    named = [
        param
        for param in found
        if any(isinstance(v, Path) and v.name.split(".")[0] == stem for v in param.values)
    ]
    return named or found


@pytest.mark.parametrize(
    ("name", "one"), ALL, ids=[f"{name}-{one.check}-{n}" for n, (name, one) in enumerate(ALL)]
)
def test_an_altered_figure_fails_the_golden_check(name, one, tmp_path, monkeypatch):
    source = golden_folder() / name
    if not source.is_dir():
        pytest.skip(f"{name} is not in GOLDEN_DATA")
    lay_out(source, tmp_path / name)
    monkeypatch.setenv("GOLDEN_DATA", str(tmp_path))
    attribute, below = ROOTS.get(one.module, ("DATA", ""))
    if hasattr(one.module, attribute):
        monkeypatch.setattr(one.module, attribute, tmp_path / below)
    monkeypatch.setattr(currencies, "_KNOWN", {})
    altered, original = first_altered(tmp_path / name, one)
    noticed = next((p.id for p in cases_about(one, altered) if outcome(one, p) == "failed"), None)
    assert noticed, f"{altered.name}: one figure altered, and nobody noticed"
    altered.unlink()
    altered.symlink_to(original)
    [same] = [param for param in cases_about(one, altered) if param.id == noticed]
    assert outcome(one, same) == "passed"


def test_every_golden_module_can_fail():
    """Here, or by a test of its own that alters an expectation."""
    mine = {Path(one.module.__file__).name for _name, one in ALL}
    missing = []
    for path in sorted(Path(__file__).parent.glob("test_*.py")):
        functions = [
            node.name
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
            if isinstance(node, ast.FunctionDef)
        ]
        if path.name not in mine and not any(map(OWN_PROOF.match, functions)):
            missing.append(path.name)
    assert missing == ["test_berka.py"]  # the same README, see test_berka_format; slow
