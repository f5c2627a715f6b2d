"""Placing calls and asking for lists, against the strict fake and against bytes that no fake would send."""

from __future__ import annotations

import json
import logging
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any
from urllib.parse import parse_qs

import pytest

from bridge.fake_vbot import FakeVBot, Settings
from bridge.vbot.client import Account, CallRequest, Client, Outcome, VBotError, describe
from tests.vbot import raw

CALL = CallRequest("0kq3v9x2b7", "0912345678", "0812345678", "CONFIRM_ORDER", {"customer_name": "Nguyễn Văn Thử"})
IDENTITY = {"vbot_id": "vbot-1", "project_code": "SHOP"}
BODY = {
    "phone": "0912345678",
    "hotline_code": "0812345678",
    "template_code": "CONFIRM_ORDER",
    "max_time": -1,
    "max_waiting_time": 30,
    "external_call_id": "0kq3v9x2b7",
    "datas": {"customer_name": "Nguyễn Văn Thử"},
}


OLD_PATH = "/api/campaignCall/callConfirm/insert"
BEARER = ("Authorization", "Bearer fake-token")


class Clock:
    """Monotonic time that only the test moves."""

    def __init__(self) -> None:
        self.now = time.monotonic()

    def __call__(self) -> float:
        return self.now


@dataclass(frozen=True)
class Documented:
    """What one generation's documentation says of placing a call, written out by hand."""

    settings: Settings
    path: str
    header: tuple[str, str]
    identity: dict[str, str]
    yes: bytes
    call_id: str | None
    words: str


DOCUMENTED = {
    "v1": Documented(
        Settings(),
        OLD_PATH,
        BEARER,
        IDENTITY,
        b'{"status": 1, "data": {"call_id": "C"}}',
        "CALL_00000001",
        "Thành công",
    ),
    "v2": Documented(
        Settings(generation="v2"),
        OLD_PATH,
        BEARER,
        IDENTITY,
        b'{"error": 0, "message": "success", "data": null}',
        "CALL_00000001",
        "success",
    ),
    "v3": Documented(
        Settings(generation="v3"),
        "/m-auto-call/api/call/create",
        ("X-API-Key", "fake-token"),
        {},
        b'{"status": 200, "msg": "Success", "errorCode": 0, "data": true}',
        None,
        "Success",
    ),
    "v3 old": Documented(
        Settings(generation="v3", v3_paths="old"),
        OLD_PATH,
        ("X-API-Key", "fake-token"),
        {},
        b'{"error": 0, "message": "success", "data": true}',
        None,
        "success",
    ),
}


@pytest.fixture(params=DOCUMENTED)
def speech(request: pytest.FixtureRequest) -> Documented:
    return DOCUMENTED[request.param]


@pytest.fixture
def vbot(speech: Documented) -> Iterator[FakeVBot]:
    with FakeVBot(speech.settings) as server:
        yield server


@pytest.fixture(params=["new", "old"])
def third(request: pytest.FixtureRequest) -> Iterator[FakeVBot]:
    with FakeVBot(Settings(generation="v3", v3_paths=request.param)) as server:
        yield server


def soon(seconds: float = 60) -> float:
    return time.monotonic() + seconds


def place(account: Account, request: CallRequest = CALL, seconds: float = 60) -> Outcome:
    return Client(account).place(request, soon(seconds))


def test_one_call_is_exactly_the_documented_request(vbot: FakeVBot, speech: Documented) -> None:
    outcome = place(vbot.account())
    assert outcome == Outcome("accepted", "accepted", 200, speech.call_id, speech.words, None)
    (request,) = vbot.requests
    assert (request["method"], request["path"]) == ("POST", speech.path)
    name, value = speech.header
    assert request["headers"][name.lower()] == value
    assert len(request["headers"].keys() & {"authorization", "x-api-key"}) == 1
    assert request["headers"]["content-type"] == "application/json"
    body = speech.identity | BODY
    assert json.loads(request["body"]) == body
    assert vbot.calls == [{"call_id": "CALL_00000001", "arrived_at": vbot.calls[0]["arrived_at"], **body}]


