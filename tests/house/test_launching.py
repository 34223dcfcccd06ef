"""`make run`: up to a ready page, one sentence for what stands in the way, nothing left behind."""

import os
import pwd
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import psycopg2
import pytest
import yaml

from backoffice.embedded import postgres, processes, redis
from backoffice.embedded.cluster import APPLICATION
from backoffice.launching import parts
from backoffice.launching.asking import refuse_taken_port
from backoffice.launching.failures import PortTaken
from backoffice.launching.parts import Part

CHECKOUT = Path(__file__).resolve().parents[2]


@pytest.fixture
def data() -> Iterator[Path]:
    made = Path(tempfile.mkdtemp(prefix="run-"))
    made.chmod(0o755)
    yield made
    parts.sweep(made)
    postgres.stop(made / "postgres")
    redis.stop(made / "valkey")
    shutil.rmtree(made, ignore_errors=True)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def environment(data: Path, **more: str) -> dict[str, str]:
    """As on a fresh machine: no addresses of servers, nothing of this test run."""
    passed = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    return {**passed, "BACKOFFICE_DATA": str(data), "BACKOFFICE_SEED": "no", **more}


def run(words: list[str], env: dict[str, str]) -> subprocess.CompletedProcess[str]:
    """Run Python on these words to its end, in the checkout."""
    return subprocess.run(
        [sys.executable, *words], cwd=CHECKOUT, env=env, capture_output=True, text=True, check=False
    )


@contextmanager
def launched(data: Path, **more: str) -> Iterator[subprocess.Popen[str]]:
    with subprocess.Popen(
        [sys.executable, "-m", "backoffice.launching"],
        cwd=CHECKOUT,
        env=environment(data, **more),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    ) as house:
        try:
            yield house
        finally:
            if house.poll() is None:
                house.send_signal(signal.SIGTERM)
                house.wait(60)


def said_until(house: subprocess.Popen[str], words: str) -> str:
    """What it printed up to the line with `words`, or up to its end."""
    said = []
    for line in house.stdout:
        said.append(line)
        if words in line:
            break
    return "".join(said)


def left_over(data: Path) -> list[list[str] | None]:
    """Command lines of living processes that carry the data folder's name."""
    found = processes.find(lambda words: any(str(data) in word for word in words))
    return [processes.command_line(pid) for pid in found]


def roles_at_the_database(data: Path, port: int) -> set[str]:
    """The roles by which the house is connected, once it has answered."""
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/readyz", timeout=30) as answer:
        assert answer.status == 200
    link = psycopg2.connect(postgres.address(data / "postgres"))
    with closing(link), link.cursor() as cursor:
        cursor.execute(
            "SELECT usename FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
            " AND usename IS NOT NULL"
        )
        return {row[0] for row in cursor.fetchall()}


def refuse_the_application(data: Path) -> None:
    """What somebody who got hold of the web server's connection would try."""
    link = psycopg2.connect(postgres.address(data / "postgres", role=APPLICATION))
    link.autocommit = True
    with closing(link), link.cursor() as cursor:
        for statement in (
            "UPDATE accounting_line SET amount = 0",
            "DELETE FROM frame_auditevent",
            "TRUNCATE settlement_settlement",
            "UPDATE accounting_accountbalance SET value = 0",
            "ALTER TABLE accounting_line DISABLE TRIGGER ALL",
            "SET session_replication_role = replica",
            "SET ROLE backoffice",
        ):
            with pytest.raises(psycopg2.errors.InsufficientPrivilege):
                cursor.execute(statement)
        cursor.execute("SELECT count(*) FROM accounting_line")


