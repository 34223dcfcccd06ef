"""Holds and releases only grow; the database counts the open ones and keeps four eyes."""

from django.db import migrations

from backoffice.frame.append_only import append_only

FORWARD = """
CREATE FUNCTION compliance_count_placed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE compliance_holdsubject s SET open_holds = s.open_holds + a.n
    FROM (SELECT subject_id, count(*) AS n FROM added GROUP BY subject_id) a
    WHERE s.id = a.subject_id;
    RETURN NULL;
END $$;

CREATE TRIGGER compliance_hold_counted AFTER INSERT ON compliance_hold
    REFERENCING NEW TABLE AS added
    FOR EACH STATEMENT EXECUTE FUNCTION compliance_count_placed();

CREATE FUNCTION compliance_count_released() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (
        SELECT 1 FROM added r JOIN compliance_hold h ON h.id = r.hold_id
        WHERE h.placed_by_staff_id = r.released_by_staff_id
    ) THEN
        RAISE EXCEPTION 'a hold is released by another person than the one who placed it'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'release_by_another_person';
    END IF;
    UPDATE compliance_holdsubject s SET open_holds = s.open_holds - a.n
    FROM (
        SELECT h.subject_id, count(*) AS n FROM added r JOIN compliance_hold h ON h.id = r.hold_id
        GROUP BY h.subject_id
    ) a
    WHERE s.id = a.subject_id;
    RETURN NULL;
END $$;

CREATE TRIGGER compliance_release_counted AFTER INSERT ON compliance_holdrelease
    REFERENCING NEW TABLE AS added
    FOR EACH STATEMENT EXECUTE FUNCTION compliance_count_released();
"""
BACKWARD = """
DROP TRIGGER IF EXISTS compliance_release_counted ON compliance_holdrelease;
DROP TRIGGER IF EXISTS compliance_hold_counted ON compliance_hold;
DROP FUNCTION IF EXISTS compliance_count_released();
DROP FUNCTION IF EXISTS compliance_count_placed();
"""


class Migration(migrations.Migration):
    dependencies = [("compliance", "0001_initial"), ("frame", "0001_initial")]

    operations = [
        migrations.RunSQL(FORWARD, BACKWARD),
        append_only("compliance_hold", "compliance_holdrelease"),
    ]
