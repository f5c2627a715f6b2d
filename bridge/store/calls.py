"""Calls. Every change of a call's state is a compare-and-set whose row count is looked at."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import datetime, timedelta
from functools import cache
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Connection, Select, Update, and_, bindparam, exists, func, or_, select

from bridge.core.call_states import BEFORE_DIALING, LIVE, CallState, Transition
from bridge.core.model import MANUAL, Call, Json, NewCall, Origin
from bridge.store.db.chunks import chunks
from bridge.store.db.columns import cut_key
from bridge.store.db.tables import calls, decisions, hotlines
from bridge.store.db.upsert import insert_all, is_among_many, written
from bridge.store.notify.messages import CALL_EVENTS, tell_of_call
from bridge.store.operation.actions import record_action

PHONE_DAILY_LIMIT = "phone_daily_limit"
LEASE = timedelta(seconds=40)
TEMPLATE_CHANGED = "template_changed"
ERASED_TEXT = "…"
LEFT = Transition.RESOLVE_LEAVE.reason  # the reason of an unsure call that a person has seen and left
_WANTED = ("rule", "once_key", "phone", "template", "hotline", "datas", "not_before", "not_after")
_ORIGIN = tuple(field.name for field in fields(Origin))
_CLEARED: Mapping[str, Json] = {"wake_at": None, "facts": {}}  # by each change of state that does not name them
# Built once: to build a statement, and to find its compiled form, costs as much as to run it.
_CALL = select(calls).where(calls.c.id == bindparam("id"))
_LOCKED_CALL = _CALL.with_for_update()
_LOCKED_CALLS = (
    select(calls).where(calls.c.id.in_(bindparam("ids", expanding=True))).order_by(calls.c.id).with_for_update()
)


@dataclass(frozen=True, slots=True, repr=False)
class Cancelling:
    """A call as it stood before it was to be cancelled, and whether it is cancelled now."""

    call: Call
    is_cancelled: bool


class Wake(NamedTuple):
    """When a call is looked at next; the earliest is the least."""

    at: datetime
    call_id: int


def create_call(conn: Connection, new: NewCall, now: datetime) -> int | None:
    """Create a waiting call and return its id; None where its (rule, once_key, ring) has one already."""
    return create_calls(conn, [new], now)[0]


def create_calls(conn: Connection, wanted: Sequence[NewCall], now: datetime) -> list[int | None]:
    """As `create_call`, for each of these: of two with one key the first is created."""
    know_hotlines(conn, [*dict.fromkeys(new.hotline for new in wanted)])
    state = {"state": CallState.WAITING, "created_at": now, "updated_at": now}
    rows = [
        {
            **_columns(new),
            "manual": new.manual,
            "ring": new.ring,
            "reason": new.reason,
            "facts": new.facts,
            "wake_at": new.not_before,
            **state,
        }
        for new in wanted
    ]
    found = insert_all(conn, calls, rows, calls.c.id, calls.c.rule, calls.c.once_key, calls.c.ring)
    made = {(row["rule"], row["once_key"], row["ring"]): int(row["id"]) for row in found}
    return [made.pop((new.rule, cut_key(new.once_key), new.ring), None) for new in wanted]


def find_call(conn: Connection, call_id: int, *, lock: bool = False) -> Call | None:
    """The call; with `lock`, nobody changes it until the transaction ends."""
    row = conn.execute(_LOCKED_CALL if lock else _CALL, {"id": call_id}).first()
    return Call(*row) if row is not None else None


def last_call_before(conn: Connection, at: datetime) -> int:
    """The id of the newest call that was made before then, 0 if there is none; ids nearly follow these times."""
    newest = select(calls.c.id).where(calls.c.created_at < at).order_by(calls.c.created_at.desc()).limit(1)
    return int(conn.execute(newest).scalar() or 0)


def lock_calls(conn: Connection, call_ids: Collection[int]) -> dict[int, Call]:
    """Those of these calls that exist, by id; nobody changes them until the transaction ends."""
    return {row.id: Call(*row) for row in conn.execute(_LOCKED_CALLS, {"ids": list(call_ids)})}


def read_calls(conn: Connection, query: Select[Any]) -> list[Call]:
    """The calls of a query for whole rows."""
    return [Call(*row) for row in conn.execute(query)]


def find_by_key(conn: Connection, rule: str, once_key: str) -> Call | None:
    """The newest ring of this key."""
    same = (calls.c.rule == rule) & (calls.c.once_key == once_key)
    row = conn.execute(select(calls).where(same).order_by(calls.c.ring.desc())).first()
    return Call(*row) if row is not None else None


def calls_by_keys(conn: Connection, keys: Sequence[str]) -> dict[str, Call]:
    """The manual calls of these keys, by key."""
    found: dict[str, Call] = {}
    for some in chunks(keys):
        query = select(calls).where(calls.c.rule == MANUAL, calls.c.once_key.in_(some))
        found |= {row.once_key: Call(*row) for row in conn.execute(query)}
    return found


def calls_of_order(conn: Connection, source_id: str, order_id: str, rule: str | None = None) -> list[Call]:
    """In the order in which they were made, locked until the transaction ends."""
    query = select(calls).where(calls.c.source_id == source_id, calls.c.order_id == order_id).order_by(calls.c.id)
    if rule is not None:
        query = query.where(calls.c.rule == rule)
    return read_calls(conn, query.with_for_update())


def rules_that_called(conn: Connection, source_id: str, order_id: str) -> list[str]:
    """The rule of each of this order's calls, oldest first."""
    same = (calls.c.source_id == source_id) & (calls.c.order_id == order_id)
    return list(conn.execute(select(calls.c.rule).where(same).order_by(calls.c.id)).scalars())


