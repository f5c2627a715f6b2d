"""The names of time zones, as IANA has them."""

from __future__ import annotations

from functools import cache
from zoneinfo import available_timezones


@cache
def zone_names() -> frozenset[str]:
    """Every name, read once: Python walks through all files of the zones to list them."""
    return frozenset(available_timezones())
