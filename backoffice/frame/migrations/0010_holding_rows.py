"""Rows of append-only tables can be locked by those who may not update them."""

from django.db import migrations

from backoffice.frame.rights import AS_OWNER

# Only the owner's own tables: a caller's view or temporary table would run its code as the owner.
HOLD = f"""
CREATE FUNCTION frame_hold_rows(p_table regclass, p_ids bigint[]) RETURNS void
LANGUAGE plpgsql {AS_OWNER} AS $$
BEGIN
    IF NOT EXISTS (SELECT FROM pg_class c WHERE c.oid = p_table AND c.relkind = 'r'
                      AND pg_get_userbyid(c.relowner) = current_user) THEN
        RAISE EXCEPTION 'rows of % are not held for others', p_table
            USING ERRCODE = 'insufficient_privilege';
    END IF;
    EXECUTE format('SELECT FROM %s WHERE id = ANY ($1) ORDER BY id FOR UPDATE', p_table)
      USING p_ids;
END $$;
"""


class Migration(migrations.Migration):
    dependencies = [("frame", "0001_initial")]

    operations = [
        migrations.RunSQL(HOLD, "DROP FUNCTION IF EXISTS frame_hold_rows(regclass, bigint[])")
    ]
