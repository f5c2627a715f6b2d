"""Resolve: a person, or a setting that a person made, settles an unsure call while nothing proves whether it rang.

The attempt keeps its outcome `unsure`, so that a late answer or result still finds it and wins.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from bridge.core.call_states import CallState, Transition
from bridge.core.model import Call, Json
from bridge.store import Connection, Store
from bridge.store.attempts import settle_attempt
from bridge.store.calls import ERASED_TEXT, LEFT, find_call, move
from bridge.store.decisions import late_cancel
from bridge.store.operation.actions import record_action
from bridge.store.results import unsettled

TRUSTED_REST = timedelta(seconds=30)  # of a call that waits again; what VBot reports meanwhile is settled first

Word = Literal["rang", "again", "leave"]


@dataclass(frozen=True)
class Settled:
    """What became of a call that was to be resolved.

    state    the call's before; None where there is no such call
    problem  why it stayed as it was: not_unsure, expired (since not_after), erased, taken_back
    """

    state: str | None
    problem: str | None = None
    not_after: datetime | None = None


def resolve(store: Store, call_id: int, word: Word, reason: str, who: str, now: datetime) -> Settled:
    """Place the unsure call (rang), let it wait for another attempt under all checks (again), or leave it (leave).

    The act is recorded with its reason. `again` is refused once the call's time is over, its person was
    erased, or the shop took the order back after the call had been sent.
    """
    with store.write() as conn:
        return resolve_in(conn, call_id, word, reason, who, now)


def resolve_in(conn: Connection, call_id: int, word: Word, reason: str, who: str, now: datetime) -> Settled:
    """As `resolve`, in this transaction."""
    call = find_call(conn, call_id, lock=True)
    if call is None:
        return Settled(None)
    problem = _problem(conn, call, word, now)
    if problem is not None:
        return Settled(call.state, problem, call.not_after)
    _settle(conn, call, word, reason, now)
    record_action(conn, f"resolve {word}", f"call:{call_id}", reason, now, who=who)
    return Settled(CallState.UNSURE)


def trust_silence(conn: Connection, call_id: int, attempt_id: int, silence: str, now: datetime) -> bool:
    """Let the unsure call wait again, as a person's `again` does, because a setting trusts VBot's records.

    Return False for one that a person has seen and left, and while any result of VBot's is not settled yet.
    """
    call = find_call(conn, call_id, lock=True)
    if call is None or call.attempt_id != attempt_id or call.reason == LEFT or unsettled(conn, 1):
        return False
    if _problem(conn, call, "again", now) is not None:
        return False
    settle_attempt(conn, attempt_id, "silence_trusted")
    facts = {"detail": silence}
    waits = {"wake_at": now + TRUSTED_REST, "retries": 0, "facts": facts}
    move(conn, call_id, Transition.TRUST_SILENCE, now, **waits)
    record_action(conn, "resolve again", f"call:{call_id}", f"VBOT_TRUST_SILENCE={silence}", now, who="worker")
    return True


def _problem(conn: Connection, call: Call, word: Word, now: datetime) -> str | None:
    if call.state != CallState.UNSURE:
        return "not_unsure"
    if word != "again":
        return None
    if call.phone == ERASED_TEXT:
        return "erased"
    if now > call.not_after:
        return CallState.EXPIRED
    return "taken_back" if late_cancel(conn, call) else None


def _settle(conn: Connection, call: Call, word: Word, reason: str, now: datetime) -> None:
    facts: dict[str, Json] = {"facts": {"detail": reason}}
    if word == "leave":
        move(conn, call.id, Transition.RESOLVE_LEAVE, now, **facts)
        return
    sent_at = settle_attempt(conn, call.attempt_id, f"resolved_{word}")
    if word == "rang":
        move(conn, call.id, Transition.RESOLVE_RANG, now, placed_at=sent_at or now, **facts)
    else:
        move(conn, call.id, Transition.RESOLVE_AGAIN, now, wake_at=now, retries=0, **facts)