def test_up_to_a_ready_page_then_gone_without_a_trace(data):
    port = free_port()
    with launched(data, PORT=str(port)) as house:
        said = said_until(house, "Ctrl-C")
        assert f"http://localhost:{port}/" in said, said
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/readyz", timeout=10) as answer:
            assert answer.status == 200
        running = [" ".join(words or []) for words in left_over(data)]
        for program in ("gunicorn", "worker", "beat", "postgres"):
            assert any(program in line for line in running), program
        assert roles_at_the_database(data, port) == {"backoffice_app"}
        refuse_the_application(data)
        again = run(["-m", "backoffice.launching"], environment(data, PORT=str(free_port())))
        assert again.returncode == 1
        assert f"already runs on {data} (process {house.pid})" in again.stderr
        house.kill()  # its parts live on, the port is taken
        house.wait()
    assert left_over(data)
    with launched(data, PORT=str(port)) as house:
        said = said_until(house, "Ctrl-C")
        assert f"http://localhost:{port}/" in said, said
        valkey = redis.running_pid(data / "valkey")
        assert valkey
        house.send_signal(signal.SIGTERM)
        assert house.wait(60) == 0
    assert left_over(data) == []
    assert not processes.is_alive(valkey)
    assert (data / "postgres").is_dir()


def test_stopped_halfway_leaves_nothing(data):
    with launched(data, PORT=str(free_port())) as house:
        said_until(house, "[2/5]")
        time.sleep(0.3)
        house.send_signal(signal.SIGINT)
        assert house.wait(60) == 0
    assert left_over(data) == []
    assert redis.running_pid(data / "valkey") is None


def test_a_taken_port_is_one_sentence_and_starts_nothing(data):
    with socket.socket() as stranger:
        stranger.bind(("127.0.0.1", 0))
        stranger.listen()
        port = stranger.getsockname()[1]
        with pytest.raises(PortTaken):
            refuse_taken_port("127.0.0.1", port)
        with launched(data, PORT=str(port)) as house:
            said = house.communicate()[0]
    assert house.returncode == 1
    lines = [line for line in said.splitlines() if line]
    assert len(lines) == 2, said
    assert f"Port {port} on 127.0.0.1 is taken" in lines[0]
    assert f"พอร์ต {port}" in lines[1]
    assert not (data / "postgres").exists()


@pytest.mark.parametrize("port", ["http", "0", "65536", "-1", "٨٠"])
def test_a_port_that_is_none_is_one_sentence(data, port):
    with launched(data, PORT=port) as house:
        said = house.communicate()[0]
    assert house.returncode == 1
    assert "PORT must be a number" in said
    assert "Traceback" not in said


def test_a_folder_that_cannot_be_written_is_one_sentence(data):
    if os.geteuid() == 0:
        # Nothing is read-only to root; a file in the way is.
        (data / "file").write_text("in the way")
        wanted = data / "file" / "data"
    else:
        wanted = data / "closed"
        wanted.mkdir(mode=0o555)
    with launched(wanted, PORT=str(free_port())) as house:
        said = house.communicate()[0]
    assert house.returncode == 1
    assert "cannot be used" in said
    assert "ใช้โฟลเดอร์" in said
    assert "Traceback" not in said


@pytest.mark.skipif(os.geteuid() != 0, reason="needs root to become another account")
def test_a_checkout_that_cannot_be_written_is_one_sentence(data):
    (data / "backoffice" / "launching").mkdir(parents=True)
    for name in ("backoffice/launching/prepare.sh", "requirements-dev.txt", ".python-version"):
        shutil.copy(CHECKOUT / name, data / name)
    nobody = pwd.getpwnam("nobody")
    done = subprocess.run(
        ["/bin/sh", "backoffice/launching/prepare.sh"],
        cwd=data,
        env={"PATH": "/usr/bin:/bin", "HOME": "/nonexistent"},
        capture_output=True,
        text=True,
        check=False,
        user=nobody.pw_uid,
        group=nobody.pw_gid,
        extra_groups=[],
    )
    assert done.returncode == 1
    assert done.stderr.splitlines()[0].startswith(f"The folder {data} cannot be written")
    assert len(done.stderr.splitlines()) == 2


