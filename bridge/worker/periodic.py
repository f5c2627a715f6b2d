"""What a worker does at intervals, beside its ticks. Each round has its own thread, so that a slow one holds none up.

A round finds its work in the tables, and any number of workers may make it at once.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from bridge.core.model import StoreDown

log = logging.getLogger(__name__)

REST_SECONDS = 1


@dataclass(frozen=True)
class Round:
    """`go(now)` every `seconds`. `needs_time`: not while the clock is not to be trusted."""

    name: str
    seconds: float
    go: Callable[[datetime], object]
    needs_time: bool = True


def start_rounds(
    rounds: Sequence[Round], now: Callable[[], datetime], is_trusted: Callable[[], bool], stop: threading.Event
) -> None:
    """Each goes on, whatever one of its rounds meets, until `stop` is set."""
    for each in rounds:
        threading.Thread(target=_repeat, args=(each, now, is_trusted, stop), name=each.name, daemon=True).start()


def _repeat(each: Round, now: Callable[[], datetime], is_trusted: Callable[[], bool], stop: threading.Event) -> None:
    while not stop.wait(each.seconds):
        if each.needs_time and not is_trusted():
            continue
        try:
            each.go(now())
        except StoreDown as error:
            log.error("database down reason=%s", error)
            stop.wait(REST_SECONDS)
        except Exception:
            log.exception("round failed round=%s", each.name)
            stop.wait(REST_SECONDS)
