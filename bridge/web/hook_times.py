"""How long shops wait for the answer to a webhook: measured here, kept in the database with the other counts."""

from __future__ import annotations

import logging
import threading
from collections import Counter

from bridge.core.model import StoreDown
from bridge.store import Store
from bridge.store.reports.tallies import HOOK_BUCKETS, bucket_of, count_times

log = logging.getLogger(__name__)

FLUSH_SECONDS = 5.0


class HookTimes:
    """Counts in memory, and writes at most once in FLUSH_SECONDS, so that no shop waits for it.

    A process that is killed loses the counts of the last seconds.
    """

    def __init__(self, store: Store) -> None:
        self._store = store
        self._lock = threading.Lock()
        self._buckets: Counter[str] = Counter()
        self._seconds = 0.0
        self._is_due = False

    def add(self, seconds: float) -> None:
        with self._lock:
            self._buckets[bucket_of(seconds, HOOK_BUCKETS)] += 1
            self._seconds += seconds
            if self._is_due:
                return
            self._is_due = True
        later = threading.Timer(FLUSH_SECONDS, self._flush)
        later.daemon = True
        later.start()

    def _flush(self) -> None:
        with self._lock:
            buckets, seconds = self._buckets, self._seconds
            self._buckets, self._seconds, self._is_due = Counter(), 0.0, False
        if self._store.is_closed:
            return
        try:
            self._store.write_together(lambda conn: count_times(conn, "hooked", buckets, seconds))
        except StoreDown as error:
            log.error("database down reason=%s", error)