def test_what_is_described_is_what_is_sent_but_for_the_token(vbot: FakeVBot, speech: Documented) -> None:
    described = describe(vbot.account(), CALL)
    name, value = speech.header
    assert described["headers"][name] == value.replace("fake-token", "…")
    assert "fake-token" not in json.dumps(described)
    place(vbot.account())
    (request,) = vbot.requests
    assert (described["method"], described["path"]) == (request["method"], request["path"])
    assert described["body"] == json.loads(request["body"])
    assert {word.lower() for word in described["headers"]} <= request["headers"].keys()


@pytest.mark.parametrize("base", ["", "/", "/open", "/open/v1/"])
def test_the_address_may_have_a_path_and_a_last_slash(base: str, speech: Documented) -> None:
    with raw.serve(raw.answer(speech.yes)) as server:
        account = replace(FakeVBot(speech.settings).account(), url=server.url + base)
        assert place(account).outcome == "accepted"
    path = base.rstrip("/") + speech.path
    assert server.requests[0].startswith(f"POST {path} HTTP/1.1\r\n".encode())
    assert describe(account, CALL)["path"] == path


@pytest.mark.parametrize(
    "wrong, place_named",
    [
        ({"phone": "912345678"}, "/phone"),
        ({"phone": "0912 345 678"}, "/phone"),
        ({"phone": "0912345678\n"}, "/phone"),
        ({"phone": "٠٩١٢٣٤٥٦٧٨"}, "/phone"),
        ({"phone": ""}, "/phone"),
        ({"external_call_id": ""}, "/external_call_id"),
        ({"external_call_id": "CALL_1"}, "/external_call_id"),
        ({"external_call_id": "a" * 33}, "/external_call_id"),
        ({"external_call_id": "abc\n"}, "/external_call_id"),
        ({"hotline": ""}, "/hotline_code"),
        ({"template": ""}, "/template_code"),
        ({"max_time": -2}, "/max_time"),
        ({"max_time": True}, "/max_time"),
        ({"max_waiting_time": 0}, "/max_waiting_time"),
        ({"max_waiting_time": 1.5}, "/max_waiting_time"),
        ({"datas": {"a": None}}, "/datas/a"),
        ({"datas": {"a": ["x"]}}, "/datas/a"),
        ({"datas": ["x"]}, "/datas"),
        ({"datas": {"a": float("nan")}}, "/datas"),
        ({"datas": {"a": Decimal("1.5")}}, "/datas"),
        ({"datas": {"a": "\ud800"}}, "/datas"),
    ],
)
def test_what_our_schema_refuses_is_not_sent(vbot: FakeVBot, wrong: dict[str, Any], place_named: str) -> None:
    outcome = place(vbot.account(), replace(CALL, **wrong))
    assert (outcome.outcome, outcome.detail, outcome.http_status) == ("refused", "bad_request", None)
    assert outcome.message is not None
    assert outcome.message.startswith(place_named)
    assert vbot.requests == []


@pytest.mark.parametrize("phone", ["0912345678", "02438265678", "+4915112345678", "+61412345678"])
def test_a_phone_is_sent_in_national_form_or_abroad_in_e164(vbot: FakeVBot, phone: str) -> None:
    assert place(vbot.account(), replace(CALL, phone=phone)).outcome == "accepted"
    assert vbot.calls[0]["phone"] == phone


def test_numbers_and_booleans_are_sent_as_they_are(vbot: FakeVBot) -> None:
    datas = {"total": 350000, "rate": 0.5, "gift": False, "quote": '"\\\u0007', "empty": ""}
    assert place(vbot.account(), replace(CALL, datas=datas)).outcome == "accepted"
    assert vbot.calls[0]["datas"] == datas


