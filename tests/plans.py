"""How the database would go about a statement: plans are told, not timed."""

from django.db import connection


def plan_of(statement, parameters=(), *, run=False):
    """Each node of the statement's plan, as the planner would take it now; or as it went."""

    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN (ANALYZE {run}, FORMAT JSON) {statement}", parameters)
        return list(below(cursor.fetchone()[0][0]["Plan"]))


def below(node):
    """The node of a plan, and each one below it."""
    yield node
    for part in node.get("Plans", ()):
        yield from below(part)


def looked_through(plan):
    """What nested loops look through again for each row of their outer side, by its name.

    A row found by what the outer side says, and a row's own values written out, are no look through
    anything; but rows that are held against the outer side only after they were found are.
    """
    once = {"Index Scan", "Index Only Scan", "Memoize", "Bitmap Heap Scan", "Values Scan"}
    own = {"Function Scan", "Append", "Result", "ProjectSet", "Limit", "Subquery Scan"}
    loops = [node for node in plan if node["Node Type"] == "Nested Loop"]
    return [
        _named(loop["Plans"][1])
        for loop in loops
        if loop["Plans"][1]["Node Type"] not in once | own or " = " in loop.get("Join Filter", "")
    ]


def _named(node):
    """The name of what a node reads, or of what the first one below it does."""
    names = ((one.get("CTE Name") or one.get("Relation Name")) for one in below(node))
    return next((name for name in names if name), node["Node Type"])
