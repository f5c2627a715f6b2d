"""What holds a ring back for a while, asked in the dialling transaction: the phone, the day's caps, the hotline.

Everything is counted from rows, so that a crash leaks nothing. The locks are taken in one order:
phone, caps, hotline.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from bridge.core.call_states import Transition
from bridge.core.model import DEFAULT_ZONE, Json, Source
from bridge.core.schedule import local_day
from bridge.rules.rule import Rule
from bridge.store import Connection
from bridge.store.calls import Call, count_rings, lock_name, take_token
from bridge.store.catalog import Catalog
from bridge.store.phones import Phone
from bridge.store.rates import take_another

LOOK_AGAIN = timedelta(seconds=1)
SOON = timedelta(milliseconds=100)  # a delivery is decided in less, and a busy shop always has one undecided


@dataclass(frozen=True)
class Held:
    """Why there is no ring now, by the transition's own reason or another; `until`: when a call that waits is due."""

    change: Transition
    reason: str | None = None
    until: datetime | None = None
    facts: Mapping[str, Json] = field(default_factory=dict)


def hold_back(
    conn: Connection,
    catalog: Catalog,
    rule: Rule,
    source: Source | None,
    call: Call,
    phone: Phone,
    now: datetime,
    max_calls_per_day: int | None,
) -> Held | None:
    """None when this phone may ring now, and the day has room; else until when it waits. The phone is locked."""
    return _phone_rests(conn, catalog, rule, source, call, phone, now) or _day_is_full(
        conn, rule, source, now, max_calls_per_day
    )


def line_is_full(conn: Connection, call: Call, now: datetime, *, joins: bool = False) -> Held | None:
    """None when the hotline's token is taken, else until when the call waits. `joins`: the request of another call."""
    later = take_another(conn, call.hotline, now) if joins else take_token(conn, call.hotline, now)
    return Held(Transition.HOLD, "hotline_rate", later) if later is not None else None


def _phone_rests(
    conn: Connection, catalog: Catalog, rule: Rule, source: Source | None, call: Call, phone: Phone, now: datetime
) -> Held | None:
    if phone.in_flight:
        return Held(Transition.HOLD, "phone_in_flight", now + LOOK_AGAIN)
    if phone.last_ring is not None and phone.last_ring + rule.cooldown > now:
        return Held(Transition.HOLD, "cooldown", phone.last_ring + rule.cooldown)
    if rule.advertising:
        zone = source.timezone if source else DEFAULT_ZONE
        advertising = [other.name for other in catalog.rules if other.advertising]
        if count_rings(conn, _midnight(now, zone), phone=phone.number, rules=advertising, but=call.id):
            return Held(Transition.HOLD, "advertised_today", _midnight(now, zone, days=1))
    return None


def _day_is_full(
    conn: Connection, rule: Rule, source: Source | None, now: datetime, max_calls_per_day: int | None
) -> Held | None:
    zone = source.timezone if source else DEFAULT_ZONE
    caps: list[tuple[str, int | None, str, dict[str, Any]]] = [
        ("all", max_calls_per_day, DEFAULT_ZONE, {}),
        (f"rule {rule.name}", rule.max_per_day, zone, {"rules": [rule.name]}),
    ]
    if source is not None:
        caps.append((f"source {source.id}", source.max_per_day, zone, {"source": source.id}))
    for scope, most, place, which in caps:
        if most is None:
            continue
        lock_name(conn, f"cap {scope}")
        if count_rings(conn, _midnight(now, place), **which) >= most:
            return Held(Transition.HOLD, "max_per_day", _midnight(now, place, days=1), {"detail": scope})
    return None


def _midnight(now: datetime, zone: str, days: int = 0) -> datetime:
    day = local_day(now, zone) + timedelta(days=days)
    return datetime.combine(day, time(), ZoneInfo(zone))