@pytest.mark.parametrize(
    "fault, outcome, detail, status, rang",
    [
        ("delay", "accepted", "accepted", 200, 1),
        ("reset_before", "unsure", "reset", None, 0),
        ("reset_after", "unsure", "reset", None, 1),
        ("close", "unsure", "reset", None, 1),
        ("rate_limited", "not_sent", "rate_limited", 429, 0),
        ("system_error", "refused", "vbot_system_error", 500, 0),
        ("bad_gateway", "unsure", "bad_answer", 502, 1),
        ("unavailable", "unsure", "bad_answer", 503, 0),
        ("expired_token", "not_sent", "token_refused", 401, 0),
        ("refuse", "refused", "vbot_refused", 200, 0),
        ("cut", "unsure", "cut_short", None, 1),
        ("cut_json", "unsure", "bad_answer", 200, 1),
        ("huge", "unsure", "too_large", None, 1),
        ("redirect", "unsure", "bad_answer", 302, 0),
        ("utf16", "unsure", "bad_answer", 200, 1),
        ("gzip", "unsure", "bad_answer", 200, 1),
        ("html", "unsure", "bad_answer", 200, 1),
        ("not_found", "refused", "wrong_url", 404, 0),
    ],
)
def test_each_fault_has_its_outcome_and_is_met_once(
    vbot: FakeVBot, speech: Documented, fault: str, outcome: str, detail: str, status: int | None, rang: int
) -> None:
    vbot.fault(fault, times=1)
    met = place(vbot.account())
    assert (met.outcome, met.detail, met.http_status) == (outcome, detail, status)
    placing = [request for request in vbot.requests if request["method"] == "POST"]
    assert (len(placing), len(vbot.calls)) == (1, rang)
    assert met.vbot_call_id == (speech.call_id if outcome == "accepted" else None)
    assert place(vbot.account()).outcome == "accepted"


@pytest.mark.parametrize("fault", ["hang", "trickle"])
def test_an_answer_after_the_deadline_leaves_the_call_unsure(vbot: FakeVBot, fault: str) -> None:
    vbot.fault(fault)
    met = place(vbot.account(), seconds=0.7)
    assert (met.outcome, met.detail) == ("unsure", "read_timeout")
    assert len(vbot.calls) == 1


def test_a_stopped_server_and_a_past_deadline_are_not_sent(vbot: FakeVBot) -> None:
    account = vbot.account()
    assert place(account, seconds=-1) == Outcome("not_sent", "deadline")
    vbot.stop()
    assert place(account) == Outcome("not_sent", "connect_refused")
    vbot.start()
    assert place(account).outcome == "accepted"
    assert len(vbot.calls) == 1


def test_retry_after_is_kept(vbot: FakeVBot) -> None:
    vbot.fault("rate_limited", retry_after=17)
    assert place(vbot.account()).retry_after_seconds == 17


def test_vbots_refusal_keeps_its_words_without_the_phone(vbot: FakeVBot) -> None:
    vbot.fault("refuse", message="Số 0912345678 bị chặn, token fake-token")
    assert place(vbot.account()).message == "Số ••• bị chặn, token …"


def test_a_wrong_token_is_not_sent_and_a_fixed_one_is_kept(vbot: FakeVBot) -> None:
    client = Client(replace(vbot.account(), token="wrong"))
    for _ in range(2):
        assert client.prepare(soon()) is None
        assert client.place(CALL, soon()).detail == "token_refused"
    assert [request["path"] for request in vbot.requests].count("/token") == 0


def test_headers_cut_off_leave_the_call_unsure() -> None:
    with raw.serve(raw.say(b"HTTP/1.1 200 OK\r\nContent-Ty")) as server:
        met = place(Account(server.url, token="t", vbot_id="vbot-1", project_code="SHOP"))
    assert met.outcome == "unsure"


@pytest.mark.parametrize("url", ["", "ftp://vbot.example.test", "http://", "http://[", "not a url"])
def test_an_address_that_is_none_is_not_sent(url: str) -> None:
    account = Account(url, token="t", vbot_id="vbot-1", project_code="SHOP")
    assert place(account) == Outcome("not_sent", "unsendable")


