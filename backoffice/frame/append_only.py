"""Tables that only grow: the database itself refuses UPDATE, DELETE and TRUNCATE.

A migration adds `append_only("accounting_entry")` to its operations after creating the table.
Statement-level triggers do the refusing, so the cost is one check a statement, not one a row.
"""

from django.db import migrations

FUNCTION_SQL = """
CREATE OR REPLACE FUNCTION frame_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'table % is append-only: % refused', TG_TABLE_NAME, TG_OP
        USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'append_only';
END $$;
"""


def install_function() -> migrations.RunSQL:
    """The operation that creates the shared trigger function (frame's first migration has it)."""
    return migrations.RunSQL(FUNCTION_SQL, "DROP FUNCTION IF EXISTS frame_refuse_change() CASCADE")


def append_only(*tables: str) -> migrations.RunSQL:
    """The operation that makes each of `tables` append-only; reversible.

    The migration that uses it depends on ("frame", "0001_initial").
    """
    forward = "".join(
        f"CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {table}"
        " FOR EACH STATEMENT EXECUTE FUNCTION frame_refuse_change();"
        for table in tables
    )
    backward = "".join(
        f"DROP TRIGGER IF EXISTS {table}_append_only ON {table};" for table in tables
    )
    return migrations.RunSQL(forward, backward)
