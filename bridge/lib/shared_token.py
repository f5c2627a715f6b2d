"""An access token that several threads or processes share: one of them renews it, all use what it fetched.

The token stands in a token store: a database, for any number of processes, or the memory of one. Who renews the token
holds a lease on it; should that process die, the lease ends by itself. Nothing here is logged.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Protocol, TypeVar

RENEWAL_POLL_SECONDS = 0.1  # between two looks, while another process renews the token
# A lease outlives the request that it is taken for, by the time to store the answer.
LEASE_MARGIN_SECONDS = 5


@dataclass(frozen=True, repr=False)
class SharedToken:
    """A token as its store holds it.

    version        grows with every change: whoever was refused, or sets out to renew, names the version it saw
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
    """A token as its issuer gave it; `fresh_seconds` with a margin before its end, from now."""

    access: str
    refresh: str | None
    fresh_seconds: float


class TokenStore(Protocol):
    """Where one token stands. A `version` that is not the stored one any more changes nothing: None or False."""

    def read(self) -> SharedToken:
        """The token as it stands now."""

    def begin_renewal(self, version: int, seconds: float) -> SharedToken | None:
        """Take the lease, and the same token under its next version; None while another holds the lease."""

    def finish_renewal(self, version: int, renewed: Renewed) -> bool:
        """Store the renewed token under the version after the lease's, and end the lease."""

    def cancel_renewal(self, version: int) -> bool:
        """End the lease of this version, without a token, under the next version."""


F = TypeVar("F")


def get_token(
    store: TokenStore,
    refused: int | None,
    renew: Callable[[str | None], Renewed | F],
    deadline: float,
    monotonic: Callable[[], float],
) -> SharedToken | F | None:
    """Return a fresh token, or what `renew` returned instead of one, or None: another's renewal took too long.

    refused   the version of a token that was refused, though it looks fresh
    renew     requests a new one, by refresh token where there is one; called at most once, in no transaction
    deadline  an instant of `monotonic`
    """
    while True:
        token = store.read()
        if token.access and token.fresh_seconds > 0 and token.version != refused:
            return token
        leased = store.begin_renewal(token.version, max(deadline - monotonic(), 0) + LEASE_MARGIN_SECONDS)
        if leased is not None:
            return _renew(store, leased, renew)
        if monotonic() >= deadline:
            return None
        time.sleep(RENEWAL_POLL_SECONDS)


def _renew(store: TokenStore, leased: SharedToken, renew: Callable[[str | None], Renewed | F]) -> SharedToken | F:
    answer: Renewed | F | None = None
    try:
        answer = renew(leased.refresh)
    finally:
        if not isinstance(answer, Renewed):
            store.cancel_renewal(leased.version)
    if isinstance(answer, Renewed):
        # Where the lease had ended meanwhile, another's token is stored; this one serves nobody else, but is as good.
        store.finish_renewal(leased.version, answer)
        return SharedToken(leased.version + 1, answer.access, answer.refresh, answer.fresh_seconds)
    return answer


class MemoryTokenStore:
    """The token store of one process, for its threads."""

    def __init__(self, monotonic: Callable[[], float]) -> None:
        self._monotonic = monotonic
        self._lock = threading.Lock()
        self._token = SharedToken(0)
        self._fresh_until = 0.0
        self._leased_until = 0.0

    def read(self) -> SharedToken:
        with self._lock:
            return replace(self._token, fresh_seconds=self._fresh_until - self._monotonic())

    def begin_renewal(self, version: int, seconds: float) -> SharedToken | None:
        with self._lock:
            now = self._monotonic()
            if self._token.version != version or now < self._leased_until:
                return None
            leased = replace(self._token, version=version + 1)
            self._token, self._fresh_until, self._leased_until = SharedToken(version + 1), 0.0, now + seconds
            return leased

    def finish_renewal(self, version: int, renewed: Renewed) -> bool:
        with self._lock:
            if self._token.version != version:
                return False
            self._token = SharedToken(version + 1, renewed.access, renewed.refresh)
            self._fresh_until, self._leased_until = self._monotonic() + renewed.fresh_seconds, 0.0
            return True

    def cancel_renewal(self, version: int) -> bool:
        with self._lock:
            if self._token.version != version:
                return False
            self._token, self._leased_until = SharedToken(version + 1), 0.0
            return True
