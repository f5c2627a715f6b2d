"""Advance queued calls: dial, send one request for each, record what its answer means."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import partial

from bridge.core.model import AttemptOutcome
from bridge.lib.masking import mask_id
from bridge.place.dial import Go, dial, lead
from bridge.place.outcome import Ended, put_back, record_outcomes, store_outcome
from bridge.place.placing import Placing
from bridge.store.db.together import Together
from bridge.vbot.client import Outcome

log = logging.getLogger(__name__)

REQUEST_START_SECONDS = 2  # from the commit of `dialing` to the request's first byte
REQUEST_TOTAL_SECONDS = 25  # from that commit to the answer's last byte; the lease is 40
TOKEN_WAIT_SECONDS = 10
MOST_TOGETHER = 16  # calls in one transaction: their sources' deliveries wait for its commit


class Placer:
    """Advances queued calls, each on the thread that asks; what they have to write at one time is one transaction."""

    def __init__(self, placing: Placing) -> None:
        self._placing = placing
        self._dial = Together(partial(dial, placing), MOST_TOGETHER)
        self._record = Together(partial(record_outcomes, placing), MOST_TOGETHER)

    def advance(self, call_id: int) -> None:
        """Check one queued call again and, if nothing forbids it, place it with exactly one request.

        1. Have a token ready, so that nothing slow stands between the commit and the request.
        2. In one transaction check everything again, and commit `dialing` with the attempt; the other calls of a batch
           follow, each in a transaction of its own.
        3. Send, unless more than REQUEST_START_SECONDS passed meanwhile.
        4. Record what the answer means; it belongs to its attempt, whatever became of the call.
        """
        placing = self._placing
        unready = placing.client.prepare(placing.clock.monotonic() + TOKEN_WAIT_SECONDS)
        if unready is not None:
            put_back(placing, call_id, unready)
            return
        dialled = self._dial(call_id)
        if dialled.leads:
            dialled = lead(placing, call_id)
        gos = dialled.gos
        if not gos:
            return
        outcome = _send(placing, gos, dialled.begun_wall, dialled.begun)
        store_outcome(self._record, Ended(gos, outcome), placing.clock, dialled.begun)
        for go in gos:
            parts = (go.call_id, go.attempt_id, mask_id(go.order_id), outcome.outcome, outcome.detail)
            log.info("call attempted call=%d attempt=%d order=%s outcome=%s detail=%s", *parts)


def advance(placing: Placing, call_id: int) -> None:
    """`Placer.advance` of one call by itself."""
    Placer(placing).advance(call_id)


def _send(placing: Placing, gos: Sequence[Go], begun_wall: datetime, begun: float) -> Outcome:
    client, clock = placing.client, placing.clock
    late = clock.monotonic() - begun > REQUEST_START_SECONDS
    if late or abs(clock.now() - begun_wall) > timedelta(seconds=REQUEST_START_SECONDS):
        return Outcome(AttemptOutcome.NOT_SENT, "late_start")
    if len(gos) == 1:
        return client.place(gos[0].request, begun + REQUEST_TOTAL_SECONDS)
    return client.place_batch([go.request for go in gos], begun + REQUEST_TOTAL_SECONDS)
