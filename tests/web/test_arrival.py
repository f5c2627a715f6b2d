"""Where a request ends, however its bytes come."""

from __future__ import annotations

from collections.abc import Iterable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.web.arrival import MAX_CHUNK_LINE, MAX_HEAD, SPARE, Arrival

MAX_BODY = 100_000
HEAD = b"POST /hooks/shop HTTP/1.1\r\nHost: a\r\n"
WHOLE = [
    b"GET /healthz HTTP/1.1\r\n\r\n",
    b"\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n",
    HEAD + b"Content-Length: 0\r\n\r\n",
    HEAD + b"content-length:5 \r\n\r\nhello",
    HEAD + b"Content-Length: 11\r\n\r\n\r\n\r\nhello\r\n",
    HEAD + b"Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    HEAD + b"Transfer-Encoding: gzip, Chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n",
    HEAD + b"Transfer-Encoding: chunked\r\n\r\nA;n=v\r\n0\r\n\r\n12345\r\n3 \r\nabc\r\n0;x\r\nX-Sum: 1\r\nY: 2\r\n\r\n",
]


def arrive(pieces: Iterable[bytes], *, takes_body: bool = True) -> Arrival:
    arrival = Arrival(MAX_BODY, lambda method, target: takes_body)
    for piece in pieces:
        assert not arrival.is_whole
        arrival.feed(piece)
    return arrival


@pytest.mark.parametrize("request_", WHOLE)
def test_byte_by_byte_it_is_whole_with_its_last_byte(request_: bytes) -> None:
    arrival = arrive(request_[n : n + 1] for n in range(len(request_)))
    assert (arrival.is_whole, arrival.is_last) == (True, False)
    assert (arrival.take(), arrival.rest()) == (request_, b"")


@given(st.lists(st.sampled_from(WHOLE), min_size=1, max_size=4), st.lists(st.integers(1, 40), min_size=1))
def test_requests_behind_each_other_are_told_apart_however_they_are_cut(
    requests: list[bytes], steps: list[int]
) -> None:
    data, found, step = b"".join(requests), [], 0
    arrival = Arrival(MAX_BODY, lambda method, target: True)
    while data or arrival.is_whole:
        if not arrival.is_whole:
            size = steps[step % len(steps)]
            arrival.feed(data[:size])
            data, step = data[size:], step + 1
        if arrival.is_whole:
            found.append(arrival.take())
            arrival = Arrival(MAX_BODY, lambda method, target: True, arrival.rest())
    assert found == requests


def test_what_it_is_asked_for_stands_in_its_first_line() -> None:
    asked: list[tuple[str, str]] = []
    arrival = Arrival(
        MAX_BODY, lambda method, target: bool(asked.append((method, target))), HEAD + b"Content-Length: 9\r\n\r\n"
    )
    assert asked == [("POST", "/hooks/shop")]
    assert arrival.target == "/hooks/shop"


@pytest.mark.parametrize("body", [b"Content-Length: 9\r\n\r\nhel", b"Transfer-Encoding: chunked\r\n\r\n5\r\nhel"])
def test_a_body_that_nobody_wants_is_not_waited_for(body: bytes) -> None:
    arrival = arrive([HEAD + body], takes_body=False)
    assert (arrival.is_whole, arrival.is_last) == (True, True)
    assert arrival.take() == HEAD + body.partition(b"\r\n\r\n")[0] + b"\r\n\r\n"


def test_a_body_that_nobody_wants_is_passed_over_where_it_is_there_already() -> None:
    request_ = HEAD + b"Content-Length: 5\r\n\r\nhello"
    arrival = arrive([request_ + b"GET"], takes_body=False)
    assert (arrival.is_last, arrival.take(), arrival.rest()) == (False, request_, b"GET")


def test_a_body_whose_length_is_too_large_is_not_waited_for() -> None:
    head = HEAD + b"Expect: 100-continue\r\nContent-Length: %d\r\n\r\n"
    assert arrive([head % (MAX_BODY + 1)]).is_last
    assert not arrive([head % (MAX_BODY + 1)]).wants_word
    assert not arrive([head % MAX_BODY]).is_whole


def test_of_chunks_without_end_so_much_is_kept_that_their_reader_finds_them_too_large() -> None:
    arrival = arrive([HEAD + b"Transfer-Encoding: chunked\r\n\r\n"])
    while not arrival.is_whole:
        arrival.feed(b"3e8\r\n" + b"x" * 1000 + b"\r\n")
    assert arrival.is_last
    assert MAX_BODY + SPARE < arrival.take().count(b"x") <= MAX_BODY + SPARE + 1000


def test_chunks_that_are_frames_for_the_most_part_end_too() -> None:
    arrival = arrive([HEAD + b"Transfer-Encoding: chunked\r\n\r\n"])
    while not arrival.is_whole:
        arrival.feed(b"1;name=value\r\nx\r\n")
    assert arrival.is_last
    assert len(arrival) < 5 * MAX_BODY


@pytest.mark.parametrize(
    "broken",
    [
        b"x" * (MAX_HEAD + 1),
        HEAD + b"X: " + b"y" * MAX_HEAD,
        HEAD + b"Transfer-Encoding: chunked\r\n\r\nhello\r\n",
        HEAD + b"Transfer-Encoding: chunked\r\n\r\n-1\r\n",
        HEAD + b"Transfer-Encoding: chunked\r\n\r\n" + b"1" * (MAX_CHUNK_LINE + 1),
        HEAD + b"Transfer-Encoding: chunked\r\n\r\n0\r\n" + b"X: y\r\n" * 2000,
    ],
)
def test_what_is_no_request_is_handed_over_to_be_refused(broken: bytes) -> None:
    arrival = arrive([broken])
    assert (arrival.is_whole, arrival.is_last, arrival.take()) == (True, True, broken)


def test_what_was_cut_is_handed_over_as_it_is() -> None:
    arrival = arrive([HEAD + b"Content-Length: 9\r\n\r\nhel"])
    arrival.cut()
    assert (arrival.is_whole, arrival.is_last, arrival.take()[-3:]) == (True, True, b"hel")


@pytest.mark.parametrize(
    ("version", "begun", "waits"), [(b"1.1", b"", True), (b"1.1", b"h", False), (b"1.0", b"", False)]
)
def test_a_sender_that_waits_for_a_word_is_known(version: bytes, begun: bytes, waits: bool) -> None:
    head = b"POST / HTTP/" + version + b"\r\nexpect: 100-Continue\r\nContent-Length: 5\r\n\r\n"
    assert arrive([head + begun]).wants_word is waits
