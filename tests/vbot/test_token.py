"""The issued token: one fetch for all threads, renewed in time, by refresh token first."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from urllib.parse import parse_qs

import pytest

from bridge.fake_vbot import FakeVBot, Settings
from bridge.vbot import Account, CallRequest, Outcome
from bridge.vbot.client import Client
from tests.vbot import raw

CALL = CallRequest("0kq3v9x2b7", "0912345678", "0812345678", "HELLO")
TOKEN = b'{"access_token": "issued", "token_type": "bearer", "expires_in": 899, "refresh_token": "again"}'


class Clock:
    """Monotonic time that only the test moves."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture(params=["v1", "v2"])
def vbot(request: pytest.FixtureRequest) -> Iterator[FakeVBot]:
    with FakeVBot(Settings(expires_in=899, generation=request.param)) as server:
        yield server


def soon() -> float:
    return time.monotonic() + 60


def grants(vbot: FakeVBot) -> list[str]:
    forms = [parse_qs(request["body"]) for request in vbot.requests if request["path"] == "/token"]
    return [form["grant_type"][0] for form in forms]


def test_a_token_is_issued_for_name_and_password_before_the_call(vbot: FakeVBot) -> None:
    client = Client(vbot.account(fixed_token=False))
    assert client.prepare(soon()) is None
    (request,) = vbot.requests
    assert (request["method"], request["path"]) == ("POST", "/token")
    assert request["headers"]["content-type"] == "application/x-www-form-urlencoded"
    assert request["body"] == "grant_type=password&username=fake-user&password=fake-password"
    assert client.place(CALL, soon()).outcome == "accepted"
    assert grants(vbot) == ["password"]


def test_without_a_token_nothing_is_sent(vbot: FakeVBot) -> None:
    assert Client(vbot.account(fixed_token=False)).place(CALL, soon()) == Outcome("not_sent", "token_missing")
    assert vbot.requests == []


def test_a_fixed_token_is_never_fetched(vbot: FakeVBot) -> None:
    assert Client(vbot.account()).prepare(soon()) is None
    assert vbot.requests == []


def test_a_token_is_renewed_by_refresh_token_before_it_ends(vbot: FakeVBot) -> None:
    clock = Clock()
    client = Client(vbot.account(fixed_token=False), monotonic=clock)
    assert client.prepare(clock.now + 60) is None
    clock.now += 838
    assert client.prepare(clock.now + 60) is None
    assert grants(vbot) == ["password"]
    clock.now += 2
    assert client.prepare(clock.now + 60) is None
    assert client.prepare(clock.now + 60) is None
    assert grants(vbot) == ["password", "refresh_token"]
    assert client.place(CALL, clock.now + 60).outcome == "accepted"


def test_a_short_life_keeps_a_fifth_as_margin() -> None:
    clock = Clock()
    with FakeVBot(Settings(expires_in=10)) as vbot:
        client = Client(vbot.account(fixed_token=False), monotonic=clock)
        for step, fetches in ((0.0, 1), (7.9, 1), (0.2, 2)):
            clock.now += step
            assert client.prepare(clock.now + 60) is None
            assert len(grants(vbot)) == fetches


def test_a_refused_refresh_falls_back_to_the_password(vbot: FakeVBot) -> None:
    clock = Clock()
    client = Client(vbot.account(fixed_token=False), monotonic=clock)
    client.prepare(clock.now + 60)
    clock.now += 900
    vbot.fault("expired_token", on="token", times=1)
    assert client.prepare(clock.now + 60) is None
    assert grants(vbot) == ["password", "refresh_token", "password"]
    assert client.place(CALL, clock.now + 60).outcome == "accepted"


def test_a_refresh_token_whose_answer_was_lost_is_not_used_again(vbot: FakeVBot) -> None:
    clock = Clock()
    client = Client(vbot.account(fixed_token=False), monotonic=clock)
    client.prepare(clock.now + 60)
    clock.now += 900
    vbot.fault("reset_after", on="token", times=1)
    assert client.prepare(clock.now + 60) == Outcome("not_sent", "reset")
    assert client.prepare(clock.now + 60) is None
    assert grants(vbot) == ["password", "refresh_token", "password"]


def test_a_401_drops_the_token_and_the_next_prepare_fetches_another(vbot: FakeVBot) -> None:
    client = Client(vbot.account(fixed_token=False))
    client.prepare(soon())
    vbot.expire_tokens()
    assert client.place(CALL, soon()).detail == "token_refused"
    assert client.place(CALL, soon()).detail == "token_missing"
    assert client.prepare(soon()) is None
    assert client.place(CALL, soon()).outcome == "accepted"
    assert grants(vbot) == ["password", "refresh_token"]
    assert len(vbot.calls) == 1


def test_a_401_always_is_told_each_time_and_rings_nobody(vbot: FakeVBot) -> None:
    client = Client(vbot.account(fixed_token=False))
    vbot.fault("expired_token")
    for _ in range(3):
        assert client.prepare(soon()) is None
        assert client.place(CALL, soon()).detail == "token_refused"
    assert vbot.calls == []
    assert len(grants(vbot)) == 3


