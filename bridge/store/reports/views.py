"""What people and programs read: deliveries, calls and orders as JSON, newest first."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, Select, Table, exists, func, select

from bridge.core.call_states import CallState
from bridge.core.model import DEFAULT_ZONE, Attempt, Call, Json, Write
from bridge.core.reasons import sentence
from bridge.core.words import RESULTS, UNREACHABLE
from bridge.lib.masking import mask_phone
from bridge.store.attempts import attempts_of
from bridge.store.calls import find_call, last_call_before, read_calls
from bridge.store.db.tables import calls, decisions, deliveries, events, orders, sources
from bridge.store.db.upsert import FEW, few_of, is_among_many, standing, written
from bridge.store.decisions import orders_covered
from bridge.store.deliveries import last_before
from bridge.store.lookups import Lookup, lookups_of
from bridge.store.notify.messages import Message, messages_of_calls, messages_of_skips
from bridge.store.operation.actions import Act, actions_on
from bridge.store.orders import named_orders
from bridge.store.people.batches import in_batch
from bridge.store.people.phones import of_phone
from bridge.store.shops.write_backs import rests_of, writes_of_calls
from bridge.store.undecided import UNDECIDED

MOST = 200
DELIVERY_STATES = ("stored", "decided", "ignored", "failed")
EARLIER = timedelta(hours=1)  # by which ids may follow the times of their rows less closely
_FEW = (CallState.QUEUED, CallState.DIALING, CallState.PLACED)
CALL_STATES = tuple(state.value for state in CallState)
RESULT_WORDS = tuple(RESULTS)
_DELIVERY = (
    deliveries.c.id,
    deliveries.c.source_id,
    deliveries.c.dedup_key,
    deliveries.c.platform_topic,
    deliveries.c.received_at,
    deliveries.c.repeats,
    deliveries.c.state,
    deliveries.c.reason,
    deliveries.c.detail,
    deliveries.c.acknowledged_at,
    deliveries.c.recovered,
)


@dataclass(frozen=True)
class Filter:
    """What to list. `order` is the platform's order id or its number, with or without its #.

    result     of a call; of a delivery, of one that its decisions name. `unreachable` is no_answer, busy or failed
    phone      of calls: as `read_phone` writes it
    batch      of a call, the name of the list to which it belongs; no delivery leads to such a call
    among      of deliveries: only those with one of these ids
    cursor     the id after which to go on
    """

    source: str | None = None
    order: str | None = None
    rule: str | None = None
    state: str | None = None
    result: str | None = None
    phone: str | None = None
    batch: str | None = None
    among: Collection[int] | None = None
    since: datetime | None = None
    cursor: int | None = None
    limit: int = 50


@dataclass(frozen=True)
class Page:
    """Newest first; `next` is the cursor of the page behind, None on the last one."""

    items: list[dict[str, Json]]
    next: str | None


def list_deliveries(conn: Connection, wanted: Filter) -> Page:
    """Deliveries with their events and decisions, without bodies."""
    if not _storable(wanted) or wanted.state not in (None, *DELIVERY_STATES):
        return Page([], None)
    query = select(*_DELIVERY, sources.c.platform).join(sources, sources.c.id == deliveries.c.source_id)
    if wanted.source:
        query = query.where(_having(conn, deliveries, deliveries.c.source_id, wanted.source))
    if wanted.state:
        # To whoever looks, a delivery for which the shop is being asked is stored and not decided yet.
        states = standing(deliveries, UNDECIDED) if wanted.state == "stored" else _is_state(deliveries, wanted.state)
        query = query.where(states)
    if wanted.since:
        earlier = last_before(conn, wanted.since - EARLIER)
        query = query.where(deliveries.c.received_at >= wanted.since, deliveries.c.id > earlier)
    if wanted.order:
        named = named_orders(wanted.order)
        same = (named.c.source_id == events.c.source_id) & (named.c.order_id == events.c.order_id)
        query = query.where(deliveries.c.id.in_(select(events.c.delivery_id).join(named, same)))
    if wanted.rule:
        query = query.where(_decided_by(conn, wanted.rule))
    for which in _of_calls(wanted):
        query = query.where(_led_to(conn, which))
    if wanted.among is not None:
        query = query.where(deliveries.c.id.in_(wanted.among))
    rows, following = _page(conn, query, deliveries.c.id, wanted)
    events_of = _events(conn, [row.id for row in rows])
    zones = _zones(conn)
    return Page([_delivery(row, events_of.get(row.id, []), zones) for row in rows], following)


def list_calls(conn: Connection, wanted: Filter, *, show_phones: bool) -> Page:
    """Calls with their attempts."""
    if not _storable(wanted) or wanted.state not in (None, *CALL_STATES):
        return Page([], None)
    query = select(calls)
    if wanted.source:
        query = query.where(_having(conn, calls, calls.c.source_id, wanted.source))
    if wanted.state:
        query = query.where(_is_state(calls, wanted.state))
    if wanted.since:
        earlier = last_call_before(conn, wanted.since - EARLIER)
        query = query.where(calls.c.created_at >= wanted.since, calls.c.id > earlier)
    if wanted.order:
        named = named_orders(wanted.order)
        mine = calls.alias()
        same = (named.c.source_id == mine.c.source_id) & (named.c.order_id == mine.c.order_id)
        query = query.where(calls.c.id.in_(select(mine.c.id).join(named, same)))
    if wanted.rule:
        query = query.where(_having(conn, calls, calls.c.rule, wanted.rule))
    if wanted.phone:
        query = query.where(of_phone(wanted.phone))
    for which in _of_calls(wanted):
        query = query.where(which)
    rows, following = _page(conn, query, calls.c.id, wanted)
    return Page(describe_calls(conn, [Call(*row) for row in rows], show_phones=show_phones), following)


def _having(conn: Connection, table: Table, column: Any, value: str) -> ColumnElement[bool]:
    """The rows with this value, by an index where they are few, else by a look at each, the newest first."""
    few = few_of(conn, table, column, value)
    return table.c.id.in_(select(few.c.id)) if few is not None else is_among_many(conn, column, value)


def _decided_by(conn: Connection, rule: str) -> ColumnElement[bool]:
    """The deliveries for which this rule was asked: looked up where it was asked for few, else asked of each."""
    some = select(decisions.c.id).where(decisions.c.rule == rule).limit(FEW).subquery()
    is_rare = conn.execute(select(func.count()).select_from(some)).scalar_one() < FEW
    if is_rare:
        decided = select(events.c.delivery_id).join(decisions, decisions.c.event_id == events.c.id)
        return deliveries.c.id.in_(decided.where(decisions.c.rule == rule))
    # One in the other: of a join SQLite would begin with all that the rule decided.
    was_asked = exists().where(decisions.c.event_id == events.c.id, decisions.c.rule == rule)
    return exists().where(events.c.delivery_id == deliveries.c.id, was_asked)


def _of_calls(wanted: Filter) -> Iterator[ColumnElement[bool]]:
    if wanted.result == "unreachable":
        yield calls.c.result.in_(UNREACHABLE)
    elif wanted.result:
        yield calls.c.result == wanted.result
    if wanted.batch:
        yield in_batch(wanted.batch)


def _led_to(conn: Connection, which: ColumnElement[bool]) -> ColumnElement[bool]:
    """The deliveries whose decisions made, or name, such a call: as in `_decided_by`."""
    some = select(calls.c.id).where(which).limit(FEW).subquery()
    if conn.execute(select(func.count()).select_from(some)).scalar_one() < FEW:
        decided = select(events.c.delivery_id).join(decisions, decisions.c.event_id == events.c.id)
        return deliveries.c.id.in_(decided.where(decisions.c.call_id.in_(select(calls.c.id).where(which))))
    is_such = exists().where(calls.c.id == decisions.c.call_id, which)
    has_led = exists().where(decisions.c.event_id == events.c.id, is_such)
    return exists().where(events.c.delivery_id == deliveries.c.id, has_led)


def _is_state(table: Table, state: str) -> ColumnElement[bool]:
    """The rows in this state, in an order by id wherever there may be many: each such state has an index by id."""
    return standing(table, (state,)) if state in _FEW else table.c.state == written(state)


def describe_calls(conn: Connection, found: Sequence[Call], *, show_phones: bool) -> list[dict[str, Json]]:
    ids = [row.id for row in found]
    tried, covered, zones = attempts_of(conn, ids), orders_covered(conn, ids), _zones(conn)
    lookups = lookups_of(conn, [attempt.id for attempts in tried.values() for attempt in attempts])
    written = writes_of_calls(conn, ids)
    rests = rests_of(conn, {write.source_id for writes in written.values() for write in writes if write.wake_at})
    return [
        {
            **_call(row, tried[row.id], lookups, zones, show_phones=show_phones),
            "write_backs": [_write_back(write, rests.get(write.source_id)) for write in written.get(row.id, ())],
            "covers": covered[row.id],
        }
        for row in found
    ]


def describe_call(conn: Connection, call_id: int, *, show_phones: bool) -> dict[str, Json] | None:
    call = find_call(conn, call_id)
    return describe_calls(conn, [call], show_phones=show_phones)[0] if call else None


def find_orders(conn: Connection, order: str, source: str | None = None) -> list[dict[str, Json]]:
    """Each order that has this id, or this number with or without its #.

    Shape    {source, order_id, order_number, state, first_seen_at}
    """
    if not _storable(Filter(source=source, order=order)):
        return []
    named = named_orders(order)
    same = (named.c.source_id == orders.c.source_id) & (named.c.order_id == orders.c.order_id)
    query = select(orders).join(named, same)
    if source:
        query = query.where(orders.c.source_id == source)
    rows = conn.execute(query.order_by(orders.c.source_id, orders.c.order_id)).all()
    return [
        {
            "source": row.source_id,
            "order_id": row.order_id,
            "order_number": row.number,
            "state": "deleted" if row.deleted_at else row.state,
            "first_seen_at": row.first_seen_at.isoformat(),
        }
        for row in rows
    ]


def describe_order(conn: Connection, source: str, order_id: str, *, show_phones: bool) -> dict[str, Json] | None:
    """One order's story, oldest first: its deliveries with decisions, its calls with attempts, and what people did."""
    known = [order for order in find_orders(conn, order_id, source) if order["order_id"] == order_id]
    if not known:
        return None
    mine = select(events.c.delivery_id).where(events.c.source_id == source, events.c.order_id == order_id)
    query = select(*_DELIVERY, sources.c.platform).join(sources, sources.c.id == deliveries.c.source_id)
    rows: list[Row[Any]] = list(conn.execute(query.where(deliveries.c.id.in_(mine)).order_by(deliveries.c.id)))
    events_of = _events(conn, [row.id for row in rows])
    zones = _zones(conn)
    same = (calls.c.source_id == source) & (calls.c.order_id == order_id)
    rung = read_calls(conn, select(calls).where(same).order_by(calls.c.id))
    subjects = [*(f"delivery:{row.id}" for row in rows), *(f"call:{call.id}" for call in rung)]
    return {
        **known[0],
        "deliveries": [_delivery(row, events_of.get(row.id, []), zones) for row in rows],
        "calls": describe_calls(conn, rung, show_phones=show_phones),
        "messages": [
            *(_message(one.message, one.delivery_id) for one in messages_of_skips(conn, source, order_id)),
            *(_message(message) for message in messages_of_calls(conn, rung)),
        ],
        "acts": [describe_act(act) for act in actions_on(conn, subjects)],
    }


