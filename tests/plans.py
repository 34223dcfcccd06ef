"""How the database would go about a statement: plans are told, not timed."""

from django.db import connection


def plan_of(statement, parameters=()):
    """Each node of the statement's plan, as the planner would take it now."""

    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN (FORMAT JSON) {statement}", parameters)
        return list(below(cursor.fetchone()[0][0]["Plan"]))


def below(node):
    """The node of a plan, and each one below it."""
    yield node
    for part in node.get("Plans", ()):
        yield from below(part)


def looked_through(plan):
    """What nested loops look through again for each row of their outer side, by its name.

    A row found by index, and a row's own values written out, are no look through anything.
    """
    once = {"Index Scan", "Index Only Scan", "Memoize", "Bitmap Heap Scan", "Values Scan"}
    own = {"Function Scan", "Append", "Result", "ProjectSet", "Limit", "Subquery Scan"}
    loops = [node for node in plan if node["Node Type"] == "Nested Loop"]
    inner = [loop["Plans"][1] for loop in loops]
    return [
        node.get("CTE Name") or node.get("Relation Name") or node["Node Type"]
        for node in inner
        if node["Node Type"] not in once | own
    ]
