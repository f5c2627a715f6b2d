"""KiotViet stops sending for good after one 4xx: it hears none, wherever the refusal comes from, and it is counted."""

from __future__ import annotations

import json
import socket
from contextlib import closing
from datetime import UTC, datetime
from typing import Any

import pytest

from bridge.platforms.kiotviet import PLATFORM as KIOTVIET
from bridge.store import open_store
from bridge.store.configuration.catalog import touch_catalog
from bridge.store.configuration.documents import remove_source
from tests.processes import Answer, Site, exchange, sign

MOST = 1_048_576
TOKEN = [("Authorization", "Bearer token-of-the-api")]


def counted(site: Site, source: str) -> dict[str, int]:
    rows = site.balance()["refused_deliveries"]
    return {row["reason"]: row["count"] for row in rows if row["source"] == source}


def stored(site: Site, source: str) -> list[dict[str, Any]]:
    return list(site.ask("GET", f"/api/v1/deliveries?source={source}&limit=200", None, TOKEN).json()["items"])


def is_plain(answer: Answer) -> bool:
    return (answer.status, answer.body) == (200, b"") and "problem" not in answer.headers["content-type"]


def update() -> bytes:
    return json.dumps(KIOTVIET.sample.document(datetime.now(UTC))).encode()


def test_what_is_signed_is_answered_200_and_stored(site: Site) -> None:
    body = update()
    before = len(stored(site, "kiot"))
    assert is_plain(site.ask("POST", "/hooks/kiot", body, sign("kiot", body)))
    assert len(stored(site, "kiot")) == before + 1
    assert is_plain(site.ask("POST", "/hooks/kiot-off", body, sign("kiot-off", body)))
    assert stored(site, "kiot-off")[0]["state"] == "ignored"


@pytest.mark.parametrize("source", ["kiot", "kiot-off"])
def test_what_is_not_signed_is_answered_200_counted_and_not_stored(site: Site, source: str) -> None:
    before, kept = counted(site, source), stored(site, source)
    assert is_plain(site.ask("POST", f"/hooks/{source}", update()))
    assert is_plain(site.ask("POST", f"/hooks/{source}", update(), [("X-Hub-Signature", "sha256=" + "0" * 64)]))
    after = counted(site, source)
    assert after["missing_token"] == before.get("missing_token", 0) + 1
    assert after["bad_signature"] == before.get("bad_signature", 0) + 1
    assert stored(site, source) == kept


def test_what_is_too_large_is_answered_200_and_counted(site: Site) -> None:
    before = counted(site, "kiot").get("body_too_large", 0)
    body = update() + b" " * MOST
    assert is_plain(site.ask("POST", "/hooks/kiot", body, sign("kiot", body)))
    head = b"POST /hooks/kiot HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
    chunk = b"10000\r\n" + b"x" * 65536 + b"\r\n"
    got = exchange(site.port, head, *[chunk] * 40, b"0\r\n\r\n", until=lambda got: b"\r\n\r\n" in got)
    assert got.startswith(b"HTTP/1.1 200 ")
    assert counted(site, "kiot")["body_too_large"] == before + 2
    assert site.ask("POST", "/hooks/shop", body).status == 413


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE"])
def test_another_method_or_a_longer_address_is_answered_200(site: Site, method: str) -> None:
    assert is_plain(site.ask(method, "/hooks/kiot"))
    assert is_plain(site.ask(method, "/hooks/kiot/"))
    assert is_plain(site.ask(method, "/hooks/kiot/more?token=x"))
    assert site.ask(method, "/hooks/shop").status == 405


def test_a_source_that_was_removed_answers_200_still_and_a_stranger_404(site: Site) -> None:
    with closing(open_store(site.settings["DATABASE_URL"])) as store, store.write() as conn:
        remove_source(conn, "kiot-gone", datetime.now(UTC))
        touch_catalog(conn)
    body = update()
    assert is_plain(site.ask("POST", "/hooks/kiot-gone", body, sign("kiot-gone", body)))
    assert site.ask("POST", "/hooks/kiot-of", body, sign("kiot-gone", body)).status == 404
    assert site.ask("POST", "/hooks/kiot%00", body).status == 404


def test_what_was_cut_short_is_asked_for_again(site: Site) -> None:
    body = update()
    head = f"POST /hooks/kiot HTTP/1.1\r\nHost: a\r\nContent-Length: {len(body) + 10}\r\n\r\n".encode()
    kept = stored(site, "kiot")
    with socket.create_connection(("127.0.0.1", site.port), timeout=30) as connection:
        connection.sendall(head + body)
        connection.shutdown(socket.SHUT_WR)
        assert connection.recv(1000).split()[1:2] in ([b"503"], [])
    assert stored(site, "kiot") == kept
