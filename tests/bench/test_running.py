"""`make bench` runs its areas and nothing else, and what a rival's absence says."""

import argparse
import subprocess
import sys
from pathlib import Path

import pytest

from bench import __main__ as running
from bench import ledger_rivals, rivals


def test_an_area_is_what_has_a_main():
    found = running.areas()
    assert {"ledger", "resolving", "settlement"} <= set(found)
    assert not {"databases", "rivals", "big_book", "ledger_figures", "ledger_reads"} & set(found)


def test_an_unknown_area_is_named(capsys):
    assert running.main(["rivals"]) == 2
    assert "unknown: rivals; there are: ledger, " in capsys.readouterr().out


def test_a_missed_target_is_told_and_shown_by_the_exit(monkeypatch, capsys):
    class Area:
        @staticmethod
        def main() -> int:
            return 1

    monkeypatch.setattr(running.importlib, "import_module", lambda _name: Area)
    monkeypatch.setattr(running.sys, "argv", [])
    assert running.main(["ledger"]) == 1
    assert "targets missed in ledger" in capsys.readouterr().out


def test_a_rival_that_cannot_be_installed_is_skipped_with_a_sentence(monkeypatch, tmp_path, capsys):
    def refuse(command, **_options):
        raise subprocess.CalledProcessError(
            1, command, stderr="a warning\nERROR: no such package\n"
        )

    monkeypatch.setattr(rivals.services, "data_folder", lambda: tmp_path)
    monkeypatch.setattr(rivals.venv, "create", lambda _folder, **_options: None)
    monkeypatch.setattr(rivals.subprocess, "run", refuse)
    assert ledger_rivals.rivals(argparse.Namespace()) == []
    told = capsys.readouterr().out.splitlines()
    assert len(told) == len(rivals.RIVALS) == 2
    assert told[0].endswith(
        "django-hordak                skipped, as it cannot be installed or started here:"
        " ERROR: no such package"
    )


def test_a_rival_that_ends_at_once_says_its_last_line(monkeypatch, tmp_path):
    script = tmp_path / "ends.py"
    script.write_text("raise SystemExit('no such table')")
    monkeypatch.setattr(rivals, "_installed", lambda _package: Path(sys.executable))
    monkeypatch.setattr(rivals, "RIVALS", {"django-hordak": str(script)})
    with pytest.raises(rivals.Unavailable, match="no such table"), rivals.started("django-hordak"):
        pass
