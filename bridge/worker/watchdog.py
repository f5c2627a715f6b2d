"""Ends a worker whose loop no longer turns, so that whoever supervises it starts another."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable

log = logging.getLogger(__name__)

STUCK_SECONDS = 120  # one turn may take several statements, each to its limit
LOOK_SECONDS = 5


class Watchdog:
    """Calls `bite` once, from a thread of its own, when `turned` was not called for so many seconds."""

    def __init__(self, bite: Callable[[], object], stuck_seconds: float = STUCK_SECONDS) -> None:
        self._bite = bite
        self._stuck_seconds = stuck_seconds
        self._turned = time.monotonic()

    def turned(self) -> None:
        self._turned = time.monotonic()

    def watch(self, stop: threading.Event, every: float = LOOK_SECONDS) -> None:
        """Begin to watch, until `stop` is set."""
        self.turned()
        threading.Thread(target=self._watch, args=(stop, every), name="watchdog", daemon=True).start()

    def _watch(self, stop: threading.Event, every: float) -> None:
        while not stop.wait(every):
            seconds = time.monotonic() - self._turned
            if seconds > self._stuck_seconds:
                log.critical("worker stuck seconds=%d: it ends, to be started again", seconds)
                self._bite()
                return
