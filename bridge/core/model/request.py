"""A request as it came, and the source that sent it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

Json = Any

DEFAULT_ZONE = "Asia/Ho_Chi_Minh"


@dataclass(frozen=True, repr=False)
class Request:
    """One HTTP request as it came: header names as sent, body bytes never re-serialised.

    `fetched`: the shop's own documents about it, by name, each as the shop answered.
    """

    method: str
    path: str
    query: str
    headers: tuple[tuple[str, str], ...]
    body: bytes
    fetched: Mapping[str, bytes] = field(default_factory=dict, hash=False)

    def header(self, name: str) -> str | None:
        """The one value of this header, compared without case; None if absent or sent twice with two values."""
        found = {value for key, value in self.headers if key.lower() == name.lower()}
        return found.pop() if len(found) == 1 else None


@dataclass(frozen=True, repr=False)
class Source:
    """One shop on one platform. `secrets` are all valid at once; `settings` its own; `keys` the shop's public ones.

    is_locked  no key of today opens its stored credentials: it has no secrets, nor the settings that are encrypted
    """

    id: str
    platform: str
    secrets: tuple[str, ...] = ()
    settings: Mapping[str, Json] = field(default_factory=dict)
    timezone: str = DEFAULT_ZONE
    country: str = "VN"
    enabled: bool = True
    max_per_day: int | None = None
    keys: Json = None
    is_locked: bool = False
