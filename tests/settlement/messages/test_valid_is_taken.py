"""What is valid by its schema becomes FIN, whatever it says beside what FIN has a place for."""

import os
from pathlib import Path

import pytest
from lxml import etree

from settlement.messages import converting, schemas
from settlement.messages.fin.reading import parse
from tests.settlement.messages.random_documents import Maker
from tests.settlement.messages.test_to_fin import HEAD

PUBLISHED = Path(os.environ.get("GOLDEN_DATA", "../shared/data")) / "settlement/iso20022/xsd"
NEEDED = frozenset(
    ["BookgDt", "BICFI", "InstrId", "IntrBkSttlmDt", "Ntry", "TxInf", "TxInfAndSts", "XpctdValDt"]
)
FIXED = {"TxSts": "RJCT", "XpctdValDt": "2026-11-25", "IntrBkSttlmDt": "2026-11-25"}
"""Without these one FIN message has nothing to tell, as CBPR+ has it too."""
OWN = ("pacs.002.001.10", "pacs.008.001.08", "pacs.009.001.08", "camt.054.001.08")
OTHERS = (
    *("camt.029.001.09", "camt.052.001.08", "camt.056.001.08", "camt.057.001.06"),
    *("camt.060.001.05", "pacs.003.001.08", "pacs.004.001.09", "pacs.010.001.03"),
)
WIDTHS = {"79": 50, "61": 86}


def folders():
    for definition in (*OWN, *OTHERS):
        for folder in (schemas.OWN, PUBLISHED):
            schema = folder / f"{definition}.xsd"
            if schema.is_file():
                yield pytest.param(schema, id=f"{folder.parent.name}-{definition}")


@pytest.mark.parametrize("schema", list(folders()))
def test_whatever_is_valid_by_its_schema_becomes_fin(schema: Path):
    rules = etree.XMLSchema(etree.parse(schema))
    taken = 0
    for seed in range(40):
        made = Maker(schema, seed, needed=NEEDED, fixed=FIXED).document()
        if not rules.validate(made):
            continue
        data = f"<Envelope>{HEAD}{etree.tostring(made).decode()}</Envelope>".encode()
        message = parse(converting.to_fin(data).text)
        taken += 1
        for item in message.fields:
            width = WIDTHS.get(item.tag, 35)
            rows = item.value.split("\n")
            assert all(0 < len(row) <= width for row in rows), (seed, item)
        if message.mt == "210":
            assert len(message.all("50", "52")) <= len(message.all("21")), (seed, "rule C06")
    assert taken > 5
