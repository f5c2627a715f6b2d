"""The bytes of a request, and answers as the standard library reads them."""

from __future__ import annotations

import io
from http.client import HTTPResponse
from typing import Any

import pytest

from bridge.lib.http.http1 import BadAnswer, read_answer, write_request

OK = b"HTTP/1.1 200 OK\r\n"

ANSWERS = [
    OK + b"Content-Length: 2\r\n\r\nok",
    OK + b"content-length:2\r\nX-A: 1\r\nx-a: 2\r\n\r\nok",
    OK + b"Content-Length: 2\r\nConnection: close\r\n\r\nok",
    OK + b"Content-Length: 2\r\nConnection: Close, TE\r\n\r\nok",
    OK + b"Content-Length: 0\r\n\r\n",
    OK + b"\r\nuntil the end",
    OK + b"Content-Length: some\r\n\r\nuntil the end",
    OK + b"Content-Length: -1\r\n\r\nuntil the end",
    OK + b"Transfer-Encoding: chunked\r\n\r\n3;x=y\r\nabc\r\nA\r\n0123456789\r\n0\r\n\r\n",
    OK + b"Transfer-Encoding: chunked\r\nContent-Length: 1\r\n\r\n3\r\nabc\r\n0\r\nX-Trailer: y\r\n\r\n",
    OK + b"X-Name: Nguy\xe1\xbb\x85n\r\nContent-Length: 2\r\n\r\nok",
    OK + b"X-Blank:\r\nX-Colon: a:b\r\nContent-Length: 2\r\n\r\nok",
    b"HTTP/1.1 204 No Content\r\n\r\n",
    b"HTTP/1.1 304 Not Modified\r\nContent-Length: 9\r\n\r\n",
    b"HTTP/1.1 404\r\nContent-Length: 2\r\n\r\nno",
    b"HTTP/1.1 500 L\xe1\xbb\x97i m\xc3\xa1y\r\nContent-Length: 2\r\n\r\nno",
    b"HTTP/1.1 100 Continue\r\n\r\n" + OK + b"Content-Length: 2\r\n\r\nok",
    b"HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nok",
    b"HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nContent-Length: 2\r\n\r\nok",
    b"HTTP/1.1 200 OK\nContent-Length: 2\n\nok",
]


class Said:
    """A connection that said this."""

    def __init__(self, said: bytes) -> None:
        self._said = said

    def makefile(self, *_: Any) -> io.BytesIO:
        return io.BytesIO(self._said)


@pytest.mark.parametrize("said", ANSWERS)
def test_an_answer_is_read_as_the_standard_library_reads_it(said: bytes) -> None:
    answer, stays = read_answer(io.BytesIO(said), 1000)
    judge = HTTPResponse(Said(said), method="POST")  # type: ignore[arg-type]
    judge.begin()
    headers: dict[str, str] = {}
    for name, value in judge.getheaders():
        headers[name.lower()] = f"{headers[name.lower()]}, {value}" if name.lower() in headers else value
    closes = judge.will_close  # read it later, and it is closed
    assert (answer.status, answer.headers, answer.body, stays) == (judge.status, headers, judge.read(), not closes)


def test_what_comes_before_the_answer_is_passed_over() -> None:
    hints = b"HTTP/1.1 103 Early Hints\r\nLink: </style.css>\r\n\r\n"
    answer, stays = read_answer(io.BytesIO(hints * 2 + OK + b"Content-Length: 2\r\n\r\nok"), 1000)
    assert (answer.status, answer.headers, answer.body, stays) == (200, {"content-length": "2"}, b"ok", True)


def test_a_header_over_two_lines_is_one() -> None:
    answer, _ = read_answer(io.BytesIO(OK + b"X: a\r\n  b\r\nContent-Length: 0\r\n\r\n"), 1000)
    assert answer.headers == {"x": "a b", "content-length": "0"}


