"""Every word on the ledger's pages has its Thai."""

import ast
import re
from pathlib import Path

import polib

CHECKOUT = Path(__file__).parents[2]
MARKS = {"_", "gettext", "gettext_lazy"}


def _in_code() -> set[str]:
    found = set()
    for path in (CHECKOUT / "accounting").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") in MARKS:
                found |= {a.value for a in node.args[:1] if isinstance(a, ast.Constant)}
    return found


def _in_templates() -> set[str]:
    found = set()
    for path in (CHECKOUT / "templates/admin/accounting").glob("*.html"):
        text = path.read_text("utf-8")
        found |= {said for _, said in re.findall(r"""\{%\s*translate\s+(["'])(.*?)\1""", text)}
        for said in re.findall(r"\{%\s*blocktranslate.*?%\}(.*?)\{%\s*endblocktranslate", text):
            found.add(re.sub(r"\{\{\s*(\w+)\s*\}\}", r"%(\1)s", said))
    return found


def test_every_word_is_translated_and_compiled():
    folder = CHECKOUT / "accounting/locale/th/LC_MESSAGES"
    said = {entry.msgid: entry.msgstr for entry in polib.pofile(folder / "django.po")}
    compiled = {entry.msgid: entry.msgstr for entry in polib.mofile(folder / "django.mo")}
    wanted = _in_code() | _in_templates()
    assert len(wanted) > 100
    assert sorted(word for word in wanted if not said.get(word)) == []
    assert sorted(word for word in wanted if compiled.get(word) != said[word]) == []
