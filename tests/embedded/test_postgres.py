"""The embedded PostgreSQL: one server for all, kept through crashes, never run by root."""

import os
import pwd
import signal
import stat
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psycopg2
import pytest

from backoffice.embedded import postgres, processes
from backoffice.embedded.accounts import Account
from backoffice.embedded.cluster import APPLICATION, ROLE, SUPERUSER
from backoffice.embedded.failures import FolderNotUsable, OtherOwner
from backoffice.embedded.postgres_conf import house_conf

as_root = pytest.mark.skipif(os.geteuid() != 0, reason="needs root to become another account")
ROOT_OF_HOUSE = Path(__file__).resolve().parents[2]
# Everything is imported before the rights go: the interpreter may lie below root's own home.
AS_SOMEBODY = """
import os, sys
from pathlib import Path
import psycopg2
from backoffice.embedded import postgres
uid, gid, folder = int(sys.argv[1]), int(sys.argv[2]), Path(sys.argv[3])
os.setgroups([]); os.setgid(gid); os.setuid(uid)
link = psycopg2.connect(postgres.ensure_running(folder, durable=False))
cursor = link.cursor()
cursor.execute("SELECT current_user")
print(cursor.fetchone()[0], os.stat(folder / "cluster").st_uid)
link.close()
print(postgres.stop(folder))
"""


def ask(url: str, statement: str) -> object:
    link = psycopg2.connect(url)
    try:
        with link, link.cursor() as cursor:
            cursor.execute(statement)
            return cursor.fetchone()[0] if cursor.description else None
    finally:
        link.close()


def test_starts_stops_and_finds_its_data_again(folder):
    url = postgres.ensure_running(folder)
    assert postgres.ensure_running(folder) == url == postgres.address(folder)
    assert str(ask(url, "SHOW server_version")).startswith("18.")
    ask(url, "CREATE TABLE kept AS SELECT 42 AS answer")
    pid = postgres.running_pid(folder)
    assert postgres.stop(folder) is True
    assert not processes.is_alive(pid)
    assert postgres.stop(folder) is False
    assert postgres.running_pid(folder) is None
    assert ask(postgres.ensure_running(folder), "SELECT answer FROM kept") == 42


def test_commits_are_durable_unless_asked_otherwise(folder):
    url = postgres.ensure_running(folder)
    for setting in ("fsync", "synchronous_commit", "full_page_writes"):
        assert ask(url, f"SHOW {setting}") == "on"
    assert "fsync = off" in house_conf(socket_folder=folder, durable=False)


def test_the_house_is_not_superuser_and_listens_on_no_network(folder):
    url = postgres.ensure_running(folder)
    assert ask(url, "SELECT rolsuper FROM pg_roles WHERE rolname = current_user") is False
    assert ask(url, "SHOW listen_addresses") == ""
    assert stat.S_IMODE((folder / "run").stat().st_mode) == 0o700
    with pytest.raises(psycopg2.errors.InsufficientPrivilege):
        ask(url, "SET session_replication_role = replica")


def test_a_running_server_of_an_earlier_version_gets_the_applications_role(folder):
    owner = postgres.ensure_running(folder)
    application = postgres.ensure_running(folder, role=APPLICATION)
    assert ask(application, "SELECT current_user") == APPLICATION
    with pytest.raises(psycopg2.errors.InsufficientPrivilege):
        ask(application, f"SET ROLE {ROLE}")
    with pytest.raises(psycopg2.errors.InsufficientPrivilege):
        ask(application, "CREATE TABLE mine (id int)")
    superuser = owner.replace(f"//{ROLE}@", f"//{SUPERUSER}@")
    ask(superuser, f"DROP ROLE {APPLICATION}")
    with pytest.raises(psycopg2.OperationalError, match="does not exist"):
        ask(application, "SELECT 1")
    postgres.make_roles(folder)
    assert ask(application, "SELECT current_user") == APPLICATION


def test_recovers_after_the_postmaster_was_killed(folder):
    url = postgres.ensure_running(folder)
    ask(url, "CREATE TABLE kept AS SELECT generate_series(1, 1000) AS n")
    pid = postgres.running_pid(folder)
    os.kill(pid, signal.SIGKILL)
    assert processes.wait_gone(pid, seconds=10)
    assert postgres.running_pid(folder) is None
    assert ask(postgres.ensure_running(folder), "SELECT count(*) FROM kept") == 1000
    assert postgres.running_pid(folder) != pid


