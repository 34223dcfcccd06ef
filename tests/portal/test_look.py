"""The look: contrast in both schemes, nothing fetched from elsewhere, every word in Thai."""

import re
from pathlib import Path

import polib
import pytest

HOUSE = Path(__file__).parents[2]
CSS = (HOUSE / "static/css/house.css").read_text(encoding="utf-8")
LIGHT, DARK = (
    dict(re.findall(r"--([a-z-]+): (#[0-9a-f]{6});", part))
    for part in CSS.split("@media (prefers-color-scheme: dark)", 1)
)
TEXT_PAIRS = [
    (ink, ground)
    for ink in ("ink", "ink-soft", "accent")
    for ground in ("canvas", "surface", "sunken")
] + [
    ("on-accent", "accent"),
    ("accent", "accent-wash"),
    ("good", "good-wash"),
    ("warn", "warn-wash"),
    ("bad", "bad-wash"),
    ("bad", "surface"),
]  # fmt: skip


def _luminance(colour: str) -> float:
    """Relative luminance, WCAG 2.2."""
    parts = (int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5))
    linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def _contrast(one: str, other: str) -> float:
    light, dark = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("scheme", [LIGHT, DARK], ids=["light", "dark"])
@pytest.mark.parametrize("pair", TEXT_PAIRS, ids="-on-".join)
def test_text_keeps_aa_contrast(scheme, pair):
    assert _contrast(scheme[pair[0]], scheme[pair[1]]) >= 4.5


@pytest.mark.parametrize("scheme", [LIGHT, DARK], ids=["light", "dark"])
@pytest.mark.parametrize("ground", ["canvas", "surface"])
def test_borders_of_fields_and_focus_are_seen(scheme, ground):
    assert _contrast(scheme["line-strong"], scheme[ground]) >= 3
    assert _contrast(scheme["focus"], scheme[ground]) >= 3


@pytest.mark.parametrize(
    "path",
    [*(HOUSE / "templates").rglob("*.html"), *(HOUSE / "static").rglob("*.css")],
    ids=lambda path: str(path.relative_to(HOUSE)),
)
def test_nothing_is_fetched_from_elsewhere(path):
    source = path.read_text(encoding="utf-8")
    assert not re.findall(r"(?:src|href|url)\s*[=(]\s*[\"']?(?:https?:)?//", source)


def test_every_word_is_in_thai():
    catalogue = polib.pofile(HOUSE / "locale/th/LC_MESSAGES/django.po")
    assert [entry.msgid for entry in catalogue.untranslated_entries()] == []
    assert [entry.msgid for entry in catalogue.fuzzy_entries()] == []


def test_placeholders_survive_translation():
    catalogue = polib.pofile(HOUSE / "locale/th/LC_MESSAGES/django.po")
    named = re.compile(r"%\([a-z_]+\)[sd]|\{[a-z_]*\}")
    for entry in catalogue:
        for text in (entry.msgstr, *entry.msgstr_plural.values()):
            if text:
                assert sorted(named.findall(text)) == sorted(named.findall(entry.msgid)), text
