"""How many trades a file seems to hold, at one quick look: what a progress bar is drawn against.

Never more than a hint. The reader counts, and the file's own control totals bind.
"""

import re
from pathlib import Path
from typing import Final

READ_SIZE: Final = 1 << 20
# Lines of the house's file that are no trades: its header, its columns, its trailer.
FRAME: Final = 3
_MARKS: Final = {
    "csv": re.compile(rb"\n"),
    # Entry details. In a file without line ends nothing tells where a record begins.
    "ach": re.compile(rb"\n6"),
    "pacs": re.compile(rb"<(?:[\w.-]{1,32}:)?CdtTrfTxInf[\s>]"),
    "sese": re.compile(rb"<(?:[\w.-]{1,32}:)?SctiesSttlmTxInstr[\s>]"),
    "mt": re.compile(rb"\{2:"),
}
# The longest mark, but for its last byte, may hang over from one block to the next.
_OVERHANG: Final = 64


def expected(path: Path, format_: str) -> int | None:
    """About how many trades the file holds, in constant memory; None where nothing tells.

    Args:
        format_: one of csv, ach, pacs, sese, mt.

    Raises:
        OSError: the file cannot be read.
    """
    mark, found, kept = _MARKS[format_], 0, b""
    with path.open("rb") as stream:
        while block := stream.read(READ_SIZE):
            text = kept + block
            ends = [match.end() for match in mark.finditer(text)]
            found += len(ends)
            # What was counted is not looked at again.
            kept = text[max(ends[-1] if ends else 0, len(text) - _OVERHANG) :]
    if format_ == "csv":
        found -= FRAME
    return found if found > 0 else None
