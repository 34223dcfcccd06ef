"""The application's role: what the database refuses it, table by table as the catalog names them.

That the house works all the same is shown in tests/house/test_working_as_application.py.
"""

import psycopg2
import pytest
from django.conf import settings
from django.core.management import CommandError, call_command
from django.db import Error, IntegrityError, connection, transaction
from psycopg2.errors import InsufficientPrivilege, LockNotAvailable

from backoffice.frame import checks, rights
from backoffice.frame.append_only import append_only
from backoffice.reference.models import Holiday

pytestmark = pytest.mark.django_db

OF_APPEND_ONLY = (
    'UPDATE "{table}" SET "{column}" = "{column}"',
    'DELETE FROM "{table}"',
    'TRUNCATE "{table}" CASCADE',
    'ALTER TABLE "{table}" DISABLE TRIGGER ALL',
    'ALTER TABLE "{table}" DISABLE TRIGGER "{table}_append_only"',
    'DROP TRIGGER "{table}_append_only" ON "{table}"',
    'ALTER TABLE "{table}" ADD COLUMN more text',
    'ALTER TABLE "{table}" OWNER TO CURRENT_USER',
    'CREATE RULE quiet AS ON INSERT TO "{table}" DO INSTEAD NOTHING',
    'DROP TABLE "{table}" CASCADE',
)
OF_TOTALS = (
    'INSERT INTO "{table}" DEFAULT VALUES',
    'UPDATE "{table}" SET "{column}" = "{column}"',
    'DELETE FROM "{table}"',
    'TRUNCATE "{table}"',
    'ALTER TABLE "{table}" DISABLE TRIGGER ALL',
)
OF_THE_SERVER = (
    "SET session_replication_role = replica",
    "DROP FUNCTION frame_refuse_change() CASCADE",
    "ALTER FUNCTION accounting_line_guard() SECURITY INVOKER",
    "CREATE TABLE mine (id int)",
    "CREATE ROLE friend",
    "DELETE FROM django_migrations",
    "SELECT accounting_release(ARRAY[1]::bigint[])",
    "SELECT accounting_touch(ARRAY[1]::bigint[], ARRAY['THB'], ARRAY[1]::bigint[])",
)


def ask(statement, parameters=None):
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)
        return cursor.fetchall() if cursor.description else []


def outcome(statement):
    """The class of the server's error, None when it did as told; nothing of it stays."""
    try:
        with transaction.atomic():
            ask(statement)
            transaction.set_rollback(True)
    except Error as error:
        return type(error.__cause__)
    return None


def outcomes(statement, tables):
    first = dict(
        ask(
            "SELECT attrelid::regclass::text, attname FROM pg_attribute"
            " WHERE attnum = 1 AND attrelid = ANY(%s::regclass[]::oid[])",
            [tables],
        )
    )
    return {table: outcome(statement.format(table=table, column=first[table])) for table in tables}


@pytest.mark.parametrize("statement", OF_APPEND_ONLY)
def test_what_is_append_only_is_closed_to_the_application(as_application, statement):
    tables = rights.append_only_tables()
    assert {"accounting_line", "frame_auditevent", "records_document"} <= set(tables)
    assert len(tables) > 60
    found = outcomes(statement, tables)
    assert found == dict.fromkeys(tables, InsufficientPrivilege)


@pytest.mark.parametrize("statement", OF_TOTALS)
def test_totals_are_never_written_by_hand(as_application, statement):
    tables = rights.tables_kept_by_triggers()
    assert tables == [
        "accounting_accountbalance",
        "accounting_daymovement",
        "accounting_monthend",
        "accounting_monthendmark",
    ]
    assert outcomes(statement, tables) == dict.fromkeys(tables, InsufficientPrivilege)


@pytest.mark.parametrize("statement", OF_THE_SERVER)
def test_the_application_cannot_give_itself_more(as_application, statement):
    assert outcome(statement) is InsufficientPrivilege


def test_the_owner_is_refused_by_the_triggers_alone():
    with pytest.raises(IntegrityError, match="append-only"), transaction.atomic():
        ask("TRUNCATE frame_auditevent CASCADE")
    assert outcome("ALTER TABLE frame_auditevent DISABLE TRIGGER ALL") in {
        None,
        InsufficientPrivilege,  # foreign keys' own triggers are the superuser's
    }
    assert outcome("ALTER TABLE frame_auditevent DISABLE TRIGGER USER") is None


