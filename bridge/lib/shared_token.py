"""A token that somebody lends for a while: one renews it, and all who share its shelf read what he got.

The shelf may stand in a database, for any number of processes, or in this one. Who renews holds the token for a time:
should he die, the hold ends by itself. Nothing here is logged.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Protocol, TypeVar

LOOK_SECONDS = 0.1
# A hold outlives the request that it is taken for, by the time to store the answer.
SPARE_SECONDS = 5


@dataclass(frozen=True, repr=False)
class Lent:
    """A token as its shelf has it.

    version        grows with every change: whoever was refused, or sets out to renew, names what he saw
    access         None: there is none
    refresh        may be used once
    fresh_seconds  how long it may be used without being renewed, from the moment of reading
    """

    version: int
    access: str | None = None
    refresh: str | None = None
    fresh_seconds: float = 0.0


@dataclass(frozen=True, repr=False)
class Renewed:
    """What the lender gave; `fresh_seconds` with a margin before its end, from now."""

    access: str
    refresh: str | None
    fresh_seconds: float


class Shelf(Protocol):
    """Where a token stands. A `version` that is not the shelf's any more changes nothing, and is answered with no."""

    def read(self) -> Lent:
        """The token as it stands now."""

    def hold(self, version: int, seconds: float) -> Lent | None:
        """The same token, taken out to be renewed, under its next version; None while another holds it."""

    def put(self, version: int, renewed: Renewed) -> bool:
        """The renewed token stands here, under the version after the hold's, and the hold is over."""

    def release(self, version: int) -> bool:
        """The hold of this version is over, and there is no token, under the next version."""


F = TypeVar("F")


def borrow(
    shelf: Shelf,
    refused: int | None,
    renew: Callable[[str | None], Renewed | F],
    deadline: float,
    monotonic: Callable[[], float],
) -> Lent | F | None:
    """A fresh token, what `renew` said instead of one, or None: another renews it, and had not done so in time.

    refused   the version of a token that was refused, though it looks fresh
    renew     asks the lender, by refresh token where there is one; called at most once, in no transaction
    deadline  an instant of `monotonic`
    """
    while True:
        lent = shelf.read()
        if lent.access and lent.fresh_seconds > 0 and lent.version != refused:
            return lent
        held = shelf.hold(lent.version, max(deadline - monotonic(), 0) + SPARE_SECONDS)
        if held is not None:
            return _renew(shelf, held, renew)
        if monotonic() >= deadline:
            return None
        time.sleep(LOOK_SECONDS)


def _renew(shelf: Shelf, held: Lent, renew: Callable[[str | None], Renewed | F]) -> Lent | F:
    answer: Renewed | F | None = None
    try:
        answer = renew(held.refresh)
    finally:
        if not isinstance(answer, Renewed):
            shelf.release(held.version)
    if isinstance(answer, Renewed):
        # Where the hold had ended meanwhile, another's token stands there; this one serves nobody else, but is as good.
        shelf.put(held.version, answer)
        return Lent(held.version + 1, answer.access, answer.refresh, answer.fresh_seconds)
    return answer


class OwnShelf:
    """The shelf of one process, for its threads."""

    def __init__(self, monotonic: Callable[[], float]) -> None:
        self._monotonic = monotonic
        self._lock = threading.Lock()
        self._lent = Lent(0)
        self._fresh_until = 0.0
        self._held_until = 0.0

    def read(self) -> Lent:
        with self._lock:
            return replace(self._lent, fresh_seconds=self._fresh_until - self._monotonic())

    def hold(self, version: int, seconds: float) -> Lent | None:
        with self._lock:
            now = self._monotonic()
            if self._lent.version != version or now < self._held_until:
                return None
            held = replace(self._lent, version=version + 1)
            self._lent, self._fresh_until, self._held_until = Lent(version + 1), 0.0, now + seconds
            return held

    def put(self, version: int, renewed: Renewed) -> bool:
        with self._lock:
            if self._lent.version != version:
                return False
            self._lent = Lent(version + 1, renewed.access, renewed.refresh)
            self._fresh_until, self._held_until = self._monotonic() + renewed.fresh_seconds, 0.0
            return True

    def release(self, version: int) -> bool:
        with self._lock:
            if self._lent.version != version:
                return False
            self._lent, self._held_until = Lent(version + 1), 0.0
            return True
