"""The outbox of webhooks: a message is written in the transaction of what it tells, and sent by a worker."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import quote

from sqlalchemy import ColumnElement, Connection, and_, bindparam, func, or_, select

from bridge.core.call_states import CallState
from bridge.core.model import Call, Json
from bridge.store.db.tables import attempts, calls, decisions, messages, orders, receivers
from bridge.store.db.tables import events as events_of_orders
from bridge.store.db.upsert import written

CALL_EVENTS = {
    CallState.PLACED: "call.placed",
    CallState.FINISHED: "call.finished",
    CallState.UNSURE: "call.unsure",
}
FALLBACK = "call.fallback"  # told to the webhook that the call's rule names, and to no other
ORDER_SKIPPED, ALARM_OPENED, ALARM_CLOSED, TEST = "order.skipped", "alarm.opened", "alarm.closed", "test"
EVENTS = (*CALL_EVENTS.values(), ORDER_SKIPPED, ALARM_OPENED, ALARM_CLOSED)
FRESH_FOR = timedelta(seconds=1)  # a new webhook is told what happens from then on
_ASKED = "webhooks"
# Built once: to build a statement costs as much as to run it.
_CALL = select(
    calls, select(func.max(attempts.c.n)).where(attempts.c.call_id == calls.c.id).scalar_subquery().label("attempt")
).where(calls.c.id == bindparam("call_id"))
TOLD_WITHIN = timedelta(minutes=1)  # of a call's last change
_NEW = ("webhook", "event", "call_id", "data", "at", "wake_at", "state")
_WRITE = messages.insert().values({name: bindparam(name) for name in _NEW}).returning(messages.c.id)


@dataclass(frozen=True, slots=True, repr=False)
class Message:
    """What a webhook is told, and how its sending stands. `state`: pending, taken, failed.

    call_id  whose phone and custom fields a full body holds
    data     what the body says; never personal
    at       when it happened
    wake_at  when it is sent next; None once it was taken, or given up
    detail   what became of the last try
    """

    id: int
    webhook: str
    event: str
    call_id: int | None
    data: Mapping[str, Json]
    at: datetime
    wake_at: datetime | None
    tries: int
    state: str
    detail: str | None
    tried_at: datetime | None

    @property
    def webhook_id(self) -> str:
        """The same for each try. With the instant, for after a restore numbers come again."""
        return f"msg_{self.id}_{int(self.at.timestamp())}"


@dataclass(frozen=True, slots=True, repr=False)
class OfSkip:
    """What a webhook is told of a decision not to ring, and the delivery that was decided."""

    delivery_id: int
    message: Message


def wants(patterns: Collection[str], event: str) -> bool:
    """Whether an event is among these, where `call.*` means all of calls."""
    return event in patterns or f"{event.partition('.')[0]}.*" in patterns


def wanting(conn: Connection, event: str, now: datetime) -> list[str]:
    """The webhooks that are to be told of this event, as they stood at most FRESH_FOR ago: mostly without a query."""
    kept = conn.get_execution_options().get("bridge_recent", {})
    at, found = kept.get(_ASKED, (None, {}))
    if at is None or abs(now - at) >= FRESH_FOR:
        query = select(receivers.c.name, receivers.c.document).order_by(receivers.c.name)
        on = conn.execute(query.where(receivers.c.kind == "webhook", receivers.c.off_at.is_(None))).all()
        found = {row.name: row.document["events"] for row in on}
        kept[_ASKED] = (now, found)
    return [name for name, patterns in found.items() if wants(patterns, event)]


def forget_wanting(conn: Connection) -> None:
    """The next message looks at the webhooks anew: they have changed."""
    conn.get_execution_options().get("bridge_recent", {}).pop(_ASKED, None)


def tell(conn: Connection, event: str, data: Mapping[str, Json], now: datetime, call_id: int | None = None) -> None:
    """Write a message to each webhook that wants this event."""
    for name in wanting(conn, event, now):
        write_message(conn, name, event, data, now, call_id)


def write_message(
    conn: Connection, webhook: str, event: str, data: Mapping[str, Json], now: datetime, call_id: int | None = None
) -> int:
    """Return its id."""
    new = {"webhook": webhook, "event": event, "call_id": call_id, "data": dict(data)}
    return int(conn.execute(_WRITE, {**new, "at": now, "wake_at": now, "state": "pending"}).scalar_one())


def tell_of_call(conn: Connection, call_id: int, state: CallState, now: datetime) -> None:
    """A call has come into this state: tell the webhooks that want to know."""
    event = CALL_EVENTS.get(state)
    if event is None or not wanting(conn, event, now):
        return
    data = _call_data(conn, call_id)
    if data is not None:
        tell(conn, event, data, now, call_id)


def tell_fallback(conn: Connection, call_id: int, webhook: str, now: datetime) -> bool:
    """Nobody was reached: tell this webhook that a person should call; False where there is no such webhook."""
    known = select(receivers.c.name).where(receivers.c.kind == "webhook", receivers.c.name == webhook)
    data = _call_data(conn, call_id)
    if data is None or conn.execute(known).first() is None:
        return False
    write_message(conn, webhook, FALLBACK, data, now, call_id)
    return True


def _call_data(conn: Connection, call_id: int) -> dict[str, Json] | None:
    row = conn.execute(_CALL, {"call_id": call_id}).first()
    return call_data(Call(*row[:-1]), row[-1]) if row is not None else None


def call_data(call: Call, attempt: int | None) -> dict[str, Json]:
    """What a message says of a call: nothing personal. `attempt`: the number of its newest."""
    return {
        "id": call.id,
        "rule": call.rule,
        "source": call.source_id,
        "order_id": call.order_id,
        "order_number": call.order_number,
        "template": call.template,
        "hotline": call.hotline,
        "state": call.state,
        "reason": call.reason,
        "result": call.result,
        "key": call.key,
        "attempt": attempt,
        "created_at": call.created_at.isoformat(),
        "updated_at": call.updated_at.isoformat(),
        "path": f"/api/v1/calls/{call.id}",
        "final": call.state == CallState.FINISHED,
    }


def tell_of_skip(
    conn: Connection, event_id: int, rule: str, reason: str, facts: Mapping[str, Json], now: datetime
) -> None:
    """A rule does not ring for an order: tell the webhooks that want to know."""
    if not wanting(conn, ORDER_SKIPPED, now):
        return
    here = and_(orders.c.source_id == events_of_orders.c.source_id, orders.c.order_id == events_of_orders.c.order_id)
    query = select(events_of_orders, orders.c.number).join(orders, here).where(events_of_orders.c.id == event_id)
    row = conn.execute(query).first()
    if row is None:
        return
    data = {
        "source": row.source_id,
        "order_id": row.order_id,
        "order_number": row.number,
        "topic": row.topic,
        "rule": rule,
        "reason": reason,
        "facts": dict(facts),
        "path": f"/api/v1/orders/{row.source_id}/{quote(row.order_id, safe='')}",
        "final": False,
    }
    tell(conn, ORDER_SKIPPED, data, now)


def messages_of_calls(conn: Connection, found: Sequence[Call]) -> list[Message]:
    """What webhooks are told of these calls, oldest first."""
    if not found:
        return []
    # Found by their time: messages are looked up by their call nowhere else.
    last = max(call.updated_at for call in found) + TOLD_WITHIN
    span = messages.c.at.between(min(call.created_at for call in found), last)
    mine = messages.c.call_id.in_([call.id for call in found])
    return [Message(*row) for row in conn.execute(select(messages).where(span, mine).order_by(messages.c.id))]


def messages_of_skips(conn: Connection, source_id: str, order_id: str) -> list[OfSkip]:
    """What webhooks are told of the decisions not to ring for this order, oldest first."""
    here = and_(events_of_orders.c.source_id == source_id, events_of_orders.c.order_id == order_id)
    query = (
        select(decisions.c.decided_at, decisions.c.rule, events_of_orders.c.delivery_id)
        .join(events_of_orders, events_of_orders.c.id == decisions.c.event_id)
        .where(here, decisions.c.decision == "skip", decisions.c.rule.is_not(None))
    )
    skips = {(row.decided_at, row.rule): int(row.delivery_id) for row in conn.execute(query)}
    if not skips:
        return []
    # A message is of the very instant of its decision; by it alone is it looked up.
    then = messages.c.at.in_({at for at, _ in skips})
    found = conn.execute(select(messages).where(then, messages.c.event == ORDER_SKIPPED).order_by(messages.c.id))
    told = [Message(*row) for row in found]
    return [
        OfSkip(skips[one.at, one.data["rule"]], one)
        for one in told
        if (one.data["source"], one.data["order_id"]) == (source_id, order_id) and (one.at, one.data["rule"]) in skips
    ]


def webhooks_due(conn: Connection, now: datetime, but: Collection[str]) -> list[str]:
    """The webhooks that have something to be sent now and do not rest, without these; the longest waiting first."""
    here = and_(receivers.c.kind == "webhook", receivers.c.name == messages.c.webhook)
    query = (
        select(messages.c.webhook)
        .join(receivers, here)
        .where(
            messages.c.wake_at.is_not(None), messages.c.wake_at <= now, messages.c.webhook.not_in(but), _is_awake(now)
        )
        .group_by(messages.c.webhook)
        .order_by(func.min(messages.c.wake_at))
    )
    return list(conn.execute(query).scalars())


def claim_messages(conn: Connection, webhook: str, now: datetime, until: datetime, limit: int) -> list[Message]:
    """The oldest messages to this webhook that are due; nobody else takes them before `until`."""
    due = and_(messages.c.webhook == webhook, messages.c.wake_at.is_not(None), messages.c.wake_at <= now)
    query = select(messages).where(due).order_by(messages.c.id).limit(limit).with_for_update(skip_locked=True)
    found = [Message(*row) for row in conn.execute(query)]
    conn.execute(messages.update().where(_among([one.id for one in found])).values(wake_at=until))
    return found


def release_messages(conn: Connection, ids: Sequence[int], now: datetime) -> None:
    """What was claimed and not tried is due again."""
    conn.execute(messages.update().where(_among(ids), messages.c.wake_at.is_not(None)).values(wake_at=now))


def end_try(
    conn: Connection, message: Message, state: str, detail: str, now: datetime, wake_at: datetime | None
) -> None:
    """Note what became of one try."""
    values = {"state": state, "detail": detail, "tries": message.tries + 1, "tried_at": now, "wake_at": wake_at}
    conn.execute(messages.update().where(messages.c.id == message.id).values(values))


def give_up_all(conn: Connection, webhook: str) -> int:
    """What waits for this webhook is not sent by itself any more; return how many."""
    waiting = and_(messages.c.webhook == webhook, messages.c.wake_at.is_not(None))
    return conn.execute(messages.update().where(waiting).values(state="failed", wake_at=None)).rowcount


def send_again(conn: Connection, webhook: str, since: datetime | None, now: datetime, *, taken: bool) -> int:
    """Let messages to this webhook be sent again, under their ids: those given up, or all; return how many."""
    again = _over(webhook, since, taken=taken)
    return conn.execute(messages.update().where(again).values(state="pending", wake_at=now, tries=0)).rowcount


def count_over(conn: Connection, webhook: str, since: datetime | None, *, taken: bool) -> int:
    """Return how many messages `send_again` would send."""
    query = select(func.count()).select_from(messages).where(_over(webhook, since, taken=taken))
    return int(conn.execute(query).scalar_one())


def count_messages(conn: Connection) -> dict[str, dict[str, int]]:
    """Of each webhook: how many messages wait, were taken, failed."""
    query = select(messages.c.webhook, messages.c.state, func.count()).group_by(messages.c.webhook, messages.c.state)
    counted: dict[str, dict[str, int]] = {}
    for webhook, state, count in conn.execute(query):
        counted.setdefault(webhook, {})[state] = int(count)
    return counted


def forget_messages(conn: Connection, before: datetime, limit: int) -> int:
    """Remove what happened before then and waits no longer; return how many."""
    old = select(messages.c.id).where(messages.c.at < before, messages.c.wake_at.is_(None)).limit(limit)
    return conn.execute(messages.delete().where(messages.c.id.in_(old.scalar_subquery()))).rowcount


def _is_awake(now: datetime) -> ColumnElement[bool]:
    return and_(receivers.c.off_at.is_(None), or_(receivers.c.rest_until.is_(None), receivers.c.rest_until <= now))


def _over(webhook: str, since: datetime | None, *, taken: bool) -> ColumnElement[bool]:
    states = ("failed", "taken") if taken else ("failed",)
    over = and_(messages.c.webhook == webhook, messages.c.state.in_([written(state) for state in states]))
    return and_(over, messages.c.at >= since) if since is not None else over


def _among(ids: Sequence[int]) -> ColumnElement[bool]:
    return messages.c.id.in_(ids)
