"""Real PostgreSQL and Redis for the tests: started before Django reads its settings.

Loaded with `-p tests.services` (pyproject.toml), because pytest-django reads the settings before
any conftest. TEST_DATABASE_URL and TEST_REDIS_URL name servers of your own; otherwise embedded ones
run on `.data/test-postgres` and `.data/test-valkey`, without fsync: a test's data may be lost.
"""

import os

from backoffice.embedded import postgres, redis, services

os.environ["DATABASE_URL"] = os.environ.get("TEST_DATABASE_URL") or postgres.ensure_running(
    services.data_folder() / "test-postgres", durable=False
)
os.environ["REDIS_URL"] = os.environ.get("TEST_REDIS_URL") or redis.ensure_running(
    services.data_folder() / "test-valkey", durable=False
)
os.environ.setdefault("SECRET_KEY", "only-for-tests-and-never-anywhere-else-0123456789")
os.environ.setdefault("BACKOFFICE_MODE", "demo")
