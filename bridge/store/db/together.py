"""What several threads ask for at once is done in one transaction for all: group commit."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Sequence
from typing import Generic, TypeVar

from bridge.core.model import StoreDown

T = TypeVar("T")
R = TypeVar("R")


class _Asked(Generic[T, R]):
    """What one thread asks for, and what became of it."""

    def __init__(self, item: T) -> None:
        self.item = item
        self.is_done = False
        self._results: list[R] = []
        self._error: Exception | None = None

    def end(self, result: R) -> None:
        self._results, self.is_done = [result], True

    def fail(self, error: Exception) -> None:
        self._error, self.is_done = error, True

    def result(self) -> R:
        if self._error is not None:
            raise self._error
        return self._results[0]


class Together(Generic[T, R]):
    """Whoever comes while `work` is under way waits, and the first of those works for all of them.

    work   (items, each of one caller, first come first) -> a result for each, all done in one transaction
    most   as many items at a time
    """

    def __init__(self, work: Callable[[Sequence[T]], Sequence[R]], most: int) -> None:
        self._work = work
        self._most = most
        self._waiting: deque[_Asked[T, R]] = deque()
        self._turn = threading.Lock()

    def __call__(self, item: T) -> R:
        """The result for this item. Where the work of several fails each is done alone, and raises what it met."""
        mine = _Asked[T, R](item)
        self._waiting.append(mine)
        with self._turn:
            # Whoever had the turn before may have done mine; else it is among the next.
            while not mine.is_done:
                self._do([self._waiting.popleft() for _ in range(min(len(self._waiting), self._most))])
        return mine.result()

    def _do(self, group: list[_Asked[T, R]]) -> None:
        for each, result in zip(group, try_together(self._work, [each.item for each in group]), strict=True):
            if isinstance(result, Exception):
                each.fail(result)
            else:
                each.end(result)


def try_together(work: Callable[[Sequence[T]], Sequence[R]], items: Sequence[T]) -> list[R | Exception]:
    """The result of each of these items, done in one transaction; or what it met.

    Where the work of several fails each is done alone, except where the database is down for all of them.
    """
    try:
        return list(work(items))
    except Exception as error:
        if len(items) == 1 or isinstance(error, StoreDown):
            return [error] * len(items)
        return [try_together(work, [item])[0] for item in items]
