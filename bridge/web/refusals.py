"""What was refused under /hooks/ is counted, and a platform that gives up on a 4xx gets its own refusal instead.

Such a platform stops sending for good after one, so that an order would be lost for each mistake that is mended
later. What was cut short on its way is requested again.
"""

from __future__ import annotations

import logging
import re
import threading
from collections import Counter
from collections.abc import Mapping
from datetime import UTC, datetime
from urllib.parse import unquote

from flask import Flask, Response, request

from bridge.core.model import StoreDown
from bridge.core.platform import Platform
from bridge.platforms import find_platform
from bridge.store import Connection, Store
from bridge.store.configuration.documents import find_platform_of
from bridge.store.shops.refusals import MOST_ADDRESSES, OTHERS, count_misaddressed, count_refusal
from bridge.web.problems import problem

log = logging.getLogger(__name__)

FLUSH_SECONDS = 1.0
_CUT_SHORT = (400, 408)
_HOOKS = "/hooks/"

# What may be kept of an address: whatever follows may be a secret.
_NAME = re.compile(r"[A-Za-z0-9._-]{0,64}")


def register(app: Flask, store: Store) -> None:
    """Every answer under /hooks passes here, also those that no view gave."""
    misaddressed = _Misaddressed(store)

    @app.after_request
    def soften(response: Response) -> Response:
        if not (400 <= response.status_code < 500 and request.path.startswith(_HOOKS)):
            return response
        name = unquote(request.path.removeprefix(_HOOKS)).partition("/")[0]
        try:
            with store.read() as conn:
                kind = find_platform_of(conn, name)
            _count(store, misaddressed, name, kind is not None, response.status_code)
        except StoreDown as error:
            log.error("database down reason=%s", error)
            return problem(503)
        return _instead(find_platform(kind) if kind else None, response)


def _count(store: Store, misaddressed: _Misaddressed, name: str, is_known: bool, status: int) -> None:
    """Signatures that do not hold are counted where they are verified."""
    found = _NAME.match(name)
    shown = found[0] if found else ""
    reason = {404: "wrong_address" if is_known else "unknown_source", 405: "wrong_method"}.get(status)
    is_too_large = status == 413 and is_known
    if reason is None and not is_too_large:
        return
    log.warning("delivery refused source=%s reason=%s", shown, reason or "body_too_large")
    if reason is not None:
        misaddressed.add(shown, reason if is_known else "unknown_source")
        return
    now = datetime.now(UTC)
    store.write_together(lambda conn: count_refusal(conn, name, "body_too_large", now))


class _Misaddressed:
    """Counts requests that reached no source, and writes them at most once in FLUSH_SECONDS: anybody can send them.

    The first is written at once. A process that is killed loses the counts of the last second.
    """

    def __init__(self, store: Store) -> None:
        self._store = store
        self._lock = threading.Lock()
        self._counts: Counter[tuple[str, str]] = Counter()
        self._is_resting = False

    def add(self, name: str, reason: str) -> None:
        with self._lock:
            is_kept = (name, reason) in self._counts or len(self._counts) < MOST_ADDRESSES
            self._counts[name if is_kept else OTHERS, reason] += 1
            if self._is_resting:
                return
            self._is_resting = True
        self._flush()

    def _flush(self) -> None:
        with self._lock:
            counts, self._counts = self._counts, Counter()
            self._is_resting = bool(counts)
        if not counts or self._store.is_closed:
            return
        try:
            self._store.write_together(lambda conn: _write(conn, counts))
        except StoreDown as error:
            log.error("database down reason=%s", error)
            with self._lock:
                self._counts.update(counts)
        rest = threading.Timer(FLUSH_SECONDS, self._flush)
        rest.daemon = True
        rest.start()


def _write(conn: Connection, counts: Mapping[tuple[str, str], int]) -> None:
    now = datetime.now(UTC)
    for (name, reason), count in sorted(counts.items()):
        count_misaddressed(conn, name, reason, now, count)


def _instead(platform: Platform | None, response: Response) -> Response:
    if platform is None or platform.refusal is None:
        return response
    if response.status_code in _CUT_SHORT:
        return problem(503, "The request did not arrive whole. Send it again.")
    refusal = platform.refusal
    return Response(refusal.body, refusal.status, content_type=refusal.content_type)
