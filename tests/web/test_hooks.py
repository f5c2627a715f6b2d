"""What a shop is answered, over real sockets."""

from __future__ import annotations

import contextlib
import functools
import gzip
import json
import re
import socket
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import delete, event

from bridge.platforms.haravan import PLATFORM as HARAVAN
from bridge.platforms.woocommerce import PLATFORM as WOOCOMMERCE
from bridge.store import Store, open_store
from bridge.store.db.tables import refusals as counted
from bridge.store.shops.refusals import MOST_ADDRESSES, OTHERS, count_misaddressed, read_misaddressed
from bridge.web import refusals as refusals_of_web
from tests.processes import SECRETS, Answer, Site, exchange, order, sign, wait_for
from tests.stage import NOW

MOST = 1_048_576


def test_a_signed_delivery_is_answered_200_and_stored(site: Site) -> None:
    answer = site.send("shop", order(1))
    assert (answer.status, answer.body) == (200, b"")
    assert answer.headers["content-type"].startswith("text/plain")
    newest = stored(site, "shop")[0]
    assert (newest["source"], newest["platform"], newest["repeats"]) == ("shop", "generic", 0)


def test_a_woocommerce_delivery_is_answered_200_with_nothing(site: Site) -> None:
    answer = site.send("woo", json.dumps(WOOCOMMERCE.sample.document(NOW)).encode())
    assert (answer.status, answer.body) == (200, b"")


def test_woocommerces_ping_gets_exactly_200_and_leaves_nothing(site: Site) -> None:
    before = stored(site, "woo")
    answer = site.ask("POST", "/hooks/woo", b"webhook_id=7", [("Content-Type", "application/x-www-form-urlencoded")])
    assert answer.status == 200
    assert stored(site, "woo") == before


def test_haravans_handshake_gets_its_challenge_back_and_leaves_nothing(site: Site) -> None:
    before = stored(site, "haravan")
    query = f"hub.mode=subscribe&hub.verify_token={SECRETS['haravan']}&hub.challenge=c-h%20a"
    answer = site.ask("GET", f"/hooks/haravan?{query}")
    assert (answer.status, answer.body) == (200, b"c-h a")
    assert answer.headers["content-type"].startswith("text/plain")
    assert problem_of(site.ask("GET", f"/hooks/haravan?{query.replace('secret', 'other')}"), 401)
    assert stored(site, "haravan") == before


def test_a_haravan_delivery_is_taken(site: Site) -> None:
    body = json.dumps(HARAVAN.sample.document(NOW)).encode()
    assert site.send("haravan", body, "orders/create").status == 200


def test_the_same_delivery_again_is_answered_the_same_and_counted(site: Site) -> None:
    body = order(2)
    first, again = site.send("shop", body), site.send("shop", body)
    assert (first.status, first.body) == (again.status, again.body) == (200, b"")
    assert stored(site, "shop")[0]["repeats"] == 1


def test_a_switched_off_source_is_answered_200_and_ignored(site: Site) -> None:
    assert site.send("off", order(3)).status == 200
    assert stored(site, "off")[0]["state"] == "ignored"
    assert site.ask("POST", "/hooks/off", order(3)).status == 401


@pytest.mark.parametrize("source", ["shop", "woo", "haravan", "shopify", "off"])
def test_what_is_not_signed_is_401_with_its_reason_and_what_to_do(site: Site, source: str) -> None:
    refused = problem_of(site.ask("POST", f"/hooks/{source}", b"{}"), 401)
    assert refused["reason"] == "missing_signature"
    assert "secret" in refused["detail"]
    forged = [(name, value[:-3] + "AA=") for name, value in sign(source, b"{}", "orders/create")]
    assert problem_of(site.ask("POST", f"/hooks/{source}", b"{}", forged), 401)["reason"] in (
        "bad_signature",
        "missing_signature",
        "bad_timestamp",
    )


def test_a_static_token_opens_by_header_and_by_query(site: Site) -> None:
    assert site.send("tokens", order(4)).status == 200
    assert site.ask("POST", f"/hooks/tokens?token={SECRETS['tokens']}", order(5)).status == 200
    assert problem_of(site.ask("POST", "/hooks/tokens?token=other", order(6)), 401)["reason"] == "bad_token"
    assert problem_of(site.ask("POST", "/hooks/tokens", order(6)), 401)["reason"] == "missing_token"
    assert site.ask("POST", "/hooks/tokens?token=%00%ff&a=%", order(6)).status == 401


