"""The states of a call, and the one table of what moves it from one to another.

No other module names a state of a call by its text, or writes down a set of states. Each change of a call's state,
of one row or of many, names a member of `Transition`; the diagram in the docs is made from it.
"""

from __future__ import annotations

from enum import Enum, StrEnum
from typing import Final


class CallState(StrEnum):
    """Where a call stands. The order is that of an ordinary call's life, then how it may end otherwise."""

    WAITING = "waiting"  # until its hour, or for whatever holds it back
    QUEUED = "queued"  # a worker has it, under a lease; nothing was sent
    DIALING = "dialing"  # an attempt is committed, its request is under way
    PLACED = "placed"  # VBot has it
    FINISHED = "finished"  # VBot reported how it ended, or nothing for a day
    REFUSED = "refused"  # VBot said no
    CANCELLED = "cancelled"
    EXPIRED = "expired"  # its time was over before it was sent
    UNSURE = "unsure"  # nobody knows whether the request reached VBot


_WAITING, _QUEUED, _DIALING, _PLACED, _FINISHED, _REFUSED, _CANCELLED, _EXPIRED, _UNSURE = CallState

BEFORE_DIALING: Final = (_WAITING, _QUEUED)
LIVE: Final = (_WAITING, _QUEUED, _DIALING)
REACHED: Final = (_DIALING, _PLACED, _FINISHED, _UNSURE)  # a request was sent, or may have been
RANG: Final = (_PLACED, _FINISHED, _UNSURE)  # of REACHED, those that are over
ENDED_WITHOUT_RING: Final = (_REFUSED, _CANCELLED, _EXPIRED)  # nobody was rung, but perhaps before a redial
UNDER_WAY: Final = (*LIVE, _PLACED, _FINISHED)  # for a person who requested the call, nothing is wrong
AWAITS_RESULT: Final = (_UNSURE, _PLACED)  # VBot's records may hold more
_GIVEN_UP: Final = (*BEFORE_DIALING, *ENDED_WITHOUT_RING)  # nothing is under way: yet an attempt of it may have arrived


class Transition(Enum):
    """One kind of change: when it happens, from which states, to which state.

    since   the states from which it is expected
    late    further states in which it still counts: what VBot reports of an attempt proves something whenever it comes,
            also of a call that was given up, or that a later attempt carries on
    reason  the reason code of the call afterwards, unless whoever moves it gives another
    """

    ADMIT = "it is due, and its hotline has a free place", (_WAITING,), _QUEUED
    JOIN = "another call's request takes it along", BEFORE_DIALING, _QUEUED
    HOLD = "its window, a limit, a pause, a batch or a missing token lets it wait", (_QUEUED,), _WAITING
    QUEUE_LEASE_OVER = "its worker died before anything was sent", (_QUEUED,), _WAITING
    DIAL = "nothing forbids it, and its attempt is committed", (_QUEUED,), _DIALING
    ACCEPT = "VBot has its newest attempt", (_DIALING, _UNSURE), _PLACED, _GIVEN_UP, "placed"
    ACCEPT_EARLIER = "VBot has an attempt that another one followed", (_UNSURE,), _PLACED, _GIVEN_UP, "placed"
    EARLIER_RANG = "only the attempt before its newest reached VBot", (_DIALING,), _PLACED, (_UNSURE,), "placed"
    NOT_SENT = "the request did not leave, or VBot lets us try again", (_DIALING,), _WAITING, (_UNSURE,)
    REFUSE = "VBot's own JSON says no", (_DIALING,), _REFUSED, (_UNSURE,)
    LOSE_ANSWER = "the answer was lost, cut, or too late", (_DIALING,), _UNSURE
    DIAL_LEASE_OVER = "its worker died while the request was under way", (_DIALING,), _UNSURE, (), "lease_over"
    CANCEL = "the shop, a rule, or a person takes it back", BEFORE_DIALING, _CANCELLED
    CANCEL_UNSENT = (
        "the shop took it back, or it starts too late again and again",
        (_DIALING,),
        _CANCELLED,
        (_UNSURE,),
    )
    EXPIRE = "its time is over", BEFORE_DIALING, _EXPIRED, (), "expired"
    FINISH = "VBot says how it ended", (_PLACED,), _FINISHED, (_DIALING, _UNSURE, *_GIVEN_UP, _FINISHED)
    REDIAL = "nobody was reached, and its rule rings again", (_PLACED,), _WAITING, (*LIVE, _UNSURE), "redial"
    NO_RESULT = "VBot said nothing for a day", (_PLACED,), _FINISHED, (), "unknown"
    RESOLVE_RANG = "a person says that it rang", (_UNSURE,), _PLACED, (), "resolved_rang"
    RESOLVE_AGAIN = "a person lets it ring again", (_UNSURE,), _WAITING, (), "resolved_again"
    RESOLVE_LEAVE = "a person has seen it, and leaves it", (_UNSURE,), _UNSURE, (), "left_unsure"
    TRUST_SILENCE = "a setting trusts records without it", (_UNSURE,), _WAITING, (), "silence_trusted"
    REPLAY = "a rule wants it again, and nobody was rung", ENDED_WITHOUT_RING, _WAITING

    def __init__(
        self,
        when: str,
        since: tuple[CallState, ...],
        to: CallState,
        late: tuple[CallState, ...] = (),
        reason: str | None = None,
    ) -> None:
        self.when = when
        self.since = since
        self.to = to
        self.late = late
        self.reason = reason
        self.any_of = (*since, *late)
