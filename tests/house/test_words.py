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


# What Django, its REST framework, the theme and the account pages say to a reader, who meets it
# on the house's pages: their own Thai lacks it, or has it wrong.
FRAMEWORK = (
    "Confirm Access",
    "Your password can’t be too similar to your other personal information.",
    "Your password can’t be a commonly used password.",
    "Your password can’t be entirely numeric.",
    "The two password fields didn’t match.",
    "Enter the same password as before, for verification.",
    (
        "Please enter your old password, for security’s sake, and then enter your new password"
        " twice so we can verify you typed it in correctly."
    ),
    "Choose file to upload",
    "Must be a valid boolean.",
    "Not a valid string.",
    "Must be a valid UUID.",
    "Ensure this field has at least {min_length} elements.",
    "Ensure this field has no more than {max_length} elements.",
)


@pytest.mark.parametrize("word", FRAMEWORK)
def test_what_a_framework_says_to_a_reader_is_thai_too(word):
    with override("th"):
        said = gettext(word)
    assert re.search("[ก-๙]", said)
    # A translation of another sentence, made from the nearest one.
    assert "AddrAccess" not in said
    assert re.findall(r"\{\w+\}", said) == re.findall(r"\{\w+\}", word)


@pytest.mark.django_db
def test_the_passwords_own_page_is_thai_throughout(client, cast):
    reader = cast.staff("aree")
    reader.language = "th"
    reader.save()
    client.force_login(reader)
    page = client.get("/accounts/password/change/")
    text = page.content.decode()
    assert "รหัสผ่านต้องไม่คล้ายกับข้อมูลส่วนตัวของท่าน" in text
    assert "Your password" not in text
