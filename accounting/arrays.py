"""PostgreSQL array literals: thousands of values in one parameter."""

from collections.abc import Iterable

_QUOTED = str.maketrans({"\\": "\\\\", '"': '\\"'})


def texts(values: Iterable[str | None]) -> str:
    """A `text[]` literal; None is NULL."""
    return (
        "{"
        + ",".join(
            "NULL" if value is None else '"' + value.translate(_QUOTED) + '"' for value in values
        )
        + "}"
    )


def plain(values: Iterable[object]) -> str:
    """A literal of values that need no quoting: numbers, ISO dates, codes; None is NULL."""
    return "{" + ",".join("NULL" if value is None else str(value) for value in values) + "}"
