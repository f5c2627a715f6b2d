"""What people do by hand: every act is recorded, with its reason, in the transaction that carries it out."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection, select

from bridge.core.call_states import Transition
from bridge.store.calls import LEASE, Call, count_active, find_call, lock_hotline, move
from bridge.store.catalog import remove_pause, touch_catalog, write_pause
from bridge.store.tables import actions, calls, deliveries


def record_action(conn: Connection, command: str, subject: str, reason: str, now: datetime, who: str = "cli") -> None:
    """`subject` names what was acted on, as "call:4711"; never a phone number or a name."""
    done = {"at": now, "who": who, "command": command, "subject": subject, "reason": reason}
    conn.execute(actions.insert().values(done))


def pause(conn: Connection, kind: str, name: str, reason: str, now: datetime) -> None:
    """No call of this rule, hotline or source ("all": no call at all) begins to be dialled from this commit on."""
    write_pause(conn, kind, name, reason, now)
    touch_catalog(conn)
    record_action(conn, "pause", _subject(kind, name), reason, now)


def resume(conn: Connection, kind: str, name: str, reason: str, now: datetime) -> bool:
    """This pause is over; False if there was none."""
    if not remove_pause(conn, kind, name):
        return False
    touch_catalog(conn)
    record_action(conn, "resume", _subject(kind, name), reason, now)
    return True


def acknowledge(conn: Connection, delivery_id: int, reason: str, now: datetime) -> str | None:
    """A delivery that failed counts as explained; its state, or None where no delivery has this id."""
    row = conn.execute(
        select(deliveries.c.state, deliveries.c.acknowledged_at).where(deliveries.c.id == delivery_id).with_for_update()
    ).first()
    if row is None:
        return None
    if row.state == "failed" and row.acknowledged_at is None:
        conn.execute(deliveries.update().where(deliveries.c.id == delivery_id).values(acknowledged_at=now))
        record_action(conn, "acknowledge", f"delivery:{delivery_id}", reason, now)
    return str(row.state)


def cancel_by_person(conn: Connection, call_ids: Sequence[int], reason: str, now: datetime) -> list[tuple[Call, bool]]:
    """Each of these calls as it stood before, and whether it is cancelled now; one that was dialled stays as it is."""
    found = conn.execute(select(calls).where(calls.c.id.in_(call_ids)).order_by(calls.c.id).with_for_update()).all()
    answers = []
    for call in found:
        facts = {"detail": reason}
        cancelled = move(conn, call.id, Transition.CANCEL, now, reason="by_person", facts=facts)
        if cancelled:
            record_action(conn, "cancel", f"call:{call.id}", reason, now)
        answers.append((call, cancelled))
    return answers


def claim_call(conn: Connection, call_id: int, now: datetime) -> bool:
    """This one call is queued under a lease, as by `place.admit`, if it is due and its hotline has a place."""
    call = find_call(conn, call_id)
    line = lock_hotline(conn, call.hotline) if call is not None else None
    if call is None or line is None or call.wake_at is None or call.wake_at > now:
        return False
    if line.max_active is not None and count_active(conn, call.hotline, now) >= line.max_active:
        return False
    return move(conn, call_id, Transition.ADMIT, now, wake_at=now + LEASE)


def _subject(kind: str, name: str) -> str:
    return f"{kind}:{name}" if name else kind