def call_ids_of(conn: Connection, source: str, order_id: str, rule: str | None) -> list[int]:
    """The ids of an order's calls, oldest first."""
    query = select(calls.c.id).where(calls.c.source_id == source, calls.c.order_id == order_id)
    if rule is not None:
        query = query.where(calls.c.rule == rule)
    return list(conn.execute(query.order_by(calls.c.id)).scalars())


def calls_like(conn: Connection, rule: str, once_key: str, event_id: int) -> list[Call]:
    """The rule's calls for this key, and those that it answered this event with before; oldest first, locked.

    The key alone is not enough: that of `phone+day` is another one tomorrow, and a rule's `once_per` may change.
    """
    answered = select(decisions.c.call_id).where(
        decisions.c.event_id == event_id, decisions.c.rule == rule, decisions.c.call_id.is_not(None)
    )
    same = and_(calls.c.rule == rule, or_(calls.c.once_key == once_key, calls.c.id.in_(answered)))
    return read_calls(conn, select(calls).where(same).order_by(calls.c.id).with_for_update())


def calls_of_gone_rules(
    conn: Connection, source_id: str, order_id: str, event_id: int, rule: str, standing: Collection[str]
) -> list[Call]:
    """The order's calls under rules that are gone; none if `rule` answered this event before."""
    decided = exists().where(decisions.c.event_id == event_id, decisions.c.rule == rule)
    query = select(calls).where(
        calls.c.source_id == source_id, calls.c.order_id == order_id, calls.c.rule.not_in(standing), ~decided
    )
    return read_calls(conn, query.order_by(calls.c.id))


def move(conn: Connection, call_id: int, change: Transition, now: datetime, **values: Json) -> bool:
    """Change one call's state, if it is in a state from which that may be; return whether it was.

    What `values` does not name is cleared: wake_at and facts; `reason` is then the transition's own. The webhooks that
    want to know are told in this transaction.
    """
    moved = conn.execute(_move(change, frozenset(values)), _changed(call_id, change, now, values)).rowcount == 1
    if moved and change.to in CALL_EVENTS:
        tell_of_call(conn, call_id, change.to, now)
    return moved


def move_each(
    conn: Connection,
    change: Transition,
    now: datetime,
    values: Mapping[int, Mapping[str, Json]],
    *,
    newest: bool = False,
) -> bool:
    """As `move`, with one statement for these calls, each with values of the same names; return whether all were moved.

    Where one was not the transaction is to be undone.

    newest   only calls whose newest attempt still is the `attempt_id` among its values
    """
    (names,) = {frozenset(own) for own in values.values()}
    rows = [_changed(call_id, change, now, own) for call_id, own in values.items()]
    if conn.execute(_move(change, names, newest=newest), rows).rowcount != len(rows):
        return False
    for call_id in values if change.to in CALL_EVENTS else ():
        tell_of_call(conn, call_id, change.to, now)
    return True