def test_a_stranger_with_the_dead_servers_number_is_no_obstacle(folder):
    url = postgres.ensure_running(folder)
    ask(url, "CREATE TABLE kept AS SELECT 1 AS n")
    pid = postgres.running_pid(folder)
    os.kill(pid, signal.SIGKILL)
    assert processes.wait_gone(pid, seconds=10)
    owner = (folder / "cluster").stat()
    account = {"user": owner.st_uid, "group": owner.st_gid} if os.geteuid() == 0 else {}
    with subprocess.Popen(["/bin/sleep", "60"], **account) as stranger:
        lock = folder / "cluster" / "postmaster.pid"
        lines = lock.read_text().splitlines()
        lock.write_text("\n".join([str(stranger.pid), *lines[1:]]) + "\n")
        try:
            assert ask(postgres.ensure_running(folder), "SELECT n FROM kept") == 1
            assert stranger.poll() is None
        finally:
            stranger.kill()


def test_many_starters_at_once_share_one_server(folder):
    with ThreadPoolExecutor(6) as pool:
        urls = set(pool.map(lambda _: postgres.ensure_running(folder, durable=False), range(6)))
    assert len(urls) == 1
    here = processes.find(lambda words: str(folder / "cluster") in words)
    assert here == [postgres.running_pid(folder)]


def test_a_half_made_cluster_is_made_anew(folder):
    (folder / "cluster.making").mkdir()
    (folder / "cluster.making" / "PG_VERSION").write_text("18\n")
    assert ask(postgres.ensure_running(folder, durable=False), "SELECT 1") == 1


def test_a_long_path_still_has_a_socket(folder):
    deep = folder / ("d" * 60) / ("e" * 60)
    url = postgres.ensure_running(deep, durable=False)
    try:
        assert ask(url, "SELECT 1") == 1
    finally:
        postgres.stop(deep)


def test_a_place_that_cannot_be_written_is_one_sentence(folder):
    (folder / "file").write_text("in the way")
    with pytest.raises(FolderNotUsable) as refused:
        postgres.ensure_running(folder / "file" / "postgres")
    assert "BACKOFFICE_DATA" in refused.value.text("en")
    assert "BACKOFFICE_DATA" in refused.value.text("th")


@as_root
def test_root_runs_it_as_an_account_without_rights(folder):
    postgres.ensure_running(folder, durable=False)
    status = Path(f"/proc/{postgres.running_pid(folder)}/status").read_text()
    uids = next(line for line in status.splitlines() if line.startswith("Uid:")).split()[1:]
    assert set(uids) == {str((folder / "cluster").stat().st_uid)}
    assert "0" not in uids


@as_root
def test_below_a_closed_folder_root_keeps_the_data_elsewhere(folder):
    closed = folder / "closed"
    closed.mkdir(mode=0o700)
    inside = closed / "postgres"
    url = postgres.ensure_running(inside, durable=False)
    try:
        assert ask(url, "SELECT 1") == 1
        assert not (inside / "cluster").exists()
        home = Path((inside / "elsewhere").read_text().strip())
        assert (home / "cluster").is_dir()
        assert stat.S_IMODE(closed.stat().st_mode) == 0o700
        assert postgres.stop(inside) is True
        assert postgres.ensure_running(inside, durable=False) == url
    finally:
        postgres.stop(inside)
        subprocess.run(["/bin/rm", "-rf", (inside / "elsewhere").read_text().strip()], check=True)


@as_root
def test_an_ordinary_account_runs_it_as_itself(folder):
    nobody = pwd.getpwnam("nobody")
    account = Account(uid=nobody.pw_uid, gid=nobody.pw_gid, ours=False)
    if not account.can_enter(Path(postgres.__file__).parent):
        pytest.skip("this checkout is closed to other accounts")
    os.chown(folder, nobody.pw_uid, nobody.pw_gid)
    words = [sys.executable, "-c", AS_SOMEBODY, str(nobody.pw_uid), str(nobody.pw_gid)]
    done = subprocess.run(
        [*words, str(folder / "postgres")],
        cwd=ROOT_OF_HOUSE,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stdout.split() == ["backoffice", str(nobody.pw_uid), "True"], done.stderr


@as_root
def test_somebody_elses_data_are_left_alone(folder):
    postgres.ensure_running(folder, durable=False)
    postgres.stop(folder)
    owner = pwd.getpwnam("nobody").pw_uid
    uid = owner if (folder / "cluster").stat().st_uid != owner else pwd.getpwnam("daemon").pw_uid
    script = (
        "import os, sys; from pathlib import Path; from backoffice.embedded import postgres\n"
        "from backoffice.embedded.failures import OtherOwner, FolderNotUsable\n"
        "os.setgroups([]); os.setuid(int(sys.argv[1]))\n"
        "try: postgres.ensure_running(Path(sys.argv[2]))\n"
        "except (OtherOwner, FolderNotUsable) as refused: print(refused.code)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, str(uid), str(folder)],
        cwd=ROOT_OF_HOUSE,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stdout.strip() == OtherOwner.code, done.stderr
