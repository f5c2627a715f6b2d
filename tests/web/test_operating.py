"""What a program does as an operator does, over HTTP: once by its key, recorded, or refused with what to do."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from bridge.fake_vbot import FakeVBot
from bridge.settle.results import settle_stored
from bridge.store import Store
from bridge.store.operation.actions import list_actions
from bridge.store.people.dnc import is_listed
from bridge.store.results import store_result
from tests.api import TOKEN, Ask, serve_api, settings_for
from tests.stage import HOTLINE, RULE, SECRET, Stage, order

WHY = {"reason": " the customer\nwrote "}


@pytest.fixture
def stage(store: Store, vbot: FakeVBot) -> Stage:
    return Stage(store, vbot, RULE | {"window": {"from": "00:00", "to": "24:00"}, "within": "365d"})


@pytest.fixture
def ask(stage: Stage) -> Iterator[Ask]:
    with serve_api(stage.store, API_TOKEN=TOKEN, **settings_for(stage.vbot)) as asked:
        yield asked


def post(ask: Ask, path: str, body: Any = None, key: str = "a-key") -> tuple[int, Any]:
    status, _, document = ask("POST", path, body, **{"Idempotency-Key": key})
    return status, document


def refused(ask: Ask, path: str, body: Any, key: str = "a-key") -> tuple[int, str | None]:
    status, document = post(ask, path, body, key)
    assert status >= 400 and document["detail"]
    return status, document.get("reason") or next((each["pointer"] for each in document.get("errors", [])), None)


def acts(stage: Stage) -> list[tuple[str, str, str, str]]:
    """Oldest first: who, what, on what, why."""
    with stage.store.read() as conn:
        return [(act.who, act.what, act.on, act.reason) for act in list_actions(conn, 20)][::-1]


def make_call(stage: Stage, n: int = 1, *, source: str = "shop", dial: bool = False) -> int:
    """The id of a call that waits, or was dialled."""
    now = datetime.now(UTC)
    stage.send("order.created", order(n, created_at=now.isoformat(), updated_at=now.isoformat()), now, source)
    stage.decide(now)
    if dial:
        stage.dial(now)
    return int(stage.calls()[-1]["id"])


def test_a_waiting_call_is_cancelled_once_and_never_rings(stage: Stage, ask: Ask) -> None:
    call = make_call(stage)
    told = [post(ask, f"/calls/{call}/cancel", WHY) for _ in range(2)]
    assert [(status, said["state"], said["reason"]) for status, said in told] == [(200, "cancelled", "by_person")] * 2
    assert refused(ask, f"/calls/{call}/cancel", WHY, "another") == (409, "ended")
    stage.dial(datetime.now(UTC) + timedelta(minutes=1))
    assert stage.rung() == []
    assert acts(stage) == [("API_TOKEN", "cancel", f"call:{call}", "the customer wrote")]


def test_what_was_dialled_is_too_late_to_cancel_and_leaves_the_key_free(stage: Stage, ask: Ask) -> None:
    call = make_call(stage, dial=True)
    assert refused(ask, f"/calls/{call}/cancel", WHY) == (409, "too_late")
    assert refused(ask, "/cancel", {"order": "DH-1"} | WHY) == (409, "too_late")
    assert refused(ask, "/calls/99/cancel", WHY)[0] == refused(ask, f"/calls/{'9' * 20}/cancel", WHY)[0] == 404
    assert refused(ask, "/calls/1/cancel", {"reason": " "}) == (422, "/reason")
    assert acts(stage) == []


def test_an_order_is_cancelled_by_its_id_or_number_and_its_source_where_that_is_needed(stage: Stage, ask: Ask) -> None:
    ids = [make_call(stage), make_call(stage, source="other"), make_call(stage, 2)]
    assert refused(ask, "/cancel", {"order": "DH-1"} | WHY) == (422, "several")
    assert post(ask, "/cancel", {"order": "id-1", "source": "other"} | WHY) == (
        200,
        {"cancelled": [ids[1]], "too_late": []},
    )
    assert post(ask, "/cancel", {"order": "#DH-2"} | WHY, "2") == (200, {"cancelled": [ids[2]], "too_late": []})
    assert post(ask, "/cancel", {"order": "#DH-2"} | WHY, "2") == (200, {"cancelled": [ids[2]], "too_late": []})
    assert refused(ask, "/cancel", {"order": "DH-9"} | WHY, "3")[0] == 404
    assert [call["state"] for call in stage.calls()] == ["waiting", "cancelled", "cancelled"]


@pytest.mark.parametrize(("answer", "state"), [("rang", "placed"), ("again", "waiting"), ("leave", "unsure")])
def test_an_unsure_call_is_settled_once(stage: Stage, ask: Ask, answer: str, state: str) -> None:
    stage.vbot.fault("reset_after")
    call = make_call(stage, dial=True)
    wanted = {"answer": answer, "reason": "looked"}
    told = [post(ask, f"/calls/{call}/resolve", wanted) for _ in range(2)]
    assert [(status, said["state"]) for status, said in told] == [(200, state)] * 2
    assert acts(stage) == [("API_TOKEN", f"resolve {answer}", f"call:{call}", "looked")]
    if answer != "leave":
        assert refused(ask, f"/calls/{call}/resolve", wanted, "another") == (409, "not_unsure")
    assert refused(ask, "/calls/99/resolve", wanted, "99")[0] == 404
    assert refused(ask, f"/calls/{call}/resolve", {"answer": "maybe", "reason": "x"}, "x") == (422, "/answer")


def test_a_shop_is_told_again_once_by_its_key_or_said_why_it_is_not(stage: Stage, ask: Ask) -> None:
    rule = RULE | {"window": {"from": "00:00", "to": "24:00"}, "within": "365d", "answers": {"2": "declined"}}
    back = {"declined": [{"note": "Khách bấm 2"}, {"cancel_order": True, "key": "2"}]}
    login = {"write_back_url": "https://shop.example.test/told", "write_back_secret": "whsec_" + "b2Yg" * 8}
    own = {"id": "shop", "platform": "generic", "secrets": [SECRET]}
    call = make_call(stage, dial=True)
    again = f"/calls/{call}/tell"
    assert refused(ask, again, WHY) == (409, "tell_unheard")
    told = {"externalCallId": stage.vbot.calls[-1]["external_call_id"], "disposition": "ANSWER", "inputLog": "2"}
    stage.apply(rule, sources=[own])
    with stage.store.write() as conn:
        store_result(conn, json.dumps(told).encode(), datetime.now(UTC))
    settle_stored(stage.store, stage.catalogs, stage.client.account_id, datetime.now(UTC))
    assert refused(ask, again, WHY) == (409, "tell_nothing")
    stage.apply(rule | {"write_back": back}, sources=[{**own, "settings": login}])
    done = [post(ask, again, WHY) for _ in range(2)]
    for status, said in done:
        assert (status, [(one["action"], one["state"]) for one in said["write_backs"]]) == (200, [("note", "waiting")])
    assert post(ask, again, WHY | {"changes": True}, "more")[0] == 200
    assert acts(stage)[-2:] == [("API_TOKEN", "tell", f"call:{call}", "the customer wrote")] * 2
    assert refused(ask, "/calls/99/tell", WHY, "99")[0] == refused(ask, f"/calls/{'9' * 20}/tell", WHY, "9")[0] == 404
    assert refused(ask, again, {"reason": " "}, "blank") == (422, "/reason")


def test_pausing_stops_what_it_names_and_resuming_lets_it_go_on(stage: Stage, ask: Ask) -> None:
    make_call(stage)
    for of, name in (("rule", "confirm"), ("source", "shop"), ("hotline", HOTLINE), ("all", None)):
        scope = {"of": of} | ({"name": name} if name else {})
        (paused,) = post(ask, "/pause", scope | {"reason": "wrong script"}, of)[1]["items"]
        assert paused == {"of": of, "name": name, "reason": "wrong script"}
        stage.dial(datetime.now(UTC) + timedelta(hours=1))
        assert ask("GET", "/pauses")[2]["items"] == [paused] and stage.rung() == []
        assert post(ask, "/resume", scope, f"end of {of}") == (200, {"items": [], "next": None})
        # The first request once more: it was done once, and what somebody resumed since stays so.
        assert post(ask, "/pause", scope | {"reason": "wrong script"}, of) == (200, {"items": [], "next": None})
    assert [(what, on) for _, what, on, _ in acts(stage)][:3] == [
        ("pause", "rule:confirm"),
        ("resume", "rule:confirm"),
        ("pause", "source:shop"),
    ]
    for wrong in ({"of": "rule", "name": "confirn"}, {"of": "source", "name": "x"}, {"of": "hotline", "name": "x"}):
        assert refused(ask, "/pause", wrong) == (422, "/name")
    assert "confirm" in post(ask, "/pause", {"of": "rule", "name": "confirn"})[1]["detail"]
    for wrong in ({"of": "rule"}, {"of": "all", "name": "x"}, {"of": "shop", "name": "x"}, {}):
        assert refused(ask, "/resume", wrong)[0] == 422


def test_a_number_is_put_on_the_do_not_call_list_and_taken_off(stage: Stage, ask: Ask) -> None:
    body = {"phone": "+84 912 345 678", "reason": "asked"}
    assert [post(ask, "/dnc", body) for _ in range(2)] == [(200, {"changed": True})] * 2
    assert post(ask, "/dnc", {"phone": "0912345678"}, "2") == (200, {"changed": False})
    with stage.store.read() as conn:
        assert is_listed(conn, "0912345678")
    assert post(ask, "/dnc/remove", body, "3") == (200, {"changed": True})
    assert post(ask, "/dnc/remove", body, "4") == (200, {"changed": False})
    assert refused(ask, "/dnc", {"phone": "12"}, "5") == (422, "phone_impossible")
    assert [(what, on, why) for _, what, on, why in acts(stage)] == [
        ("dnc add", "dnc", "asked"),
        ("dnc add", "dnc", ""),
        ("dnc remove", "dnc", "asked"),
    ]


def test_the_balance_is_the_commands_and_one_delivery_can_be_read(stage: Stage, ask: Ask) -> None:
    make_call(stage)
    balance = ask("GET", "/balance?since=1h")[2]
    assert (balance["total"], balance["orders"]["waiting"], balance["unexplained_total"]) == (1, 1, 0)
    assert ask("GET", "/balance?since=soon")[0] == 400
    (delivery,) = ask("GET", "/deliveries")[2]["items"]
    assert ask("GET", f"/deliveries/{delivery['id']}")[2] == delivery
    assert ask("GET", "/deliveries/99")[0] == ask("GET", f"/deliveries/{'9' * 20}")[0] == 404


def test_calls_are_found_by_rule_and_result_and_pages_stay_whole_while_calls_arrive(stage: Stage, ask: Ask) -> None:
    first = [make_call(stage, n) for n in range(1, 6)]
    seen, cursor, n = [], "", 6
    while cursor is not None:
        page = ask("GET", f"/calls?rule=confirm&limit=2{cursor}")[2]
        seen += [call["id"] for call in page["items"]]
        make_call(stage, n)  # one arrives between two pages
        n, cursor = n + 1, f"&cursor={page['next']}" if page["next"] else None
    assert seen == first[::-1]
    assert ask("GET", "/calls?rule=other")[2]["items"] == ask("GET", "/calls?result=busy&batch=x")[2]["items"] == []
    for name in ("cursor", "state", "limit", "rule"):
        status, _, document = ask("GET", f"/calls?{name}=1&{name}=2")
        assert status == 400 and name in document["detail"]


@pytest.mark.parametrize("migrated_url", ["sqlite"], indirect=True)
def test_wrong_addresses_and_methods_are_problem_documents(ask: Ask) -> None:
    for method, path, status in (("GET", "/nothing", 404), ("PUT", "/calls", 405), ("DELETE", "/pause", 405)):
        found, headers, document = ask(method, path)
        assert (found, headers["Content-Type"], document["status"]) == (status, "application/problem+json", status)
        assert status == 404 or "POST" in headers["Allow"]
