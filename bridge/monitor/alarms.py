"""Watch: what nobody asked about but somebody must know. Alarms are opened once, closed when they end, and told."""

from __future__ import annotations

import json
import logging
from datetime import datetime
from typing import Any

from bridge.lib.signing import sign_standard
from bridge.store import Store
from bridge.store.alarms import count_unsure, keep_alarm, mark_told, untold
from bridge.store.balance import SILENT, count_stuck
from bridge.store.inbox import last_beat
from bridge.store.lines import find_line

log = logging.getLogger(__name__)

AT_ONCE = 20


def watch_work(store: Store, account: str, now: datetime, *, clock_stepped: bool = False) -> None:
    """The alarms `breaker`, `unsure`, `stuck_work` and `clock_step` say what is so now; asked by each worker."""
    with store.read() as conn:
        line = find_line(conn, account, now)
        unsure, stuck = count_unsure(conn), count_stuck(conn, now)
    keep_alarm(store, "breaker", line.state != "closed", {"reason": line.reason}, now)
    keep_alarm(store, "unsure", unsure > 0, {"calls": unsure}, now)
    keep_alarm(store, "stuck_work", stuck > 0, {"rows": stuck}, now)
    keep_alarm(store, "clock_step", clock_stepped, {}, now)


def watch_workers(store: Store, now: datetime) -> None:
    """The alarm `no_worker` says whether one beats; asked by the web, which lives when no worker does."""
    with store.read() as conn:
        beat = last_beat(conn)
    silent = beat is None or now - beat > SILENT
    keep_alarm(store, "no_worker", silent, {"last_beat": beat.isoformat() if beat else None}, now)


def tell(store: Store, url: str, secret: str | None, now: datetime, deadline: float) -> int:
    """How many openings and closings ALARM_URL took: each a POST, signed as Standard Webhooks ask with `secret`.

    What it does not take with a 2xx stays untold, and is sent again at the next call under the same webhook-id.
    """
    with store.read() as conn:
        waiting = untold(conn, AT_ONCE)
    told = 0
    for row in waiting:
        if not _post(url, secret, row, now, deadline):
            break
        with store.write() as conn:
            mark_told(conn, row.id, row.closed_at, now)
        told += 1
    return told


def _post(url: str, secret: str | None, row: Any, now: datetime, deadline: float) -> bool:
    state = "closed" if row.closed_at else "opened"
    told = {
        "type": f"alarm.{state}",
        "timestamp": now.isoformat(),
        "data": {
            "key": row.key,
            "facts": row.facts,
            "opened_at": row.opened_at.isoformat(),
            "closed_at": row.closed_at.isoformat() if row.closed_at else None,
        },
    }
    from bridge.lib import http  # noqa: PLC0415  the web process needs it for alarms alone

    body = json.dumps(told).encode()
    signed = sign_standard(body, f"alarm_{row.id}_{state}", secret, now) if secret else ()
    try:
        answer = http.send(
            "POST",
            url,
            headers={"Content-Type": "application/json", **dict(signed)},
            body=body,
            deadline=deadline,
        )
    except (http.NotSent, http.Unsure) as error:
        log.warning("alarm not told key=%s reason=%s", row.key, error.reason)
        return False
    if not 200 <= answer.status < 300:
        log.warning("alarm not told key=%s status=%d", row.key, answer.status)
    return 200 <= answer.status < 300
