"""What is read ahead comes in order, whole, and not further ahead than asked."""

from collections.abc import Iterator
from threading import current_thread, main_thread

import pytest

from settlement.formats.ahead import ahead


def test_same_items_in_the_same_order() -> None:
    assert list(ahead(iter(range(1001)), size=10)) == list(range(1001))
    assert list(ahead([], size=10)) == []


def test_another_thread_reads_and_never_more_than_two_chunks_ahead() -> None:
    read: list[int] = []
    readers = set()

    def items() -> Iterator[int]:
        for number in range(100):
            readers.add(current_thread())
            read.append(number)
            yield number

    for number in ahead(items(), size=10):
        assert len(read) <= (number // 10 + 2) * 10
    assert main_thread() not in readers


def test_what_breaks_the_reading_is_raised_after_what_was_read() -> None:
    def items() -> Iterator[int]:
        yield 1
        yield 2
        raise OSError("unplugged")

    got = []
    with pytest.raises(OSError, match="unplugged"):
        got.extend(ahead(items(), size=10))
    taken = ahead(items(), size=10)
    assert [next(taken), next(taken)] == [1, 2]


def test_who_stops_early_stops_the_reading() -> None:
    read = []

    def items() -> Iterator[int]:
        for number in range(10**9):
            read.append(number)
            yield number

    taken = ahead(items(), size=5)
    assert next(taken) == 0
    taken.close()
    assert len(read) <= 10
