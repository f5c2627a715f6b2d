"""What is to be done for several at one time is done in one transaction for all: group commit."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar

from bridge.core.model import StoreDown

T = TypeVar("T")
R = TypeVar("R")


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