def describe_call_by_hand(conn: Connection, call_id: int, *, show_phones: bool) -> dict[str, Json] | None:
    """The story of a call that belongs to no order, as that of an order without its name and deliveries."""
    found = find_call(conn, call_id)
    if found is None:
        return None
    order = {"source": None, "order_id": None, "order_number": None, "state": None, "first_seen_at": None}
    return {
        **order,
        "deliveries": [],
        "calls": describe_calls(conn, [found], show_phones=show_phones),
        "messages": [_message(message) for message in messages_of_calls(conn, [found])],
        "acts": [describe_act(act) for act in actions_on(conn, [f"call:{call_id}"])],
    }


def _message(row: Message, delivery_id: int | None = None) -> dict[str, Json]:
    """What a webhook is told of a call, or of a delivery for which a rule does not ring.

    Shape    {call_id, delivery_id, rule, webhook, event, at, state, tries, detail, next_at}
    """
    return {
        "call_id": row.call_id,
        "delivery_id": delivery_id,
        "rule": row.data.get("rule"),
        "webhook": row.webhook,
        "event": row.event,
        "at": row.at.isoformat(),
        "state": row.state,
        "tries": row.tries,
        "detail": row.detail,
        "next_at": row.wake_at.isoformat() if row.wake_at else None,
    }


