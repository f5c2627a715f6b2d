"""Many calls with one request: what goes out in each generation, what an answer means, and what the fake takes."""

from __future__ import annotations

import json
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from bridge.fake_vbot import FakeVBot, Settings
from bridge.vbot import CallRequest, Outcome
from bridge.vbot.client import Client
from tests.vbot.raw import answer, reset, serve

SPOKEN = [Settings(), Settings(generation="v2"), Settings(generation="v3"), Settings(generation="v3", v3_paths="old")]
NAMES = ["v1", "v2", "v3", "v3 old"]
PEOPLE = [
    CallRequest("a1", "0912345671", "0812345678", "HELLO", name="Trần Thị Thử"),
    CallRequest("a2", "0912345672", "0812345678", "HELLO"),
]


@pytest.fixture(params=SPOKEN, ids=NAMES)
def vbot(request: pytest.FixtureRequest) -> Iterator[FakeVBot]:
    with FakeVBot(request.param) as running:
        yield running


def place(vbot: FakeVBot, requests: list[CallRequest] = PEOPLE) -> Outcome:
    return Client(vbot.account()).place_batch(requests, time.monotonic() + 10)


def received(vbot: FakeVBot) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(vbot.requests[-1]["body"])
    return found


def test_each_generation_gets_its_own_words(vbot: FakeVBot) -> None:
    assert place(vbot).outcome == "accepted"
    body = received(vbot)
    path = vbot.requests[-1]["path"]
    if vbot.settings.generation == "v3" and vbot.settings.v3_paths == "new":
        assert path == "/m-auto-call/api/call/create-list-phone"
        assert body == {
            "hotline_code": "0812345678",
            "template_code": "HELLO",
            "max_time": -1,
            "max_waiting_time": 30,
            "phone_infos": [
                {"phone": "0912345671", "name": "Trần Thị Thử", "external_call_id": "a1"},
                {"phone": "0912345672", "external_call_id": "a2"},
            ],
        }
        return
    assert path == "/api/campaignCall/callConfirm/insertListPhone"
    identity = {} if vbot.settings.generation == "v3" else {"vbot_id": "vbot-1", "project_code": "SHOP"}
    assert body == identity | {
        "hotline_code": "0812345678",
        "template_code": "HELLO",
        "phoneInfos": [
            {"phone": "0912345671", "name": "Trần Thị Thử", "customerUid": "a1"},
            {"phone": "0912345672", "name": "quý khách", "customerUid": "a2"},
        ],
    }


def test_what_a_batch_can_say_depends_on_the_generation(vbot: FakeVBot) -> None:
    client = Client(vbot.account())
    plain, words, limits = PEOPLE[0], replace(PEOPLE[0], datas={"a": 1}), replace(PEOPLE[0], max_time=60)
    text = {
        "v1": (True, False, False),
        "v2": (True, False, False),
        "new": (True, True, True),
        "old": (True, True, False),
    }
    settings = vbot.settings
    expected = text[settings.v3_paths if settings.generation == "v3" else settings.generation]
    assert (client.carries(plain), client.carries(words), client.carries(limits)) == expected
    assert client.most_in_batch == (5 if settings.generation == "v3" else None)


def test_a_phone_that_stands_twice_is_never_sent(vbot: FakeVBot) -> None:
    outcome = place(vbot, [PEOPLE[0], replace(PEOPLE[0], external_call_id="a9")])
    assert (outcome.outcome, outcome.detail, list(vbot.requests)) == ("refused", "bad_request", [])


@pytest.mark.parametrize("vbot", SPOKEN[2:], ids=NAMES[2:], indirect=True)
def test_more_than_five_phones_are_never_sent_to_the_third_generation(vbot: FakeVBot) -> None:
    many = [replace(PEOPLE[0], phone=f"091234567{n}", external_call_id=f"a{n}") for n in range(6)]
    outcome = place(vbot, many)
    assert (outcome.outcome, outcome.detail, list(vbot.requests)) == ("refused", "bad_request", [])


@pytest.mark.parametrize(
    ("fault", "outcome", "detail"),
    [
        ("rate_limited", "not_sent", "rate_limited"),
        ("expired_token", "not_sent", "token_refused"),
        ("refuse", "refused", "vbot_refused"),
        ("system_error", "refused", "vbot_system_error"),
        ("reset_after", "unsure", "reset"),
        ("bad_gateway", "unsure", "bad_answer"),
        ("html", "unsure", "bad_answer"),
        ("cut_json", "unsure", "bad_answer"),
        ("utf16", "unsure", "bad_answer"),
        ("not_found", "refused", "wrong_url"),
    ],
)
def test_each_fault_means_what_it_means_for_one_call(vbot: FakeVBot, fault: str, outcome: str, detail: str) -> None:
    vbot.fault(fault, on="insert_list", times=1)
    found = place(vbot)
    assert (found.outcome, found.detail) == (outcome, detail)