@pytest.mark.parametrize(
    "said, reason",
    [
        (b"SSH-2.0-OpenSSH\r\n\r\n", "bad_http"),
        (b"HTTP/2 200 OK\r\n\r\n", "bad_http"),
        (b"HTTP/1.1 20\r\n\r\n", "bad_http"),
        (b"HTTP/1.1 2000 OK\r\n\r\n", "bad_http"),
        (OK, "cut_short"),
        (OK + b"Content-Type: app", "cut_short"),
        (OK + b"Content-Type: application/json\r\n", "cut_short"),
        (OK + b"Content-Length: 3\r\n\r\nok", "cut_short"),
        (OK + b"Content-Length: 3\r\nContent-Length: 2\r\n\r\nok!", "bad_http"),
        (OK + b"Transfer-Encoding: chunked\r\n\r\n-1\r\nok\r\n0\r\n\r\n", "cut_short"),
        (OK + b"Transfer-Encoding: chunked\r\n\r\n1_0\r\n0123456789abcdef\r\n0\r\n\r\n", "cut_short"),
        (OK + b"Transfer-Encoding: chunked\r\n\r\n2\r\nokay\r\n0\r\n\r\n", "cut_short"),
        (OK + b"Transfer-Encoding: chunked\r\n\r\n2\r\nok\r\n", "cut_short"),
        (OK + b"Transfer-Encoding: chunked\r\n\r\n0\r\n" + b"X: y\r\n" * 200, "bad_http"),
        (OK + b"X: y\r\n" * 101 + b"\r\n", "bad_http"),
        (OK + b"Content-Length: 11\r\n\r\n01234567890", "too_large"),
        (OK + b"\r\n01234567890", "too_large"),
        (OK + b"Transfer-Encoding: chunked\r\n\r\n6\r\n012345\r\n5\r\n67890\r\n0\r\n\r\n", "too_large"),
    ],
)
def test_what_is_no_whole_answer_is_none(said: bytes, reason: str) -> None:
    with pytest.raises(BadAnswer, match=reason):
        read_answer(io.BytesIO(said), 10)


def test_silence_is_the_end_of_the_connection() -> None:
    with pytest.raises(ConnectionResetError):
        read_answer(io.BytesIO(b""), 10)


def test_two_lengths_that_agree_are_one() -> None:
    answer, _ = read_answer(io.BytesIO(OK + b"Content-Length: 2\r\nContent-Length: 2\r\n\r\nok"), 10)
    assert answer.body == b"ok"


@pytest.mark.parametrize(
    "method, body, length", [("GET", None, ""), ("POST", None, "0"), ("PUT", b"\xc3\xa9", "2"), ("DELETE", b"{}", "2")]
)
def test_a_request_says_how_long_its_body_is(method: str, body: bytes | None, length: str) -> None:
    head, _, sent = write_request(method, "a.vn:8080", "/x?y=1", {"A": "b"}, body).partition(b"\r\n\r\n")
    lines = [f"{method} /x?y=1 HTTP/1.1", "Host: a.vn:8080", "A: b", *([f"Content-Length: {length}"] if length else [])]
    assert (head.decode().split("\r\n"), sent) == (lines, body or b"")


@pytest.mark.parametrize(
    "method, target, headers",
    [
        ("GET /", "/", {}),
        ("GET", "/a b", {}),
        ("GET", "/a\r\nX: y", {}),
        ("GET", "/é", {}),
        ("GET", "", {}),
        ("GET", "/", {"A": "b\r\nC: d"}),
        ("GET", "/", {"A": "b\nC: d"}),
        ("GET", "/", {"A": "b\x00"}),
        ("GET", "/", {"A": "chữ"}),
        ("GET", "/", {"A B": "c"}),
        ("GET", "/", {"A:": "c"}),
        ("GET", "/", {"": "c"}),
        ("GET", "/", {"A\r\nB": "c"}),
    ],
)
def test_no_part_of_a_request_can_be_another(method: str, target: str, headers: dict[str, str]) -> None:
    with pytest.raises(ValueError):
        write_request(method, "a.vn", target, headers, None)