def test_commands_start_the_servers_that_they_need_and_no_other(data):
    done = run(["manage.py", "diffsettings"], environment(data))
    assert done.returncode == 0, done.stderr
    assert not (data / "postgres").exists()
    assert not (data / "valkey").exists()
    done = run(["manage.py", "showmigrations", "people"], environment(data))
    assert done.returncode == 0, done.stderr
    assert postgres.running_pid(data / "postgres")
    stopped = run(["-m", "backoffice.launching", "stop"], environment(data))
    assert "PostgreSQL, Valkey" in stopped.stdout
    assert postgres.running_pid(data / "postgres") is None


def test_a_command_without_its_server_is_one_sentence(data):
    (data / "file").write_text("in the way")
    env = environment(data / "file" / "data", SECRET_KEY="only for this test")
    done = run(["manage.py", "showmigrations"], env)
    assert done.returncode == 1
    assert done.stderr.startswith("The folder ")
    assert "Traceback" not in done.stderr


def test_what_a_killed_starter_left_is_ended_first(data):
    words = [sys.executable, "-m", "http.server", "--bind", "127.0.0.1", "0", "-d", str(data)]
    with subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as left:
        deadline = time.monotonic() + 10
        while not parts.sweep(data):
            assert time.monotonic() < deadline
        assert left.wait(10) == -signal.SIGTERM


def test_a_part_that_keeps_dying_is_given_up(data):
    part = Part("worker", "ตัวทำงาน", [sys.executable, "-c", "print('bad luck')"], data / "w.log")
    starts = 0
    while True:
        part.start(folder=data, env=dict(os.environ))
        starts += 1
        part.process.wait()
        assert part.has_ended()
        if not part.may_restart():
            break
    assert starts == parts.RESTARTS_MAX + 1
    assert part.last_words() == "bad luck"


def test_the_whole_family_ends_even_when_it_will_not(data):
    stubborn = (
        "import signal, subprocess, sys, time\n"
        "signal.signal(signal.SIGTERM, signal.SIG_IGN)\n"
        "sleep = 'import time; time.sleep(60)'\n"
        "child = subprocess.Popen([sys.executable, '-c', sleep, sys.argv[1]])\n"
        "print(child.pid, flush=True)\n"
        "time.sleep(60)\n"
    )
    part = Part("web", "เว็บ", [sys.executable, "-c", stubborn, str(data)], data / "w.log")
    part.start(folder=data, env=dict(os.environ))
    deadline = time.monotonic() + 10
    while part.last_words() == "it said nothing" and time.monotonic() < deadline:
        time.sleep(0.05)
    child = int(part.last_words())
    before = signal.signal(signal.SIGALRM, signal.default_int_handler)
    signal.setitimer(signal.ITIMER_REAL, 0.5)  # the second Ctrl-C
    try:
        parts.stop_all([part])
    finally:
        signal.signal(signal.SIGALRM, before)
    assert part.has_ended()
    assert processes.wait_gone(child, seconds=5)


def test_containers_have_no_default_secret():
    compose = yaml.safe_load((CHECKOUT / "docker-compose.yml").read_text())
    text = (CHECKOUT / "docker-compose.yml").read_text()
    for secret in ("SECRET_KEY", "POSTGRES_PASSWORD", "DATABASE_PASSWORD", "REDIS_PASSWORD"):
        assert f"${{{secret}:?" in text
        assert f"${{{secret}:-" not in text
    assert set(compose["services"]) >= {"web", "worker", "beat", "postgres", "redis"}
    assert "DATABASE_OWNER_PASSWORD:?" in text
    told = {
        name for name, service in compose["services"].items()
        if "DATABASE_OWNER_URL" in service.get("environment", {})
    }  # fmt: skip
    assert told == {"migrate"}
    assert "//backoffice_app:" in compose["services"]["web"]["environment"]["DATABASE_URL"]
    for name in ("worker", "beat", "postgres", "redis"):
        assert "healthcheck" in compose["services"][name], name
