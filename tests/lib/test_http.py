"""One request, one connection, one deadline, and the truth on whether it was sent: over real sockets."""

from __future__ import annotations

import json
import logging
import os
import socket
import subprocess
import sys
import time
import traceback
from functools import partial
from pathlib import Path

import pytest

from bridge.lib.http import Answer, Kept, NotSent, Unsure, _place, _read_place, send
from tests.certificates import server_context
from tests.vbot import raw

OK = b"HTTP/1.1 200 OK\r\n"
LONG = 60.0
SHORT = 0.7


@pytest.fixture(autouse=True, params=[False, True], ids=["requests", "http1"])
def quick(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> bool:
    """Whatever a test here says holds of both ways to send."""
    monkeypatch.setattr(sys.modules[__name__], "send", partial(send, quick=request.param))
    return bool(request.param)


def post(url: str, *, seconds: float = LONG, body: bytes | None = b"{}", **options: float) -> Answer:
    return send("POST", url, headers={"X-Key": "hidden"}, body=body, deadline=time.monotonic() + seconds, **options)  # type: ignore[arg-type]


def test_a_whole_answer_comes_back_as_it_was_sent() -> None:
    with raw.serve(raw.answer(b'{"a": 1}', "404 Not Found", "X-Word: Yes")) as server:
        answer = post(f"{server.url}/path?key=1")
    assert (answer.status, answer.body, answer.headers["x-word"]) == (404, b'{"a": 1}', "Yes")
    (request,) = server.requests
    assert request.startswith(b"POST /path?key=1 HTTP/1.1\r\n")
    assert request.endswith(b"\r\n\r\n{}")


def test_a_chunked_answer_is_put_together() -> None:
    chunks = b"Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n"
    with raw.serve(raw.say(OK, chunks)) as server:
        assert post(server.url).body == b"abcde"


def test_each_request_has_a_connection_of_its_own_and_says_so() -> None:
    def keep(connection: socket.socket, _: object) -> None:
        connection.sendall(OK + b"Content-Length: 2\r\nConnection: keep-alive\r\n\r\nok")
        assert connection.recv(1) == b""

    with raw.serve(keep) as server:
        for _ in range(3):
            assert post(server.url).body == b"ok"
        assert len(server.requests) == 3
    assert all(b"connection: close" in request.lower() for request in server.requests)


def test_a_redirect_is_an_answer_and_is_not_followed() -> None:
    with raw.serve(raw.answer(b"", "307 Temporary Redirect", "Location: /other")) as server:
        assert post(server.url).status == 307
    assert len(server.requests) == 1


def test_nothing_of_the_environment_changes_the_request(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login someone password other\n")
    netrc.chmod(0o600)
    monkeypatch.setenv("NETRC", str(netrc))
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    with raw.serve(raw.answer(b"")) as server:
        assert post(server.url).status == 200
    assert b"authorization" not in server.requests[0].lower()


def test_a_user_name_in_the_address_does_not_replace_our_authorization() -> None:
    with raw.serve(raw.answer(b"")) as server:
        url = f"http://someone:other@127.0.0.1:{server.port}/"
        send("GET", url, headers={"Authorization": "Bearer ours"}, body=None, deadline=time.monotonic() + LONG)
    assert b"Authorization: Bearer ours\r\n" in server.requests[0]
    assert b"Basic" not in server.requests[0]


def test_a_compressed_answer_is_not_undone() -> None:
    with raw.serve(raw.answer(b"\x1f\x8b", "200 OK", "Content-Encoding: gzip")) as server:
        answer = post(server.url)
    assert (answer.body, answer.headers["content-encoding"]) == (b"\x1f\x8b", "gzip")
    assert b"accept-encoding: identity" in server.requests[0].lower()


@pytest.mark.parametrize(
    "script, reason",
    [
        (raw.say(OK, b"Content-Length: 9\r\n\r\nhalf"), "cut_short"),
        (raw.say(OK, b"Transfer-Encoding: chunked\r\n\r\n9\r\nhalf"), "cut_short"),
        (raw.say(OK, b"Transfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n"), "cut_short"),
        (raw.say(OK, b"Transfer-Encoding: chunked\r\n\r\nnot-hex\r\nhalf\r\n"), "cut_short"),
        (raw.say(b""), "reset"),
        (raw.reset(), "reset"),
        (raw.reset(OK + b"Content-Length: 9\r\n\r\nhalf"), "reset"),
        (raw.say(b"no HTTP at all\r\n\r\n"), "bad_http"),
        (raw.say(b"HTTP/1.1 2"), "bad_http"),
        (raw.say(OK, b"X: y\r\n" * 200, b"\r\n"), "bad_http"),
        (raw.say(OK, b"X: " + b"y" * 70_000, b"\r\n\r\n"), "bad_http"),
        (raw.say(OK, b"Content-Length: 70000\r\n\r\n", b"x" * 70_000), "too_large"),
        (raw.say(OK, b"\r\n", b"x" * 70_000), "too_large"),
        (raw.hang, "read_timeout"),
        (raw.trickle(b"", b"H"), "read_timeout"),
        (raw.trickle(OK, b"X: y\r\n"), "read_timeout"),
        (raw.trickle(OK + b"Content-Length: 60000\r\n\r\n", b"x"), "read_timeout"),
        (raw.trickle(OK + b"Transfer-Encoding: chunked\r\n\r\n", b"1\r\nx\r\n"), "read_timeout"),
        (raw.trickle(OK + b"\r\n", b"x"), "read_timeout"),
    ],
)
def test_an_answer_that_is_not_whole_leaves_the_request_unsure(script: raw.Script, reason: str) -> None:
    seconds = SHORT if reason == "read_timeout" else LONG
    with raw.serve(script) as server, pytest.raises(Unsure) as caught:
        post(server.url, seconds=seconds)
    assert caught.value.reason == reason
    assert len(server.requests) == 1


def test_a_request_that_nobody_reads_ends_in_time_and_is_unsure() -> None:
    with raw.serve(raw.hang, read=False) as server, pytest.raises(Unsure, match="read_timeout"):
        post(server.url, seconds=SHORT, body=b"x" * 20_000_000)


def test_an_answer_of_exactly_the_limit_is_taken() -> None:
    with raw.serve(raw.answer(b"x" * 100)) as server:
        assert post(server.url, limit_bytes=100).body == b"x" * 100
        with pytest.raises(Unsure, match="too_large"):
            post(server.url, limit_bytes=99)


def test_a_refused_connection_proves_that_nothing_was_sent(free_port: int) -> None:
    with pytest.raises(NotSent, match="connect_refused"):
        post(f"http://127.0.0.1:{free_port}/")


def test_an_unknown_name_proves_that_nothing_was_sent() -> None:
    with pytest.raises(NotSent, match="name_resolution"):
        post("http://nobody.invalid/")


@pytest.mark.parametrize("url", ["ftp://127.0.0.1/", "http://", "127.0.0.1", "http://127.0.0.1:99999/", "http://[::1/"])
def test_an_address_that_is_none_is_not_sent(url: str) -> None:
    with pytest.raises(NotSent, match="unsendable"):
        post(url)


def test_a_header_that_would_start_another_is_not_sent() -> None:
    with raw.serve(raw.answer(b"")) as server, pytest.raises(NotSent, match="unsendable"):
        send("GET", server.url, headers={"A": "b\r\nC: d"}, body=None, deadline=time.monotonic() + LONG)
    assert server.requests == []


def test_a_header_that_has_no_bytes_is_not_sent_over_tls_either(tmp_path: Path) -> None:
    with raw.serve(raw.answer(b""), read=False) as server, pytest.raises(NotSent, match="unsendable"):
        url = f"https://127.0.0.1:{server.port}/"
        send("GET", url, headers={"Authorization": "chữ"}, body=None, deadline=time.monotonic() + LONG)
    assert server.requests == []


def test_a_deadline_that_is_over_opens_no_connection() -> None:
    with raw.serve(raw.answer(b""), read=False) as server, pytest.raises(NotSent, match="deadline"):
        send("GET", server.url, headers={}, body=None, deadline=10.0, monotonic=lambda: 10.0)
    assert server.requests == []


def test_the_deadline_is_counted_on_the_clock_that_is_given() -> None:
    with raw.serve(raw.answer(b"ok")) as server:
        answer = send("GET", server.url, headers={}, body=None, deadline=1060.0, monotonic=lambda: 1000.0)
    assert answer.body == b"ok"


@pytest.mark.parametrize(
    "script, reason",
    [
        (raw.hang, "connect_timeout"),
        (raw.trickle(b"\x16\x03\x03\x40\x00", b"\x00"), "connect_timeout"),
        (raw.say(b"HTTP/1.1 400 Bad Request\r\n\r\n"), "tls_failed"),
        (raw.say(b""), "tls_failed"),
        # The reset may be there before the connection is.
        (raw.reset(), "tls_failed or connect_failed"),
    ],
)
def test_a_connection_without_tls_sends_nothing(script: raw.Script, reason: str) -> None:
    seconds = SHORT if reason == "connect_timeout" else LONG
    with raw.serve(script, read=False) as server, pytest.raises(NotSent) as caught:
        post(f"https://127.0.0.1:{server.port}/", connect_seconds=seconds)
    assert caught.value.reason in reason.split(" or ")


def test_an_unknown_certificate_is_refused_and_nothing_is_sent(tmp_path: Path) -> None:
    context = server_context(tmp_path)
    with raw.serve(raw.answer(b""), tls=context) as server, pytest.raises(NotSent, match="tls_failed"):
        post(f"https://127.0.0.1:{server.port}/")
    assert b"".join(server.requests) == b""


CLIENT = """
import json, sys, time
from bridge.lib.http import NotSent, Unsure, send
words = []
for port, seconds in json.loads(sys.argv[1]):
    url, deadline = f"https://127.0.0.1:{port}/", time.monotonic() + seconds
    try:
        answer = send("POST", url, headers={}, body=b"{}", deadline=deadline, quick=len(sys.argv) > 2)
        words.append(answer.body.decode())
    except (NotSent, Unsure) as error:
        words.append(type(error).__name__ + " " + error.reason)
print(json.dumps(words))
"""


def test_tls_keeps_the_same_promises_once_the_certificate_is_trusted(tmp_path: Path, quick: bool) -> None:
    context = server_context(tmp_path)
    endless = raw.trickle(OK + b"Content-Length: 60000\r\n\r\n", b"x")
    with (
        raw.serve(raw.answer(b"fine"), tls=context) as right,
        raw.serve(raw.hang, tls=context) as silent,
        raw.serve(endless, tls=context) as slow,
        raw.serve(raw.say(OK, b"Content-Length: 9\r\n\r\nhalf"), tls=context) as cut,
    ):
        work = [(right.port, LONG), (silent.port, 1), (slow.port, 1), (cut.port, LONG)]
        done = subprocess.run(
            [sys.executable, "-W", "error", "-c", CLIENT, json.dumps(work), *(["quick"] if quick else [])],
            env=os.environ
            | {"SSL_CERT_FILE": str(tmp_path / "cert.pem"), "PYTHONPATH": str(Path(__file__).parents[2])},
            check=False,
            capture_output=True,
            text=True,
            timeout=120,
        )
    assert done.stderr == ""
    assert json.loads(done.stdout) == ["fine", "Unsure read_timeout", "Unsure read_timeout", "Unsure cut_short"]


def test_nothing_is_logged_and_errors_hold_no_address_header_or_body(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    with raw.serve(raw.reset()) as server, pytest.raises(Unsure) as caught:
        post(f"{server.url}/?token=hidden", body=b'{"phone": "hidden"}')
    assert caplog.records == []
    assert "hidden" not in "".join(traceback.format_exception(caught.value, chain=True)[-1:])
    assert "hidden" not in repr(Answer(200, {"x": "hidden"}, b"hidden"))


def two_answers(connection: socket.socket, _: object) -> None:
    """Over one connection, then its end without a word."""
    connection.sendall(OK + b"Content-Length: 2\r\n\r\nok")
    if connection.recv(65536):
        connection.sendall(OK + b"Content-Length: 2\r\n\r\nok")


def test_requests_that_follow_each_other_may_share_a_connection_that_ends_with_its_holder() -> None:
    with raw.serve(two_answers) as server:
        with Kept() as kept:
            assert [post(server.url, kept=kept).body for _ in range(2)] == [b"ok"] * 2
            time.sleep(0.05)  # its end arrives
            assert post(f"{server.url}/", kept=kept).body == b"ok"
        assert post(server.url).body == b"ok"
    assert len(server.requests) == 3, "its second request came over the first connection"
    assert b"connection: close" not in server.requests[0].lower()
    assert b"connection: close" in server.requests[2].lower()


@pytest.mark.parametrize(
    "script",
    [
        raw.say(OK, b"Content-Length: 2\r\n\r\nok"),
        raw.say(OK, b"Content-Length: 2\r\nConnection: close\r\n\r\nok"),
        raw.say(OK, b"Content-Length: 2\r\n\r\nokHTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nfake"),
    ],
)
def test_a_connection_that_the_other_end_closed_or_speaks_into_is_not_used_again(script: raw.Script) -> None:
    with raw.serve(script) as server, Kept() as kept:
        for _ in range(2):
            assert post(server.url, kept=kept).body == b"ok"
            time.sleep(0.05)  # what the other end does arrives
        assert len(server.requests) == 2


def test_a_connection_leads_to_one_place_and_one_promise_alone() -> None:
    with raw.serve(two_answers) as one, raw.serve(two_answers) as other, Kept() as kept:
        assert [post(server.url, kept=kept).body for server in (one, other)] == [b"ok"] * 2
        assert len(one.requests) == len(other.requests) == 1
        with pytest.raises(NotSent, match="address_refused"):
            post(other.url, kept=kept, public_only=True)


@pytest.mark.parametrize(
    "url",
    [
        "https://shop.example.test/wp-json/wc/v3/orders/11?_fields=id%2Cstatus&oauth_signature=a%2Bb%3D",
        "https://pos.pages.fm/api/v1/shops/7/orders/tags?api_key=k-1",
        "https://shop.example.test/a/../b",
        "https://shop.example.test/%7euser/%c3%a9?q=%20",
        "https://shop.example.test/%7Euser/%2E%2E/x?q=%7E",
        "https://shop.example.test/%zz",
        "https://shop.example.test/" + "".join(f"%{byte:02X}" for byte in range(256)),
        "https://shop.example.test/x?y=" + "".join(f"%{byte:02X}" for byte in range(256)),
        "http://127.0.0.1:8000/x",
        "https://shop.example.test",
        "https://shop.example.test/a;b?x=[1]&y=é",
        "https://Shop.Example.test/",
    ],
)
def test_an_address_is_read_as_requests_reads_it(url: str) -> None:
    assert _place(url) == _read_place(url)


def test_an_escape_is_taken_back_where_requests_takes_it_back() -> None:
    urls = [f"https://shop.example.test/x?y=%{byte:02X}" for byte in range(256)]
    assert [_place(url) for url in urls] == [_read_place(url) for url in urls]