def test_every_other_table_can_be_worked_with(as_application):
    closed = [*rights.append_only_tables(), *rights.tables_kept_by_triggers(), "django_migrations"]
    lacking = ask(
        "SELECT c.relname, r FROM pg_class c,"
        " unnest('{SELECT,INSERT,UPDATE,DELETE}'::text[]) AS r"
        " WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p')"
        "   AND c.relname <> ALL(%s) AND NOT has_table_privilege(c.oid, r)",
        [closed],
    )
    assert lacking == []


def test_a_new_table_is_covered_by_itself():
    ask("CREATE TABLE diary (id int); CREATE TABLE notebook (id int)")
    ask(append_only("diary").sql)
    ask(rights.kept_by_triggers("notebook").sql)
    rights.grant(role="backoffice_app")
    ask("SET LOCAL ROLE backoffice_app")
    assert outcome("INSERT INTO diary VALUES (1)") is None
    assert outcome("SELECT * FROM notebook") is None
    for refused in ("DELETE FROM diary", "INSERT INTO notebook VALUES (1)"):
        assert outcome(refused) is InsufficientPrivilege


def test_a_right_that_was_too_much_is_taken_back():
    ask("GRANT UPDATE, TRUNCATE ON accounting_line TO backoffice_app")
    rights.grant(role="backoffice_app")
    held = "SELECT has_table_privilege('backoffice_app', 'accounting_line', 'UPDATE, TRUNCATE')"
    assert ask(held) == [(False,)]


def test_what_runs_as_the_owner_looks_nowhere_but_in_our_schema():
    elsewhere = (
        "SELECT proname FROM pg_proc WHERE pronamespace = 'public'::regnamespace AND prosecdef"
        " AND NOT 'search_path=public, pg_temp' = ANY(coalesce(proconfig, '{}'))"
    )
    assert ask(elsewhere) == []


def test_what_writes_totals_runs_as_the_owner_and_plans_as_before():
    asked = "SELECT proname, proconfig FROM pg_proc WHERE prosecdef AND proname LIKE 'accounting_%'"
    found = dict(ask(asked))
    guards = {f"accounting_{name}_guard" for name in ("entry", "line", "pendingline")}
    called = {f"accounting_{name}" for name in ("post", "expire", "keep_month_end")}
    assert set(found) == guards | called
    for name in guards | {"accounting_post"}:
        assert {"enable_seqscan=off", "plan_cache_mode=force_generic_plan"} <= set(found[name])


def test_rows_are_held_without_a_right_to_change_them(as_application):
    day = Holiday.objects.values_list("pk", flat=True)[0]
    assert outcome(f"SELECT FROM reference_holiday WHERE id = {day} FOR UPDATE") is (
        InsufficientPrivilege
    )
    rights.hold(Holiday, day)
    other = psycopg2.connect(**connection.get_connection_params() | {"cursor_factory": None})
    try:
        with pytest.raises(LockNotAvailable), other.cursor() as cursor:
            cursor.execute("SELECT FROM reference_holiday WHERE id = %s FOR UPDATE NOWAIT", [day])
    finally:
        other.close()


def test_a_callers_own_table_is_not_held_for_it(as_application):
    ask("CREATE TEMP TABLE trap (id bigint) ON COMMIT DROP")
    assert outcome("SELECT frame_hold_rows('trap', '{1}')") is InsufficientPrivilege


def test_migrating_grants(monkeypatch):
    monkeypatch.setattr(settings, "APPLICATION_ROLE", "backoffice_app", raising=False)
    ask("REVOKE ALL ON frame_auditevent FROM backoffice_app")
    call_command("migrate", verbosity=0)
    assert ask("SELECT has_table_privilege('backoffice_app', 'frame_auditevent', 'INSERT')") == [
        (True,)
    ]
    monkeypatch.setattr(settings, "APPLICATION_ROLE", "nobody_knows_me")
    with pytest.raises(CommandError, match="CREATE ROLE nobody_knows_me LOGIN"):
        call_command("migrate", verbosity=0)


def test_an_application_that_owns_its_tables_is_told(monkeypatch):
    owner = connection.settings_dict["USER"]
    monkeypatch.setattr(settings, "APPLICATION_ROLE", owner)
    [warning] = checks.application_is_not_owner(databases=["default"])
    assert warning.id == "frame.W001"
    assert owner in warning.msg
    monkeypatch.setattr(settings, "APPLICATION_ROLE", "backoffice_app")
    assert checks.application_is_not_owner(databases=["default"]) == []
