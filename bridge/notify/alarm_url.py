"""ALARM_URL: each alarm that opens or closes is sent to one address."""

from __future__ import annotations

import json
import logging
from datetime import datetime

from bridge.core.model import Json
from bridge.lib.signing import sign_standard
from bridge.monitor.alarms import describe
from bridge.store import Store
from bridge.store.operation.alarms import StoredAlarm, mark_sent, unsent_alarms

log = logging.getLogger(__name__)

SENT_AT_ONCE = 20  # alarms in one call


def send_alarms(store: Store, url: str, secret: str | None, now: datetime, deadline: float) -> int:
    """Send the openings and closings that ALARM_URL has not taken yet; return how many it took.

    Each is a POST, signed with `secret` by Standard Webhooks. What it does not take with a 2xx is sent again at the
    next call under the same webhook-id.
    """
    with store.read() as conn:
        waiting = unsent_alarms(conn, SENT_AT_ONCE)
    sent = 0
    for row in waiting:
        if not _post(url, secret, row, now, deadline):
            break
        with store.write() as conn:
            mark_sent(conn, row.id, row.closed_at, now)
        sent += 1
    return sent


def send_test(url: str, secret: str | None, now: datetime, deadline: float) -> tuple[str, bool]:
    """Send a message of the type `test`; return the status, or why there was none, and whether it was taken."""
    message = {"type": "test", "timestamp": now.isoformat(), "data": {}}
    return _send(url, secret, message, f"test_{int(now.timestamp())}", now, deadline)


def _post(url: str, secret: str | None, row: StoredAlarm, now: datetime, deadline: float) -> bool:
    state = "closed" if row.closed_at else "opened"
    vietnamese, english = describe(row.key, row.facts)
    message = {
        "type": f"alarm.{state}",
        "timestamp": now.isoformat(),
        "data": {
            "key": row.key,
            "sentence": vietnamese,
            "sentence_en": english,
            "facts": row.facts,
            "opened_at": row.opened_at.isoformat(),
            "closed_at": row.closed_at.isoformat() if row.closed_at else None,
        },
    }
    detail, is_taken = _send(url, secret, message, f"alarm_{row.id}_{state}", now, deadline)
    if not is_taken:
        log.warning("alarm not sent key=%s reason=%s", row.key, detail)
    return is_taken


def _send(
    url: str, secret: str | None, message: Json, webhook_id: str, now: datetime, deadline: float
) -> tuple[str, bool]:
    from bridge.lib import http  # noqa: PLC0415  the web process needs it for alarms alone

    body = json.dumps(message).encode()
    signed = sign_standard(body, webhook_id, secret, now) if secret else ()
    headers = {"Content-Type": "application/json", **dict(signed)}
    try:
        answer = http.send("POST", url, headers=headers, body=body, deadline=deadline)
    except (http.NotSent, http.Unsure) as error:
        return error.reason, False
    return str(answer.status), 200 <= answer.status < 300
