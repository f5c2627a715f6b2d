"""The older generations' list names no id: a call there is ours only where number and time leave no doubt."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest

from bridge.fake_vbot import FakeVBot, Settings
from bridge.fake_vbot.records import WORDS
from bridge.lib.jsonschema import problems
from bridge.settle.records import look_up
from bridge.settle.results import settle_stored
from bridge.store import Store
from bridge.store.db.tables import attempts
from bridge.store.results import store_result
from bridge.vbot.client import Client
from bridge.worker.periodic import JOBS
from tests.stage import NOW, RULE, Stage, later, order

REDIALS = {"on": ["no_answer", "busy", "failed", "no_key"], "times": 3, "every": "30m"}
TALKING = {**RULE, "answers": {"1": "confirmed"}, "redial": REDIALS}
PHONE = "0900000001"
# VBot's word in the list: our result, and whether a rule that redials all of them rings again; "": it stays placed.
MEANT = {
    **dict.fromkeys(("noanswer", "misscall", "more"), ("no_answer", True)),
    "busy": ("busy", True),
    **dict.fromkeys(("congestion", "torture", "chanunavail", "cancel"), ("failed", True)),
    "dontcall": ("failed", False),
    "answer": ("answered", False),
    **dict.fromkeys(("botivr", "someoneanswered", "logout", "invalidargs"), ("", False)),
}


@pytest.fixture(params=["v1", "v2"])
def vbot(request: pytest.FixtureRequest) -> Iterator[FakeVBot]:
    with FakeVBot(Settings(generation=request.param)) as running:
        yield running


@pytest.fixture
def stage(store: Store, vbot: FakeVBot) -> Stage:
    return Stage(store, vbot, TALKING)


def lose(stage: Stage) -> None:
    """An unsure call that VBot has."""
    stage.vbot.fault("reset_after", times=1)
    stage.send("order.created", order(1))
    stage.run()
    assert stage.call()["state"] == "unsure"


def list_call(stage: Stage, word: str, at: datetime = NOW, phone: str | None = None) -> None:
    """VBot's list holds this call, as nobody's."""
    number = phone or str(stage.vbot.calls[-1]["phone"])
    stage.vbot.add_record(
        {
            "externalCallId": None,
            "phone": number,
            "hotlineCode": "0812345678",
            "disposition": word,
            "duration": 21,
            "billsec": 9,
            "postage": 350,
            "createAt": int(at.timestamp() * 1000),
        }
    )


def ask(stage: Stage, at: datetime, trust: timedelta | None = None) -> None:
    look_up(stage.store, stage.client, trust, at, time.monotonic)
    settle_stored(stage.store, stage.catalogs, stage.client.account_id, at)


def state(stage: Stage) -> tuple[str, str | None]:
    call: dict[str, Any] = stage.call()
    return call["state"], call["result"]


def test_every_word_of_the_list_has_a_meaning() -> None:
    assert MEANT.keys() == WORDS


@pytest.mark.parametrize("word", sorted(MEANT))
def test_a_word_settles_the_call_and_a_refusal_is_never_redialled(stage: Stage, word: str) -> None:
    lose(stage)
    list_call(stage, word, later(seconds=20))
    ask(stage, later(minutes=2))
    result, rings_again = MEANT[word]
    wanted = ("waiting", None) if rings_again else ("finished", result) if result else ("placed", None)
    assert state(stage) == wanted
    assert [one["outcome"] for one in stage.call()["attempts"]] == ["accepted"]
    if word == "dontcall":
        assert stage.call()["reason"] == "failed_callee_refused"


def test_what_may_be_another_call_settles_nothing(stage: Stage) -> None:
    lose(stage)
    for at in (later(minutes=-3), later(minutes=11)):
        list_call(stage, "busy", at)
    list_call(stage, "busy", phone="0900000099")
    ask(stage, later(minutes=2), timedelta(hours=1))
    assert state(stage) == ("unsure", None)
    for seconds in (5, 40):  # two calls fit: which is ours, nobody knows
        list_call(stage, "busy", later(seconds=seconds))
    ask(stage, later(minutes=30), timedelta(hours=1))
    assert state(stage) == ("unsure", None)
    ask(stage, later(hours=30), timedelta(hours=1))
    assert state(stage) == ("unsure", None)  # however long it is silent


def test_a_call_that_fits_two_attempts_is_nobodys(stage: Stage) -> None:
    lose(stage)
    with stage.store.write() as conn:
        row = conn.execute(attempts.select()).mappings().one()
        other = {**row, "external_call_id": "0" * 32, "started_at": later(minutes=1), "n": 2}
        del other["id"]
        conn.execute(attempts.insert().values(other))
    list_call(stage, "noanswer", later(seconds=30))
    ask(stage, later(minutes=2))
    assert state(stage) == ("unsure", None)


def test_a_call_of_the_customer_to_the_shop_is_none_of_ours(vbot: FakeVBot) -> None:
    client = Client(vbot.account())
    vbot.add_record(
        {
            "phone": "0812345678",
            "hotlineCode": PHONE,
            "disposition": "answer",
            "duration": 9,
            "billsec": 9,
            "postage": 0,
            "createAt": int(NOW.timestamp() * 1000),
        }
    )
    assert client.history(later(hours=-1), time.monotonic() + 60, PHONE).records == []


def test_the_keys_that_come_later_still_count(stage: Stage) -> None:
    lose(stage)
    list_call(stage, "answer", later(seconds=20))
    ask(stage, later(minutes=2))
    assert state(stage) == ("finished", "answered")
    attempt = str(stage.vbot.calls[-1]["external_call_id"])
    body = f'{{"externalCallId": "{attempt}", "disposition": "ANSWER", "inputLog": "1", "endCallAt": 1795410060000}}'
    with stage.store.write() as conn:
        store_result(conn, body.encode(), later(minutes=5))
    settle_stored(stage.store, stage.catalogs, stage.client.account_id, later(minutes=5))
    assert state(stage) == ("finished", "confirmed")


def test_the_list_is_read_page_by_page_until_it_is_old_enough(vbot: FakeVBot) -> None:
    client = Client(vbot.account())
    for number in range(25):
        vbot.add_record(
            {
                "phone": PHONE,
                "hotlineCode": "0812345678",
                "disposition": "BUSY",
                "duration": 0,
                "billsec": 0,
                "postage": 0,
                "createAt": int(later(minutes=-number).timestamp() * 1000),
            }
        )
    whole = client.history(later(days=-1), time.monotonic() + 60, PHONE)
    assert (len(whole.records), whole.is_whole) == (25, True)
    before = len(vbot.requests)
    recent = client.history(later(minutes=-5), time.monotonic() + 60, PHONE)
    assert (len(recent.records), recent.is_whole) == (6, True)
    assert len(vbot.requests) - before == 1
    page = vbot.requests[-1]
    assert "phone=0900000001" in str(page) and "page=1" in str(page)


@pytest.mark.parametrize("is_on", [False, True])
def test_only_a_setting_lets_a_worker_look_there(vbot: FakeVBot, is_on: bool) -> None:
    (job,) = (job for job in JOBS if job.name == "records")
    worker: Any = SimpleNamespace(client=Client(vbot.account()), config=SimpleNamespace(history=is_on))
    assert job.applies(worker) == is_on


def test_the_fakes_list_is_as_documented(vbot: FakeVBot) -> None:
    generation = vbot.account().generation
    row = {"date_create": "11/23/2026 12:00:05", "callee": [{"phone": PHONE, "disposition": "busy"}]}
    success = {"status": 1} if generation == "v1" else {"error": 0}
    assert problems({**success, "data": [row]}, f"vbot/{generation}/history.answer") == []
    assert problems({**success, "data": [{}]}, f"vbot/{generation}/history.answer") != []
