#!/usr/bin/env python
"""The house's own commands: `manage.py help` lists them.

Without DATABASE_URL and REDIS_URL the embedded servers are started when a command needs them, and
stay for the next one (`make stop` ends them).
"""

import os
import sys

from django.core.management import execute_from_command_line

from backoffice.embedded.services import ADDRESS_ONLY
from backoffice.kernel.refusals import Refused

# Commands that read and write no data wait for no server.
WITHOUT_DATA = {
    "check",
    "collectstatic",
    "compilemessages",
    "convert_message",
    "diffsettings",
    "findstatic",
    "help",
    "makemessages",
    "makemigrations",
    "resolve_queue",
    "spectacular",
    "version",
}
# Commands that change tables, not rows, work as their owner.
OF_THE_OWNER = {"migrate"}


def main(words: list[str]) -> None:
    """Run the command; a server that does not start ends it in one sentence per language."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "backoffice.settings")
    asks_for_help = {"-h", "--help", "--version"} & set(words[1:])
    if len(words) < 2 or words[1] in WITHOUT_DATA or asks_for_help:
        os.environ.setdefault("BACKOFFICE_SERVERS", ADDRESS_ONLY)
    if words[1:2] and words[1] in OF_THE_OWNER:
        os.environ["BACKOFFICE_AS_OWNER"] = "yes"
    try:
        execute_from_command_line(words)
    except Refused as refused:
        sys.exit(f"{refused.sentence('en')}\n{refused.sentence('th')}")


if __name__ == "__main__":
    main(sys.argv)