@pytest.mark.parametrize("end", ["/", "%2f"])
def test_a_slash_at_the_end_of_an_address_changes_nothing(site: Site, end: str) -> None:
    body = order(hash(end) % 1000 + 2000)
    assert site.ask("POST", f"/hooks/shop{end}", body, sign("shop", body)).status == 200
    query = f"token={SECRETS['tokens']}"
    assert site.ask("POST", f"/hooks/tokens{end}?{query}", order(hash(end) % 1000 + 4000)).status == 200
    assert site.ask("GET", f"/healthz{end}").status == 200
    token = [("Authorization", "Bearer token-of-the-api")]
    assert site.ask("GET", f"/api/v1/deliveries{end}?limit=1", None, token).json()["items"]


def test_a_body_that_was_packed_with_gzip_is_read_whichever_was_signed(site: Site) -> None:
    for n, signs in enumerate(("plain", "packed")):
        body = order(5000 + n)
        packed = gzip.compress(body)
        headers = [*sign("shop", body if signs == "plain" else packed), ("Content-Encoding", "gzip")]
        assert site.ask("POST", "/hooks/shop", packed, headers).status == 200
        assert stored(site, "shop")[0]["repeats"] == 0
    forged = [*sign("shop", b"{}"), ("Content-Encoding", "gzip")]
    assert problem_of(site.ask("POST", "/hooks/shop", gzip.compress(order(5002)), forged), 401)


@functools.cache
def bomb() -> bytes:
    return gzip.compress(b"{" + b" " * (500 * MOST) + b"}", compresslevel=9)


def test_a_packed_body_of_more_than_1_mb_is_413_and_a_cut_one_400(site: Site) -> None:
    before = stored(site, "tokens")
    token = [("X-Webhook-Token", SECRETS["tokens"]), ("Content-Encoding", "gzip")]
    packed = bomb()
    assert len(packed) < MOST
    begun = time.monotonic()
    assert problem_of(site.ask("POST", "/hooks/tokens", packed, token), 413)
    assert time.monotonic() - begun < 5
    whole = gzip.compress(order(5003))
    assert problem_of(site.ask("POST", "/hooks/tokens", whole[:-9], token), 400)
    assert stored(site, "tokens") == before
    assert site.ask("POST", "/hooks/tokens", whole, token).status == 200


def misaddressed(site: Site) -> dict[tuple[str, str], int]:
    """(name, reason) -> how many; the web writes them within a second."""
    with closing(open_store(site.settings["DATABASE_URL"])) as store, store.read() as conn:
        return {(row["source"], row["reason"]): row["count"] for row in read_misaddressed(conn)}


