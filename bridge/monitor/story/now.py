"""What is so now and decides what happens next: the worker, windows, pauses, VBot."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from bridge.core.model import Json
from bridge.store import Connection
from bridge.store.breakers import find_breaker
from bridge.store.configuration.outline import Outline
from bridge.store.operation.workers import is_worker_alive
from bridge.vbot import Account


@dataclass(frozen=True)
class Facts:
    """What is so now. `is_open`: a rule's window, for a source; `pause`: kind and reason of what holds a call.

    `stopped`: why no call leaves while VBot fails, and when one is tried again.
    """

    now: datetime
    worker_beats: bool
    is_open: Callable[[str, str], bool]
    pause: Callable[[Json], tuple[str, str] | None]
    stopped: tuple[str | None, datetime | None] | None = None


def read_facts(conn: Connection, outline: Outline, account: Account | None, at: datetime) -> Facts:
    """What is so at this moment."""

    def is_open(rule: str, source: str) -> bool:
        return outline.is_open(rule, source, at)

    def pause(call: Json) -> tuple[str, str] | None:
        kind = outline.pause(rule=call["rule"], source=call["source"], hotline=call["hotline"])
        names = {"all": "", "rule": call["rule"], "source": call["source"], "hotline": call["hotline"]}
        return (kind, outline.pauses[kind, names[kind]]) if kind else None

    line = find_breaker(conn, account.id, at) if account else None
    stopped = (line.reason, line.probe_at) if line and line.state != "closed" else None
    return Facts(at, is_worker_alive(conn, at), is_open, pause, stopped)
