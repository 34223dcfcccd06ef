"""A fee, claim or collected month brings its sides into the queue of open charges, by trigger.

What was charged before has not been netted: it enters the queue now. Fails that wait for a price or
rate enter theirs from the work on the desk that tells of them.
"""

from django.db import migrations

BY_PAIR = """
    INSERT INTO settlement_opencharge (book, charged_on, participant_id, currency, pays, receives)
    SELECT book, {day}, payer_id, currency, amount, 0 FROM {rows} WHERE amount > 0
     UNION ALL
    SELECT book, {day}, payee_id, currency, 0, amount FROM {rows} WHERE amount > 0;
"""
BY_NET = """
    INSERT INTO settlement_opencharge (book, charged_on, participant_id, currency, pays, receives)
    SELECT book, collected_on, participant_id, currency, greatest(-net, 0), greatest(net, 0)
      FROM {rows} WHERE net <> 0;
"""
FACTS = {
    "settlement_fee": BY_PAIR.replace("{day}", "business_date"),
    "settlement_marketclaim": BY_PAIR.replace("{day}", "claimed_on"),
    "settlement_penaltynet": BY_NET,
}
TRIGGER = """
    CREATE FUNCTION {table}_opens_charges() RETURNS trigger LANGUAGE plpgsql AS $body$
    BEGIN
        {insert}
        RETURN NULL;
    END $body$;
    CREATE TRIGGER {table}_opens_charges AFTER INSERT ON {table}
        REFERENCING NEW TABLE AS fresh
        FOR EACH STATEMENT EXECUTE FUNCTION {table}_opens_charges();
"""
UNPRICED = """
    INSERT INTO settlement_unpricedfail (book, trade_id, business_date, kind)
    SELECT DISTINCT t.book, t.id, f.business_date, 'sefp'
      FROM desk_workitem w
      JOIN settlement_trade t ON t.id::text = w.subject_ref
      JOIN settlement_leg l ON l.trade_id = t.id
      JOIN settlement_failedleg f ON f.leg_id = l.id
     WHERE w.kind = 'settlement.unpriced_fail' AND w.state IN ('open', 'claimed')
       AND NOT EXISTS (SELECT FROM settlement_penalty p
                        WHERE p.trade_id = t.id AND p.business_date = f.business_date);
"""


def forward() -> str:
    parts = [
        TRIGGER.format(table=table, insert=insert.format(rows="fresh")) + insert.format(rows=table)
        for table, insert in FACTS.items()
    ]
    return "".join([*parts, UNPRICED])


def backward() -> str:
    return "".join(
        f"DROP TRIGGER {table}_opens_charges ON {table};"
        f"DROP FUNCTION {table}_opens_charges();"
        f"DELETE FROM settlement_opencharge;"
        for table in FACTS
    )


class Migration(migrations.Migration):
    dependencies = [
        ("desk", "0001_initial"),
        ("settlement", "0090_charges_settled"),
    ]

    operations = [migrations.RunSQL(forward(), backward())]
