"""What people see of VBot's records: the story of an unsure call, and the list itself."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from bridge.fake_vbot import FakeVBot, Settings
from bridge.settle.comparison import compare_records
from bridge.settle.records import look_up
from bridge.settle.results import settle_stored
from tests.cli.conftest import ALWAYS, Cli
from tests.stage import Stage

V3 = {"VBOT_API": "v3"}
ZONE = ZoneInfo("Asia/Ho_Chi_Minh")
PHONE, MASKED = "0900000001", "09••••••01"
TALKING = {
    "rule": "confirm",
    "template": "CONFIRM",
    "on": ["order.created"],
    "window": ALWAYS,
    "datas": {},
    "answers": {"1": "confirmed"},
}


@pytest.fixture
def vbot() -> Iterator[FakeVBot]:
    with FakeVBot(Settings(generation="v3")) as running:
        yield running


@pytest.fixture
def lost(stage: Stage, send: Callable[..., None], now: datetime) -> str:
    """The attempt of an order whose answer was lost on its way."""
    stage.apply(TALKING)
    stage.vbot.fault("reset_after", times=1)
    send()
    stage.dial(now)
    return str(stage.vbot.calls[0]["external_call_id"])


def ask(stage: Stage, at: datetime) -> None:
    look_up(stage.store, stage.client, None, at, time.monotonic)
    settle_stored(stage.store, stage.catalogs, stage.client.account_id, at)


def story(cli: Cli, language: str) -> list[str]:
    told = cli("explain", "DH-1", "--lang", language, **V3)
    assert (told.returncode, told.stderr) == (0, "")
    lines = told.stdout.splitlines()
    begin = next(n for n, line in enumerate(lines) if "VBot " in line and "confirm" not in line)
    return [line.strip() for line in lines[begin:]]


def vi(at: datetime) -> str:
    return f"{at.astimezone(ZONE):%H:%M ngày %d/%m/%Y}"


def en(at: datetime) -> str:
    return f"{at.astimezone(ZONE):%H:%M on %-d %B %Y}"


def test_the_story_of_an_unsure_call_says_what_the_records_said_until_they_settle_it(
    stage: Stage, lost: str, cli: Cli, now: datetime
) -> None:
    first, last, then = (now + timedelta(minutes=minutes) for minutes in (1, 3, 8))
    ask(stage, first)
    ask(stage, last)
    sent = f"{now.astimezone(ZONE):%Y-%m-%d %H:%M:%S}"
    call = stage.call()["id"]
    assert story(cli, "vi") == [
        f"{sent}  gửi VBot {lost}: chưa rõ đã đến VBot hay chưa (reset)",
        f"Lịch sử cuộc gọi của VBot (đã hỏi 2 lần, lần cuối lúc {vi(last)}) không có mã này. "
        f"Như vậy chưa chắc là máy không đổ chuông. Sẽ hỏi lại lúc {vi(then)}.",
        "Tiếp theo:",
        f"Cuộc gọi #{call}: Mất kết nối với VBot sau khi đã gửi yêu cầu. "
        "Chưa rõ máy khách đã đổ chuông hay chưa, nên không tự gọi lại. Hãy kiểm tra trên VBot. "
        f"Cần một người kiểm tra mã {lost} trên VBot, rồi chạy: python -m bridge resolve {call} "
        "--rang (đã đổ chuông), --again (gọi lại) hoặc --leave (để vậy), kèm --reason …",
    ]
    assert story(cli, "en") == [
        f"{sent}  sent to VBot {lost}: unsure (reset)",
        f"VBot's records (asked 2 time(s), last at {en(last)}) do not hold this id. "
        f"That does not prove that the phone did not ring. They are asked again at {en(then)}.",
        "Next:",
        f"Call #{call}: The connection to VBot broke after the request was sent. "
        "Whether the phone rang is unknown, so it is not called again by itself. Please check in VBot. "
        f"A person must look for {lost} in VBot, then run: python -m bridge resolve {call} "
        "with --rang, --again or --leave, and --reason …",
    ]
    stage.vbot.end_call(lost, "ANSWER", "1", created_at=now)
    ask(stage, then)
    assert story(cli, "vi") == [
        f"{sent}  gửi VBot {lost}: VBot đã nhận (told)",
        f"Lịch sử cuộc gọi của VBot (đã hỏi 3 lần, lần cuối lúc {vi(then)}) có mã này: yêu cầu đã đến VBot.",
        "kết quả: khách xác nhận (1)",
        "Tiếp theo:",
        f"Cuộc gọi #{call}: Khách đã xác nhận, bấm phím 1.",
    ]
    assert story(cli, "en") == [
        f"{sent}  sent to VBot {lost}: accepted (told)",
        f"VBot's records (asked 3 time(s), last at {en(then)}) hold this id: the request reached VBot.",
        "result: confirmed (1)",
        "Next:",
        f"Call #{call}: The customer confirmed with key 1.",
    ]


def test_the_records_of_an_orders_calls_are_listed_with_phones_masked(
    stage: Stage, lost: str, cli: Cli, now: datetime
) -> None:
    stage.vbot.end_call(lost, "ANSWER", "1", created_at=now)
    stage.vbot.add_record({**stage.vbot.records[0], "externalCallId": None, "transId": "another's"})
    told = cli("vbot", "records", "--order", "DH-1", **V3)
    assert (told.returncode, told.stderr) == (0, "")
    heads, line = told.stdout.splitlines()
    assert heads.split()[0] == "external_call_id"
    assert line.split()[:2] == [lost, MASKED] and "ANSWER" in line
    assert PHONE not in told.stdout
    (item,) = json.loads(cli("vbot", "records", "--order", "DH-1", "--source", "shop", "--json", **V3).stdout)["items"]
    assert (item["external_call_id"], item["phone"], item["keys"]) == (lost, MASKED, "1")
    shown = json.loads(cli("vbot", "records", "--order", "DH-1", "--show-phones", "--json", **V3).stdout)
    assert shown["items"][0]["phone"] == PHONE


def test_the_records_of_a_number_are_all_its_calls(stage: Stage, lost: str, cli: Cli, now: datetime) -> None:
    stage.vbot.end_call(lost, "ANSWER", "1", created_at=now)
    stage.vbot.add_record({**stage.vbot.records[0], "externalCallId": None, "transId": "another's"})
    listed = json.loads(cli("vbot", "records", "--phone", "0900 000 001", "--json", **V3).stdout)
    assert [item["external_call_id"] for item in listed["items"]] == [lost, None]
    assert {item["phone"] for item in listed["items"]} == {MASKED}


def test_an_order_without_a_record_has_none(lost: str, cli: Cli) -> None:
    assert cli("vbot", "records", "--order", "DH-1", **V3).stdout == "none\n"


def test_what_cannot_be_listed_is_one_line(stage: Stage, lost: str, cli: Cli, error: Any, wrong: Any) -> None:
    for generation in ("v1", "v2"):
        said = error(1, "vbot", "records", "--order", "DH-1", VBOT_API=generation, VBOT_ID="x", VBOT_PROJECT_CODE="y")
        assert "(wrong_url)" in said  # this server speaks v3 alone
    assert "no order" in error(1, "vbot", "records", "--order", "DH-2", **V3)
    stage.vbot.fault("not_allowed", on="records")
    assert "(not_allowed)" in error(1, "vbot", "records", "--order", "DH-1", **V3)
    for words in ((), ("--order", "1", "--phone", PHONE), ("--source", "shop", "--phone", PHONE)):
        assert "write --order ORDER" in wrong("vbot", "records", *words)
    assert "--phone" in error(2, "vbot", "records", "--phone", "12", **V3)


def test_doctor_says_where_trusting_silence_has_no_effect(lost: str, cli: Cli) -> None:
    older = {"VBOT_API": "v1", "VBOT_ID": "x", "VBOT_PROJECT_CODE": "y", "VBOT_TRUST_SILENCE": "2h"}
    assert "VBOT_TRUST_SILENCE has no effect: VBOT_API=v1 has no records" in cli("doctor", **older).stdout
    assert "VBOT_TRUST_SILENCE" not in cli("doctor", **V3, VBOT_TRUST_SILENCE="2h").stdout


def test_doctor_names_what_only_one_side_knows(stage: Stage, lost: str, cli: Cli, now: datetime) -> None:
    stage.vbot.end_call(lost, "ANSWER", "1", created_at=now)
    stage.vbot.add_record({**stage.vbot.records[0], "externalCallId": "f" * 32, "transId": "another's"})
    assert compare_records(stage.store, stage.client, now + timedelta(hours=3), time.monotonic)
    lines = [line for line in cli("doctor", **V3).stdout.splitlines() if "records_differ" in line]
    assert len(lines) == 1 and lines[0].startswith("bad")
    assert f"1 call(s) that only VBot knows ({'f' * 32}); look for these in VBot" in lines[0]
