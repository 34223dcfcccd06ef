"""Reading ahead: the next lines are read while the database takes the last."""

from collections.abc import Generator, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import batched


def ahead[T](items: Iterable[T], *, size: int) -> Generator[T]:
    """The same items in the same order; a thread of its own reads up to `size` of them ahead.

    What `items` raises is raised here, after the items before it. Nothing may ask the database
    while it reads: the thread would ask over a connection of its own. The thread ends with the
    items, or when who reads closes them.
    """
    chunks = batched(_until_it_breaks(items), size)
    with ThreadPoolExecutor(1, thread_name_prefix="ahead") as reader:
        coming = reader.submit(next, chunks, ())
        while chunk := coming.result():
            coming = reader.submit(next, chunks, ())
            for item in chunk:
                if isinstance(item, _Broken):
                    raise item.error
                yield item


class _Broken:
    """Why the items ended early."""

    def __init__(self, error: Exception) -> None:
        self.error = error


def _until_it_breaks[T](items: Iterable[T]) -> Iterator[T | _Broken]:
    try:
        yield from items
    except Exception as error:
        yield _Broken(error)
