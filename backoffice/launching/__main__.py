"""`python -m backoffice.launching`: nothing more is `make run`; `stop` and `test WORDS` too."""

import os
import sys

from backoffice.embedded.services import data_folder
from backoffice.kernel.refusals import Refused
from backoffice.launching.failures import PortNotANumber
from backoffice.launching.house import House
from backoffice.launching.speaking import refuse, say, speak_on_any_terminal
from backoffice.launching.stopping import stop_elsewhere
from backoffice.launching.testing import run_tests


def port_from(text: str) -> int:
    """The TCP port that PORT names; 8000 when it names none.

    Raises:
        PortNotANumber: when it is no port.
    """
    text = text.strip() or "8000"
    if not (text.isascii() and text.isdigit() and 1 <= int(text) <= 65535):
        raise PortNotANumber(port=text)
    return int(text)


def main(words: list[str]) -> int:
    """Run or stop the house; returns the exit code."""
    speak_on_any_terminal()
    data = data_folder()
    try:
        if words == ["stop"]:
            stopped = stop_elsewhere(data)
            say(f"Stopped · หยุดแล้ว: {', '.join(stopped) or 'nothing was running'}")
            return 0
        if words[:1] == ["test"]:
            return run_tests(words[1:])
        env = os.environ.get
        seed = env("BACKOFFICE_MODE", "demo") == "demo" and env("BACKOFFICE_SEED", "yes") != "no"
        port = port_from(env("PORT", ""))
        House(data=data, host=env("HOST") or "127.0.0.1", port=port, seed=seed).run()
    except Refused as refused:
        refuse(refused)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