def test_a_token_that_is_no_header_is_not_sent(vbot: FakeVBot) -> None:
    for token in ("two\r\nlines", "chữ"):
        met = place(replace(vbot.account(), token=token))
        assert (met.outcome, met.detail) == ("not_sent", "unsendable")
    assert vbot.calls == []


def test_sixteen_threads_place_each_call_once_over_connections_of_their_own(vbot: FakeVBot) -> None:
    client = Client(vbot.account())
    requests = [replace(CALL, external_call_id=f"call{number}") for number in range(64)]
    with ThreadPoolExecutor(16) as pool:
        outcomes = list(pool.map(lambda request: client.place(request, soon()), requests))
    assert {met.outcome for met in outcomes} == {"accepted"}
    assert len({call["call_id"] for call in vbot.calls}) == 64
    assert sorted(call["external_call_id"] for call in vbot.calls) == sorted(r.external_call_id for r in requests)
    assert len({request["peer"] for request in vbot.requests}) == 64
    assert {request["headers"]["connection"] for request in vbot.requests} == {"close"}


def test_custom_fields_come_as_vbot_lists_them(vbot: FakeVBot, speech: Documented) -> None:
    vbot.template("CONFIRM_ORDER", {"cfkey": "customer_name", "cfname": "Tên"}, {"cfkey": "note", "isRequired": False})
    fields = Client(vbot.account()).custom_fields("CONFIRM_ORDER", soon())
    assert [(entry["cfkey"], entry["isRequired"]) for entry in fields] == [("customer_name", True), ("note", False)]
    query = parse_qs(vbot.requests[0]["query"])
    wanted = speech.identity | {"template_script_code": "CONFIRM_ORDER"}
    assert query == {name: [value] for name, value in wanted.items()}


def test_a_templates_code_is_quoted_in_the_address(vbot: FakeVBot) -> None:
    vbot.template("A&b=ữ /", {"cfkey": "x"})
    assert len(Client(vbot.account()).custom_fields("A&b=ữ /", soon())) == 1


def test_hotlines_come_as_vbot_lists_them(vbot: FakeVBot) -> None:
    vbot.hotline("0812345678")
    assert [entry["hotline_code"] for entry in Client(vbot.account()).hotlines(soon())] == ["0812345678"]


@pytest.mark.parametrize(
    "fault, code",
    [
        ("system_error", "vbot_refused"),
        ("bad_gateway", "bad_answer"),
        ("rate_limited", "rate_limited"),
        ("expired_token", "token_refused"),
        ("refuse", "vbot_refused"),
        ("not_found", "wrong_url"),
        ("html", "bad_answer"),
        ("huge", "too_large"),
        ("reset_before", "reset"),
    ],
)
def test_a_list_that_does_not_come_is_an_error_with_a_code(vbot: FakeVBot, fault: str, code: str) -> None:
    vbot.fault(fault, on="any")
    with pytest.raises(VBotError) as caught:
        Client(vbot.account()).custom_fields("CONFIRM_ORDER", soon())
    assert caught.value.code == code
    assert "fake-token" not in str(caught.value)
    assert "vbot-1" not in str(caught.value)


def test_an_unknown_template_is_said_in_vbots_words(vbot: FakeVBot) -> None:
    vbot.template("OTHER", {"cfkey": "x"})
    with pytest.raises(VBotError, match="template_script_code is not known"):
        Client(vbot.account()).custom_fields("CONFIRM_ORDER", soon())


def test_a_list_without_the_key_of_a_field_is_no_list() -> None:
    with (
        raw.serve(raw.answer(b'{"status": 1, "data": [{"cfname": "x"}]}')) as server,
        pytest.raises(VBotError) as caught,
    ):
        Client(Account(server.url, token="t")).custom_fields("T", soon())
    assert caught.value.code == "bad_answer"


