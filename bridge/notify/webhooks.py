"""Send outgoing webhooks: what waits in the outbox, each webhook on a thread of its own, apart from all calls.

Source   standard-webhooks 1.0.0: retries, 410, `Retry-After`, redirects
"""

from __future__ import annotations

import logging
import re
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from bridge.core.model import BadSetting, Call, Json, StoreDown
from bridge.lib import http
from bridge.notify.body import make_body, make_headers
from bridge.store import Seal, Store
from bridge.store.calls import find_call
from bridge.store.notify.messages import (
    TEST,
    Message,
    claim_messages,
    end_try,
    forget_messages,
    give_up_all,
    release_messages,
    webhooks_due,
)
from bridge.store.notify.receivers import (
    Receiver,
    find_receiver,
    list_receivers,
    note_failure,
    note_taken,
    switch_off,
)
from bridge.store.operation.alarms import close_others, keep_alarm

log = logging.getLogger(__name__)

SECONDS, CONNECT_SECONDS = 15, 5  # for a whole answer, and for the connection alone
LIMIT_BYTES = 65536  # of an answer
AT_ONCE = 20  # messages of one claim
LEASE = timedelta(seconds=60)  # of a claim: its successes end within TURN_SECONDS, and one failure ends it
TURN_SECONDS = 30
WEBHOOKS_AT_ONCE = 8
KEPT = timedelta(days=30)  # messages, for `webhooks replay`
FORGOTTEN_AT_ONCE = 500
# After the first try, which is at once. Each is lengthened by up to a tenth, so that not all come back together.
RETRIES: Final = tuple(
    timedelta(seconds=seconds) for seconds in (5, 300, 1800, *(hours * 3600 for hours in (2, 5, 10, 14, 20, 24)))
)
FAILING_TOLD = timedelta(hours=1)
FAILING_MOST = timedelta(days=5)
LONGEST_REST = timedelta(minutes=5)
LONGEST_RETRY_AFTER = timedelta(days=1)
_BUSY = frozenset({429, 500, 502, 503, 504})  # what any other request would meet now
FAILING, OFF = "webhook_failing", "webhook_off"


@dataclass(frozen=True)
class Tried:
    """What became of one request.

    detail      its status, or why there was none
    is_shared   whatever else is sent now would meet the same
    rest        how long the webhook wants to be left alone
    """

    detail: str
    is_taken: bool = False
    is_gone: bool = False
    is_shared: bool = False
    rest: timedelta = timedelta(0)


@dataclass(frozen=True, repr=False)
class Means:
    """What sending needs. `monotonic` in seconds; `jitter` in [0, 1)."""

    store: Store
    seal: Seal
    monotonic: Callable[[], float]
    jitter: Callable[[], float]


def post(means: Means, document: Mapping[str, Json], message: Message, call: Call | None, now: datetime) -> Tried:
    """One request with this message. `document` with its credentials; `call` of a message about one."""
    body = make_body(message, document, call if document.get("body") == "full" else None)
    try:
        answer = http.send(
            "POST",
            document["url"],
            headers=make_headers(message, document, body, now),
            body=body,
            deadline=means.monotonic() + SECONDS,
            connect_seconds=CONNECT_SECONDS,
            limit_bytes=LIMIT_BYTES,
            public_only=document.get("allow_private_addresses") is not True,
            quick=True,
            monotonic=means.monotonic,
        )
    except (http.NotSent, http.Unsure) as error:
        return Tried(error.reason, is_shared=error.reason not in ("too_large", "unsendable"))
    is_taken = 200 <= answer.status < 300
    rest = _retry_after(answer.headers.get("retry-after", ""))
    shared = answer.status in _BUSY
    return Tried(str(answer.status), is_taken, is_gone=answer.status == 410, is_shared=shared, rest=rest)


class Sender:
    """The worker's job of sending webhooks."""

    def __init__(self, means: Means) -> None:
        self.means = means
        self._busy: dict[str, threading.Thread] = {}

    def look(self, now: datetime) -> None:
        """Start a thread for each webhook that has something due, unless it has one or too many others have."""
        self._busy = {name: thread for name, thread in self._busy.items() if thread.is_alive()}
        with self.means.store.read() as conn:
            due = webhooks_due(conn, now, list(self._busy))
        for name in due[: max(WEBHOOKS_AT_ONCE - len(self._busy), 0)]:
            thread = threading.Thread(target=self._send, args=(name, now), name="webhooks", daemon=True)
            self._busy[name] = thread
            thread.start()

    def join(self) -> None:
        """Wait until no request is open."""
        for thread in self._busy.values():
            thread.join()

    def _send(self, name: str, started: datetime) -> None:
        begun = self.means.monotonic()
        try:
            while (spent := self.means.monotonic() - begun) < TURN_SECONDS:
                if not send_some(self.means, name, started + timedelta(seconds=spent)):
                    return
        except StoreDown as error:
            log.error("database down reason=%s", error)
        except Exception:
            log.exception("webhook failed webhook=%s", name)


