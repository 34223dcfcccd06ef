"""hledger, ledger and beancount asked for balances: {(account, commodity): amount}."""

import csv
import io
import re
import shutil
import subprocess
from collections import defaultdict
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

import pytest

Balances = dict[tuple[str, str], Decimal]
AMOUNT = re.compile(r'(-?[\d.]+) ("[^"]*"|[^\s",]+)')


def needed(program: str) -> None:
    """Skip where the program is not installed."""
    if shutil.which(program) is None:
        pytest.skip(f"{program} is not installed")


def _run(*words: str) -> str:
    done = subprocess.run(words, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
    return done.stdout


def _put(found: Balances, account: str, text: str) -> None:
    for amount, symbol in AMOUNT.findall(text):
        found[account, symbol.strip('"')] += Decimal(amount)


def _clean(found: Balances) -> Balances:
    return {slot: amount for slot, amount in found.items() if amount}


def hledger(journal: Path, as_of: date) -> Balances:
    """Balances at the end of `as_of` by hledger."""
    end = (as_of + timedelta(days=1)).isoformat()
    words = ("hledger", "-f", str(journal), "bal", "-N", "-E", "--flat", "-e", end, "-O", "csv")
    found: Balances = defaultdict(Decimal)
    for row in list(csv.reader(io.StringIO(_run(*words))))[1:]:
        _put(found, row[0], row[1])
    return _clean(found)


def ledger(journal: Path, as_of: date) -> Balances:
    """The same by ledger."""
    end = (as_of + timedelta(days=1)).isoformat()
    shape = "%(account)\\t%(scrub(display_amount))\\n"
    words = ("ledger", "--args-only", "-f", str(journal), "bal", "--flat", "--no-total", "--empty")
    found: Balances = defaultdict(Decimal)
    account = ""
    for line in _run(*words, "--end", end, "--format", shape).splitlines():
        head, tab, amount = line.partition("\t")
        account = head if tab else account
        _put(found, account, amount if tab else line)
    return _clean(found)


BEANS = """
import sys
from collections import defaultdict
from datetime import date
from decimal import Decimal
from beancount import loader
from beancount.core.data import Transaction

entries, errors, _options = loader.load_file(sys.argv[1])
assert not errors, errors
as_of = date.fromisoformat(sys.argv[2])
found = defaultdict(Decimal)
for entry in entries:
    if isinstance(entry, Transaction) and entry.date <= as_of:
        for posting in entry.postings:
            found[posting.account, posting.units.currency] += posting.units.number
for (account, currency), number in found.items():
    print(account, currency, number, sep="\\t")
"""


def beancount(file: Path, as_of: date) -> Balances:
    """The same by beancount, in its own names; bean-query would round what it shows."""
    assert _run("bean-check", str(file)) == ""
    first = Path(shutil.which("bean-check") or "").read_text("utf-8").splitlines()[0]
    words = first.removeprefix("#!").split()
    rows = [
        line.split("\t") for line in _run(*words, "-c", BEANS, str(file), str(as_of)).splitlines()
    ]
    return _clean({(account, commodity): Decimal(amount) for account, commodity, amount in rows})


def as_beans(balances: Balances, file: Path) -> Balances:
    """Our balances in beancount's names, as the file itself declares them."""
    names, declared = {}, ""
    for line in file.read_text("utf-8").splitlines():
        words = line.split(" ", 2)
        if words[1:2] in (["open"], ["commodity"]):
            declared = words[2]
            names[declared] = declared
        elif line.startswith("  code: ") and declared:
            names[declared] = line.removeprefix("  code: ")[1:-1].replace('\\"', '"')
        elif not line.strip():
            declared = ""
    spelled = {name: bean for bean, name in names.items()}
    return {(spelled[a], spelled[c]): amount for (a, c), amount in balances.items()}