def describe_act(act: Act) -> dict[str, Json]:
    return {"at": act.at.isoformat(), "who": act.who, "what": act.what, "on": act.on, "reason": act.reason}


def _storable(wanted: Filter) -> bool:
    """Text that no database can hold is in none."""
    text = f"{wanted.source}{wanted.order}{wanted.state}{wanted.rule}{wanted.result}{wanted.batch}"
    return "\0" not in text and text == text.encode("utf-8", "ignore").decode()


def _zones(conn: Connection) -> Mapping[str, str]:
    rows = conn.execute(select(sources.c.id, sources.c.document))
    return {row.id: row.document.get("timezone") or DEFAULT_ZONE for row in rows}


def _page(conn: Connection, query: Select[Any], key: Any, wanted: Filter) -> tuple[list[Any], str | None]:
    if wanted.cursor is not None:
        query = query.where(key < wanted.cursor)
    rows = list(conn.execute(query.order_by(key.desc()).limit(wanted.limit + 1)))
    more = len(rows) > wanted.limit
    rows = rows[: wanted.limit]
    return rows, str(rows[-1].id) if more else None


def _events(conn: Connection, ids: list[int]) -> Mapping[int, list[Row[Any]]]:
    columns = (decisions.c.rule, decisions.c.decision, decisions.c.reason, decisions.c.facts, decisions.c.call_id)
    query: Select[Any] = (
        select(events.c.delivery_id, events.c.source_id, events.c.n, events.c.topic, events.c.order_id, *columns)
        .outerjoin(decisions, decisions.c.event_id == events.c.id)
        .where(events.c.delivery_id.in_(ids))
        .order_by(events.c.delivery_id, events.c.n, decisions.c.id)
    )
    found: dict[int, list[Row[Any]]] = {}
    for row in conn.execute(query):
        found.setdefault(row.delivery_id, []).append(row)
    return found


