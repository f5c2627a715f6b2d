"""Log lines: events and ids. A traceback keeps its places and its type, but not its text: it may quote a value."""

from __future__ import annotations

import logging
import sys
import traceback
from types import TracebackType


class _Formatter(logging.Formatter):
    def formatException(  # noqa: N802  the name that logging calls
        self, ei: tuple[type[BaseException], BaseException, TracebackType | None] | tuple[None, None, None]
    ) -> str:
        kind, _, tb = ei
        places = (f"{frame.filename}:{frame.lineno} {frame.name}" for frame in traceback.extract_tb(tb))
        return "\n".join([f"  {place}" for place in places] + [f"  {kind.__name__ if kind else 'error'}"])


def start_logging(level: str) -> None:
    """Our own lines at `level` on stderr; other libraries' only from WARNING on, for theirs may hold addresses."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_Formatter("%(asctime)s %(levelname)s %(name)s %(message)s"))
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.WARNING)
    logging.getLogger("bridge").setLevel(level)
