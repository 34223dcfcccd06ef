"""The embedded Valkey: password, append-only file, one server for all, its port kept."""

import os
import signal
import socket
import time
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import urlparse

import pytest
import redis as client
from redis.backoff import NoBackoff
from redis.retry import Retry

from backoffice.embedded import processes, redis
from backoffice.embedded.failures import FolderNotUsable


def test_keeps_what_was_written_at_its_old_address(folder):
    url = redis.ensure_running(folder)
    client.Redis.from_url(url).set("kept", "yes")
    pid = redis.running_pid(folder)
    assert redis.stop(folder) is True
    assert not processes.is_alive(pid)
    assert redis.stop(folder) is False
    assert redis.ensure_running(folder) == url == redis.address(folder)
    assert client.Redis.from_url(url).get("kept") == b"yes"


def test_a_kill_loses_at_most_the_last_second(folder):
    url = redis.ensure_running(folder)
    client.Redis.from_url(url).set("kept", "yes")
    time.sleep(1.2)
    pid = redis.running_pid(folder)
    os.kill(pid, signal.SIGKILL)
    assert processes.wait_gone(pid, seconds=10)
    assert redis.running_pid(folder) is None
    assert client.Redis.from_url(redis.ensure_running(folder)).get("kept") == b"yes"


def test_asks_for_its_password_and_listens_on_loopback_only(folder):
    parts = urlparse(redis.ensure_running(folder))
    assert parts.hostname == "127.0.0.1"
    with pytest.raises(client.AuthenticationError):
        client.Redis(port=parts.port, retry=Retry(NoBackoff(), 0)).ping()
    assert (folder / "valkey.conf").stat().st_mode & 0o077 == 0


def test_moves_when_a_stranger_took_its_port(folder, monkeypatch):
    monkeypatch.setattr(redis, "ANSWER_SECONDS", 0.2)
    port = urlparse(redis.ensure_running(folder)).port
    redis.stop(folder)
    with socket.socket() as stranger:
        stranger.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        stranger.bind(("127.0.0.1", port))
        stranger.listen()
        url = redis.ensure_running(folder)
    assert urlparse(url).port != port
    assert client.Redis.from_url(url).ping()


def test_many_starters_at_once_share_one_server(folder):
    with ThreadPoolExecutor(6) as pool:
        urls = set(pool.map(lambda _: redis.ensure_running(folder, durable=False), range(6)))
    assert len(urls) == 1


def test_a_place_that_cannot_be_written_is_one_sentence(folder):
    (folder / "file").write_text("in the way")
    with pytest.raises(FolderNotUsable):
        redis.ensure_running(folder / "file" / "valkey")