def send_some(means: Means, name: str, now: datetime) -> bool:
    """Send the oldest messages of a webhook that are due; whether it may be asked at once for more.

    What is killed between leaves them claimed: they are sent again under their ids once the claim is over.
    """
    begun = means.monotonic()
    with means.store.write() as conn:
        webhook = find_receiver(conn, "webhook", name)
        claimed = claim_messages(conn, name, now, now + LEASE, AT_ONCE) if webhook else []
        about = {one.call_id: find_call(conn, one.call_id) for one in claimed if one.call_id is not None}
    if webhook is None or not claimed:
        return False
    tried: list[tuple[Message, Tried]] = []
    for message in claimed:
        spent = means.monotonic() - begun
        if spent > TURN_SECONDS:
            break
        call = about.get(message.call_id) if message.call_id is not None else None
        tried.append((message, _try(means, webhook, message, call, now + timedelta(seconds=spent))))
        if tried[-1][1].is_shared or tried[-1][1].is_gone:
            break
    _record(means, webhook, claimed, tried, now + timedelta(seconds=means.monotonic() - begun))
    return len(tried) == len(claimed) and not tried[-1][1].is_shared


def send_test(means: Means, webhook: Receiver, now: datetime) -> Tried:
    """Send a message that is in no outbox. Errors: BadSetting where no key opens the webhook's secrets."""
    message = Message(0, webhook.name, TEST, None, {}, now, None, 0, "pending", None, None)
    return post(means, webhook.open(means.seal), message, None, now)


def watch_webhooks(store: Store, now: datetime) -> None:
    """Switch off the webhooks that fail for too long; keep the alarms; forget old messages."""
    with store.read() as conn:
        webhooks = list_receivers(conn, "webhook")
    for webhook in webhooks:
        failing = webhook.failing_since
        if webhook.off_at is None and failing is not None and now - failing >= FAILING_MOST:
            _switch_off(store, webhook.name, now)
    with store.read() as conn:
        webhooks = list_receivers(conn, "webhook")
    keep_webhook_alarms(store, webhooks, now)
    close_others(store, (FAILING, OFF), [webhook.name for webhook in webhooks], now)
    with store.write() as conn:
        forget_messages(conn, now - KEPT, FORGOTTEN_AT_ONCE)


def keep_webhook_alarms(store: Store, webhooks: Sequence[Receiver], now: datetime) -> None:
    """`webhook_failing` and `webhook_off` are open while it is so; their facts are the webhook's name and its error."""
    for webhook in webhooks:
        facts = {"webhook": webhook.name, "error": webhook.error}
        is_off = webhook.off_at is not None and webhook.is_enabled
        since = webhook.failing_since
        is_failing = webhook.off_at is None and since is not None and now - since >= FAILING_TOLD
        keep_alarm(store, f"{OFF}:{webhook.name}", is_off, facts, now)
        keep_alarm(store, f"{FAILING}:{webhook.name}", is_failing, facts, now)


def _try(means: Means, webhook: Receiver, message: Message, call: Call | None, now: datetime) -> Tried:
    try:
        return post(means, webhook.open(means.seal), message, call, now)
    except BadSetting:
        return Tried("secrets_locked", is_shared=True)


def _record(
    means: Means, webhook: Receiver, claimed: Sequence[Message], tried: Sequence[tuple[Message, Tried]], now: datetime
) -> None:
    last = tried[-1][1]
    with means.store.write() as conn:
        for message, outcome in tried:
            delay = _delay(message.tries, outcome, means.jitter())
            if outcome.is_taken:
                end_try(conn, message, "taken", outcome.detail, now, None)
            elif delay is None:
                end_try(conn, message, "failed", outcome.detail, now, None)
            else:
                end_try(conn, message, "pending", outcome.detail, now, now + delay)
        release_messages(conn, [message.id for message in claimed[len(tried) :]], now)
        if last.is_taken:
            note_taken(conn, "webhook", webhook.name, now)
        else:
            any_taken = any(outcome.is_taken for _, outcome in tried)
            since = webhook.failing_since if webhook.failing_since and not any_taken else now
            rest = _rest(now - since, last) if last.is_shared else None
            note_failure(conn, "webhook", webhook.name, last.detail, since, now + rest if rest else None)
    for message, outcome in tried:
        if not outcome.is_taken:
            log.warning(
                "webhook not taken webhook=%s id=%s detail=%s", webhook.name, message.webhook_id, outcome.detail
            )
    if last.is_gone:
        _switch_off(means.store, webhook.name, now)
        with means.store.read() as conn:
            keep_webhook_alarms(means.store, list_receivers(conn, "webhook"), now)


def _switch_off(store: Store, name: str, now: datetime) -> None:
    with store.write() as conn:
        switch_off(conn, "webhook", name, now)
        left = give_up_all(conn, name)
    log.error("webhook switched off webhook=%s messages=%d", name, left)


def _delay(tries: int, outcome: Tried, jitter: float) -> timedelta | None:
    """How long until the next try, after `tries` others and this one; None: there is none."""
    if outcome.is_gone or tries >= len(RETRIES):
        return None
    return max(RETRIES[tries] * (1 + jitter / 10), outcome.rest)


def _rest(failing: timedelta, outcome: Tried) -> timedelta:
    """How long a webhook that gives no answer is left alone: the longer it fails, the longer."""
    return max(RETRIES[0], min(failing / 10, LONGEST_REST), outcome.rest)


def _retry_after(written: str) -> timedelta:
    if not re.fullmatch("[0-9]{1,6}", written):
        return timedelta(0)
    return min(timedelta(seconds=int(written)), LONGEST_RETRY_AFTER)