def _changed(call_id: int, change: Transition, now: datetime, values: Mapping[str, Json]) -> dict[str, Json]:
    new = {**_CLEARED, "reason": change.reason, **values, "state": change.to, "updated_at": now}
    return {"call_id": call_id, **{f"new_{name}": value for name, value in new.items()}}


@cache
def _move(change: Transition, named: frozenset[str], *, newest: bool = False) -> Update:
    where = (calls.c.id == bindparam("call_id")) & is_in(*change.any_of)
    if newest:
        where &= calls.c.attempt_id == bindparam("new_attempt_id")
    names = sorted({*_CLEARED, "reason", "state", "updated_at", *named})
    return (
        calls.update().where(where).values({name: bindparam(f"new_{name}", type_=calls.c[name].type) for name in names})
    )


def move_all(conn: Connection, where: ColumnElement[bool], change: Transition, now: datetime, **values: Json) -> int:
    """Change the state of these calls, of those that are in a state from which that may be; return how many it was.

    What `values` does not name stays as it is. Webhooks are not told.
    """
    new = {**values, "state": change.to, "updated_at": now}
    return conn.execute(calls.update().where(is_in(*change.any_of), where).values(new)).rowcount


def expiry_reason(held_for: str | None) -> str | None:
    """With which reason a call expires that was last held back for this one; None: the usual."""
    return held_for if held_for == PHONE_DAILY_LIMIT else None


def is_in(*states: CallState) -> ColumnElement[bool]:
    """The calls in one of these states, as literals: the planner sees which partial index covers them."""
    if len(states) == 1:
        return calls.c.state == written(states[0])
    return calls.c.state.in_([written(state) for state in states])


def rename_key(conn: Connection, call_id: int, once_key: str) -> None:
    conn.execute(calls.update().where(calls.c.id == call_id).values(once_key=once_key))


def write_facts(conn: Connection, call_id: int, facts: Mapping[str, Json]) -> None:
    conn.execute(calls.update().where(calls.c.id == call_id).values(facts=dict(facts)))


def wait_again(conn: Connection, call_id: int, new: NewCall, now: datetime) -> bool:
    """Let an ended call of a rule wait again as this one; return False if it had not ended."""
    know_hotlines(conn, [new.hotline])
    fresh = {"wake_at": new.not_before, "retries": 0, "result": None, "key": None, "placed_at": None}
    return move(conn, call_id, Transition.REPLAY, now, **_columns(new), **fresh)


def _columns(new: NewCall) -> dict[str, Json]:
    """What a call is and where it comes from."""
    origin = new.origin
    values = {name: getattr(new, name) for name in _WANTED}
    return values | {name: getattr(origin, name) if origin else None for name in _ORIGIN}


def cancel_by_person(
    conn: Connection, call_ids: Sequence[int], reason: str, now: datetime, *, who: str
) -> list[Cancelling]:
    """Cancel each of these calls by a person's word; one that was dialled stays as it is."""
    found = read_calls(conn, select(calls).where(calls.c.id.in_(call_ids)).order_by(calls.c.id).with_for_update())
    answers = []
    for call in found:
        facts = {"detail": reason}
        cancelled = move(conn, call.id, Transition.CANCEL, now, reason="by_person", facts=facts)
        if cancelled:
            record_action(conn, "cancel", f"call:{call.id}", reason, now, who=who)
        answers.append(Cancelling(call, cancelled))
    return answers


def cancel_orphans(conn: Connection, rules: list[str], sources: list[str], now: datetime) -> int:
    """Cancel the calls before dialing without an enabled rule or source; return how many."""
    where = _orphaned(rules, sources)
    return move_all(conn, where, Transition.CANCEL, now, reason="rule_removed", facts={}, wake_at=None)


def count_orphans(conn: Connection, rules: list[str], sources: list[str]) -> int:
    """Return how many calls `cancel_orphans` would cancel."""
    query = select(func.count()).where(is_in(*Transition.CANCEL.any_of), _orphaned(rules, sources))
    return int(conn.execute(query).scalar_one())


def _orphaned(rules: list[str], sources: list[str]) -> ColumnElement[bool]:
    orphan = or_(calls.c.rule.not_in(rules), calls.c.source_id.not_in(sources))
    return and_(calls.c.source_id.is_not(None), orphan)


