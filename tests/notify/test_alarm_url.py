from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from standardwebhooks import Webhook

from bridge.monitor.work import watch_workers
from bridge.notify.alarm_url import send_alarms
from bridge.store import Store
from bridge.store.operation.workers import beat
from tests.stage import NOW, later

SECRET = "whsec_c2VjcmV0LW9mLXRoZS1hbGFybS1ib29r"


class Book:
    """Somebody's alarm receiver: a real server that keeps what it was told, and answers as it is set to."""

    def __init__(self) -> None:
        self.status = 204
        self.received: list[tuple[dict[str, str], bytes]] = []
        book = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                book.received.append((dict(self.headers), body))
                self.send_response(book.status)
                self.end_headers()

            def log_message(self, *arguments: Any) -> None:
                return

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/alarms"


@pytest.fixture
def book() -> Iterator[Book]:
    running = Book()
    threading.Thread(target=running.server.serve_forever, args=(0.05,), daemon=True).start()
    yield running
    running.server.shutdown()
    running.server.server_close()


def test_openings_and_closings_are_told_signed_and_once(store: Store, book: Book) -> None:
    watch_workers(store, NOW)
    assert [send_alarms(store, book.url, SECRET, NOW, time.monotonic() + 5) for _ in range(2)] == [1, 0]
    with store.write() as conn:
        beat(conn, "w1", later(5))
    watch_workers(store, later(6))
    assert send_alarms(store, book.url, SECRET, later(6), time.monotonic() + 5) == 1
    shown = [json.loads(body) for _, body in book.received]
    assert [one["type"] for one in shown] == ["alarm.opened", "alarm.closed"]
    assert shown[0]["data"]["sentence"] == "không worker nào chạy: không ai được gọi"
    assert shown[0]["data"]["sentence_en"] == "no worker beats: nobody is called"
    for headers, body in book.received:
        lower = {name.lower(): value for name, value in headers.items()}
        # The package checks the time of signing against its own clock, which this test does not follow.
        signed = f"{lower['webhook-id']}.{lower['webhook-timestamp']}.{body.decode()}"
        assert lower["webhook-signature"] == Webhook(SECRET).sign(
            lower["webhook-id"], later(0 if b"alarm.opened" in body else 6), body.decode()
        ), signed


def test_what_the_receiver_does_not_take_is_told_again_under_the_same_id(store: Store, book: Book) -> None:
    book.status = 500
    watch_workers(store, NOW)
    assert send_alarms(store, book.url, SECRET, NOW, time.monotonic() + 5) == 0
    book.status = 200
    assert send_alarms(store, book.url, SECRET, later(10), time.monotonic() + 5) == 1
    assert len({headers["webhook-id"] for headers, _ in book.received}) == 1
