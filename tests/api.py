"""The API over HTTP, in this process: one real server on a test's database."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.client import HTTPConnection
from typing import Any

from werkzeug.serving import WSGIRequestHandler, make_server

from bridge.fake_vbot import FakeVBot
from bridge.settings import read_config
from bridge.store import Store
from bridge.web import create_app
from tests.stage import HOTLINE

TOKEN = "a-token-of-the-tests"

Ask = Callable[..., tuple[int, dict[str, str], Any]]


class Quiet(WSGIRequestHandler):
    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """Nothing on the screen of whoever runs the tests."""


def settings_for(vbot: FakeVBot) -> dict[str, str]:
    account = vbot.account()
    return {
        "VBOT_URL": account.url,
        "VBOT_TOKEN": account.token or "",
        "VBOT_ID": account.vbot_id,
        "VBOT_PROJECT_CODE": account.project_code,
        "VBOT_HOTLINE": HOTLINE,
    }


@contextmanager
def serve_api(store: Store, **settings: str) -> Iterator[Ask]:
    """Ask (method, path under /api/v1, body, token, headers): status, headers, JSON."""
    app = create_app(read_config({"BRIDGE_SECRET_KEY": "k" * 32, **settings}), store)
    server = make_server("127.0.0.1", 0, app, threaded=True, request_handler=Quiet)
    thread = threading.Thread(target=server.serve_forever, args=(0.05,))
    thread.start()

    def ask(
        method: str, path: str, body: Any = None, token: str | None = TOKEN, **headers: str
    ) -> tuple[int, dict[str, str], Any]:
        connection = HTTPConnection("127.0.0.1", server.server_port, timeout=30)
        if token is not None:
            headers["Authorization"] = f"Bearer {token}"
        raw = body if body is None or isinstance(body, bytes) else json.dumps(body).encode()
        connection.request(method, f"/api/v1{path}", raw, headers)
        answer = connection.getresponse()
        said = answer.status, dict(answer.getheaders()), json.loads(answer.read())
        connection.close()
        return said

    try:
        yield ask
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
