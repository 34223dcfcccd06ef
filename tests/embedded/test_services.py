"""Which addresses the house uses: the environment's first, embedded ones else."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from backoffice.embedded import postgres, redis, services


@pytest.fixture
def no_addresses(monkeypatch, folder):
    monkeypatch.delenv("DATABASE_URL", raising=False)
    monkeypatch.delenv("DATABASE_OWNER_URL", raising=False)
    monkeypatch.delenv("REDIS_URL", raising=False)
    monkeypatch.setenv("BACKOFFICE_DATA", str(folder))
    return folder


def test_the_environment_wins_and_starts_nothing(monkeypatch, no_addresses):
    monkeypatch.setenv("DATABASE_URL", "postgresql://firm@db/books")
    monkeypatch.setenv("REDIS_URL", "redis://broker:6379/0")
    assert services.database_url() == services.owner_url() == "postgresql://firm@db/books"
    monkeypatch.setenv("DATABASE_OWNER_URL", "postgresql://owner@db/books")
    assert services.database_url() == "postgresql://firm@db/books"
    assert services.owner_url() == "postgresql://owner@db/books"
    assert services.redis_url() == "redis://broker:6379/0"
    assert list(no_addresses.iterdir()) == []


def test_commands_without_data_start_nothing(monkeypatch, no_addresses):
    monkeypatch.setenv("BACKOFFICE_SERVERS", "address")
    assert services.database_url().startswith("postgresql://backoffice_app@/backoffice?host=")
    assert services.owner_url().startswith("postgresql://backoffice@/backoffice?host=")
    assert services.redis_url().startswith("redis://")
    assert list(no_addresses.iterdir()) == []


def test_otherwise_both_are_started_and_stopped_together(no_addresses):
    services.database_url()
    services.redis_url()
    assert postgres.running_pid(no_addresses / "postgres")
    assert redis.running_pid(no_addresses / "valkey")
    assert services.stop() == ["PostgreSQL", "Valkey"]
    assert services.stop() == []


def test_the_secret_is_made_once_and_kept_to_ourselves(no_addresses):
    with ThreadPoolExecutor(4) as pool:
        made = set(pool.map(lambda _: services.kept_secret(), range(4)))
    assert len(made) == 1
    assert len(made.pop()) >= 50
    assert (no_addresses / "secret_key").stat().st_mode & 0o077 == 0
