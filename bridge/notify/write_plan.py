"""Plan what is written back to the shop, in the transaction that gives a call its result."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from bridge.core.call_states import CallState
from bridge.core.model import MANUAL, TO_CARRIER, Call, NewWrite, Write
from bridge.core.model.order_states import DONE
from bridge.core.model.parcel_states import find_parcel
from bridge.rules.rule import Rule
from bridge.rules.write_back import Action, actions_for
from bridge.store import Connection
from bridge.store.calls import ERASED_TEXT
from bridge.store.orders import find_order
from bridge.store.shops.parcels import parcels_of
from bridge.store.shops.write_backs import create_write, drop_waiting, writes_of_calls


def plan_writes(
    conn: Connection, call: Call, rule: Rule, zone: str, result: str, key: str | None, now: datetime
) -> int:
    """Let what the rule wants for this result be written to the call's order; return how many writes that are.

    A test call, and one by hand, writes nothing. A result that differs from an earlier one of the same call is written
    once more: what was not sent yet of the earlier one is dropped, and its tags give way.
    """
    if not rule.write_back or call.rule == MANUAL or call.result == result or call.phone == ERASED_TEXT:
        return 0
    if call.source_id is None or call.order_id is None:
        return 0
    # Most calls have one result: nothing was written of an earlier one.
    had_result = call.result is not None or call.state == CallState.EXPIRED
    if had_result:
        drop_waiting(conn, call.id, "write_superseded", now)
    wanted = actions_for(rule.write_back, result, key)
    if not wanted:
        return 0
    before = writes_of_calls(conn, [call.id])[call.id] if had_result else []
    create_writes(conn, call, rule, zone, result, wanted, before, now)
    return len(wanted)


def create_writes(
    conn: Connection,
    call: Call,
    rule: Rule,
    zone: str,
    result: str,
    wanted: Sequence[tuple[int, Action]],
    before: Sequence[Write],
    now: datetime,
) -> None:
    """These actions of the rule wait to be written for this result; `before`: what there is of earlier ones."""
    if call.source_id is None or call.order_id is None:
        return
    was_done = _was_done(conn, rule, call.source_id, call.order_id)
    notes = sum(write.kind == "note" for write in before)
    for n, action in wanted:
        notes += action.kind == "note"
        marker = f"[VBot {call.id}]" if notes <= 1 else f"[VBot {call.id}/{notes}]"
        new = NewWrite(
            call.id,
            *_receiver(conn, action, call.source_id, call.order_id),
            result=result,
            n=n,
            kind=action.kind,
            value=action.value,
            text=_text(action, marker, zone, now),
            marker=marker,
            instead=_given_way(before, action, [other for _, other in wanted]),
            was_done=was_done or action.kind == TO_CARRIER,
        )
        create_write(conn, new, now)


def _text(action: Action, marker: str, zone: str, now: datetime) -> str:
    """As it is written: a note with its marker, and the shop's time."""
    if action.kind != "note":
        return action.value
    return f"{marker} {now.astimezone(ZoneInfo(zone)):%d/%m %H:%M} {action.value}"


def _receiver(conn: Connection, action: Action, source_id: str, order_id: str) -> tuple[str, str]:
    """The source that is written to, and its name for what is: the shop and its order; of a redelivery the carrier and
    the parcel that the buyer was called about, the last that was missed, else the newest."""
    parcels = parcels_of(conn, source_id, order_id) if action.kind == TO_CARRIER else ()
    missed = [parcel for parcel in parcels if parcel.topic == "delivery.failed"]
    found = find_parcel(missed or parcels, None)
    return (found.carrier, found.code) if found is not None else (source_id, order_id)


def _was_done(conn: Connection, rule: Rule, source_id: str, order_id: str) -> bool:
    """Only such a rule calls about an order that is done."""
    topics = any(topic == "order.fulfilled" or topic.startswith("delivery.") for topic in rule.on)
    if not rule.after_delivery and not topics:
        return False
    order = find_order(conn, source_id, order_id)
    return order is not None and order.state in DONE


def _given_way(before: Sequence[Write], action: Action, wanted: Sequence[Action]) -> tuple[str, ...]:
    """The tags of the call's earlier result that this one takes the place of."""
    if action.kind != "tag":
        return ()
    kept = {other.value for other in wanted if other.kind == "tag"}
    return tuple(write.value for write in before if write.kind == "tag" and write.value not in kept)
