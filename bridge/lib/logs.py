"""Log lines: events and ids. A traceback keeps its places and its type, but not its text: it may quote a value.

A line is an event and `name=value` for what it is about. As JSON each name is a member of its own.
"""

from __future__ import annotations

import json
import logging
import re
import sys
import traceback
from collections.abc import Mapping
from datetime import UTC, datetime
from types import TracebackType
from typing import Any

_PLACE = re.compile(r"(?:(\w+)=)?%[sd]")
# What gunicorn's access log tells of a request, by its own short names.
_ACCESS = {"s": "status", "m": "method", "U": "path", "B": "bytes", "M": "milliseconds"}
_Caught = tuple[type[BaseException], BaseException, TracebackType | None] | tuple[None, None, None]


class TextFormatter(logging.Formatter):
    """One line of text."""

    def __init__(self) -> None:
        super().__init__("%(asctime)s %(levelname)s %(name)s %(message)s")

    def formatException(self, ei: _Caught) -> str:  # noqa: N802  the name that logging calls
        return "\n".join(f"  {place}" for place in _places(ei))


class JsonFormatter(logging.Formatter):
    """One JSON object: time (UTC), level, logger, event, what the event is about, and `places` of an exception."""

    def format(self, record: logging.LogRecord) -> str:
        event, about = split(record)
        line: dict[str, Any] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "event": event,
            **about,
        }
        if record.exc_info:
            line["places"] = _places(record.exc_info)
        elif record.exc_text:
            line["places"] = record.exc_text.splitlines()
        return json.dumps(line, ensure_ascii=False)


def split(record: logging.LogRecord) -> tuple[str, dict[str, Any]]:
    """The event of a log line, and its members by their names."""
    if isinstance(record.args, Mapping):
        told = record.args
        return "request", {name: told[short] for short, name in _ACCESS.items() if short in told}
    template, values = str(record.msg), iter(record.args or ())
    if not record.args or len(_PLACE.findall(template)) != len(record.args):
        return " ".join(record.getMessage().split()), {}
    about: dict[str, Any] = {}

    def place(found: re.Match[str]) -> str:
        value = next(values)
        if not found[1]:
            return str(value)
        about[found[1]] = value if isinstance(value, int) else str(value)
        return ""

    return " ".join(_PLACE.sub(place, template).split()), about


def start_logging(level: str, layout: str = "text") -> None:
    """Our own lines at `level` on stderr, as text or json; other libraries' only from WARNING on, for theirs may hold
    addresses."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(formatter(layout))
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.WARNING)
    logging.getLogger("bridge").setLevel(level)


def formatter(layout: str) -> logging.Formatter:
    return JsonFormatter() if layout == "json" else TextFormatter()


def _places(caught: _Caught) -> list[str]:
    kind, _, tb = caught
    places = [f"{frame.filename}:{frame.lineno} {frame.name}" for frame in traceback.extract_tb(tb)]
    return [*places, kind.__name__ if kind else "error"]
