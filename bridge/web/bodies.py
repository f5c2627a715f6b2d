"""The body of a request, read whole before anything is answered; or the refusal of one that is too large or cut short.

A static token proves nothing about the body, so half of one must not pass for a delivery. And whoever is
still sending when the connection closes gets a reset instead of the answer, so what is too much is read too.
"""

from __future__ import annotations

import time

from flask import Flask, Response, request
from werkzeug.exceptions import RequestEntityTooLarge

from bridge.lib.compression import MAX_BODY
from bridge.web.problems import problem

_DRAINED_BYTES = 64 * MAX_BODY
_DRAINED_SECONDS = 10
_PIECE = 65_536


def register(app: Flask) -> None:
    """Every view finds the whole body in `request.get_data()`."""
    # One byte more than is taken: of a body in chunks Flask reads so much, and drops the rest without an error.
    app.config["MAX_CONTENT_LENGTH"] = MAX_BODY + 1
    app.before_request(_read_whole)


def _read_whole() -> Response | None:
    try:
        body = request.get_data()
        too_large = len(body) > MAX_BODY
    except RequestEntityTooLarge:
        body, too_large = b"", True
    except (TimeoutError, BlockingIOError):
        return problem(408)
    # The server's own errors of a malformed body have no common parent but this one.
    except Exception:
        return problem(400)
    if too_large:
        _drain()
        return problem(413)
    if request.content_length is not None and len(body) < request.content_length:
        return problem(400)
    return None


def _drain() -> None:
    stream = request.environ["wsgi.input"]
    until = time.monotonic() + _DRAINED_SECONDS
    left = _DRAINED_BYTES
    try:
        while left > 0 and time.monotonic() < until and stream.read(_PIECE):
            left -= _PIECE
    except Exception:
        # The client has gone, or sends no HTTP: it gets its 413, or nothing.
        return
