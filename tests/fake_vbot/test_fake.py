"""The fake VBot is as strict as the real one is documented, and its faults are what they say."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from bridge.fake_vbot import FakeVBot, Settings
from bridge.fake_vbot.faults import KINDS, Faults
from bridge.lib.http import Answer, send
from bridge.vbot.client import CallRequest, Client

INSERT = "/api/campaignCall/callConfirm/insert"
INSERT_LIST = "/api/campaignCall/callConfirm/insertListPhone"
FIELDS = "/api/campaignCall/callConfirm/getCustomFieldInScript"
HEADERS = {"Authorization": "Bearer fake-token", "Content-Type": "application/json"}
BODY: dict[str, Any] = {
    "vbot_id": "vbot-1",
    "project_code": "SHOP",
    "phone": "0912345678",
    "hotline_code": "0812345678",
    "template_code": "HELLO",
    "max_time": -1,
    "max_waiting_time": 30,
    "external_call_id": "0kq3v9x2b7",
    "datas": {"customer_name": "Nguyễn Văn Thử"},
}
PENDING = {"phone": "0912345678", "status": "pending"}
PEOPLE = [
    {"phone": "0912345678", "name": "Nguyễn Văn Thử", "customerUid": "a1"},
    {"phone": "0987654321", "name": "quý khách", "customerUid": "a2"},
]
LIST = {key: BODY[key] for key in ("vbot_id", "project_code", "hotline_code", "template_code")} | {"phoneInfos": PEOPLE}


@pytest.fixture
def vbot() -> Iterator[FakeVBot]:
    with FakeVBot() as server:
        yield server


def ask(method: str, url: str, body: object = None, headers: dict[str, str] | None = None) -> Answer:
    data = body if isinstance(body, bytes) else None if body is None else json.dumps(body).encode()
    chosen = HEADERS if headers is None else headers
    return send(method, url, headers=chosen, body=data, deadline=time.monotonic() + 60, limit_bytes=1_000_000)


def test_a_call_is_accepted_in_the_documented_words(vbot: FakeVBot) -> None:
    answer = ask("POST", vbot.url + INSERT, BODY)
    assert answer.status == 200
    assert json.loads(answer.body) == {
        "status": 1,
        "message": "Thành công",
        "data": {"call_id": "CALL_00000001", "phone": "0912345678", "status": "pending"},
    }


def test_the_same_call_sent_twice_rings_twice(vbot: FakeVBot) -> None:
    for _ in range(2):
        assert ask("POST", vbot.url + INSERT, BODY).status == 200
    assert [call["external_call_id"] for call in vbot.calls] == ["0kq3v9x2b7"] * 2
    assert vbot.calls[0]["call_id"] != vbot.calls[1]["call_id"]


@pytest.mark.parametrize("missing", ["vbot_id", "project_code", "phone", "hotline_code", "template_code"])
def test_a_missing_field_is_refused(vbot: FakeVBot, missing: str) -> None:
    body = {name: value for name, value in BODY.items() if name != missing}
    refused(vbot, ask("POST", vbot.url + INSERT, body), 400, missing)


@pytest.mark.parametrize("missing", ["max_time", "max_waiting_time", "external_call_id", "datas"])
def test_an_optional_field_may_be_missing(vbot: FakeVBot, missing: str) -> None:
    body = {name: value for name, value in BODY.items() if name != missing}
    assert ask("POST", vbot.url + INSERT, body).status == 200


@pytest.mark.parametrize(
    "wrong, named",
    [
        ({"surprise": 1}, "surprise"),
        ({"customer_uid": "x"}, "customer_uid"),
        ({"phone": 912345678}, "phone"),
        ({"phone": "912345678"}, "phone"),
        ({"phone": "0912345678\n"}, "phone"),
        ({"phone": ""}, "phone"),
        ({"max_time": "-1"}, "max_time"),
        ({"max_time": True}, "max_time"),
        ({"max_time": 1.0}, "max_time"),
        ({"max_waiting_time": 0}, "max_waiting_time"),
        ({"external_call_id": "CALL_1"}, "external_call_id"),
        ({"external_call_id": "a" * 33}, "external_call_id"),
        ({"external_call_id": None}, "external_call_id"),
        ({"datas": "x"}, "datas"),
        ({"datas": {"a": None}}, "datas"),
        ({"datas": {"a": {"b": 1}}}, "datas"),
    ],
)
def test_a_wrong_or_unknown_field_is_refused(vbot: FakeVBot, wrong: dict[str, object], named: str) -> None:
    refused(vbot, ask("POST", vbot.url + INSERT, BODY | wrong), 400, named)


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b'{"a": 1, "a": 1}', b"\xff", b'{"datas": {"a": NaN}}'])
def test_a_body_that_is_no_json_object_is_refused(vbot: FakeVBot, body: bytes) -> None:
    refused(vbot, ask("POST", vbot.url + INSERT, body), 400)


@pytest.mark.parametrize("wrong", [{"vbot_id": "other"}, {"project_code": "OTHER"}])
def test_another_account_is_refused(vbot: FakeVBot, wrong: dict[str, str]) -> None:
    refused(vbot, ask("POST", vbot.url + INSERT, BODY | wrong), 403)


@pytest.mark.parametrize(
    "headers, status",
    [
        ({"Content-Type": "application/json"}, 401),
        (HEADERS | {"Authorization": "Bearer wrong"}, 401),
        (HEADERS | {"Authorization": "fake-token"}, 401),
        (HEADERS | {"Authorization": "Basic fake-token"}, 401),
        (HEADERS | {"X-API-Key": "fake-token"}, 401),
        ({"Authorization": "Bearer fake-token"}, 415),
        (HEADERS | {"Content-Type": "text/json"}, 415),
        (HEADERS | {"Content-Type": "application/json; charset=utf-16"}, 415),
    ],
)
def test_wrong_headers_are_refused(vbot: FakeVBot, headers: dict[str, str], status: int) -> None:
    refused(vbot, ask("POST", vbot.url + INSERT, BODY, headers), status)


def test_a_charset_of_utf8_is_taken(vbot: FakeVBot) -> None:
    headers = HEADERS | {"Content-Type": "application/json; charset=UTF-8"}
    assert ask("POST", vbot.url + INSERT, BODY, headers).status == 200


def test_wrong_paths_and_methods_are_pages_as_of_any_web_server(vbot: FakeVBot) -> None:
    for method, path, status in (("POST", "/api/other", 404), ("GET", INSERT, 405), ("POST", FIELDS, 405)):
        answer = ask(method, vbot.url + path, {} if method == "POST" else None)
        assert (answer.status, answer.body[:6]) == (status, b"<html>")


def test_templates_and_hotlines_are_checked_once_some_are_known(vbot: FakeVBot) -> None:
    vbot.template("HELLO", {"cfkey": "customer_name"}, {"cfkey": "note", "isRequired": False})
    vbot.hotline("0812345678")
    assert ask("POST", vbot.url + INSERT, BODY).status == 200
    for wrong in (
        {"template_code": "OTHER"},
        {"hotline_code": "1"},
        {"datas": {}},
        {"datas": {"x": "", **BODY["datas"]}},
    ):
        answer = ask("POST", vbot.url + INSERT, BODY | wrong)
        assert (answer.status, json.loads(answer.body)["status"]) == (200, 0)
    assert len(vbot.calls) == 1


def test_many_phones_ring_each_and_have_one_batch(vbot: FakeVBot) -> None:
    answer = json.loads(ask("POST", vbot.url + INSERT_LIST, LIST).body)
    assert answer["data"] == {"batch_id": "BATCH_00000001", "phone_count": 2, "status": "processing"}
    assert [(call["phone"], call["customerUid"]) for call in vbot.calls] == [("0912345678", "a1"), ("0987654321", "a2")]


@pytest.mark.parametrize(
    "wrong",
    [
        {"phoneInfos": []},
        {"phoneInfos": [PEOPLE[0], PEOPLE[0]]},
        {"phoneInfos": [{**PEOPLE[0], "datas": {}}]},
        {"phoneInfos": [{"phone": "0912345678"}]},
        {"phoneInfos": ["0912345678"]},
        {"external_call_id": "a1"},
        {"datas": {}},
    ],
)
def test_a_wrong_list_rings_nobody(vbot: FakeVBot, wrong: dict[str, object]) -> None:
    refused(vbot, ask("POST", vbot.url + INSERT_LIST, LIST | wrong), 400)


@pytest.mark.parametrize(
    "form",
    [
        b"",
        b"grant_type=password&username=fake-user",
        b"grant_type=password&username=fake-user&password=wrong",
        b"grant_type=password&username=fake-user&password=fake-password&scope=all",
        b"grant_type=password&username=fake-user&password=fake-password&password=fake-password",
        b"grant_type=refresh_token&refresh_token=never-issued",
        b"grant_type=client_credentials",
    ],
)
def test_a_wrong_form_gets_no_token(vbot: FakeVBot, form: bytes) -> None:
    answer = ask("POST", vbot.url + "/token", form, {"Content-Type": "application/x-www-form-urlencoded"})
    assert answer.status == 400
    assert b"access_token" not in answer.body


def test_a_token_is_asked_for_by_form_and_not_by_json(vbot: FakeVBot) -> None:
    body = {"grant_type": "password", "username": "fake-user", "password": "fake-password"}
    assert ask("POST", vbot.url + "/token", body).status == 415


def test_a_refresh_token_serves_once(vbot: FakeVBot) -> None:
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    first = b"grant_type=password&username=fake-user&password=fake-password"
    issued = json.loads(ask("POST", vbot.url + "/token", first, form).body)
    assert (issued["token_type"], issued["expires_in"]) == ("bearer", 899)
    again = f"grant_type=refresh_token&refresh_token={issued['refresh_token']}".encode()
    assert ask("POST", vbot.url + "/token", again, form).status == 200
    assert ask("POST", vbot.url + "/token", again, form).status == 400


def test_a_query_needs_exactly_its_names(vbot: FakeVBot) -> None:
    right = "vbot_id=vbot-1&project_code=SHOP&template_script_code=HELLO"
    for query, status in ((right, 200), (right + "&x=1", 400), ("template_script_code=HELLO", 400)):
        assert ask("GET", f"{vbot.url}{FIELDS}?{query}").status == status


def test_an_accepted_call_is_on_disk_before_it_is_answered(tmp_path: Path) -> None:
    log = tmp_path / "calls.jsonl"
    with FakeVBot(log=log) as vbot:
        ask("POST", vbot.url + INSERT, BODY)
        vbot.fault("reset_after", times=1)
        Client(vbot.account()).place(CallRequest("two", "0912345678", "1", "T"), time.monotonic() + 60)
        lines = [json.loads(line) for line in log.read_text("utf-8").splitlines()]
        assert lines == vbot.calls
        assert len(lines) == 2


def test_it_starts_again_on_its_port_with_its_calls_and_faults(vbot: FakeVBot) -> None:
    address = vbot.url
    ask("POST", address + INSERT, BODY)
    vbot.fault("rate_limited", times=2)
    vbot.stop()
    vbot.start()
    assert vbot.url == address
    assert [ask("POST", address + INSERT, BODY).status for _ in range(3)] == [429, 429, 200]
    assert len(vbot.calls) == 2


@pytest.mark.parametrize("name", [name for name, accepted in KINDS.items() if not accepted])
def test_a_fault_before_acceptance_can_be_told_to_accept_first(vbot: FakeVBot, name: str) -> None:
    client = Client(vbot.account())
    for accepted, rang in ((None, 0), (True, 1)):
        vbot.fault(name, times=1, **({} if accepted is None else {"accepted": accepted}))
        client.place(CallRequest("a1", "0912345678", "1", "T"), time.monotonic() + 60)
        assert len(vbot.calls) == rang


def test_faults_are_met_in_order_by_their_operation_only(vbot: FakeVBot) -> None:
    vbot.fault("refuse", on="hotlines")
    vbot.fault("rate_limited", times=1)
    vbot.fault("not_found", times=1)
    assert [ask("POST", vbot.url + INSERT, BODY).status for _ in range(3)] == [429, 404, 200]


@pytest.mark.parametrize(
    "wrong", [{"fault": "earthquake"}, {"fault": "hang", "often": 1}, {"fault": "cut", "times": 0}, 7]
)
def test_a_fault_that_is_none_is_an_error(vbot: FakeVBot, wrong: object) -> None:
    answer = ask("POST", vbot.url + "/_fake/faults", wrong)
    assert answer.status == 400
    assert ask("POST", vbot.url + INSERT, BODY).status == 200


def test_chaos_is_the_same_for_the_same_seed_and_leaves_most_requests_alone() -> None:
    def row(seed: str) -> list[str | None]:
        faults = Faults(seed)
        return [fault.name if (fault := faults.take("insert")) else None for _ in range(200)]

    assert row("1") == row("1")
    assert row("1") != row("2")
    assert 100 < row("1").count(None) < 180
    assert len(set(row("1"))) > 5


def test_a_process_of_its_own_is_steered_over_http(tmp_path: Path) -> None:
    log = tmp_path / "calls.jsonl"
    command = [sys.executable, "-m", "bridge.fake_vbot", "--port", "0", "--log", str(log), "--token", "other"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=Path(__file__).parents[2]) as process:
        try:
            assert process.stdout is not None
            url = process.stdout.readline().split()[-1]
            headers = HEADERS | {"Authorization": "Bearer other"}
            ask("POST", url + "/_fake/templates", {"HELLO": [{"cfkey": "customer_name"}]})
            ask("POST", url + "/_fake/hotlines", ["0812345678"])
            ask("POST", url + "/_fake/faults", [{"fault": "rate_limited", "times": 1}, {"fault": "html"}])
            assert ask("POST", url + INSERT, BODY, headers).status == 429
            assert b"<html>" in ask("POST", url + INSERT, BODY, headers).body
            ask("DELETE", url + "/_fake/faults")
            assert ask("POST", url + INSERT, BODY, headers).status == 200
            assert ask("POST", url + "/_fake/expire_tokens").status == 200
            assert ask("GET", url + "/_fake/nothing").status == 400
            calls = json.loads(ask("GET", url + "/_fake/calls").body)["calls"]
            assert [json.loads(line) for line in log.read_text("utf-8").splitlines()] == calls
            assert len(calls) == 2
            assert len(json.loads(ask("GET", url + "/_fake/requests").body)["requests"]) == 3
        finally:
            process.terminate()


CREATE = "/m-auto-call/api/call/create"
KEY = {"X-API-Key": "fake-token", "Content-Type": "application/json"}
KEYED_BODY = {name: value for name, value in BODY.items() if name not in ("vbot_id", "project_code")}


@pytest.fixture
def third() -> Iterator[FakeVBot]:
    with FakeVBot(Settings(generation="v3")) as server:
        yield server


def status_and_body(answer: Answer) -> tuple[int, object]:
    return answer.status, json.loads(answer.body)


def test_v2_says_yes_and_no_by_its_error() -> None:
    with FakeVBot(Settings(generation="v2")) as second:
        yes = status_and_body(ask("POST", second.url + INSERT, BODY))
        assert yes == (200, {"error": 0, "message": "success", "data": {**PENDING, "call_id": "CALL_00000001"}})
        no = status_and_body(ask("POST", second.url + INSERT, BODY | {"phone": "1"}))
        assert no == (400, {"error": -1, "message": "phone is not valid", "data": None})
        assert ask("POST", second.url + INSERT_LIST, LIST).status == 200
        assert ask("POST", second.url + CREATE, BODY).status == 404
        assert len(second.calls) == 3


def test_v3_takes_a_call_on_both_its_paths_and_tells_no_id(third: FakeVBot) -> None:
    new = status_and_body(ask("POST", third.url + CREATE, KEYED_BODY | {"name": "Thử", "customer_uid": "a1"}, KEY))
    assert new == (200, {"status": 200, "msg": "Success", "errorCode": 0, "data": True})
    old = status_and_body(ask("POST", third.url + INSERT, KEYED_BODY, KEY))
    assert old == (200, {"error": 0, "message": "success", "data": True})
    assert [call["external_call_id"] for call in third.calls] == ["0kq3v9x2b7"] * 2


@pytest.mark.parametrize(
    "path, wrong",
    [
        (CREATE, {"vbot_id": "vbot-1"}),
        (CREATE, {"project_code": "SHOP"}),
        (CREATE, {"external_call_id": "A"}),
        (CREATE, {"phone": ""}),
        (CREATE, {"surprise": 1}),
        (INSERT, {"vbot_id": "vbot-1"}),
        (INSERT, {"name": "Thử"}),
    ],
)
def test_v3_refuses_what_it_does_not_know(third: FakeVBot, path: str, wrong: dict[str, object]) -> None:
    status, document = status_and_body(ask("POST", third.url + path, KEYED_BODY | wrong, KEY))
    assert isinstance(document, dict)
    assert (status, document.get("errorCode", document.get("error")), document["data"]) == (400, -1, None)
    assert next(iter(wrong)) in document.get("msg", document.get("message"))
    assert third.calls == []


@pytest.mark.parametrize(
    "headers",
    [
        {"Content-Type": "application/json"},
        KEY | {"X-API-Key": "other"},
        KEY | {"X-API-Key": "Bearer fake-token"},
        KEY | {"Authorization": "Bearer fake-token"},
        HEADERS,
    ],
)
def test_v3_wants_its_key_and_nothing_else(third: FakeVBot, headers: dict[str, str]) -> None:
    refusal = {"status": 401, "msg": "X-API-Key is not known.", "errorCode": 401, "data": None}
    assert status_and_body(ask("POST", third.url + CREATE, KEYED_BODY, headers)) == (401, refusal)
    assert third.calls == []


def test_v3_lends_no_token_and_its_queries_name_nobody(third: FakeVBot) -> None:
    form = b"grant_type=password&username=fake-user&password=fake-password"
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    assert ask("POST", third.url + "/token", form, headers).status == 404
    for query, status in (
        ("template_script_code=HELLO", 200),
        ("vbot_id=vbot-1&project_code=SHOP&template_script_code=HELLO", 400),
    ):
        assert ask("GET", f"{third.url}{FIELDS}?{query}", headers=KEY).status == status


def test_an_empty_account_is_refused_without_a_word_about_why(third: FakeVBot) -> None:
    third.balance(0)
    silent = {"status": 500, "msg": "error", "errorCode": 500, "data": None}
    assert status_and_body(ask("POST", third.url + CREATE, KEYED_BODY, KEY)) == (200, silent)
    balance = third.url + "/api/account/balance"
    assert status_and_body(ask("GET", balance, headers=KEY)) == (200, {"error": 0, "message": "success", "data": 0})
    ask("POST", third.url + "/_fake/balance", {"balance": 5})
    assert ask("POST", third.url + "/_fake/balance", {}).status == 400
    assert ask("POST", third.url + CREATE, KEYED_BODY, KEY).status == 200
    assert len(third.calls) == 1


@pytest.mark.parametrize("path, field", [(CREATE, "errorCode"), (INSERT, "error")])
@pytest.mark.parametrize(
    "fault, status, code",
    [("refuse", 200, -1), ("expired_token", 401, 401), ("rate_limited", 429, 429), ("system_error", 500, 500)],
)
def test_a_fault_speaks_in_the_words_of_the_path_it_meets(
    third: FakeVBot, path: str, field: str, fault: str, status: int, code: int
) -> None:
    third.fault(fault, times=1)
    found, document = status_and_body(ask("POST", third.url + path, KEYED_BODY, KEY))
    assert isinstance(document, dict)
    assert (found, document[field], document["data"]) == (status, code, None)


def test_the_generation_of_a_process_is_chosen_at_its_start() -> None:
    command = [sys.executable, "-m", "bridge.fake_vbot", "--port", "0", "--generation", "v3", "--token", "k"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=Path(__file__).parents[2]) as process:
        try:
            assert process.stdout is not None
            url = process.stdout.readline().split()[-1]
            assert ask("POST", url + CREATE, KEYED_BODY, KEY | {"X-API-Key": "k"}).status == 200
        finally:
            process.terminate()


def refused(vbot: FakeVBot, answer: Answer, status: int, named: str = "") -> None:
    document = json.loads(answer.body)
    assert (answer.status, document["status"], document["data"]) == (status, 0, None)
    assert named in document["message"]
    assert vbot.calls == []
