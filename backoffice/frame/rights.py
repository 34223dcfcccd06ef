"""Who may write what: the owner of the tables migrates, the application's role works.

`manage.py migrate` grants after each run (backoffice/frame/management/commands/migrate.py). What a
table allows is asked of the catalog, so a new table needs no line here:

- append-only (its trigger calls frame_refuse_change): read and insert;
- kept by triggers (its comment says so): read only, the triggers write as the tables' owner;
- any other: read, insert, update, delete.

Nobody but the owner truncates, alters, or switches a trigger off.
"""

from typing import Any

from django.db import connection, migrations, models, transaction

KEPT = "Kept by triggers: the application only reads it."
NEVER_WRITTEN = ("django_migrations",)
# Runs as its owner with a search path that no caller can put anything into.
AS_OWNER = "SECURITY DEFINER SET search_path = public, pg_temp"

APPEND_ONLY = """
SELECT c.relname FROM pg_class c
 WHERE c.relnamespace = 'public'::regnamespace AND EXISTS (
       SELECT FROM pg_trigger t
        WHERE t.tgrelid = c.oid AND t.tgfoid = to_regproc('public.frame_refuse_change'))
 ORDER BY c.relname
"""
KEPT_BY_TRIGGERS = """
SELECT c.relname FROM pg_class c
 WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p')
   AND obj_description(c.oid, 'pg_class') = %s
 ORDER BY c.relname
"""
TABLES = """
SELECT c.relname FROM pg_class c
 WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p')
 ORDER BY c.relname
"""
# MAINTAIN is for ANALYZE after bulk work; it changes no row.
FOR_ALL = """
REVOKE CREATE ON SCHEMA public FROM PUBLIC;
REVOKE ALL ON ALL TABLES IN SCHEMA public FROM {role};
GRANT USAGE ON SCHEMA public TO {role};
GRANT SELECT, MAINTAIN ON ALL TABLES IN SCHEMA public TO {role};
GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO {role};
GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA public TO {role};
"""
OWNS = """
SELECT EXISTS (SELECT FROM pg_roles WHERE rolname = %(role)s AND rolsuper)
    OR EXISTS (SELECT FROM pg_class c
                WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p')
                  AND pg_get_userbyid(c.relowner) = %(role)s)
"""


def kept_by_triggers(*tables: str) -> migrations.RunSQL:
    """The operation that closes each of `tables` to the application; reversible."""
    return migrations.RunSQL(
        "".join(f"COMMENT ON TABLE {table} IS '{KEPT}';" for table in tables),
        "".join(f"COMMENT ON TABLE {table} IS NULL;" for table in tables),
    )


def as_owner(*functions: str) -> migrations.RunSQL:
    """The operation that lets each of `functions` write what its caller may not; reversible.

    CREATE OR REPLACE takes it away again: a later migration that replaces one says it anew.
    """
    back = "SECURITY INVOKER RESET search_path"
    return migrations.RunSQL(
        "".join(f"ALTER FUNCTION {function} {AS_OWNER};" for function in functions),
        "".join(f"ALTER FUNCTION {function} {back};" for function in functions),
    )


def append_only_tables() -> list[str]:
    """Tables whose rows nobody changes."""
    return _names(APPEND_ONLY)


def tables_kept_by_triggers() -> list[str]:
    """Tables that only the database's own functions write."""
    return _names(KEPT_BY_TRIGGERS, [KEPT])


def grant(*, role: str) -> None:
    """Give `role` what the application needs and nothing else; called by the tables' owner."""
    closed = {*NEVER_WRITTEN, *tables_kept_by_triggers()}
    growing = set(append_only_tables())
    insert = [table for table in _names(TABLES) if table not in closed]
    change = [table for table in insert if table not in growing]
    quote = connection.ops.quote_name
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(FOR_ALL.format(role=quote(role)))
        for rights, tables in (("INSERT", insert), ("UPDATE, DELETE", change)):
            if tables:
                cursor.execute(
                    f"GRANT {rights} ON {', '.join(map(quote, tables))} TO {quote(role)}"
                )


def exists(*, role: str) -> bool:
    """Whether the server knows the role."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT EXISTS (SELECT FROM pg_roles WHERE rolname = %s)", [role])
        return bool(cursor.fetchone()[0])


def owns_tables(*, role: str) -> bool:
    """Whether `role` could switch the triggers off: it owns a table, or is a superuser."""
    with connection.cursor() as cursor:
        cursor.execute(OWNS, {"role": role})
        return bool(cursor.fetchone()[0])


def hold(model: type[models.Model], *ids: int) -> None:
    """Lock rows of an append-only table until commit; who may not update it may not FOR UPDATE."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT frame_hold_rows(%s, %s)", [model._meta.db_table, list(ids)])


def _names(query: str, parameters: list[Any] | None = None) -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute(query, parameters)
        return [row[0] for row in cursor.fetchall()]
