"""Hints carried by threads of this process. A lost or doubled hint changes nothing: the next tick finds the row."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterable, Mapping
from queue import SimpleQueue

log = logging.getLogger(__name__)

Handler = Callable[[int], object]


class Embedded:
    """Some daemon threads for each kind of hint; an id that is in somebody's hands is not taken twice."""

    def __init__(self, handlers: Mapping[str, Handler], threads: Mapping[str, int]) -> None:
        self._handlers = handlers
        self._count = dict(threads)
        self._busy: dict[str, set[int]] = {kind: set() for kind in handlers}
        self._changed = threading.Condition()
        self._queues: dict[str, SimpleQueue[int]] = {kind: SimpleQueue() for kind in handlers}
        self._stopping = threading.Event()
        self._running = 0
        for kind, count in threads.items():
            for n in range(count):
                threading.Thread(target=self._work, args=(kind,), name=f"{kind}-{n}", daemon=True).start()

    def submit(self, kind: str, ids: Iterable[int]) -> None:
        """Each id is handled soon, unless it already is. Call it after the commit that made the rows so."""
        for item in ids:
            with self._changed:
                if item in self._busy[kind]:
                    continue
                self._busy[kind].add(item)
            self._queues[kind].put(item)

    def free(self, kind: str) -> int:
        """How many more ids of this kind would start at once."""
        with self._changed:
            return self._count[kind] - len(self._busy[kind])

    def stop(self, seconds: float) -> bool:
        """Nothing more starts; what runs may end within `seconds`. True if all ended."""
        self._stopping.set()
        with self._changed:
            return self._changed.wait_for(lambda: self._running == 0, timeout=seconds)

    def _work(self, kind: str) -> None:
        while True:
            item = self._queues[kind].get()
            with self._changed:
                if self._stopping.is_set():
                    return
                self._running += 1
            try:
                self._handlers[kind](item)
            except Exception:
                # The row keeps its state; its lease or the next tick brings it back.
                log.exception("%s failed id=%s", kind, item)
            with self._changed:
                self._running -= 1
                self._busy[kind].discard(item)
                self._changed.notify_all()
