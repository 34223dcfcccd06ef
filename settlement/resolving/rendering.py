"""A resolution as a JSON document and as lines for a terminal."""

from collections.abc import Iterator
from typing import Any

from settlement.resolving.amounts import show_amount
from settlement.resolving.model import Objective, Problem, Resolution, Shortage, Unsettled


def as_document(problem: Problem, resolution: Resolution) -> dict[str, Any]:
    """What `resolve_queue --json` prints; amounts as the file's scale, never a float.

    `gap` is the only fraction and goes out as a decimal string with six digits.
    """
    by_count = resolution.by is Objective.COUNT
    worth = 0 if by_count else problem.value_decimals
    closing: dict[str, dict[str, int | str]] = {}
    for (participant, asset), units in resolution.closing.items():
        shown = show_amount(units, problem.decimals.get(asset, 0))
        closing.setdefault(participant, {})[asset] = shown
    return {
        "mode": resolution.mode.value,
        "by": resolution.by.value,
        "count": resolution.count,
        "value": show_amount(resolution.value, problem.value_decimals),
        "of_count": len(problem.obligations),
        "of_value": show_amount(
            sum(obligation.value for obligation in problem.obligations), problem.value_decimals
        ),
        "bound": None if resolution.bound is None else show_amount(resolution.bound, worth),
        "gap": None if resolution.gap is None else f"{resolution.gap:.6f}",
        "proven": resolution.proven,
        "settled": [
            {"id": item.id} | ({"lots": item.lots, "of": item.of} if item.of > 1 else {})
            for item in resolution.settled
        ],
        "closing": closing,
        "unsettled": [_unsettled(problem, item) for item in resolution.unsettled],
        "stages": [
            {"stage": stage, "reached": show_amount(reached, worth)}
            for stage, reached in resolution.stages
        ],
        "seconds": f"{resolution.seconds:.3f}",
    }


def _unsettled(problem: Problem, item: Unsettled) -> dict[str, Any]:
    return {
        "id": item.id,
        "lots": item.lots,
        "short": [_shortage(problem, shortage) for shortage in item.shortages],
        "behind": item.behind,
    }


def _shortage(problem: Problem, shortage: Shortage) -> dict[str, Any]:
    decimals = problem.decimals.get(shortage.asset, 0)
    shown: dict[str, Any] = {
        "participant": shortage.participant,
        "asset": shortage.asset,
        "short": show_amount(shortage.short, decimals),
    }
    if shortage.counterparty is not None:
        shown["counterparty"] = shortage.counterparty
    return shown


def as_lines(problem: Problem, resolution: Resolution) -> Iterator[str]:
    """The same for a reader: the result, closing balances, and a reason per unsettled item."""
    document = as_document(problem, resolution)
    yield (
        f"{document['mode']}: {document['count']} of {document['of_count']} settled, "
        f"value {document['value']} of {document['of_value']}"
    )
    if document["bound"] is not None:
        proof = "proven best" if document["proven"] else f"gap {document['gap']}"
        yield f"by {document['by']}: bound {document['bound']}, {proof}"
    for stage in document["stages"]:
        yield f"  {stage['stage']}: {stage['reached']}"
    yield "settled: " + " ".join(_lots(item) for item in document["settled"])
    for participant, balances in document["closing"].items():
        shown = ", ".join(f"{units} {asset}" for asset, units in balances.items())
        yield f"closing {participant}: {shown}"
    for item in document["unsettled"]:
        yield f"unsettled {item['id']}: {_reason(item)}"


def _lots(item: dict[str, Any]) -> str:
    return f"{item['id']}({item['lots']}/{item['of']})" if "of" in item else str(item["id"])


def _reason(item: dict[str, Any]) -> str:
    reasons = [
        f"{short['participant']} short of {short['short']} {short['asset']}"
        + (f" towards {short['counterparty']}" if "counterparty" in short else "")
        for short in item["short"]
    ]
    if item["behind"]:
        reasons.append(f"waits behind {item['behind']}")
    return "; ".join(reasons) or "held back by the order of the queue"
