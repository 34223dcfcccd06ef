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
