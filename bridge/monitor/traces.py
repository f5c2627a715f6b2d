"""One trace for each delivery, from its receipt over its decision and each attempt to the result, by any process.

    receive (web) -> decide (worker) -> place: one for each attempt (worker) -> settle: one for each result (worker)

Its id follows from the delivery's id, and a call by hand begins a trace of its own. What took part in it is read from
the ledger afterwards, so that with tracing off nothing is asked and nothing costs.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection
from datetime import datetime
from typing import TypeVar

from bridge.core.model import AttemptOutcome, StoreDown
from bridge.lib.telemetry.tracing import Attribute, Span, add_span
from bridge.store import Connection, Store
from bridge.store.reports.traces import CallOrigin, attempts_since, decided_since, settled_among

log = logging.getLogger(__name__)

_Row = TypeVar("_Row")
_FAILED = (AttemptOutcome.REFUSED, AttemptOutcome.UNSURE)


def trace_received(delivery_id: int, source: str, started_at: datetime, ended_at: datetime, *, is_new: bool) -> None:
    """A request of a shop was answered. A repeat is a span of its own beside the first."""
    key = str(delivery_id) if is_new else f"{delivery_id} {started_at.isoformat()}"
    attributes: dict[str, Attribute] = {
        "bridge.delivery": delivery_id,
        "bridge.source": source,
        "bridge.repeat": str(not is_new).lower(),
    }
    add_span(Span(_of_delivery(delivery_id), "receive", key, "server", started_at, ended_at, "", attributes))


def trace_decided(store: Store, delivery_ids: Collection[int], started_at: datetime, ended_at: datetime) -> None:
    """These deliveries were looked at together; those that were decided then have a span."""
    for one in _read(store, lambda conn: decided_since(conn, delivery_ids, started_at)):
        attributes: dict[str, Attribute] = {
            "bridge.delivery": one.id,
            "bridge.source": one.source,
            "bridge.state": one.state,
            "bridge.decisions": one.decisions,
        }
        failed = "the delivery cannot be read" if one.state == "failed" else ""
        key, parent = _decided(one.id, one.decided_at), f"receive {one.id}"
        span = Span(_of_delivery(one.id), "decide", key, "consumer", started_at, ended_at, parent, attributes, failed)
        add_span(span)


def trace_attempted(store: Store, call_id: int, since: datetime) -> None:
    """The attempts of this call, and of those in the same request, that ended since then."""
    for one in _read(store, lambda conn: attempts_since(conn, call_id, since)):
        attributes: dict[str, Attribute] = {
            **_named(one.origin),
            "bridge.attempt": one.id,
            "bridge.outcome": one.outcome,
            "bridge.detail": one.detail,
        }
        parent = _parent(one.origin)
        failed = one.detail if one.outcome in _FAILED else ""
        trace, key = _of_call(one.origin), str(one.id)
        add_span(Span(trace, "place", key, "client", one.started_at, one.ended_at, parent, attributes, failed))


def trace_settled(store: Store, result_ids: Collection[int]) -> None:
    """Those of these results that are settled, from their receipt on."""
    for one in _read(store, lambda conn: settled_among(conn, result_ids)):
        attributes: dict[str, Attribute] = {**_named(one.origin), "bridge.result": one.id, "bridge.end": one.end}
        trace, key, parent = _of_call(one.origin), str(one.id), f"place {one.attempt_id}"
        add_span(Span(trace, "settle", key, "consumer", one.received_at, one.settled_at, parent, attributes))


def _read(store: Store, read: Callable[[Connection], list[_Row]]) -> list[_Row]:
    """Nothing while the database is down: the work itself is done, and only its trace is lost."""
    try:
        with store.read() as conn:
            return read(conn)
    except StoreDown as error:
        log.warning("trace lost reason=%s", error)
        return []


def _of_delivery(delivery_id: int) -> str:
    return f"delivery {delivery_id}"


def _of_call(origin: CallOrigin) -> str:
    return _of_delivery(origin.delivery_id) if origin.delivery_id is not None else f"call {origin.call_id}"


def _decided(delivery_id: int, decided_at: datetime) -> str:
    """A replay decides again, and is a span of its own."""
    return f"{delivery_id} {decided_at.isoformat()}"


def _parent(origin: CallOrigin) -> str:
    if origin.delivery_id is None or origin.decided_at is None:
        return ""
    return f"decide {_decided(origin.delivery_id, origin.decided_at)}"


def _named(origin: CallOrigin) -> dict[str, Attribute]:
    return {"bridge.call": origin.call_id, "bridge.rule": origin.rule}
