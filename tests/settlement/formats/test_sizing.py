"""What a progress bar is drawn against is near what the reader then finds."""

import pytest

from settlement.formats import sizing
from settlement.uploading import EXAMPLES

SHOWN = [
    ("csv", "trades.csv"),
    ("ach", "payments.ach"),
    ("pacs", "payments.pacs008.xml"),
    ("sese", "deliveries.sese023.xml"),
    ("mt", "payment.mt103"),
]


@pytest.mark.parametrize(("format_", "example"), SHOWN)
def test_the_examples_are_counted_whatever_the_block(format_, example, monkeypatch):
    whole = sizing.expected(EXAMPLES / example, format_)
    assert whole
    for size in (1, 2, 7, 61):
        monkeypatch.setattr(sizing, "READ_SIZE", size)
        assert sizing.expected(EXAMPLES / example, format_) == whole


@pytest.mark.parametrize(
    ("format_", "content", "count"),
    [
        ("csv", b"", None),
        ("csv", b"header\ncolumns\nT-1\nT-2\ntrailer\n", 2),
        ("ach", b"101\n5200\n622\n622\n7\n8\n9\n", 2),
        ("ach", b"1" * 94 + b"6" * 94, None),
        ("pacs", b"<a:CdtTrfTxInf><x/></a:CdtTrfTxInf><CdtTrfTxInf ><y/></CdtTrfTxInf>", 2),
        ("mt", b"{1:F01}{2:I103}{4:\r\n-}{1:F01}{2:O202}", 2),
        ("mt", b"nothing", None),
    ],
)
def test_what_is_counted(tmp_path, format_, content, count):
    path = tmp_path / "file"
    path.write_bytes(content)
    assert sizing.expected(path, format_) == count
