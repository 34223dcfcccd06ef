"""What the desk says, it says in Thai too: asked as a page asks, of the compiled catalogues."""

import ast
import re
from pathlib import Path

import pytest
from django.utils.translation import gettext, ngettext, override

HOUSE = Path(__file__).parents[2]
MARKS = {"_", "gettext", "gettext_lazy"}
# The same in both languages, or said so by the framework itself ("hash").
SAME = {"SHA-256", "hash", "BIC", "LEI", "ISIN", "UETR"}
ROOMS = {
    "accounting": ("accounting", "templates/admin/accounting"),
    "settlement": ("settlement", "templates/admin/settlement"),
    "intake": ("backoffice/intake", "templates/admin/intake"),
    "desk": ("backoffice/desk", "templates/unfold"),
}


def _in_code(folder):
    for path in (HOUSE / folder).rglob("*.py"):
        if "migrations" in path.parts:
            continue
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") in MARKS:
                yield from (a.value for a in node.args[:1] if isinstance(a, ast.Constant))


def _in_templates(folder):
    """Words and (singular, plural) pairs."""
    for path in (HOUSE / folder).rglob("*.html"):
        text = path.read_text("utf-8")
        yield from (said for _, said in re.findall(r"""\{%\s*translate\s+(["'])(.*?)\1""", text))
        for block in re.findall(
            r"(?s)\{%\s*blocktranslate.*?%\}(.*?)\{%\s*endblocktranslate", text
        ):
            named = re.sub(r"\{\{\s*(\w+)\s*\}\}", r"%(\1)s", block)
            parts = re.split(r"\{%\s*plural\s*%\}", named)
            yield parts[0] if len(parts) == 1 else tuple(parts)


@pytest.mark.parametrize("room", ROOMS)
def test_every_word_of_the_desk_has_its_thai(room):
    code, templates = ROOMS[room]
    wanted = {*_in_code(code), *_in_templates(templates)} - SAME
    assert len(wanted) > 15
    with override("th"):
        left = [
            word
            for word in wanted
            if (gettext(word) == word if isinstance(word, str) else ngettext(*word, 2) == word[1])
        ]
    assert sorted(map(str, left)) == []
