"""Folders that other accounts may pass through, and servers that never outlive a test."""

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from backoffice.embedded import postgres, redis


@pytest.fixture
def folder() -> Iterator[Path]:
    """An empty folder with a short path; what runs on it is stopped afterwards."""
    made = Path(tempfile.mkdtemp(prefix="house-"))
    made.chmod(0o755)
    yield made
    for inside in [made, *made.iterdir()]:
        if inside.is_dir():
            postgres.stop(inside)
            redis.stop(inside)
            note = inside / "elsewhere"
            if note.exists():
                shutil.rmtree(note.read_text().strip(), ignore_errors=True)
    shutil.rmtree(made, ignore_errors=True)
