"""The body of a request, whole before anything is answered; or the refusal of one that is too large or cut short.

A static token proves nothing about the body, so half of one must not pass for a delivery.
"""

from __future__ import annotations

from urllib.parse import unquote

from flask import Flask, Response, request
from werkzeug.exceptions import RequestEntityTooLarge

from bridge.lib.compression import MAX_BODY
from bridge.web.console import is_console
from bridge.web.problems import problem


def takes_body(app: Flask, method: str, target: str) -> bool:
    """Whether anything here reads the body of such a request: nothing does at an unknown address."""
    path = target.partition("?")[0]
    if is_console(unquote(path)):
        return method == "POST"  # it knows its addresses once it is made, which is not worth a wait here
    return not path.startswith("/") or app.url_map.bind("").test(unquote(path), method)


def register(app: Flask) -> None:
    """Every view finds the whole body in `request.get_data()`."""
    # One byte more than is taken: of a body in chunks Flask reads so much, and drops the rest without an error.
    app.config["MAX_CONTENT_LENGTH"] = MAX_BODY + 1
    app.before_request(_read_whole)


def _read_whole() -> Response | None:
    if request.routing_exception is not None:
        return None  # a 404 or 405 needs no body, and gunicorn's worker has not read it
    if (request.content_length or 0) > MAX_BODY:
        return problem(413)
    try:
        body = request.get_data()
    except RequestEntityTooLarge:
        return problem(413)
    except (TimeoutError, BlockingIOError):
        return problem(408)
    # The server's own errors of a malformed body have no common parent but this one.
    except Exception:
        return problem(400)
    return _judge(len(body))


def _judge(size: int) -> Response | None:
    """The refusal of a body of so many bytes; None for one that is whole."""
    if size > MAX_BODY:
        return problem(413)
    return problem(400) if size < (request.content_length or 0) else None
