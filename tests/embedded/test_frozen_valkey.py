"""A Valkey that lives but does not answer is ended before another writes its file."""

import os
import signal

from backoffice.embedded import processes, redis


def test_a_frozen_server_is_replaced_not_doubled(tmp_path):
    folder = tmp_path / "valkey"
    redis.ensure_running(folder, durable=False)
    frozen = redis.running_pid(folder)
    os.kill(frozen, signal.SIGSTOP)
    try:
        redis.ensure_running(folder, durable=False)
        assert processes.wait_gone(frozen, seconds=5)
        assert redis.running_pid(folder) not in {None, frozen}
    finally:
        redis.stop(folder)
