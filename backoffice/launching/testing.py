"""`make test`: pytest on servers of its own, which end with it, however it ends."""

import signal
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from backoffice.embedded import postgres, redis, services


def run_tests(words: Sequence[str]) -> int:
    """Run pytest with these words; returns its exit code. Its summary is the last thing said.

    A Ctrl-C reaches pytest by itself; a SIGTERM reaches it as one, so that it winds up in order.
    """
    signal.signal(signal.SIGINT, signal.SIG_DFL)  # pytest inherits this, not our ignorance
    with subprocess.Popen(  # noqa: S603 - our own tests, never a shell
        [sys.executable, "-m", "pytest", *words], cwd=services.CHECKOUT
    ) as pytest:
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        signal.signal(signal.SIGTERM, lambda *_: pytest.send_signal(signal.SIGINT))
        code = pytest.wait()
    stop_test_servers(services.data_folder())
    return code


def stop_test_servers(data: Path) -> None:
    """Stop the servers of the tests, unless another run of tests is using them."""
    if postgres.clients(data / "test-postgres") == 0:
        postgres.stop(data / "test-postgres")
        redis.stop(data / "test-valkey")
