"""The console: pages for people, in a Flask application of their own, made when somebody first asks for one.

Hooks and the API pay nothing for its sessions, its headers and what it imports; no page's error becomes theirs.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

from flask import Flask

from bridge.settings import Config
from bridge.web.posting import Posting

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

PREFIX = "/console"


def is_console(path: str) -> bool:
    """Whether pages of the console lie there."""
    return path in ("/", "", PREFIX) or path.startswith(f"{PREFIX}/")


def mount(app: Flask, posting: Posting, config: Config) -> None:
    """From now on this application answers at the console's addresses with its pages."""
    app.wsgi_app = _Switch(app.wsgi_app, lambda: _make(posting, config))  # type: ignore[method-assign]


def _make(posting: Posting, config: Config) -> Flask:
    from bridge.web.console.app import create_console  # noqa: PLC0415

    return create_console(posting, config)


class _Switch:
    """WSGI: the console's requests go to the console, which is made for the first of them; all others pass."""

    def __init__(self, others: WSGIApplication, make: Callable[[], Flask]) -> None:
        self._others = others
        self._make = make
        self._lock = threading.Lock()
        self._console: Flask | None = None

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        if not is_console(environ.get("PATH_INFO", "")):
            return self._others(environ, start_response)
        if self._console is None:
            with self._lock:
                self._console = self._console or self._make()
        answer: Any = self._console(environ, start_response)
        return answer  # type: ignore[no-any-return]
