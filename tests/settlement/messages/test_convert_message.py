"""The command: a message in, the other standard out, no database asked."""

import json

import pytest
from django.core.management import CommandError, call_command

from settlement.messages import build
from tests.settlement.messages.samples import BANK_TRANSFER, CREDIT_TRANSFER


def test_the_command_translates_both_ways(tmp_path, capsys):
    source = tmp_path / "pay.fin"
    source.write_text(build.mt103(CREDIT_TRANSFER))
    call_command("convert_message", str(source), "--to", "mx")
    xml = capsys.readouterr().out
    assert "<pacs:EndToEndId>E2E-0001</pacs:EndToEndId>" in xml
    back = tmp_path / "pay.xml"
    back.write_text(xml)
    call_command("convert_message", str(back), "--to", "mt", "--json")
    told = json.loads(capsys.readouterr().out)
    assert (told["from"], told["to"]) == ("pacs.008.001.08", "MT103")
    assert ":32A:261125THB1250000,5" in told["message"]


@pytest.mark.parametrize(
    ("name", "content", "target", "sentence"),
    [
        ("a.fin", "{1:F01", "mx", "a.fin, line 1, block 1"),
        ("b.xml", "<!DOCTYPE a><a/>", "mt", "xml-doctype"),
        ("c.fin", build.mt202(BANK_TRANSFER), "mt", "c.fin, line 1"),
        ("d.fin", build.mt202(BANK_TRANSFER).replace("I202", "I320"), "mx", "MT320"),
    ],
)
def test_a_refusal_names_file_and_line_in_both_languages(tmp_path, name, content, target, sentence):
    source = tmp_path / name
    source.write_text(content)
    with pytest.raises(CommandError) as caught:
        call_command("convert_message", str(source), "--to", target)
    assert sentence in str(caught.value)
    assert "บรรทัด" in str(caught.value)


def test_a_file_that_is_not_there_is_told(tmp_path):
    with pytest.raises(CommandError):
        call_command("convert_message", str(tmp_path / "none.fin"), "--to", "mx")


@pytest.mark.parametrize("between", ["\n$\n", "\n", ""])
def test_every_message_of_a_file_is_translated_in_order(tmp_path, capsys, between):
    source = tmp_path / "day.fin"
    told = [build.mt103(CREDIT_TRANSFER).strip(), build.mt202(BANK_TRANSFER).strip()]
    source.write_text(between.join([*told, told[0]]))
    call_command("convert_message", str(source), "--to", "mx", "--json")
    found = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [one["from"] for one in found] == ["MT103", "MT202", "MT103"]
    assert "E2E-0001" in found[2]["message"]
    call_command("convert_message", str(source), "--to", "mx")
    assert capsys.readouterr().out.count("<?xml") == 3


def test_of_several_messages_all_are_translated_or_none(tmp_path, capsys):
    source = tmp_path / "day.fin"
    first = build.mt103(CREDIT_TRANSFER).strip()
    last = build.mt202(BANK_TRANSFER).replace("I202", "I320")
    source.write_text(f"{first}\n$\n{last}")
    with pytest.raises(CommandError) as caught:
        call_command("convert_message", str(source), "--to", "mx")
    line = len(first.splitlines()) + 2
    assert f"day.fin, line {line}, block 2: MT320" in str(caught.value)
    assert not capsys.readouterr().out


def test_fields_without_their_blocks_are_told_what_is_missing(tmp_path):
    source = tmp_path / "bare.mt940"
    source.write_text(":20:STMT\n:25:123\n:28C:1/1\n-\n")
    with pytest.raises(CommandError) as caught:
        call_command("convert_message", str(source), "--to", "mx")
    english, thai = str(caught.value).splitlines()
    assert "bare.mt940, line 1, block 1: The text begins with field 20: blocks 1 and 2" in english
    assert "and {4: before the fields. [fin-headers-missing]" in english
    assert "ไม่มีบล็อก 1 และ 2" in thai
