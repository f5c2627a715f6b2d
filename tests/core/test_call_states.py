"""The one table of a call's states: what it allows, and that the code uses all of it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from bridge.core.call_states import (
    BEFORE_DIALING,
    ENDED_WITHOUT_RING,
    CallState,
    Transition,
)
from bridge.core.reasons import SENTENCES

ROOT = Path(__file__).parents[2]
EACH = pytest.mark.parametrize("change", Transition, ids=lambda change: change.name)


def leaving(*states: CallState) -> set[Transition]:
    """The ordinary changes from one of these states."""
    return {change for change in Transition if set(states) & set(change.since)}


def test_what_was_sent_waits_again_only_where_somebody_knows_that_it_did_not_ring() -> None:
    back = {change for change in leaving(CallState.DIALING, CallState.UNSURE) if change.to in BEFORE_DIALING}
    assert back == {Transition.NOT_SENT, Transition.RESOLVE_AGAIN, Transition.TRUST_SILENCE}


def test_only_a_queued_call_is_dialled_and_only_a_waiting_one_is_admitted() -> None:
    assert {change for change in Transition if change.to is CallState.DIALING} == {Transition.DIAL}
    assert Transition.DIAL.any_of == (CallState.QUEUED,)
    assert Transition.ADMIT.any_of == (CallState.WAITING,)


def test_what_ended_without_a_ring_waits_again_only_by_a_replay() -> None:
    assert leaving(*ENDED_WITHOUT_RING) == {Transition.REPLAY}
    assert leaving(CallState.FINISHED) == set()


def test_a_cancel_or_the_end_of_its_time_never_reaches_a_call_that_was_sent() -> None:
    for change in (Transition.CANCEL, Transition.EXPIRE):
        assert set(change.any_of) == set(BEFORE_DIALING)


def test_every_state_can_be_reached_from_waiting() -> None:
    reached = {CallState.WAITING}
    for _ in CallState:
        reached |= {change.to for change in leaving(*reached)}
    assert reached == set(CallState)


@EACH
def test_no_state_stands_twice_in_a_transition(change: Transition) -> None:
    assert len(set(change.any_of)) == len(change.any_of)


@EACH
def test_a_transitions_own_reason_has_a_sentence(change: Transition) -> None:
    assert change.reason is None or change.reason in SENTENCES


@EACH
def test_the_code_uses_every_transition(change: Transition) -> None:
    files = [path for path in ROOT.glob("bridge/**/*.py") if path.name != "call_states.py"]
    assert any(re.search(rf"\bTransition\.{change.name}\b", path.read_text("utf-8")) for path in files)