def test_a_late_401_for_an_old_token_does_not_drop_the_new_one() -> None:
    requested, answered = threading.Event(), threading.Event()
    tokens = iter((b"old", b"new"))

    def script(connection: raw.socket.socket, _: threading.Event) -> None:
        request = server.requests[-1]
        if request.startswith(b"POST /token"):
            raw.answer(b'{"access_token": "%b", "expires_in": 899}' % next(tokens))(connection, _)
        elif b"first" in request:
            requested.set()
            assert answered.wait(60)
            raw.answer(b"", "401 Unauthorized")(connection, _)
        else:
            raw.answer(b"", "401 Unauthorized")(connection, _)

    with raw.serve(script) as server, ThreadPoolExecutor(1) as pool:
        client = Client(Account(server.url, username="u", password="p", vbot_id="vbot-1", project_code="SHOP"))
        assert client.prepare(soon()) is None
        late = pool.submit(client.place, replace(CALL, external_call_id="first"), soon())
        assert requested.wait(60)
        assert client.place(CALL, soon()).detail == "token_refused"
        assert client.prepare(soon()) is None
        answered.set()
        assert late.result(60).detail == "token_refused"
        assert client.prepare(soon()) is None
    assert sum(request.startswith(b"POST /token") for request in server.requests) == 2


def test_sixteen_threads_fetch_one_token(vbot: FakeVBot) -> None:
    client = Client(vbot.account(fixed_token=False))
    start = threading.Barrier(16)

    def work(_: int) -> Outcome | None:
        start.wait(60)
        return client.prepare(soon())

    with ThreadPoolExecutor(16) as pool:
        assert set(pool.map(work, range(16))) == {None}
    assert grants(vbot) == ["password"]


def test_threads_that_waited_share_the_failure_instead_of_asking_again() -> None:
    start, received = threading.Barrier(17), threading.Event()

    def script(connection: raw.socket.socket, _: threading.Event) -> None:
        assert received.wait(60)
        raw.answer(b"", "503 Service Unavailable")(connection, _)

    def work(_: int) -> Outcome | None:
        start.wait(60)
        return client.prepare(soon())

    with raw.serve(script) as server, ThreadPoolExecutor(16) as pool:
        client = Client(Account(server.url, username="u", password="p"))
        waiting = [pool.submit(work, number) for number in range(16)]
        start.wait(60)
        received.set()
        details = {outcome.detail for future in waiting if (outcome := future.result(60))}
    assert details == {"token_unavailable"}
    assert len(server.requests) < 16


@pytest.mark.parametrize(
    "fault, outcome",
    [
        (
            "expired_token",
            Outcome("not_sent", "credentials_refused", 401, message="Authorization has been denied for this request."),
        ),
        ("rate_limited", Outcome("not_sent", "rate_limited", 429, message="Too many requests", retry_after_seconds=1)),
        ("refuse", Outcome("not_sent", "credentials_refused", 200, message="Tài khoản không đủ số dư")),
        ("system_error", Outcome("not_sent", "token_unavailable", 500, message="error")),
        ("bad_gateway", Outcome("not_sent", "token_unavailable", 502)),
        ("html", Outcome("not_sent", "token_bad_answer", 200)),
        ("cut_json", Outcome("not_sent", "token_bad_answer", 200)),
        ("cut", Outcome("not_sent", "cut_short")),
        ("not_found", Outcome("not_sent", "wrong_url", 404)),
        ("redirect", Outcome("not_sent", "token_unavailable", 302)),
    ],
)
def test_no_token_means_not_sent_with_the_reason(vbot: FakeVBot, fault: str, outcome: Outcome) -> None:
    vbot.fault(fault, on="token")
    client = Client(vbot.account(fixed_token=False))
    assert client.prepare(soon()) == outcome
    assert client.place(CALL, soon()).detail == "token_missing"
    assert vbot.calls == []


def test_a_wrong_password_is_told_in_vbots_words_and_without_ours(vbot: FakeVBot) -> None:
    account = replace(vbot.account(fixed_token=False), password="w-r-o-n-g")
    failure = Client(account).prepare(soon())
    assert failure == Outcome("not_sent", "credentials_refused", 400, None, "The user name or password is incorrect.")


def test_an_account_without_credentials_asks_nobody(vbot: FakeVBot) -> None:
    account = replace(vbot.account(), token=None)
    assert Client(account).prepare(soon()) == Outcome("not_sent", "credentials_refused")
    assert vbot.requests == []


@pytest.mark.parametrize(
    "body",
    [
        b'{"access_token": "", "expires_in": 899}',
        b'{"access_token": "two\\r\\nlines", "expires_in": 899}',
        b'{"access_token": "line\\n", "expires_in": 899}',
        b'{"access_token": "t", "expires_in": 0}',
        b'{"access_token": "t", "expires_in": "899"}',
        b'{"access_token": "t", "expires_in": 1e999}',
        b'{"access_token": "t"}',
        b"[]",
    ],
)
def test_an_answer_that_is_no_token_is_not_used(body: bytes) -> None:
    with raw.serve(raw.answer(body)) as server:
        failure = Client(Account(server.url, username="u", password="p")).prepare(soon())
    assert failure is not None
    assert failure.detail == "token_bad_answer"


def test_name_and_password_are_quoted_in_the_form() -> None:
    with raw.serve(raw.answer(TOKEN)) as server:
        assert Client(Account(f"{server.url}/v1/", username="a&b", password="ữ=+ c")).prepare(soon()) is None
    head, _, form = server.requests[0].partition(b"\r\n\r\n")
    assert head.startswith(b"POST /v1/token HTTP/1.1\r\n")
    assert parse_qs(form.decode()) == {"grant_type": ["password"], "username": ["a&b"], "password": ["ữ=+ c"]}


def test_a_list_renews_the_token_once(vbot: FakeVBot) -> None:
    client = Client(vbot.account(fixed_token=False))
    client.prepare(soon())
    vbot.expire_tokens()
    assert client.hotlines(soon()) == []
    assert grants(vbot) == ["password", "refresh_token"]
