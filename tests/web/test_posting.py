"""The writing part of the API, over HTTP: what is asked for twice is done once."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from bridge.fake_vbot import FakeVBot
from bridge.store import Store
from bridge.store.configuration.pauses import write_pause
from bridge.store.db.tables import idempotency
from bridge.store.operation.actions import list_actions
from bridge.store.operation.idempotency import KEYS_KEPT, forget_keys
from bridge.store.people.dnc import add_numbers
from tests.api import TOKEN, Ask, serve_api, settings_for
from tests.stage import HOTLINE, NOW, RULE, Stage, order

ON_SQLITE = pytest.mark.parametrize("migrated_url", ["sqlite"], indirect=True)
CALL = {"phone": "+84 912 345 678", "template": "HELLO", "datas": {"name": "Chị Hoa", "total": 5000}}
OPEN = CALL | {"window": "always"}


@pytest.fixture
def stage(store: Store, vbot: FakeVBot) -> Stage:
    vbot.template(
        "HELLO", {"cfkey": "name", "isRequired": False}, {"cfkey": "total", "cftype": "number", "isRequired": False}
    )
    return Stage(store, vbot)


@pytest.fixture
def ask(stage: Stage) -> Iterator[Ask]:
    with serve_api(stage.store, API_TOKEN=TOKEN, **settings_for(stage.vbot)) as asked:
        yield asked


def post(ask: Ask, path: str, body: Any = None, key: str = "a-key", **headers: str) -> tuple[int, Any]:
    status, said, document = ask("POST", path, body, **{"Idempotency-Key": key}, **headers)
    assert said["Content-Type"] == ("application/json" if status < 400 else "application/problem+json")
    return status, document


def refused(ask: Ask, body: Any, key: str = "a-key") -> tuple[int, list[str], str | None]:
    """Status, the JSON pointers of what is wrong, and the reason."""
    status, document = post(ask, "/calls", body, key)
    assert document["detail"]
    return status, [error["pointer"] for error in document.get("errors", [])], document.get("reason")


def test_a_call_that_was_asked_for_is_stored_and_placed_by_a_worker(stage: Stage, ask: Ask) -> None:
    status, headers, call = ask("POST", "/calls", OPEN, **{"Idempotency-Key": "order 1001"})
    assert (status, headers["Location"]) == (201, f"/api/v1/calls/{call['id']}")
    assert (call["rule"], call["state"], call["phone"], call["hotline"]) == ("manual", "waiting", "0912345678", HOTLINE)
    assert (call["source"], call["order_id"], call["attempts"]) == (None, None, [])
    assert ask("GET", f"/calls/{call['id']}")[2] == call == stage.call()
    stage.dial(datetime.now(UTC) + timedelta(minutes=1))
    (heard,) = stage.vbot.calls
    assert (heard["phone"], heard["template_code"], heard["datas"]) == ("0912345678", "HELLO", CALL["datas"])


def test_the_same_key_and_body_is_the_same_call_as_it_is_by_then(stage: Stage, ask: Ask) -> None:
    first = post(ask, "/calls", OPEN)
    stage.dial(datetime.now(UTC) + timedelta(minutes=1))
    turned = {name: OPEN[name] for name in reversed(OPEN)}
    status, again = post(ask, "/calls", turned)
    assert (first[0], status) == (201, 200)
    assert (again["id"], again["state"]) == (first[1]["id"], "placed")
    assert stage.rung() == ["0912345678"]


def test_what_a_program_does_is_recorded_once_under_its_token(stage: Stage, ask: Ask) -> None:
    stage.send("order.created", order())
    stage.decide()
    for _ in range(2):
        post(ask, "/calls", OPEN)
        post(ask, "/deliveries/1/replay", key="another")
    with stage.store.read() as conn:
        acts = [(act.who, act.what, act.on) for act in list_actions(conn, 10)]
    assert acts == [("API_TOKEN", "replay", "delivery:1"), ("API_TOKEN", "call", "call:2")]


def test_another_key_is_another_call(stage: Stage, ask: Ask) -> None:
    assert [post(ask, "/calls", OPEN, key)[0] for key in ("one", "two", "~", "x" * 255)] == [201] * 4
    assert len(stage.calls()) == 4


@pytest.mark.parametrize("change", [{"phone": "0912345679"}, {"datas": {"name": "x"}}, {"window": {"to": "19:00"}}])
def test_the_same_key_with_another_body_is_refused(stage: Stage, ask: Ask, change: Any) -> None:
    post(ask, "/calls", OPEN)
    status, document = post(ask, "/calls", OPEN | change)
    assert (status, len(stage.calls())) == (422, 1)
    assert "Idempotency-Key" in document["detail"]


def test_a_key_is_of_one_address(stage: Stage, ask: Ask) -> None:
    stage.send("order.created", order())
    stage.decide()
    delivery = stage.deliveries()[0]["id"]
    assert post(ask, f"/deliveries/{delivery}/replay", {})[0] == 200
    assert post(ask, "/calls", OPEN)[0] == 422
    assert post(ask, f"/deliveries/{delivery + 1}/replay", {})[0] == 422


def test_a_slash_at_the_end_is_the_same_address_to_a_key(stage: Stage, ask: Ask) -> None:
    first = post(ask, "/calls", OPEN)
    again = post(ask, "/calls/", OPEN)
    assert (first[0], again[0]) == (201, 200)
    assert first[1]["id"] == again[1]["id"]


def test_two_copies_at_once_make_one_call(stage: Stage, ask: Ask) -> None:
    told: list[tuple[int, Any]] = []
    together = threading.Barrier(8)

    def copy() -> None:
        together.wait()
        told.append(post(ask, "/calls", OPEN))

    threads = [threading.Thread(target=copy) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(status for status, _ in told) == [200] * 7 + [201]
    assert {document["id"] for _, document in told} == {stage.call()["id"]}


@ON_SQLITE
@pytest.mark.parametrize("path", ["/calls", "/deliveries/1/replay"])
@pytest.mark.parametrize("key", [None, "", "x" * 256, "é", "a\tb"])
def test_without_a_usable_key_nothing_is_done(stage: Stage, ask: Ask, path: str, key: str | None) -> None:
    headers = {} if key is None else {"Idempotency-Key": key}
    status, said, document = ask("POST", path, OPEN, **headers)
    assert (status, said["Content-Type"]) == (400, "application/problem+json")
    assert "Idempotency-Key" in document["detail"]
    assert stage.calls() == []


@ON_SQLITE
@pytest.mark.parametrize("path", ["/calls", "/deliveries/1/replay"])
@pytest.mark.parametrize("token", [None, "wrong", ""])
def test_without_the_token_nothing_is_done(stage: Stage, ask: Ask, path: str, token: str | None) -> None:
    assert ask("POST", path, OPEN, token, **{"Idempotency-Key": "a"})[0] == 401
    assert stage.calls() == []


@ON_SQLITE
@pytest.mark.parametrize(
    ("body", "status", "pointers"),
    [
        (b"{", 400, [""]),
        (b'{"phone": "0912345678", "phone": "0912345679"}', 400, [""]),
        (b"\xff", 400, [""]),
        (b"[]", 422, [""]),
        (b"", 422, [""]),
        ({"phone": "0912345678"}, 422, [""]),
        (OPEN | {"name": "x"}, 422, ["/name"]),
        (OPEN | {"phone": 912345678}, 422, ["/phone"]),
        (OPEN | {"phone": "", "template": " "}, 422, ["/phone", "/template"]),
        (OPEN | {"hotline": ""}, 422, ["/hotline"]),
        (OPEN | {"datas": {"name": None}}, 422, ["/datas/name"]),
        (OPEN | {"datas": {"nmae": "x"}}, 422, ["/datas/nmae"]),
        (OPEN | {"datas": {"name": "x" * 5001}}, 422, ["/datas/name"]),
        (OPEN | {"datas": {f"n{n}": "x" for n in range(101)}}, 422, ["/datas"]),
        (OPEN | {"datas": {"total": "many"}}, 422, ["/datas/total"]),
        (OPEN | {"window": "never"}, 422, ["/window"]),
        (OPEN | {"window": "8-20"}, 422, ["/window"]),
        (OPEN | {"window": "25:00-26:00"}, 422, ["/window"]),
        (OPEN | {"window": "20:00-08:00"}, 422, ["/window"]),
        (OPEN | {"window": {"from": "25:00"}}, 422, ["/window/from"]),
        (OPEN | {"window": {"from": "20:00", "to": "08:00"}}, 422, ["/window"]),
        (OPEN | {"window": []}, 422, ["/window"]),
        (OPEN | {"window": [{"untill": "20:00"}]}, 422, ["/window/0/untill"]),
    ],
)
def test_a_body_that_cannot_be_used_is_refused_at_its_place(
    stage: Stage, ask: Ask, body: Any, status: int, pointers: list[str]
) -> None:
    assert refused(ask, body)[:2] == (status, pointers)
    assert stage.calls() == []


@pytest.mark.parametrize(
    ("phone", "reason"),
    [
        ("123", "phone_impossible"),
        ("0912***678", "phone_masked"),
        ("19001234", "phone_premium"),
        ("-", "phone_missing"),
    ],
)
def test_a_number_that_cannot_be_dialled_is_refused_with_its_reason(
    stage: Stage, ask: Ask, phone: str, reason: str
) -> None:
    assert refused(ask, OPEN | {"phone": phone}) == (422, ["/phone"], reason)
    assert stage.calls() == []


def test_a_listed_number_is_refused_and_the_key_stays_free(stage: Stage, ask: Ask) -> None:
    with stage.store.write() as conn:
        add_numbers(conn, ["0912345678"], "asked", NOW)
    assert refused(ask, OPEN) == (422, ["/phone"], "do_not_call")
    assert post(ask, "/calls", OPEN | {"phone": "0912345679"})[0] == 201


def test_a_template_that_vbot_does_not_know_is_refused(stage: Stage, ask: Ask) -> None:
    assert refused(ask, OPEN | {"template": "OTHER"}) == (422, ["/template"], "vbot_refused")


@pytest.mark.parametrize("as_text", [False, True])
def test_hours_hold_a_call_back(stage: Stage, ask: Ask, *, as_text: bool) -> None:
    hour = (datetime.now(UTC) + timedelta(hours=7 + 3)).hour
    opens, closes = f"{hour:02}:00", f"{hour:02}:59"
    window: Any = f"{opens}-{closes}" if as_text else {"from": opens, "to": closes}
    call = post(ask, "/calls", CALL | {"window": window})[1]
    assert (call["state"], call["reason"]) == ("waiting", "window_closed")
    assert datetime.fromisoformat(call["not_before"]) > datetime.now(UTC) + timedelta(hours=1)


def test_while_calls_are_paused_it_waits(stage: Stage, ask: Ask) -> None:
    with stage.store.write() as conn:
        write_pause(conn, "all", "", "stop", NOW)
    assert post(ask, "/calls", OPEN)[0] == 201
    stage.dial(datetime.now(UTC) + timedelta(minutes=1))
    assert (stage.rung(), stage.call()["state"]) == ([], "waiting")


@ON_SQLITE
def test_while_vbot_is_not_configured_calls_are_refused_for_now(stage: Stage) -> None:
    with serve_api(stage.store, API_TOKEN=TOKEN) as ask:
        status, document = post(ask, "/calls", OPEN)
    assert (status, stage.calls()) == (503, [])
    assert "VBOT_URL" in document["detail"]


def test_the_web_takes_the_token_that_the_worker_has_and_lends_no_second_one(stage: Stage) -> None:
    account = stage.vbot.account(fixed_token=False)
    issued = {"VBOT_TOKEN": "", "VBOT_USERNAME": account.username or "", "VBOT_PASSWORD": account.password or ""}
    for key in ("of-one-web", "of-another"):
        with serve_api(stage.store, API_TOKEN=TOKEN, **{**settings_for(stage.vbot), **issued}) as ask:
            assert post(ask, "/calls", OPEN, key)[0] == 201
    asked = [request["path"] for request in stage.vbot.requests]
    assert (asked.count("/token"), len(stage.calls())) == (1, 2)


def test_without_a_hotline_a_call_says_where_to_write_one(stage: Stage) -> None:
    settings = {**settings_for(stage.vbot), "VBOT_HOTLINE": ""}
    with serve_api(stage.store, API_TOKEN=TOKEN, **settings) as ask:
        assert refused(ask, OPEN) == (422, ["/hotline"], "no_hotline")
        assert post(ask, "/calls", OPEN | {"hotline": "0287654321"})[1]["hotline"] == "0287654321"


def test_a_replay_answers_what_was_decided_and_the_call_waits_again(stage: Stage, ask: Ask) -> None:
    stage.apply({**RULE, "when": "order.total > 1000000"})
    stage.send("order.created", order(), datetime.now(UTC))
    stage.decide()
    delivery = stage.deliveries()[0]["id"]
    stage.apply(RULE | {"within": "365d"})
    status, done = post(ask, f"/deliveries/{delivery}/replay")
    assert status == 200
    assert (done["delivery"], done["outcome"]) == (delivery, "decided")
    (decision,) = done["decisions"]
    assert (decision["decision"], decision["reason"], decision["call_id"]) == ("call", "wanted", stage.call()["id"])
    assert decision["sentence"] and decision["sentence_en"]
    assert post(ask, f"/deliveries/{delivery}/replay") == (200, done)
    assert post(ask, f"/deliveries/{delivery}/replay", {}) == (200, done)
    assert post(ask, f"/deliveries/{delivery}/replay", None, "another")[1]["decisions"][0]["decision"] == "skip"


def test_copies_of_a_replay_at_once_have_one_answer(stage: Stage, ask: Ask) -> None:
    stage.send("order.created", order())
    stage.decide()
    delivery = stage.deliveries()[0]["id"]
    told: list[tuple[int, Any]] = []
    together = threading.Barrier(6)

    def copy() -> None:
        together.wait()
        told.append(post(ask, f"/deliveries/{delivery}/replay"))

    threads = [threading.Thread(target=copy) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [one for one in told if one != told[0]] == []
    assert len(stage.decisions()) == 2


@pytest.mark.parametrize("body", [{"force": True}, [], b"x"])
def test_a_replay_takes_no_words(stage: Stage, ask: Ask, body: Any) -> None:
    assert post(ask, "/deliveries/1/replay", body)[0] == (400 if body == b"x" else 422)


@pytest.mark.parametrize("delivery", ["9", "9" * 25])
def test_what_is_not_there_cannot_be_replayed(ask: Ask, delivery: str) -> None:
    assert post(ask, f"/deliveries/{delivery}/replay")[0] == 404


def test_what_cannot_be_replayed_now_says_why_and_leaves_the_key_free(stage: Stage, ask: Ask) -> None:
    stage.send("order.created", order())
    delivery = stage.deliveries()[0]["id"]
    status, document = post(ask, f"/deliveries/{delivery}/replay")
    assert (status, document["reason"]) == (409, "undecided")
    stage.decide()
    assert post(ask, f"/deliveries/{delivery}/replay")[0] == 200


def test_an_unreadable_delivery_stays_failed(stage: Stage, ask: Ask) -> None:
    stage.send_body(b'{"topic": "order.created", "order": []}')
    stage.decide()
    (delivery,) = stage.deliveries()
    status, document = post(ask, f"/deliveries/{delivery['id']}/replay")
    assert (status, document["reason"]) == (409, "unreadable")


def test_keys_are_kept_for_a_day_and_longer_and_then_go(stage: Stage, ask: Ask) -> None:
    post(ask, "/calls", OPEN)
    made = datetime.now(UTC)
    assert timedelta(hours=24) <= KEYS_KEPT
    with stage.store.write() as conn:
        assert forget_keys(conn, made + timedelta(hours=24)) == 0
        assert forget_keys(conn, made + KEYS_KEPT + timedelta(minutes=1)) == 1
        assert conn.execute(select(idempotency)).all() == []


def test_nothing_personal_is_kept_with_a_key(stage: Stage, ask: Ask) -> None:
    post(ask, "/calls", OPEN)
    with stage.store.read() as conn:
        (row,) = conn.execute(select(idempotency)).all()
    assert "912345678" not in str(row) and "Hoa" not in str(row)
