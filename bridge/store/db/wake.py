"""How the worker beside a SQLite file learns of another process' commit: a byte in a named pipe beside the file.

Only a hint: whoever finds no pipe, or nobody who reads it, goes on, and the worker looks at the tables by itself.
"""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path


def pipe_beside(database: Path) -> Path:
    """The pipe's path: that of the database with `.wake` behind it."""
    return Path(f"{database}.wake")


def ring(database: Path) -> None:
    """Tell the worker that something was committed; at once, whether it listens or not."""
    with suppress(OSError):  # no pipe, nobody reads it, or it is full of bytes that say the same
        pipe = os.open(pipe_beside(database), os.O_WRONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        try:
            os.write(pipe, b"\0")
        finally:
            os.close(pipe)


def listen(database: Path) -> int | None:
    """A descriptor that is readable after each ring; None where this folder can hold no pipe."""
    path = pipe_beside(database)
    try:
        with suppress(FileExistsError):
            os.mkfifo(path, 0o600)
        # Also to write, so that it never ends when a writer leaves.
        return os.open(path, os.O_RDWR | os.O_CLOEXEC)
    except OSError:
        return None
