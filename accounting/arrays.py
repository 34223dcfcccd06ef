"""PostgreSQL array literals: thousands of values in one parameter."""

from collections.abc import Iterable, Sequence

_QUOTED = str.maketrans({"\\": "\\\\", '"': '\\"'})


def texts(values: Sequence[str | None]) -> str:
    """A `text[]` literal; None is NULL."""
    if not values:
        return "{}"
    try:  # None is what `except` is for.
        joined = '","'.join(values)  # type: ignore[arg-type]
    except TypeError:
        return "{" + ",".join("NULL" if value is None else _quoted(value) for value in values) + "}"
    # Most batches have no quote and no backslash: one look at the whole is enough.
    if "\\" in joined or joined.count('"') != 2 * (len(values) - 1):
        return "{" + ",".join(_quoted(value or "") for value in values) + "}"
    return '{"' + joined + '"}'


def _quoted(value: str) -> str:
    return '"' + value.translate(_QUOTED) + '"'


def plain(values: Iterable[object]) -> str:
    """A literal of values that need no quoting: numbers, ISO dates, codes; None is NULL."""
    joined = ",".join(map(str, values))
    # No number, day or code is spelled so.
    return "{" + (joined.replace("None", "NULL") if "None" in joined else joined) + "}"