def test_a_flood_of_wrong_addresses_is_counted_whole_and_seldom_written(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(refusals_of_web, "FLUSH_SECONDS", 3600)
    counts, writes = refusals_of_web._Misaddressed(store), 0

    def count_write(conn: object) -> None:
        nonlocal writes
        writes += 1

    event.listen(store.engine, "commit", count_write)
    for n in range(1000):
        counts.add(f"stranger-{n % 300}", "unknown_source")
    assert writes == 1
    counts._flush()
    event.remove(store.engine, "commit", count_write)
    with store.read() as conn:
        rows = read_misaddressed(conn)
    assert sum(row["count"] for row in rows) == 1000
    assert len(rows) <= MOST_ADDRESSES + 2


def test_requests_that_reach_no_source_are_counted_by_address(site: Site) -> None:
    with closing(open_store(site.settings["DATABASE_URL"])) as store, store.write() as conn:
        conn.execute(delete(counted))  # other tests of this site may have filled it
    for path in ("/hooks/shopp", "/hooks/shopp?token=secret-of-mine", "/hooks/tokens/secret-of-mine", "/hooks/%C4%91"):
        assert site.ask("POST", path, b"{}").status == 404
    site.ask("GET", "/hooks/tokens")
    expected = {("shopp", "unknown_source"): 2, ("tokens", "wrong_address"): 1, ("tokens", "wrong_method"): 1}
    wait_for("the counts", lambda: all(misaddressed(site).get(key, 0) >= count for key, count in expected.items()))
    found = misaddressed(site)
    assert not any("secret" in name for name, _ in found)
    assert refusals(site, "shopp") == 0


def test_web_processes_that_write_at_once_keep_to_the_bound_together(store: Store) -> None:
    with store.write() as conn:
        conn.execute(delete(counted))

    def write(process: int) -> None:
        with store.write() as conn:
            for n in range(MOST_ADDRESSES):
                count_misaddressed(conn, f"stranger-{process}-{n}", "unknown_source", datetime.now(UTC))

    with ThreadPoolExecutor(4) as processes:
        list(processes.map(write, range(4)))
    with store.read() as conn:
        rows = read_misaddressed(conn)
    assert sum(row["count"] for row in rows) == 4 * MOST_ADDRESSES
    assert len(rows) <= MOST_ADDRESSES + 1


def test_a_stranger_cannot_fill_the_table_of_addresses(site: Site) -> None:
    for n in range(MOST_ADDRESSES + 20):
        site.ask("POST", f"/hooks/stranger-{n}", b"{}")
    wait_for("the others", lambda: (OTHERS, "unknown_source") in misaddressed(site))
    names = [name for name, reason in misaddressed(site) if reason == "unknown_source"]
    assert len(names) <= MOST_ADDRESSES + 1


def test_what_is_signed_but_no_order_is_stored_and_answered_200(site: Site) -> None:
    for body in (b"", b"not json", b"\x00\xff\xfe", b"[]", b'{"order": {"id": "a\\u0000b"}}', b"{" * 5000):
        assert site.send("shop", body).status == 200
    shown = [item["state"] for item in stored(site, "shop")[:6]]
    assert shown == ["stored"] * 6


@pytest.mark.parametrize(
    "path",
    [
        "/hooks/nobody",
        "/hooks/SHOP",
        "/hooks/shop%20",
        "/hooks/shop%00",
        "/hooks/%ff%fe",
        "/hooks/%2e%2e",
        "/hooks/..%2fhooks%2fshop",
        "/hooks/shop/more",
        "/hooks//shop",
        "/hooks/",
        "/hooks",
        "/hooks/" + "a" * 2000,
        "/hooks/%C4%91%C6%A1n-h%C3%A0ng",
        "/hooks/'%3B%20DROP%20TABLE%20deliveries%3B--",
        "/vbot/results",
    ],
)
def test_an_unknown_address_is_404(site: Site, path: str) -> None:
    body = order(7)
    refused = problem_of(site.ask("POST", path, body, sign("shop", body)), 404)
    assert "address" in refused["detail"].lower()


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE", "TRACE", "BREW"])
def test_another_method_is_405_and_says_which_are_taken(site: Site, method: str) -> None:
    answer = site.ask(method, "/hooks/shop", b"{}")
    problem_of(answer, 405)
    assert "POST" in answer.headers["allow"]


@pytest.mark.parametrize("source", ["shop", "woo", "shopify", "tokens", "haravan"])
def test_a_get_that_is_no_handshake_is_405_and_no_refused_delivery(site: Site, source: str) -> None:
    before = refusals(site, source)
    answer = site.ask("GET", f"/hooks/{source}", None, sign(source, b"", "orders/create"))
    problem_of(answer, 405)
    assert answer.headers["allow"] == "POST"
    assert refusals(site, source) == before


def test_head_and_options_have_no_effect_and_no_body(site: Site) -> None:
    before = stored(site, "tokens")
    token = [("X-Webhook-Token", SECRETS["tokens"])]
    head = site.ask("HEAD", "/hooks/tokens", None, token)
    assert (head.status, head.body) == (405, b"")
    options = site.ask("OPTIONS", "/hooks/tokens", None, token)
    assert options.status == 200 and "POST" in options.headers["allow"]
    assert site.ask("HEAD", "/healthz").status == 200
    assert stored(site, "tokens") == before


def test_a_body_of_just_1_mb_is_taken_and_one_byte_more_is_413(site: Site) -> None:
    body = order(8, note="x" * 100)
    full = body + b" " * (MOST - len(body))
    assert site.send("shop", full).status == 200
    assert "1 MB" in problem_of(site.send("shop", full + b" "), 413)["detail"]


def test_one_who_sends_far_too_much_gets_the_413_and_no_reset(site: Site) -> None:
    head = f"POST /hooks/shop HTTP/1.1\r\nHost: a\r\nContent-Length: {30 * MOST}\r\n\r\n".encode()
    got = exchange(site.port, head, *[b"x" * MOST] * 30, until=has_whole_answer)
    assert got.startswith(b"HTTP/1.1 413 ")
    assert b"application/problem+json" in got


def test_one_who_sends_far_too_much_in_chunks_gets_the_413_and_no_reset(site: Site) -> None:
    head = b"POST /hooks/shop HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
    chunk = b"10000\r\n" + b"x" * 65536 + b"\r\n"
    got = exchange(site.port, head, *[chunk] * 300, b"0\r\n\r\n", until=has_whole_answer)
    assert got.startswith(b"HTTP/1.1 413 ")


def test_one_who_asks_first_is_told_413_too(site: Site) -> None:
    head = f"POST /hooks/shop HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: {2 * MOST}\r\n\r\n"
    got = exchange(site.port, head.encode(), b"x" * 2 * MOST, until=lambda got: b"problem+json" in got)
    assert b"HTTP/1.1 413 " in got


def test_a_body_in_chunks_is_taken_to_just_1_mb_and_never_cut(site: Site) -> None:
    body = order(5010)
    for more, status in ((0, b"200"), (1, b"413")):
        full = body + b" " * (MOST + more - len(body))
        chunks = b"".join(b"%x\r\n%b\r\n" % (len(part), part) for part in (full[:700_001], full[700_001:]))
        head = request_head("shop", full, "Transfer-Encoding: chunked")
        got = exchange(site.port, head, chunks, b"0\r\n\r\n", until=has_whole_answer)
        assert got.split()[1] == status


@pytest.mark.parametrize("chunks", [b"ZZ\r\n", b"5\r\nabcdeXX", b"5\r\nab", b"-5\r\nabcde\r\n0\r\n\r\n"])
def test_malformed_or_cut_chunks_are_400_and_store_nothing(site: Site, chunks: bytes) -> None:
    before = stored(site, "tokens")
    head = f"POST /hooks/tokens?token={SECRETS['tokens']} HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
    with socket.create_connection(("127.0.0.1", site.port), timeout=30) as connection:
        connection.sendall(head.encode() + chunks)
        connection.shutdown(socket.SHUT_WR)
        assert connection.recv(1000).split()[1:2] in ([b"400"], [])
    assert stored(site, "tokens") == before


def test_a_body_in_chunks_is_verified_as_a_whole(site: Site) -> None:
    body = order(9)
    parts = [body[start : start + 100] for start in range(0, len(body), 100)]
    chunks = b"".join(f"{len(part):x}\r\n".encode() + part + b"\r\n" for part in parts)
    head = request_head("shop", body, "Transfer-Encoding: chunked")
    got = exchange(site.port, head, chunks, b"0\r\n\r\n", until=has_whole_answer)
    assert got.startswith(b"HTTP/1.1 200 ")


def test_http_1_0_is_spoken_as_woocommerce_does(site: Site) -> None:
    body = json.dumps({**WOOCOMMERCE.sample.document(NOW), "id": 1010}).encode()
    head = request_head("woo", body, f"Content-Length: {len(body)}").replace(b"HTTP/1.1", b"HTTP/1.0")
    got = exchange(site.port, head, body)
    assert got.split(b"\r\n")[0].split()[1] == b"200"
    assert b"chunked" not in got


def test_requests_in_one_connection_are_answered_one_by_one(site: Site) -> None:
    bodies = [order(number) for number in (11, 12, 13)]
    requests = b"".join(request_head("shop", body, f"Content-Length: {len(body)}") + body for body in bodies)
    got = exchange(site.port, requests, until=lambda got: got.count(b"HTTP/1.1 200 ") == 3)
    assert got.count(b"HTTP/1.1 ") == 3
    ids = {event["order_id"] for item in stored(site, "shop")[:3] for event in item["events"]}
    assert ids <= {"id-11", "id-12", "id-13"}


def test_after_a_refusal_the_connection_is_not_out_of_step(site: Site) -> None:
    """What is left of a body that nobody read is not taken for the next request."""
    hidden = b"POST /hooks/shop HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n"
    head = f"PUT /hooks/nobody HTTP/1.1\r\nHost: a\r\nContent-Length: {len(hidden)}\r\n\r\n".encode()
    last = b"GET /healthz HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"
    got = exchange(site.port, head + hidden + last)
    assert re.findall(rb"HTTP/1.1 (\d+)", got) == [b"405", b"200"]


def test_many_slow_clients_keep_nobody_waiting_for_long(site: Site) -> None:
    with contextlib.ExitStack() as open_connections:
        for n in range(12):
            slow = open_connections.enter_context(socket.create_connection(("127.0.0.1", site.port), timeout=30))
            slow.sendall(b"POST /hooks/shop HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\n" if n % 2 else b"POST /")
        assert site.send("shop", order(14)).status == 200


def test_a_client_that_leaves_in_the_middle_of_its_body_stores_nothing(site: Site) -> None:
    before = stored(site, "tokens")
    head = f"POST /hooks/tokens?token={SECRETS['tokens']} HTTP/1.1\r\nHost: a\r\nContent-Length: 500\r\n\r\n"
    for part in (b'{"half":', b""):
        with socket.create_connection(("127.0.0.1", site.port), timeout=30) as connection:
            connection.sendall(head.encode() + part)
            connection.shutdown(socket.SHUT_WR)
            assert connection.recv(1000).split()[1:2] in ([b"400"], [])
    assert stored(site, "tokens") == before


@pytest.mark.parametrize(
    "headers",
    [
        [("X-Forwarded-Proto", "https"), ("X-Forwarded-For", "203.0.113.7"), ("X-Forwarded-Host", "evil.example.test")],
        [("X-Forwarded-Proto", "https"), ("X-Forwarded-Ssl", "off")],
        [("X-Forwarded-Proto", "https,http"), ("X-Forwarded-Protocol", "ssl")],
        [("Forwarded", 'for="[2001:db8::1]";proto=https'), ("X-Forwarded-Prefix", "/x"), ("X-Script-Name", "/x")],
        [("SCRIPT_NAME", "/x"), ("PATH_INFO", "/healthz"), ("Remote-User", "root")],
        [("Script-Name", "/x"), ("X-Http-Method-Override", "DELETE"), ("Proxy", "http://evil.example.test")],
    ],
)
def test_what_a_proxy_may_say_changes_nothing(site: Site, headers: list[tuple[str, str]]) -> None:
    body = order(15, note=repr(headers))
    assert site.ask("POST", "/hooks/shop", body, [*sign("shop", body), *headers]).status == 200


def test_odd_headers_and_queries_are_kept_or_refused_but_break_nothing(site: Site) -> None:
    body = order(16)
    kept = request_head("shop", body, f"Content-Length: {len(body)}\r\nX-Odd: caf\xe9 \xff\r\nX-Odd: again\r\nX-Empty:")
    got = exchange(site.port, kept + body, until=has_whole_answer)
    assert got.startswith(b"HTTP/1.1 200 ")
    for query in ("%00", "a=%ff%fe", "&&==&", "a=" + "b" * 6000, "đ"):
        answer = exchange(
            site.port,
            f"POST /hooks/shop?{query} HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\n{{}}".encode(),
            until=has_whole_answer,
        )
        assert answer.split()[1] in (b"401", b"400"), answer


def stored(site: Site, source: str) -> list[dict[str, Any]]:
    """The source's deliveries, newest first."""
    token = [("Authorization", "Bearer token-of-the-api")]
    answer = site.ask("GET", f"/api/v1/deliveries?source={source}&limit=200", None, token)
    assert answer.status == 200
    return list(answer.json()["items"])


def refusals(site: Site, source: str) -> int:
    counted = site.balance()["refused_deliveries"]
    return sum(row["count"] for row in counted if row["source"] == source)


def problem_of(answer: Answer, status: int) -> dict[str, Any]:
    """The problem document of this answer, which is a whole one."""
    assert answer.status == status, answer
    assert answer.headers["content-type"] == "application/problem+json"
    document = answer.json()
    assert document["status"] == status
    assert document["type"] == "about:blank" and document["title"]
    assert document["detail"].endswith(".") and len(document["detail"]) > 20
    return dict(document)


def request_head(source: str, body: bytes, *lines: str) -> bytes:
    signed = [f"{name}: {value}" for name, value in sign(source, body)]
    return "\r\n".join([f"POST /hooks/{source} HTTP/1.1", "Host: a", *signed, *lines, "", ""]).encode("latin-1")


def has_whole_answer(got: bytes) -> bool:
    head, _, body = got.partition(b"\r\n\r\n")
    lengths = [line.split(b":")[1] for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:")]
    return bool(lengths) and len(body) >= int(lengths[0])
