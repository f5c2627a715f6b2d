"""Gather: which calls go to VBot with one request, and how long the first of them, the leader, waits for others."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from bridge.core.breaker import Breaker
from bridge.core.call_states import CallState, Transition
from bridge.core.model import MANUAL, Call, Json
from bridge.core.schedule import permitted_until
from bridge.place.call_context import CallContext, call_context, rule_behind
from bridge.rules.rule import Rule
from bridge.store import Connection
from bridge.store.batches import GATHERING, find_calls_to_join, goes_alone, is_taken, made_by, take_along
from bridge.store.calls import find_call, move
from bridge.store.configuration.catalog import Catalog
from bridge.store.db.locks import lock_name
from bridge.store.hotlines import find_hotline
from bridge.vbot import CallRequest

# A call that waited for one of these has waited: the next look takes the others that are there.
_HAS_WAITED = frozenset({GATHERING, "hotline_rate", "phone_in_flight", "undecided_delivery"})


@dataclass(frozen=True)
class Batches:
    """What VBot's generation takes in one request: at most so many phones, and only calls that it `carries`."""

    most: int | None
    carries: Callable[[CallRequest], bool]


@dataclass(frozen=True)
class Members:
    """The calls that are placed together, all queued and in the leader's hands; none, for the call waits."""

    call_ids: tuple[int, ...]


def gather(
    conn: Connection, catalog: Catalog, breaker: Breaker, call_id: int, batches: Batches, now: datetime
) -> Members | None:
    """The members of the batch that this call leads; None for a call that is placed alone, and nothing was changed.

    A call waits for others once: until the rule's `wait` is over for the first that waits, or there are enough, or
    its window or its promise ends. While the breaker is open nobody gathers: the probe goes alone. So does a call that
    VBot refused together with others, for only alone does it show whether their number or the account was the reason.
    """
    made = made_by(conn, call_id) if breaker.state == "closed" else None
    rule = batching_rule(catalog, made.rule, made.manual) if made is not None else None
    call = find_call(conn, call_id) if rule is not None else None
    if call is None or rule is None or goes_alone(conn, call):
        return None
    size = _size(conn, catalog, rule, call, batches)
    if size < 2:
        return None
    lock_name(conn, f"batch {call.rule} {call.hotline}")
    call = find_call(conn, call_id)
    context = call_context(catalog, call, rule) if call is not None else None
    if call is None or context is None or call.state != CallState.QUEUED or is_taken(call, call_id, now):
        return Members(())
    others = find_calls_to_join(conn, call, now, size - 1)
    if 1 + len(others) < size:
        until = _until(context, others, now)
        if until > now:
            facts = {"at": until.isoformat()}
            move(conn, call.id, Transition.HOLD, now, wake_at=until, reason=GATHERING, facts=facts)
            return Members(())
    return Members(tuple(take_along(conn, call, others, now)))


def may_batch(rule: Rule, datas: Mapping[str, Json], fields: list[Json] | None, batches: Batches) -> bool:
    """Whether calls of this rule, with such datas and such custom fields of their template, may share a request."""
    spoken: Mapping[str, Json] = datas or rule.datas or ({"": ""} if fields else {})
    return batches.carries(CallRequest("", "", "", "", spoken, rule.max_time, rule.max_waiting_time))


def batching_rule(catalog: Catalog, name: str, manual: Json) -> Rule | None:
    """The rule behind a call, where it places batches."""
    if name == MANUAL and not (manual and manual.get("batch")):
        return None  # without compiling it: nearly every manual call
    rule = rule_behind(catalog, name, manual)
    return rule if rule is not None and rule.batch is not None else None


def _size(conn: Connection, catalog: Catalog, rule: Rule, call: Call, batches: Batches) -> int:
    if rule.batch is None or not may_batch(rule, call.datas, catalog.templates.get(rule.template), batches):
        return 1
    limits: list[int | None] = [rule.batch.size, batches.most]
    hotline = find_hotline(conn, call.hotline)
    if hotline is not None:
        limits += [hotline.per_minute, hotline.max_active]
    return min(limit for limit in limits if limit is not None)


def _until(context: CallContext, others: list[Call], now: datetime) -> datetime:
    """Until when this call waits for others; now or earlier: not at all."""
    call, rule = context.call, context.rule
    if rule.batch is None or call.reason in _HAS_WAITED or call.attempt_id is not None:
        return now
    gather = [other for other in others if other.state == CallState.WAITING and other.reason == GATHERING]
    end = min([now + rule.batch.wait, call.not_after, *(other.wake_at for other in gather if other.wake_at)])
    return permitted_until(now, end, rule.windows, context.zone, context.holidays)
