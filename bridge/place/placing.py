"""What placing works with."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from bridge.decide.verdicts import Verdicts
from bridge.store import Store
from bridge.store.configuration.catalog import Catalogs
from bridge.vbot.client import Client


@dataclass(frozen=True)
class Clock:
    """An aware wall clock, a monotonic clock in seconds, and jitter in [0, 1)."""

    now: Callable[[], datetime]
    monotonic: Callable[[], float]
    jitter: Callable[[], float]


@dataclass(frozen=True)
class Caps:
    """How many calls a day may see; None: any number.

    per_day    all calls of a day of Vietnam
    per_phone  those of one phone in the day of the call's source
    """

    per_day: int | None = None
    per_phone: int | None = None


@dataclass(frozen=True, repr=False)
class Placing:
    """Where calls are read and recorded, the VBot account that places them, the time, and the day's caps.

    verdicts   what rules said when the calls were decided, as far as that is known here
    """

    store: Store
    catalogs: Catalogs
    client: Client
    clock: Clock
    caps: Caps = field(default_factory=Caps)
    verdicts: Verdicts = field(default_factory=Verdicts)