def _delivery(row: Row[Any], own_events: list[Row[Any]], zones: Mapping[str, str]) -> dict[str, Json]:
    distinct = {event.n: {"topic": event.topic, "order_id": event.order_id} for event in own_events}
    return {
        "id": row.id,
        "source": row.source_id,
        "platform": row.platform,
        "dedup_key": row.dedup_key,
        "platform_topic": row.platform_topic,
        "received_at": row.received_at.isoformat(),
        "repeats": row.repeats,
        "recovered": row.recovered,
        "state": "stored" if row.state in UNDECIDED else row.state,
        "reason": row.reason,
        "detail": row.detail,
        "acknowledged_at": row.acknowledged_at.isoformat() if row.acknowledged_at else None,
        "events": list(distinct.values()),
        "decisions": [_decision(event, zones) for event in own_events if event.decision is not None],
    }


def _decision(row: Row[Any], zones: Mapping[str, str]) -> dict[str, Json]:
    facts = {"rule": row.rule, "timezone": zones.get(row.source_id or "", DEFAULT_ZONE), **row.facts}
    return {
        "rule": row.rule,
        "decision": row.decision,
        "reason": row.reason,
        "sentence": sentence(row.reason, "vi", **facts),
        "sentence_en": sentence(row.reason, "en", **facts),
        "call_id": row.call_id,
        "unmet": row.facts.get("unmet", []),
        "phone_from": row.facts.get("phone_from"),
        "passed": row.facts.get("passed", []),
        "datas_from": row.facts.get("datas_from", {}),
        **_hour(row.facts, facts["timezone"]),
    }