def test_nothing_is_logged_and_no_value_shows_a_secret(vbot: FakeVBot, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    place(vbot.account())
    place(vbot.account(fixed_token=False))
    assert caplog.records == []
    shown = repr(vbot.account()) + repr(vbot.account(fixed_token=False)) + repr(CALL)
    assert "fake-" not in shown
    assert "0912345678" not in shown


def test_an_empty_account_is_told_from_other_refusals_by_asking_once(third: FakeVBot) -> None:
    third.balance(0)
    met = place(third.account())
    assert (met.outcome, met.detail, met.http_status, met.message) == ("refused", "no_balance", 200, "error")
    assert [request["path"] for request in third.requests[1:]] == ["/api/account/balance"]
    assert third.calls == []


def test_the_balance_is_asked_for_though_the_time_to_place_is_over() -> None:
    clock = Clock()

    def script(connection: raw.socket.socket, over: threading.Event) -> None:
        if server.requests[-1].startswith(b"POST"):
            clock.now += 25
            raw.answer(b'{"status": 500, "msg": "error", "errorCode": 500, "data": null}')(connection, over)
        else:
            raw.answer(b'{"error": 0, "message": "success", "data": -0.5}')(connection, over)

    with raw.serve(script) as server:
        client = Client(Account(server.url, generation="v3", token="k"), monotonic=clock)
        assert client.place(CALL, clock.now + 25.5).detail == "no_balance"
    assert len(server.requests) == 2


@pytest.mark.parametrize(
    "fault, detail",
    [("system_error", "vbot_system_error"), ("refuse", "vbot_refused")],
)
def test_a_refusal_while_there_is_money_stays_what_it_is(third: FakeVBot, fault: str, detail: str) -> None:
    third.fault(fault, times=1)
    assert place(third.account()).detail == detail
    assert [request["path"] for request in third.requests[1:]] == ["/api/account/balance"]


@pytest.mark.parametrize("fault", ["html", "reset_before", "system_error", "refuse", "expired_token", "not_found"])
def test_a_balance_that_does_not_come_leaves_the_refusal_as_it_is(third: FakeVBot, fault: str) -> None:
    third.balance(0)
    third.fault(fault, on="balance")
    met = place(third.account())
    assert (met.outcome, met.detail) == ("refused", "vbot_system_error")
    assert len(third.requests) == 2


@pytest.mark.parametrize("fault", ["rate_limited", "expired_token", "not_found", "html", "reset_after"])
def test_what_says_why_or_is_unsure_does_not_ask_for_the_balance(third: FakeVBot, fault: str) -> None:
    third.balance(0)
    third.fault(fault, times=1, accepted=False)
    assert place(third.account()).detail != "no_balance"
    assert len(third.requests) == 1


@pytest.mark.parametrize(
    "body",
    [
        {"error": 404, "message": "template_code", "data": None, "errorCode": 404},
        {"error": 409, "message": "exists already", "data": None, "errorCode": 409},
    ],
)
def test_a_code_that_says_why_is_believed(body: dict[str, Any]) -> None:
    with raw.serve(raw.answer(json.dumps(body).encode())) as server:
        assert place(Account(server.url, generation="v3", token="k")).detail == "vbot_refused"
    assert len(server.requests) == 1


@pytest.mark.parametrize("generation", ["v1", "v2"])
def test_a_generation_without_a_balance_asks_nobody(generation: str) -> None:
    with FakeVBot(Settings(generation=generation, balance=0)) as vbot:
        assert place(vbot.account()).detail == "vbot_system_error"
        with pytest.raises(VBotError) as caught:
            Client(vbot.account()).balance(soon())
        assert caught.value.code == "not_offered"
        assert len(vbot.requests) == 1


@pytest.mark.parametrize(
    "data, amount",
    [
        ("0", "0"),
        ("-1200.5", "-1200.5"),
        ("1500000.10", "1500000.1"),
        ('"0.10"', "0.10"),
        ('"-7"', "-7"),
        ('{"balance": 12}', "12"),
        ('{"balance": "12"}', "12"),
    ],
)
def test_a_balance_is_read_exactly_bare_or_as_a_member(data: str, amount: str) -> None:
    with raw.serve(raw.answer(f'{{"error": 0, "message": "success", "data": {data}}}'.encode())) as server:
        found = Client(Account(server.url, generation="v3", token="k")).balance(soon())
    assert isinstance(found, Decimal)
    assert found == Decimal(amount)


@pytest.mark.parametrize(
    "body",
    [
        '{"error": 0, "data": null}',
        '{"error": 0, "data": true}',
        '{"error": 0, "data": "1.000.000"}',
        '{"error": 0, "data": ""}',
        '{"error": 0, "data": 1e999}',
        '{"error": 0, "data": {"amount": 5}}',
        '{"error": 0, "data": [0]}',
        '{"error": 0}',
    ],
)
def test_a_balance_that_is_no_amount_is_not_guessed(body: str) -> None:
    with raw.serve(raw.answer(body.encode())) as server, pytest.raises(VBotError) as caught:
        Client(Account(server.url, generation="v3", token="k")).balance(soon())
    assert caught.value.code == "bad_answer"


@pytest.mark.parametrize("status", [401, 403])
@pytest.mark.parametrize("body", [b"", b"<html>", b'{"error": 403, "errorCode": 403, "message": "no", "data": null}'])
def test_a_refused_key_is_not_sent_and_never_renewed(third: FakeVBot, status: int, body: bytes) -> None:
    with raw.serve(raw.answer(body, f"{status} No")) as server:
        account = replace(third.account(), url=server.url, username="u", password="p")
        client = Client(account)
        assert not client.renews
        for _ in range(2):
            assert client.prepare(soon()) is None
            met = client.place(CALL, soon())
            assert (met.outcome, met.detail, met.http_status) == ("not_sent", "token_refused", status)
        with pytest.raises(VBotError) as caught:
            client.balance(soon())
    assert caught.value.code == "token_refused"
    assert [request.split()[0] for request in server.requests] == [b"POST", b"POST", b"GET"]


def test_a_key_that_is_missing_is_not_fetched_by_name_and_password(third: FakeVBot) -> None:
    client = Client(replace(third.account(), token=None, username="fake-user", password="fake-password"))
    assert client.prepare(soon()) == Outcome("not_sent", "credentials_refused")
    assert client.place(CALL, soon()) == Outcome("not_sent", "token_missing")
    assert (third.requests, client.renews) == ([], False)


def test_an_account_is_another_as_soon_as_anything_in_it_is_mended(third: FakeVBot) -> None:
    account = third.account()
    other = "old" if account.v3_paths == "new" else "new"
    mended = [replace(account, v3_paths=other), replace(account, generation="v2"), replace(account, token="k")]
    ids = {Client(each).account_id for each in (account, *mended)}
    assert len(ids) == 4
    assert Client(account).account_id == Client(replace(account)).account_id


@pytest.mark.parametrize("speech", ["v2", "v3", "v3 old"], indirect=True)
def test_templates_come_from_all_pages_whatever_their_size(vbot: FakeVBot) -> None:
    codes = [f"T{number}" for number in range(23)]
    for code in codes:
        vbot.template(code)
    assert [entry["code"] for entry in Client(vbot.account()).templates(soon())] == codes


def test_branches_tell_which_key_leads_where(third: FakeVBot) -> None:
    third.template("HELLO")
    (branch,) = Client(third.account()).branches("HELLO", soon())
    assert (branch["NumberKey"], [part["NumberKey"] for part in branch["subItems"]]) == ("1", ["9"])
    with pytest.raises(VBotError, match="template_script_code is not known"):
        Client(third.account()).branches("OTHER", soon())


@pytest.mark.parametrize("generation", ["v1", "v2"])
def test_lists_that_a_generation_does_not_offer_ask_nobody(generation: str) -> None:
    with FakeVBot(Settings(generation=generation)) as vbot:
        requested = [lambda client: client.branches("T", soon()), lambda client: client.balance(soon())]
        if generation == "v1":
            requested.append(lambda client: client.templates(soon()))
        for ask in requested:
            with pytest.raises(VBotError) as caught:
                ask(Client(vbot.account()))
            assert caught.value.code == "not_offered"
        assert vbot.requests == []
