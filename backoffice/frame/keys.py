"""Many keys told to the database at once."""

from collections.abc import Iterable


def key_array(keys: Iterable[int]) -> str:
    """A literal of type bigint[], for `= ANY(%s)`: "{1,2,3}".

    A list of numbers would be written number by number by the driver, and read as an expression of
    as many parts by the planner: for 100,000 keys twenty times the work.
    """
    return f"{{{','.join(map(str, keys))}}}"
