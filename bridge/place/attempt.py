"""Advance one queued call: dial, send one request, record what its answer means."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from datetime import datetime, timedelta

from bridge.core.model import AttemptOutcome
from bridge.place.dial import Go, dial
from bridge.place.outcome import put_back, store_outcome
from bridge.place.placing import Placing
from bridge.vbot.client import Outcome

log = logging.getLogger(__name__)

REQUEST_START_SECONDS = 2  # from the commit of `dialing` to the request's first byte
REQUEST_TOTAL_SECONDS = 25  # from that commit to the answer's last byte; the lease is 40
TOKEN_WAIT_SECONDS = 10


def advance(placing: Placing, call_id: int) -> None:
    """Check one queued call again and, if nothing forbids it, place it with exactly one request.

    1. Have a token ready, so that nothing slow stands between the commit and the request.
    2. In one transaction check everything again, and commit `dialing` with the attempt; the other calls of a batch
       follow, each in a transaction of its own.
    3. Send, unless more than REQUEST_START_SECONDS passed meanwhile.
    4. Record what the answer means; it belongs to its attempt, whatever became of the call.
    """
    client, clock = placing.client, placing.clock
    unready = client.prepare(clock.monotonic() + TOKEN_WAIT_SECONDS)
    if unready is not None:
        put_back(placing, call_id, unready)
        return
    begun_wall, begun = clock.now(), clock.monotonic()
    gos = dial(placing, call_id, begun_wall, begun)
    if not gos:
        return
    outcome = _send(placing, gos, begun_wall, begun)
    store_outcome(placing, gos, outcome, begun)
    for go in gos:
        parts = (go.call_id, go.attempt_id, outcome.outcome, outcome.detail)
        log.info("call attempted call=%s attempt=%s outcome=%s detail=%s", *parts)


def _send(placing: Placing, gos: Sequence[Go], begun_wall: datetime, begun: float) -> Outcome:
    client, clock = placing.client, placing.clock
    late = clock.monotonic() - begun > REQUEST_START_SECONDS
    if late or abs(clock.now() - begun_wall) > timedelta(seconds=REQUEST_START_SECONDS):
        return Outcome(AttemptOutcome.NOT_SENT, "late_start")
    if len(gos) == 1:
        return client.place(gos[0].request, begun + REQUEST_TOTAL_SECONDS)
    return client.place_batch([go.request for go in gos], begun + REQUEST_TOTAL_SECONDS)
