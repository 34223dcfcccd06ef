"""The house rules, as tests: the style guide that cannot drift."""

import ast
import re
from pathlib import Path

import pytest
from django.apps import apps
from django.db import models

HOUSE = Path(__file__).parents[2]
DEPARTMENTS = ("accounting", "settlement", "records", "compliance", "itsupport")
APPS = (*DEPARTMENTS, "backoffice")
SOURCES = sorted(p for a in APPS for p in (HOUSE / a).rglob("*.py") if "migrations" not in p.parts)
NOT_VERBS = {"admin", "api", "apps", "events", "models", "queries", "rules", "tasks", "__init__"}
FILE_LINES_MAX = 400
FUNCTION_LINES_MAX = 70
# What pages and commands of the product must never hold.
LEFT_UNFINISHED = re.compile(r"NotImplementedError|#.*\b(TODO|FIXME|XXX)\b")
SESSION_STATE = re.compile(
    r"pg_advisory_lock\(|pg_try_advisory_lock\(|\bset_config\([^)]*false\)", re.IGNORECASE
)


def _name(path: Path) -> str:
    return str(path.relative_to(HOUSE))


def _is_verbs(path: Path) -> bool:
    department, *rooms = path.relative_to(HOUSE).with_suffix("").parts
    return department in DEPARTMENTS and NOT_VERBS.isdisjoint(rooms)


@pytest.mark.parametrize("path", SOURCES, ids=_name)
def test_fits_in_the_hand(path):
    source = path.read_text(encoding="utf-8")
    assert source.count("\n") <= FILE_LINES_MAX
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.FunctionDef):
            assert node.end_lineno - node.lineno < FUNCTION_LINES_MAX, node.name


@pytest.mark.parametrize(
    "path",
    [p for p in SOURCES if _is_verbs(p)],
    ids=_name,
)
def test_who_acts_and_when_is_said_by_name(path):
    for node in ast.parse(path.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.FunctionDef) and not node.name.startswith("_"):
            keywords = {argument.arg for argument in node.args.kwonlyargs}
            positional = {argument.arg for argument in node.args.args}
            if {"actor", "at"} <= keywords | positional:
                assert {"actor", "at"} <= keywords, f"{node.name} takes them by position"


def test_nothing_is_left_unfinished():
    found = [_name(p) for p in SOURCES if LEFT_UNFINISHED.search(p.read_text(encoding="utf-8"))]
    assert found == []


def test_no_session_state_that_a_pool_would_leak():
    """Behind a pool in transaction mode, session settings and locks belong to strangers."""
    found = [_name(p) for p in SOURCES if SESSION_STATE.search(p.read_text(encoding="utf-8"))]
    assert found == []


def test_no_imports_inside_functions():
    found = [
        f"{_name(path)}:{inner.lineno}"
        for path in SOURCES
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.FunctionDef)
        for inner in ast.walk(node)
        if isinstance(inner, ast.Import | ast.ImportFrom)
    ]
    assert found == []


def test_no_reverse_stairs_between_apps():
    """A foreign key into another app leaves no accessor that climbs back up."""
    climbing = [
        f"{m._meta.label}.{f.name}"
        for m in apps.get_models()
        for f in m._meta.get_fields()
        if isinstance(f, models.ForeignKey)
        and m.__module__.split(".")[0] in APPS
        and f.related_model.__module__.split(".")[0] in APPS
        and f.related_model._meta.app_label != m._meta.app_label
        and not f.remote_field.hidden
    ]
    assert climbing == []


@pytest.mark.parametrize("department", DEPARTMENTS)
def test_each_department_has_the_same_rooms(department):
    rooms = {p.stem for p in (HOUSE / department).iterdir() if p.suffix == ".py" or p.is_dir()}
    assert {"models", "rules", "queries", "events", "api", "admin", "apps"} <= rooms
    assert (HOUSE / department / "README.md").exists()
