"""The nouns of the ledger as they stand in the database: what arrived, what is known, what is called, how it ended.

Frozen values that the store makes of its rows; a change in the database leaves them as they are. Instants are aware
and UTC. Most hold personal data, so none shows itself in a log or a traceback.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from types import MappingProxyType
from typing import Literal

from bridge.core.call_states import LIVE, CallState
from bridge.core.model.order_states import OrderState
from bridge.core.model.outcomes import AttemptOutcome
from bridge.core.model.request import Json, Request

MANUAL = "manual"  # the rule name of a call that no rule made
ERASED = "erased"  # the reason of a delivery whose body was removed
NOT_DECIDED = "not_decided"  # the reason of a delivery that the database could not take a decision of


@dataclass(frozen=True, slots=True)
class Stored:
    """Something that is stored once: its row's id, and whether it was not there before."""

    id: int
    is_new: bool


@dataclass(frozen=True, slots=True, repr=False)
class Delivery:
    """One HTTP request of a shop, raw. `state`: stored, fetching, decided, ignored, failed.

    repeats      how often it was sent again; repeated_at: when last
    recovered    it was not sent, but found by a poll of the shop
    order_id     of the one order that it is about, where that was plain to see when it came
    """

    id: int
    source_id: str
    dedup_key: str
    method: str
    path: str
    query: str
    headers: Sequence[Sequence[str]]
    body: bytes
    platform_topic: str | None
    state: str
    reason: str | None
    detail: str | None
    repeats: int
    received_at: datetime
    repeated_at: datetime | None
    decided_at: datetime | None
    acknowledged_at: datetime | None
    recovered: bool
    order_id: str | None

    @property
    def is_stuck(self) -> bool:
        """It waits, and could not be decided when it was tried."""
        return self.state == "stored" and self.reason == NOT_DECIDED

    @property
    def is_erased(self) -> bool:
        """Its body and headers were removed, at a person's request, or when its time was over."""
        return self.reason == ERASED

    def request(self, documents: Mapping[str, bytes] = MappingProxyType({})) -> Request:
        """The request as it came, with the shop's documents about it."""
        headers = tuple((name, value) for name, value in self.headers)
        return Request(self.method, self.path, self.query, headers, self.body, documents)


@dataclass(frozen=True, slots=True, repr=False)
class KnownOrder:
    """The newest state of an order, and where its bytes are: event number `event_n` of the delivery `delivery_id`.

    state_at   the platform's time of that state
    """

    source_id: str
    order_id: str
    number: str
    state: OrderState
    deleted: bool
    delivery_id: int
    event_n: int
    state_at: datetime


@dataclass(frozen=True, slots=True, repr=False)
class KnownParcel:
    """The newest status of a parcel, and where its bytes are.

    carrier     the source that told it; `code`: that carrier's own code of the parcel
    reference   the shop's word for the order
    source_id, order_id   the order that it belongs to; None while no order is known
    topic       ours, of the newest status; `status_at`: the carrier's time of it
    """

    carrier: str
    code: str
    reference: str | None
    source_id: str | None
    order_id: str | None
    topic: str
    status_at: datetime
    delivery_id: int
    event_n: int


@dataclass(frozen=True)
class Decision:
    """The answer of one rule to one event. `reason` is a code of `bridge.core.reasons`, `facts` fill its sentence.

    call_id  the call that was created, waits again or was cancelled, or because of which none was created
    """

    decision: Literal["call", "skip", "cancel"]
    reason: str
    facts: Mapping[str, Json] = field(default_factory=dict)
    call_id: int | None = None


@dataclass(frozen=True, slots=True, repr=False)
class Call:
    """One phone call that we intend, until its end.

    once_key    what its rule calls only once; `ring` > 1: called again by a person's word
    manual      the whole request of a call without a rule
    datas       the template's custom fields, as they were when it was made, or last sent
    facts       what the sentence of `reason` names
    result      how it ended on the phone; `key`: what was pressed
    wake_at     when it needs attention next: its start while it waits, its lease's end while it is queued or dialing
    not_before, not_after   its permitted span
    attempt_id  its newest attempt
    revision    the configuration that made it; None by hand, and of an older release
    """

    id: int
    rule: str
    once_key: str
    ring: int
    source_id: str | None
    order_id: str | None
    order_number: str | None
    event_id: int | None
    phone: str
    template: str
    hotline: str
    datas: Mapping[str, Json]
    manual: Json
    state: CallState
    reason: str | None
    facts: Mapping[str, Json]
    result: str | None
    key: str | None
    wake_at: datetime | None
    not_before: datetime
    not_after: datetime
    retries: int
    attempt_id: int | None
    placed_at: datetime | None
    created_at: datetime
    updated_at: datetime
    revision: int | None

    @property
    def is_live(self) -> bool:
        """It waits, or its request is under way."""
        return self.state in LIVE


@dataclass(frozen=True, slots=True)
class Origin:
    """The event that a rule's call comes from, its order, and the configuration with the rule."""

    source_id: str
    order_id: str
    order_number: str
    event_id: int
    revision: int | None


@dataclass(frozen=True, slots=True, repr=False, kw_only=True)
class NewCall:
    """A call to be made, or to wait again: the fields of `Call` that whoever wants it knows.

    origin   None of a call by hand, which has `manual` instead
    reason   why it does not start at once, with its `facts`; None where nothing holds it back
    """

    rule: str
    once_key: str
    phone: str
    template: str
    hotline: str
    datas: Mapping[str, Json]
    not_before: datetime
    not_after: datetime
    origin: Origin | None = None
    manual: Json = None
    ring: int = 1
    reason: str | None = None
    facts: Mapping[str, Json] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, repr=False)
class Attempt:
    """One HTTP request to VBot for a call, the `n`th. `outcome` is None while it is under way.

    datas   what was sent
    detail  a short code; `message`: VBot's own words
    batch   the same for all attempts of one request
    """

    id: int
    call_id: int
    n: int
    external_call_id: str
    phone: str
    template: str
    hotline: str
    datas: Mapping[str, Json]
    started_at: datetime
    ended_at: datetime | None
    outcome: AttemptOutcome | None
    detail: str | None
    http_status: int | None
    message: str | None
    vbot_call_id: str | None
    batch: str | None


@dataclass(frozen=True, slots=True, repr=False)
class Result:
    """What VBot reports of an attempt, raw. `state`: stored, settled, stranger, failed.

    kind     log, recording, extraction
    details  what it means, in our words
    """

    id: int
    dedup_key: str
    body: bytes
    repeats: int
    received_at: datetime
    state: str
    attempt_id: int | None
    kind: str | None
    details: Mapping[str, Json] | None
    settled_at: datetime | None


@dataclass(frozen=True, slots=True, repr=False)
class Occasion:
    """What happened to an order, by which words, and when. `parcel`: of a carrier's status, its code of the parcel."""

    topic: str
    platform_topic: str
    occurred_at: datetime
    parcel: str | None = None


@dataclass(frozen=True, slots=True, repr=False)
class Revision:
    """The configuration after one change of it. `origin`: files, release, page, rollback.

    documents   {sources, hotlines, holidays, rules} as `export` prints them: nothing secret
    """

    number: int
    at: datetime
    who: str
    origin: str
    reason: str
    documents: Mapping[str, Sequence[Json]]
