"""What every test may use: a cast of people, a fixed clock, and a database that can be emptied."""

import os
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from django.conf import settings
from django.db import connection
from django.test import Client, TransactionTestCase
from hypothesis import HealthCheck
from hypothesis import settings as hypothesis_settings

from backoffice.embedded.cluster import APPLICATION
from backoffice.frame import rights
from backoffice.kernel.actors import Actor, Department, Role
from backoffice.people.models import Staff
from backoffice.people.queries import actor_of

hypothesis_settings.register_profile(
    "house", deadline=None, suppress_health_check=[HealthCheck.too_slow], max_examples=60
)
hypothesis_settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "house"))

SNAPSHOT = "kept_by_tests"
NOT_EMPTIED = {"django_migrations"}


def pytest_configure() -> None:
    # Fast to hash, and never used outside tests; messages to workers go nowhere: rows are truth.
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    settings.CELERY_BROKER_URL = "memory://"


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: pytest.FixtureRequest) -> None:
    """After the migrations: keep what they wrote, to bring it back after tests that commit."""
    with django_db_blocker.unblock(), connection.cursor() as cursor:
        cursor.execute(f"DROP SCHEMA IF EXISTS {SNAPSHOT} CASCADE; CREATE SCHEMA {SNAPSHOT}")
        for table in _tables(cursor):
            cursor.execute(f'SELECT EXISTS (SELECT 1 FROM "{table}")')
            if cursor.fetchone()[0]:
                cursor.execute(f'CREATE TABLE {SNAPSHOT}."{table}" AS TABLE "{table}"')


def _tables(cursor) -> list[str]:
    cursor.execute(
        "SELECT c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace"
        " WHERE n.nspname = 'public' AND c.relkind IN ('r', 'p') AND NOT c.relispartition"
    )
    return sorted({row[0] for row in cursor.fetchall()} - NOT_EMPTIED)


def empty_tables() -> None:
    """Put the database back to what the migrations made. Triggers are off for this session only."""
    with connection.cursor() as cursor:
        names = ", ".join(f'"{name}"' for name in _tables(cursor))
        cursor.execute("SET session_replication_role = replica")
        cursor.execute(f"TRUNCATE {names} CASCADE")
        cursor.execute(
            "SELECT table_name FROM information_schema.tables WHERE table_schema = %s", [SNAPSHOT]
        )
        for (table,) in cursor.fetchall():
            cursor.execute(
                "SELECT string_agg(quote_ident(column_name), ', ') FROM information_schema.columns"
                " WHERE table_schema = 'public' AND table_name = %s AND is_generated = 'NEVER'",
                [table],
            )
            columns = cursor.fetchone()[0]
            cursor.execute(
                f'INSERT INTO public."{table}" ({columns}) OVERRIDING SYSTEM VALUE'
                f' SELECT {columns} FROM {SNAPSHOT}."{table}"'
            )
        cursor.execute("SET session_replication_role = DEFAULT")


def _empty_instead_of_flush(self: TransactionTestCase) -> None:
    connection.rollback() if not connection.get_autocommit() else None
    empty_tables()


# Django would flush with TRUNCATE, which append-only tables refuse.
TransactionTestCase._fixture_teardown = _empty_instead_of_flush


@pytest.fixture
def committed_db(transactional_db: None) -> None:
    """A database whose commits are real, for tests with several connections; emptied afterwards."""


@pytest.fixture
def as_application(db: None) -> str:
    """From here on the test has the rights of the running house, not those of the tables' owner."""
    rights.grant(role=APPLICATION)
    with connection.cursor() as cursor:
        cursor.execute(f"SET LOCAL ROLE {APPLICATION}")
    return APPLICATION


@pytest.fixture
def at() -> datetime:
    """The moment at which the tests' people act: a Monday morning in Bangkok."""
    return datetime(2026, 1, 5, 2, 30, tzinfo=UTC)


@pytest.fixture
def system() -> Actor:
    return Actor.system("tests")


class Cast:
    """Ann asks at the front; Chai makes, Dao checks, Mek manages, Aree audits; Inta is a system."""

    ROLES = {
        "ann": (Role.FRONT_OFFICE, Department.FRONT_OFFICE),
        "chai": (Role.CLERK, None),
        "dao": (Role.CHECKER, None),
        "mek": (Role.MANAGER, None),
        "aree": (Role.AUDITOR, None),
        "inta": (Role.INTEGRATOR, None),
    }

    def __init__(self, department: Department) -> None:
        self.department = department

    def staff(self, name: str) -> Staff:
        """The member of staff called `name`, made when first asked for."""
        role, department = self.ROLES[name]
        staff, created = Staff.objects.get_or_create(
            username=name,
            defaults={
                "role": role,
                "department": department or self.department,
                "is_staff": role in {Role.CLERK, Role.CHECKER, Role.MANAGER, Role.AUDITOR},
                "first_name": name.capitalize(),
                "language": "en",
            },
        )
        if created:
            staff.set_password("demo")
            staff.save()
        return staff

    def actor(self, name: str, channel: str = "desk") -> Actor:
        """The same as an actor."""
        return actor_of(self.staff(name), channel=channel)


@pytest.fixture
def cast(request: pytest.FixtureRequest) -> Cast:
    """People of one department: `@pytest.mark.department("accounting")` chooses which."""
    marker = request.node.get_closest_marker("department")
    return Cast(Department(marker.args[0] if marker else "settlement"))


@pytest.fixture
def signed_in(cast: Cast) -> Callable[..., Client]:
    """`signed_in(name, language)`: the browser of a member of the cast, who reads that language."""

    def browser(name: str, language: str = "en") -> Client:
        staff = cast.staff(name)
        staff.language = language
        staff.save(update_fields=["language"])
        found = Client()
        found.force_login(staff, backend="backoffice.people.permissions.RoleBackend")
        return found

    return browser


@pytest.fixture(scope="session")
def golden_data() -> Path:
    """The folder of the golden sets: $GOLDEN_DATA, by default beside the checkout."""
    return golden_folder()


def golden_folder() -> Path:
    checkout = Path(__file__).resolve().parents[1]
    return Path(os.environ.get("GOLDEN_DATA") or checkout.parent / "shared" / "data").absolute()
