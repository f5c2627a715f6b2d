"""Long lists of values in parts that a statement can take."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TypeVar

T = TypeVar("T")
_MOST = 500


def chunks(values: Sequence[T]) -> Iterator[Sequence[T]]:
    """Yield the values in order, at most 500 at once."""
    return (values[first : first + _MOST] for first in range(0, len(values), _MOST))
