"""What placing works with."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from bridge.store import Store
from bridge.store.configuration.catalog import Catalogs
from bridge.vbot.client import Client


@dataclass(frozen=True)
class Clock:
    """An aware wall clock, a monotonic clock in seconds, and jitter in [0, 1)."""

    now: Callable[[], datetime]
    monotonic: Callable[[], float]
    jitter: Callable[[], float]


@dataclass(frozen=True, repr=False)
class Placing:
    """Where calls are read and recorded, the VBot account that places them, the time, and the day's cap."""

    store: Store
    catalogs: Catalogs
    client: Client
    clock: Clock
    max_calls_per_day: int | None = None
