"""What several threads ask for at once is one work, and each has its own result or its own failure."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor

import pytest

from bridge.core.model import StoreDown
from bridge.store.db.together import Together
from tests.processes import wait_for


class Work:
    """Doubles each number; the first work waits until it is let go."""

    def __init__(self, failing: type[Exception] = ValueError) -> None:
        self.done: list[list[int]] = []
        self.go = threading.Event()
        self._failing = failing

    def __call__(self, items: Sequence[int]) -> list[int]:
        self.done.append(list(items))
        if len(self.done) == 1:
            self.go.wait()
        if 13 in items:
            raise self._failing("13")
        return [2 * item for item in items]


def ask(work: Work, most: int, *numbers: int) -> list[Future[int]]:
    """The first number is under way when the others are asked for, one after the other."""
    together = Together(work, most)
    pool = ThreadPoolExecutor(len(numbers))
    asked = [pool.submit(together, numbers[0])]
    wait_for("the first", lambda: work.done)
    for count, number in enumerate(numbers[1:], 1):
        asked.append(pool.submit(together, number))
        wait_for("a number in line", lambda count=count: len(together._waiting) == count)
    work.go.set()
    pool.shutdown()
    return asked


def test_whoever_comes_meanwhile_is_served_by_one_work_in_the_order_of_coming() -> None:
    work = Work()
    asked = ask(work, 16, 1, 2, 3, 4)
    assert [one.result() for one in asked] == [2, 4, 6, 8]
    assert work.done == [[1], [2, 3, 4]]


def test_no_work_is_larger_than_it_may_be() -> None:
    work = Work()
    asked = ask(work, 2, 1, 2, 3, 4)
    assert [one.result() for one in asked] == [2, 4, 6, 8]
    assert work.done == [[1], [2, 3], [4]]


def test_one_that_fails_takes_no_other_with_it() -> None:
    work = Work()
    asked = ask(work, 16, 1, 2, 13, 4)
    assert [one.result() for one in (asked[0], asked[1], asked[3])] == [2, 4, 8]
    with pytest.raises(ValueError, match="13"):
        asked[2].result()
    assert work.done == [[1], [2, 13, 4], [2], [13], [4]]


def test_a_database_that_is_down_is_asked_once_for_all() -> None:
    work = Work(StoreDown)
    asked = ask(work, 16, 1, 13, 4)
    for one in asked[1:]:
        with pytest.raises(StoreDown):
            one.result()
    assert work.done == [[1], [13, 4]]
