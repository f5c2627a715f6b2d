"""vbot: the account's lists, as a person asks for them."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator

import pytest

from bridge.fake_vbot import FakeVBot, Settings
from tests.cli.conftest import Cli


@pytest.fixture
def vbot() -> Iterator[FakeVBot]:
    with FakeVBot(Settings(generation="v3")) as running:
        running.hotline("0812345678")
        running.template("CONFIRM")
        yield running


def test_each_list_is_printed_for_people_and_as_json(cli: Cli) -> None:
    assert cli("vbot", "hotlines", VBOT_API="v3").stdout.split("\t")[0] == "0812345678"
    assert cli("vbot", "templates", VBOT_API="v3").stdout == "CONFIRM\tCONFIRM\t1\tCONFIRM\n"
    assert cli("vbot", "branches", "CONFIRM", VBOT_API="v3").stdout == "1\tĐồng ý\n  9\tNghe lại\n"
    assert cli("vbot", "balance", VBOT_API="v3").stdout == "1000000\n"
    assert json.loads(cli("vbot", "balance", "--json", VBOT_API="v3").stdout) == {"balance": "1000000"}
    listed = json.loads(cli("vbot", "hotlines", "--json", VBOT_API="v3").stdout)
    assert [entry["hotline_code"] for entry in listed["items"]] == ["0812345678"]


def test_the_second_generation_lists_its_templates_too(cli: Cli) -> None:
    with FakeVBot(Settings(generation="v2")) as vbot:
        vbot.template("CONFIRM")
        own = {"VBOT_API": "v2", "VBOT_URL": vbot.url, "VBOT_ID": "vbot-1", "VBOT_PROJECT_CODE": "SHOP"}
        assert cli("vbot", "templates", **own).stdout == "CONFIRM\tCONFIRM\t1\tCONFIRM\n"


def test_what_vbot_does_not_tell_is_one_line_and_exit_1(cli: Cli) -> None:
    for words, settings in (
        (("balance",), {"VBOT_API": "v1", "VBOT_ID": "vbot-1", "VBOT_PROJECT_CODE": "SHOP"}),
        (("branches", "OTHER"), {"VBOT_API": "v3"}),
        (("hotlines",), {"VBOT_API": "v3", "VBOT_TOKEN": "wrong"}),
    ):
        done = cli("vbot", *words, **settings)
        assert (done.returncode, done.stdout, done.stderr.count("\n")) == (1, "", 1)
        assert done.stderr.startswith("error: VBot did not tell: ")


@pytest.mark.parametrize("generation", ["v1", "v2"])
def test_the_older_generations_list_the_calls_of_a_number(cli: Cli, generation: str) -> None:
    with FakeVBot(Settings(generation=generation)) as vbot:
        record = {"phone": "0900000001", "hotlineCode": "0812345678", "disposition": "BUSY", "postage": 0}
        vbot.add_record({**record, "duration": 12, "billsec": 0, "createAt": int(time.time() * 1000)})
        own = {"VBOT_API": generation, "VBOT_URL": vbot.url, "VBOT_ID": "vbot-1", "VBOT_PROJECT_CODE": "SHOP"}
        (item,) = json.loads(cli("vbot", "records", "--phone", "0900 000 001", "--json", **own).stdout)["items"]
        assert (item["said"], item["external_call_id"], item["phone"]) == ("busy", None, "09••••••01")
        assert cli("vbot", "records", "--phone", "0900 000 002", **own).stdout == "none\n"