def follow_rule(
    conn: Connection, rule: str, template: str, hotline: str | None, now: datetime, call_id: int | None = None
) -> None:
    """Let the calls of this rule, or this one, that are not dialled yet ring with its template and by this hotline.

    One that is queued is admitted anew, within the limits of its new hotline. `hotline`: None where it stays.
    """
    mine = is_among_many(conn, calls.c.rule, rule) if call_id is None else calls.c.id == call_id
    for state in BEFORE_DIALING:
        other = and_(is_in(state), mine, calls.c.template != template)
        conn.execute(calls.update().where(other).values(template=template))
    if hotline is None:
        return
    know_hotlines(conn, [hotline])
    elsewhere = and_(mine, calls.c.hotline != hotline)
    conn.execute(calls.update().where(is_in(CallState.WAITING), elsewhere).values(hotline=hotline))
    # After those that wait, of which some may have been admitted meanwhile.
    held: dict[str, Json] = {"reason": None, "facts": {}, "wake_at": now, "hotline": hotline}
    move_all(conn, elsewhere, Transition.HOLD, now, **held)


def know_hotlines(conn: Connection, codes: Collection[str]) -> None:
    """Each of these has its row, by which its calls are admitted."""
    insert_all(conn, hotlines, [{"code": code, "configured": False} for code in codes], hotlines.c.code)


def end_silent(conn: Connection, before: datetime, now: datetime, limit: int) -> list[Call]:
    """Finish the calls placed before then without a result, as `unknown`, oldest first; return them as they were."""
    silent = select(calls).where(is_in(CallState.PLACED), calls.c.placed_at <= before)
    silent = silent.order_by(calls.c.placed_at, calls.c.id)
    found = read_calls(conn, silent.limit(limit).with_for_update(skip_locked=True))
    ended: dict[str, Json] = {"result": "unknown", "reason": Transition.NO_RESULT.reason, "facts": {}}
    if found:
        move_all(conn, calls.c.id.in_([call.id for call in found]), Transition.NO_RESULT, now, **ended)
    for call in found:
        tell_of_call(conn, call.id, Transition.NO_RESULT.to, now)
    return found


def wake_held(conn: Connection, now: datetime) -> int:
    """Let the calls that a template holds be checked again at once; return how many."""
    held = and_(is_in(CallState.WAITING), calls.c.reason == TEMPLATE_CHANGED, calls.c.wake_at > now)
    return conn.execute(calls.update().where(held).values(wake_at=now)).rowcount


def waiting_templates(conn: Connection, rule: str) -> list[str]:
    """The templates of this rule's calls that wait."""
    query = select(calls.c.template).where(is_in(CallState.WAITING), calls.c.rule == rule).distinct()
    return list(conn.execute(query).scalars())


def count_unsure(conn: Connection) -> int:
    """Return the number of unsure calls that no person has seen; one that was left unsure was seen."""
    unseen = and_(is_in(CallState.UNSURE), calls.c.reason.is_distinct_from(LEFT))
    return int(conn.execute(select(func.count()).where(unseen)).scalar_one())


def unsure_since(conn: Connection, since: datetime) -> list[int]:
    """The ids of the calls unsure since then that no person has seen, oldest first."""
    unseen = and_(is_in(CallState.UNSURE), calls.c.reason.is_distinct_from(LEFT), calls.c.updated_at >= since)
    return list(conn.execute(select(calls.c.id).where(unseen).order_by(calls.c.id)).scalars())


def waking(conn: Connection, call_ids: Sequence[int]) -> list[Wake]:
    """When each of these calls that has not ended is looked at next."""
    found: list[Wake] = []
    for some in chunks(call_ids):
        query = select(calls.c.wake_at, calls.c.id).where(calls.c.id.in_(some), calls.c.state.in_(LIVE))
        found += [Wake(row.wake_at, row.id) for row in conn.execute(query)]
    return found


def count_states(conn: Connection, call_ids: Sequence[int]) -> Counter[str]:
    """Return how many of these calls are in each state."""
    counted: Counter[str] = Counter()
    for some in chunks(call_ids):
        query = select(calls.c.state, func.count()).where(calls.c.id.in_(some)).group_by(calls.c.state)
        counted.update({state: int(n) for state, n in conn.execute(query)})
    return counted
