"""What holds a ring back for a while, checked in the dialling transaction: the phone, the day's caps, the hotline.

Everything is counted from rows, so that a crash leaks nothing; what is counted here is locked by `checks.lock`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from bridge.core.call_states import Transition
from bridge.core.model import DEFAULT_ZONE, Call, Json
from bridge.core.schedule import local_day, next_permitted
from bridge.place.call_context import CallContext
from bridge.place.placing import Caps
from bridge.store import Connection
from bridge.store.attempts import count_rings
from bridge.store.configuration.catalog import Catalog
from bridge.store.db.locks import lock_names
from bridge.store.hotlines import take_another, take_token
from bridge.store.people.phones import Phone

LOOK_AGAIN = timedelta(seconds=1)  # at what a call waits for that may end at any moment


@dataclass(frozen=True)
class Held:
    """Why there is no ring now, by the transition's own reason or another; `until`: when a call that waits is due."""

    change: Transition
    reason: str | None = None
    until: datetime | None = None
    facts: Mapping[str, Json] = field(default_factory=dict)


def hold_back(
    conn: Connection, catalog: Catalog, context: CallContext, phone: Phone, now: datetime, caps: Caps
) -> Held | None:
    """None when this phone may ring now, and the day has room; else until when it waits."""
    held = _phone_rests(conn, catalog, context, phone, now, caps.per_phone)
    return held or _day_is_full(conn, context, now, caps.per_day)


def lock_caps(conn: Connection, contexts: Iterable[CallContext], caps: Caps) -> None:
    """Until this transaction ends nobody else counts the calls of a day that these may not exceed."""
    lock_names(conn, {f"cap {cap.scope}" for context in contexts for cap in _caps_of(context, caps.per_day)})


def has_caps(context: CallContext, caps: Caps) -> bool:
    """Whether a day may see only so many calls such as this one."""
    return bool(_caps_of(context, caps.per_day))


def take_place(conn: Connection, call: Call, now: datetime, *, joins: bool) -> Held | None:
    """None when the hotline's rate lets this call go, now counted; else until when it waits.

    joins   it shares the request of another call
    """
    later = take_another(conn, call.hotline, now) if joins else take_token(conn, call.hotline, now)
    return Held(Transition.HOLD, "hotline_rate", later) if later is not None else None


def _phone_rests(
    conn: Connection, catalog: Catalog, context: CallContext, phone: Phone, now: datetime, per_phone: int | None
) -> Held | None:
    rule = context.rule
    if phone.in_flight:
        return Held(Transition.HOLD, "phone_in_flight", now + LOOK_AGAIN)
    if per_phone is not None and phone.rings >= per_phone:
        return Held(Transition.HOLD, "phone_daily_limit", _next_day(context, now), {"times": phone.rings})
    if phone.last_ring is not None and phone.last_ring + rule.cooldown > now:
        return Held(Transition.HOLD, "cooldown", phone.last_ring + rule.cooldown)
    if rule.advertising:
        today = midnight(now, context.zone)
        advertising = [other.name for other in catalog.rules if other.advertising]
        if count_rings(conn, today, phone=phone.number, rules=advertising, but=context.call.id):
            return Held(Transition.HOLD, "advertised_today", _next_day(context, now))
    return None


@dataclass(frozen=True)
class _Cap:
    """So many calls of a local day, counted over `which`."""

    scope: str
    most: int
    zone: str
    which: Mapping[str, Any]


def _day_is_full(conn: Connection, context: CallContext, now: datetime, max_calls_per_day: int | None) -> Held | None:
    for cap in _caps_of(context, max_calls_per_day):
        if count_rings(conn, midnight(now, cap.zone), **cap.which) >= cap.most:
            return Held(Transition.HOLD, "max_per_day", _next_day(context, now, cap.zone), {"detail": cap.scope})
    return None


def _caps_of(context: CallContext, max_calls_per_day: int | None) -> list[_Cap]:
    rule, source, zone = context.rule, context.source, context.zone
    caps: list[tuple[str, int | None, str, dict[str, Any]]] = [
        ("all", max_calls_per_day, DEFAULT_ZONE, {}),
        (f"rule {rule.name}", rule.max_per_day, zone, {"rules": [rule.name]}),
    ]
    if source is not None:
        caps.append((f"source {source.id}", source.max_per_day, zone, {"source": source.id}))
    return [_Cap(scope, most, place, which) for scope, most, place, which in caps if most is not None]


def _next_day(context: CallContext, now: datetime, zone: str | None = None) -> datetime:
    """The first instant of the day after this one in `zone`, else the call's own, at which the call may start."""
    begins = midnight(now, zone or context.zone, days=1)
    return next_permitted(begins, context.rule.windows, context.zone, context.holidays) or context.call.not_after


def midnight(now: datetime, zone: str, days: int = 0) -> datetime:
    """When the local day of `now` began, or one so many days later."""
    day = local_day(now, zone) + timedelta(days=days)
    return datetime.combine(day, time(), ZoneInfo(zone))