def _hour(facts: Mapping[str, Json], zone: str) -> dict[str, Json]:
    """What `hour: best` did to the call, in sentences: {hour, hour_en}; nothing where its rule does not ask for it."""
    if facts.get("best_hour") is None:
        return {}
    from bridge.store.reports.best_hour import MOVED  # noqa: PLC0415  it brings all that reports reckon with

    chosen = facts.get("best_hour_choice")
    code = f"hour_{facts['best_hour'] if chosen or facts['best_hour'] != MOVED else 'kept'}"
    told = {**(chosen or {}), "timezone": zone}
    return {"hour": sentence(code, "vi", **told), "hour_en": sentence(code, "en", **told)}


def _call(
    row: Call,
    tried: list[Attempt],
    lookups: Mapping[int, Lookup],
    zones: Mapping[str, str],
    *,
    show_phones: bool,
) -> dict[str, Json]:
    facts = {"rule": row.rule, "timezone": zones.get(row.source_id or "", DEFAULT_ZONE), **row.facts}
    return {
        "id": row.id,
        "rule": row.rule,
        "source": row.source_id,
        "order_id": row.order_id,
        "order_number": row.order_number,
        "phone": row.phone if show_phones else mask_phone(row.phone),
        "template": row.template,
        "hotline": row.hotline,
        "datas": row.datas,
        "state": row.state,
        "reason": row.reason,
        "sentence": sentence(row.reason, "vi", **facts) if row.reason else None,
        "sentence_en": sentence(row.reason, "en", **facts) if row.reason else None,
        "result": row.result,
        "key": row.key,
        "revision": row.revision,
        "attempts": [_attempt(attempt, lookups.get(attempt.id), facts["timezone"]) for attempt in tried],
        "not_before": row.not_before.isoformat(),
        "not_after": row.not_after.isoformat(),
        "created_at": row.created_at.isoformat(),
        "updated_at": row.updated_at.isoformat(),
    }


def _attempt(row: Attempt, lookup: Lookup | None, zone: str) -> dict[str, Json]:
    return {
        "external_call_id": row.external_call_id,
        "started_at": row.started_at.isoformat(),
        "ended_at": row.ended_at.isoformat() if row.ended_at else None,
        "outcome": row.outcome,
        "detail": row.detail,
        "vbot_call_id": row.vbot_call_id,
        "records": describe_lookup(lookup, zone) if lookup is not None else None,
    }


def _write_back(row: Write, rest: datetime | None) -> dict[str, Json]:
    """`at`: since when it stands so; `next_at`: when it is tried again. rest: until when nothing is written there."""
    facts, next_at = {"detail": row.detail}, row.wake_at
    if next_at is not None and rest is not None:
        next_at = max(next_at, rest)
    return {
        "action": row.kind,
        "value": row.text,
        "state": row.state,
        "at": row.updated_at.isoformat(),
        "detail": row.reason,
        "sentence": sentence(row.reason, "vi", **facts) if row.reason else None,
        "sentence_en": sentence(row.reason, "en", **facts) if row.reason else None,
        "next_at": next_at.isoformat() if next_at else None,
    }


_FAILURES = {"partial": "records_partial", "unproven": "records_unproven"}


def describe_lookup(row: Lookup, zone: str) -> dict[str, Json]:
    """What VBot's records hold of one attempt: {tries, asked_at, silent_since, next_at, sentence, sentence_en}."""
    facts = {"tries": row.tries, "asked_at": row.asked_at, "at": row.wake_at, "timezone": zone}
    facts |= {"others": row.facts.get("others") or None, "detail": row.facts.get("trusted") or row.facts.get("failure")}
    code = _code(row)
    return {
        "tries": row.tries,
        "asked_at": row.asked_at.isoformat() if row.asked_at else None,
        "silent_since": row.silent_since.isoformat() if row.silent_since else None,
        "next_at": row.wake_at.isoformat() if row.wake_at else None,
        "sentence": sentence(code, "vi", **facts),
        "sentence_en": sentence(code, "en", **facts),
    }


def _code(row: Lookup) -> str:
    if not row.tries:
        return "records_due"
    if row.facts.get("failure"):
        return _FAILURES.get(row.facts["failure"], "records_failed")
    for name, code in (("found", "records_found"), ("fitting", "records_fitting"), ("trusted", "records_trusted")):
        if name in row.facts:
            return code
    return "records_silent"
