"""What is done for several in one transaction: each has its own result or its own failure."""

from __future__ import annotations

from collections.abc import Sequence

from bridge.core.model import StoreDown
from bridge.store.db.together import try_together


class Work:
    """Doubles each number, but for 13."""

    def __init__(self, failing: type[Exception] = ValueError) -> None:
        self.done: list[list[int]] = []
        self._failing = failing

    def __call__(self, items: Sequence[int]) -> list[int]:
        self.done.append(list(items))
        if 13 in items:
            raise self._failing("13")
        return [2 * item for item in items]


def test_one_that_fails_takes_no_other_with_it() -> None:
    work = Work()
    first, failed, last = try_together(work, [2, 13, 4])
    assert (first, last) == (4, 8)
    assert isinstance(failed, ValueError)
    assert work.done == [[2, 13, 4], [2], [13], [4]]


def test_a_database_that_is_down_is_asked_once_for_all() -> None:
    work = Work(StoreDown)
    assert [type(one) for one in try_together(work, [13, 4])] == [StoreDown, StoreDown]
    assert work.done == [[13, 4]]