@pytest.mark.parametrize(
    ("account", "document", "outcome"),
    [
        ("v1", {"status": 1, "data": {"batch_id": "B", "phone_count": 2}}, "accepted"),
        ("v1", {"status": 1, "data": {"batch_id": "B", "phone_count": 1}}, "unsure"),
        ("v1", {"status": 1, "data": {"batch_id": "B", "phone_count": 3}}, "unsure"),
        ("v1", {"status": 1, "data": {"batch_id": "B"}}, "unsure"),
        ("v1", {"status": 1, "data": True}, "unsure"),
        ("v1", {"status": 1, "error": 500, "data": {"batch_id": "B", "phone_count": 2}}, "unsure"),
        ("v2", {"error": 0, "data": {"phone_count": 2}}, "accepted"),
        ("v2", {"error": 0, "data": {"phone_count": 0}}, "unsure"),
        ("v2", {"error": 0, "data": True}, "accepted"),
        ("v2", {"status": 1, "data": {"batch_id": "B", "phone_count": 2}}, "unsure"),
        ("v3", {"status": 200, "errorCode": 0, "data": True}, "accepted"),
        ("v3", {"status": 200, "errorCode": 0, "data": {"phone_count": 1}}, "unsure"),
        ("v3", {"status": 200, "errorCode": 0, "data": False}, "unsure"),
        ("v3", {"errorCode": -1, "data": None}, "refused"),
    ],
)
def test_only_a_yes_with_the_right_count_is_a_yes(account: str, document: dict[str, Any], outcome: str) -> None:
    with serve(answer(json.dumps(document).encode())) as raw, FakeVBot(Settings(generation=account)) as fake:
        client = Client(replace(fake.account(), url=raw.url))
        assert client.place_batch(PEOPLE, time.monotonic() + 10).outcome == outcome


def test_a_reset_is_unsure_and_the_request_is_not_sent_again(vbot: FakeVBot) -> None:
    with serve(reset()) as raw:
        client = Client(replace(vbot.account(), url=raw.url))
        assert client.place_batch(PEOPLE, time.monotonic() + 10).outcome == "unsure"
    assert len(raw.requests) == 1


def test_the_older_generations_tell_their_id_of_the_batch(vbot: FakeVBot) -> None:
    found = place(vbot).vbot_call_id
    assert found == (None if vbot.settings.generation == "v3" else "BATCH_00000001")


def post(vbot: FakeVBot, path: str, body: dict[str, Any]) -> tuple[int, dict[str, Any]]:
    """Past the client's own guards."""
    headers = {"Content-Type": "application/json", "X-API-Key": "fake-token"}
    request = urllib.request.Request(vbot.url + path, json.dumps(body).encode(), headers, method="POST")
    try:
        with urllib.request.urlopen(request) as shown:
            return shown.status, json.load(shown)
    except urllib.error.HTTPError as error:
        with error:
            return error.code, json.load(error)


@pytest.mark.parametrize("vbot", SPOKEN[2:3], ids=["v3"], indirect=True)
def test_the_fake_drops_repeats_without_a_word_and_refuses_more_than_five(vbot: FakeVBot) -> None:
    path = "/m-auto-call/api/call/create-list-phone"
    body: dict[str, Any] = {"hotline_code": "1", "template_code": "T"}
    twice = [{"phone": "0912345671", "name": name} for name in ("first", "second")]
    assert post(vbot, path, body | {"phone_infos": twice})[1]["data"] is True
    assert [call["name"] for call in vbot.calls] == ["first"]
    many = [{"phone": f"091234567{n}"} for n in range(6)]
    status, shown = post(vbot, path, body | {"phone_infos": many})
    assert (status, shown["errorCode"], len(vbot.calls)) == (403, 403, 1)
    assert post(vbot, path, body | {"phone_infos": None})[1]["errorCode"] == -1
    assert post(vbot, path, body | {"phone_infos": many[:5] + twice})[0] == 200


@pytest.mark.parametrize("vbot", SPOKEN[:2], ids=NAMES[:2], indirect=True)
def test_the_older_fakes_ring_so_many_as_a_fault_says_and_count_them(vbot: FakeVBot) -> None:
    vbot.fault("fewer", on="insert_list", phones=1)
    found = place(vbot)
    assert (found.outcome, found.detail) == ("unsure", "count_differs")
    assert [call["phone"] for call in vbot.calls] == ["0912345671"]
