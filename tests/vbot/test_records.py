"""Asking for VBot's records, page by page, and reading one of them."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from bridge.fake_vbot import FakeVBot, Settings
from bridge.lib.jsonschema import problems
from bridge.vbot.client import Account, Client, VBotError
from bridge.vbot.records import describe_record, is_ours, read_record
from tests.stage import NOW
from tests.vbot import raw

MINUTE = timedelta(minutes=1)
SPAN = (NOW - timedelta(days=1), NOW + timedelta(days=1))
NAMES = ("externalCallId", "customerUid", "name", "templateScriptCode", "hotlineCode", "answerAt", "inputLog")


@pytest.fixture(params=["new", "old"])
def vbot(request: pytest.FixtureRequest) -> Iterator[FakeVBot]:
    with FakeVBot(Settings(generation="v3", v3_paths=request.param)) as running:
        yield running


def record(number: int, **fields: Any) -> dict[str, Any]:
    made = int((NOW + number * MINUTE / 60).timestamp() * 1000)
    shown = {"phone": f"09000{number % 3:05d}", "disposition": "ANSWER", "createAt": made, "endCallAt": made + 1}
    return {**dict.fromkeys(NAMES), "transId": f"t-{number}", **shown, **fields}


def ask(vbot: FakeVBot, phone: str | None = None, **account: Any) -> Any:
    return Client(vbot.account(**account)).records(*SPAN, time.monotonic() + 60, phone)


@pytest.mark.parametrize("count", [0, 1, 10, 11, 25, 600])
def test_every_record_is_told_however_small_vbots_pages_are(vbot: FakeVBot, count: int) -> None:
    for number in range(count):
        vbot.add_record(record(number))
    shown = ask(vbot)
    assert sorted(one["transId"] for one in shown.records) == sorted(f"t-{number}" for number in range(count))
    assert shown.is_whole


def test_one_phone_is_searched_for_in_its_span(vbot: FakeVBot) -> None:
    for number in range(9):
        vbot.add_record(record(number))
    vbot.add_record(record(3, transId="old", createAt=int((NOW - timedelta(days=2)).timestamp() * 1000)))
    shown = ask(vbot, "0900000000")
    assert [one["transId"] for one in shown.records] == ["t-6", "t-3", "t-0"]
    assert shown.is_whole


def test_pages_that_tell_nothing_new_before_the_count_are_not_whole(vbot: FakeVBot) -> None:
    for _ in range(25):
        vbot.add_record(record(1))
    shown = ask(vbot)
    assert (len(shown.records), shown.is_whole) == (1, False)


@pytest.mark.parametrize("on", ["records", "records_count"])
@pytest.mark.parametrize(
    ("fault", "code"),
    [
        ("not_allowed", "not_allowed"),
        ("rate_limited", "rate_limited"),
        ("expired_token", "token_refused"),
        ("system_error", "vbot_refused"),
        ("html", "bad_answer"),
        ("cut_json", "bad_answer"),
        ("cut", "cut_short"),
        ("utf16", "bad_answer"),
        ("gzip", "bad_answer"),
        ("huge", "too_large"),
        ("redirect", "bad_answer"),
        ("reset_before", "reset"),
        ("not_found", "wrong_url"),
    ],
)
def test_what_is_not_told_has_its_name(vbot: FakeVBot, on: str, fault: str, code: str) -> None:
    vbot.add_record(record(1))
    vbot.fault(fault, on=on)
    with pytest.raises(VBotError) as error:
        ask(vbot)
    assert error.value.code == code


@pytest.mark.parametrize(
    "data", ['{"a": 1}', "null", '[{"transId": "t"}]', '[{"phone": "0900000001", "duration": []}]']
)
def test_records_outside_their_schema_are_not_read(data: str) -> None:
    body = f'{{"status": 200, "errorCode": 0, "data": {data}}}'.encode()
    with raw.serve(raw.answer(body)) as server, pytest.raises(VBotError) as error:
        Client(Account(url=server.url, generation="v3", token="key")).records(*SPAN, time.monotonic() + 60)
    assert error.value.code == "bad_answer"


@pytest.mark.parametrize("generation", ["v1", "v2"])
def test_the_older_generations_offer_none(generation: str) -> None:
    with FakeVBot(Settings(generation=generation)) as vbot:
        client = Client(vbot.account())
        assert not client.has_records
        with pytest.raises(VBotError) as error:
            client.records(*SPAN, time.monotonic() + 60)
        assert error.value.code == "not_offered" and vbot.requests == []


def test_the_fakes_records_are_as_documented(vbot: FakeVBot) -> None:
    vbot.add_record(record(1))
    assert problems({"errorCode": 0, "data": vbot.records}, "vbot/v3/records.answer") == []


@pytest.mark.parametrize(
    ("fields", "word"),
    [
        ({"disposition": "ANSWER"}, "answered"),
        ({"disposition": "NOANSWER", "endCallAt": None}, "no_answer"),
        ({"disposition": "ANSWER", "endCallAt": None, "duration": 31}, "answered"),
        ({"disposition": "ANSWER", "endCallAt": None}, None),
        ({"disposition": "ANSWER", "endCallAt": None, "duration": 0}, None),
        ({"disposition": "RINGING", "endCallAt": None}, None),
        ({"disposition": "RINGING", "sipCode": 180, "endCallAt": 0}, None),
        ({"disposition": "TELEPATHY"}, "failed"),
        ({"disposition": None}, None),
    ],
)
def test_a_record_says_the_end_only_of_a_call_that_has_ended(fields: dict[str, Any], word: str | None) -> None:
    report, body = read_record(record(1, externalCallId="a1", **fields))
    assert (report.external_call_id, report.end and report.end.word) == ("a1", word)
    assert json.loads(body)["phone"] == "0900000001"


def test_the_same_record_gives_the_same_bytes() -> None:
    one = record(1, externalCallId="a1", name="Nguyễn")
    assert read_record(one)[1] == read_record(dict(reversed(one.items())))[1]


def test_ids_of_ours_have_a_shape() -> None:
    assert is_ours("0123456789abcdef" * 2)
    for other in (None, "", "a1", "CRM-4711", "0123456789ABCDEF" * 2, "0123456789abcdeg" * 2):
        assert not is_ours(other)


def test_a_record_is_described_in_our_words() -> None:
    described = describe_record(record(0, externalCallId="a1", inputLog="1", duration="31", postage=450.5))
    assert described["created_at"] == NOW.isoformat()
    shown = (described["external_call_id"], described["said"], described["keys"], described["duration"])
    assert shown == ("a1", "ANSWER", "1", 31)
    assert described["cost"] == "450.5"
