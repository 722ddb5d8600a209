"""The next item is made while the last is used, and nothing is lost by it."""

from __future__ import annotations

from collections.abc import Iterator
from threading import Event, current_thread, main_thread

import pytest

from features.engine.prefetch import prefetched


def test_the_next_is_made_while_the_last_is_used() -> None:
    begun = [Event() for _ in range(3)]

    def items() -> Iterator[int]:
        for number, event in enumerate(begun):
            assert current_thread() is not main_thread()
            event.set()
            yield number

    for number in prefetched(items()):
        assert begun[min(number + 1, 2)].wait(10)


def test_what_making_one_raises_is_raised_after_those_before_it() -> None:
    def items() -> Iterator[int]:
        yield 1
        raise OSError("the disk is full")

    running = prefetched(items())
    assert next(running) == 1
    with pytest.raises(OSError, match="the disk is full"):
        next(running)


def test_who_stops_early_leaves_no_thread() -> None:
    made = []

    def items() -> Iterator[int]:
        for number in range(100):
            made.append(number)
            yield number

    running = prefetched(items())
    assert next(running) == 0
    running.close()
    assert made in ([0], [0, 1])


def test_nothing_is_nothing() -> None:
    assert list(prefetched(iter(()))) == []
