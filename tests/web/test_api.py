"""The reading part of the API, over HTTP."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from bridge.fake_vbot import FakeVBot
from bridge.store import Store
from bridge.store.db.tables import batch_calls, batches, calls
from bridge.store.db.upsert import insert_new
from tests.api import TOKEN, serve_api
from tests.stage import NOW, RULE, Stage, order

ON_SQLITE = pytest.mark.parametrize("migrated_url", ["sqlite"], indirect=True)

Get = Callable[..., tuple[int, dict[str, str], Any]]


@pytest.fixture
def stage(store: Store, vbot: FakeVBot) -> Stage:
    return Stage(store, vbot)


@pytest.fixture
def api_token() -> str | None:
    return TOKEN


@pytest.fixture
def get(store: Store, api_token: str | None) -> Iterator[Get]:
    """GET a path under /api/v1: status, headers, JSON."""
    with serve_api(store, **({"API_TOKEN": api_token} if api_token else {})) as ask_api:
        yield lambda path, token=TOKEN, **headers: ask_api("GET", path, None, token, **headers)


def ask(get: Get, path: str) -> Any:
    status, headers, document = get(path)
    assert (status, headers["Content-Type"]) == (200, "application/json")
    return document


def test_calls_have_the_contracts_shape_newest_first_with_whole_phones(stage: Stage, get: Get) -> None:
    stage.send("order.created", order(1))
    stage.run()
    stage.send("order.created", order(2))
    stage.decide()
    answer = ask(get, "/calls")
    newer, older = answer["items"]
    assert answer["next"] is None
    assert (newer["order_number"], newer["state"], newer["attempts"]) == ("DH-2", "waiting", [])
    assert older["phone"] == "0900000001"
    (attempt,) = older["attempts"]
    assert (attempt["outcome"], attempt["external_call_id"]) == ("accepted", stage.vbot.calls[0]["external_call_id"])
    keys = "id rule source order_id order_number phone template hotline datas state reason result key attempts"
    assert set(f"{keys} not_before not_after created_at updated_at".split()) <= older.keys()
    assert ask(get, f"/calls/{older['id']}") == older


def test_deliveries_have_the_contracts_shape_with_their_decisions(stage: Stage, get: Get) -> None:
    stage.send("order.created", order(1))
    stage.send("order.created", order(1))
    stage.decide()
    (delivery,) = ask(get, "/deliveries")["items"]
    keys = "id source platform dedup_key platform_topic received_at repeats state events decisions"
    assert set(keys.split()) <= delivery.keys()
    assert (delivery["source"], delivery["platform"], delivery["repeats"]) == ("shop", "generic", 1)
    assert delivery["events"] == [{"topic": "order.created", "order_id": "id-1"}]
    (decision,) = delivery["decisions"]
    assert (decision["rule"], decision["decision"], decision["reason"]) == ("confirm", "call", "wanted")
    assert decision["sentence"]
    assert decision["call_id"] == stage.call()["id"]
    assert datetime.fromisoformat(delivery["received_at"]) == NOW


def test_an_orders_story_has_its_deliveries_and_calls(stage: Stage, get: Get) -> None:
    stage.send("order.created", order(1, id="gid://shop/Order/1"))
    stage.run()
    story = ask(get, "/orders/shop/gid://shop/Order/1")
    assert (story["order_id"], story["order_number"], story["state"]) == ("gid://shop/Order/1", "DH-1", "open")
    assert [len(story[name]) for name in ("deliveries", "calls")] == [1, 1]
    assert story["calls"][0]["attempts"][0]["outcome"] == "accepted"


@pytest.mark.parametrize(
    "path",
    [
        "/orders/shop/id-9",
        "/orders/shop/DH-1",
        "/orders/shop/%00",
        "/orders/nowhere/id-1",
        "/calls/9",
        "/calls/" + "9" * 20,
    ],
)
def test_what_is_not_there_is_a_problem_document(stage: Stage, get: Get, path: str) -> None:
    stage.send("order.created", order(1))
    stage.decide()
    status, headers, document = get(path)
    assert (status, headers["Content-Type"]) == (404, "application/problem+json")
    assert document["status"] == 404 and document["detail"]


def test_lists_are_filtered_by_source_order_state_and_since(stage: Stage, get: Get) -> None:
    stage.send("order.created", order(1))
    stage.run()
    stage.send("order.created", order(2), source="other")
    stage.decide()
    stage.send("order.created", order(3))

    def numbers(query: str) -> list[str]:
        return [call["order_number"] for call in ask(get, f"/calls?{query}")["items"]]

    assert numbers("source=other") == ["DH-2"]
    assert numbers("state=placed") == ["DH-1"]
    assert numbers("order=id-2") == numbers("order=DH-2") == numbers("order=%23DH-2") == ["DH-2"]
    assert numbers("since=2026-11-23T02:59:59%2B00:00") == ["DH-2", "DH-1"]
    assert numbers("since=2026-11-23T10:00:01%2B07:00") == []
    assert numbers("since=2026-11-23T09:59:59+07:00") == ["DH-2", "DH-1"]
    assert numbers("since=2026-11-23T10:00:01+0700") == []
    assert numbers("source=other&state=placed") == []
    states = [delivery["state"] for delivery in ask(get, "/deliveries?source=shop")["items"]]
    assert states == ["stored", "decided"]
    assert len(ask(get, "/deliveries?order=DH-1&state=decided")["items"]) == 1


def test_calls_and_what_led_to_them_are_filtered_by_result_and_list(stage: Stage, get: Get) -> None:
    for number in (1, 2, 3):
        stage.send("order.created", order(number))
    stage.decide()
    with stage.store.write() as conn:
        for number, result in ((1, "busy"), (2, "confirmed")):
            mine = calls.c.order_id == f"id-{number}"
            conn.execute(calls.update().where(mine).values(state="finished", result=result, wake_at=None))
        listed = select(calls.c.id).where(calls.c.order_id == "id-3").scalar_subquery()
        list_id = insert_new(conn, batches, {"name": "march", "template": "T", "created_at": NOW})
        conn.execute(batch_calls.insert().values(call_id=listed, batch_id=list_id))

    def found(query: str) -> list[list[int]]:
        return [[one["id"] for one in ask(get, f"/{path}?{query}")["items"]] for path in ("calls", "deliveries")]

    for query, ids in (
        ("result=confirmed", [2]),
        ("result=busy", [1]),
        ("result=unreachable", [1]),
        ("batch=march", [3]),
    ):
        assert found(query) == [ids, ids], query
    assert found("result=no_answer") == found("batch=april") == found("batch=march&result=busy") == [[], []]


def test_a_span_counts_back_from_now(stage: Stage, get: Get) -> None:
    now = datetime.now(UTC)
    stage.send("order.created", order(1), now - timedelta(hours=2))
    assert len(ask(get, "/deliveries?since=3h")["items"]) == 1
    assert ask(get, "/deliveries?since=1h")["items"] == []


def test_pages_follow_each_other_and_none_is_missed_or_told_twice(stage: Stage, get: Get) -> None:
    for number in range(1, 6):
        stage.send("order.created", order(number))
    stage.decide()
    for path in ("/calls", "/deliveries"):
        seen, page = [], ask(get, f"{path}?limit=2")
        while True:
            seen += [item["id"] for item in page["items"]]
            if page["next"] is None:
                break
            assert len(page["items"]) == 2
            page = ask(get, f"{path}?limit=2&cursor={page['next']}")
        assert len(set(seen)) == 5
        assert seen == sorted(seen, reverse=True)


def test_a_page_has_at_most_200(stage: Stage, get: Get) -> None:
    for number in range(201):
        stage.send("order.created", order(number))
    for query in ("limit=200", "limit=500"):
        page = ask(get, f"/deliveries?{query}")
        assert (len(page["items"]), page["next"] is None) == (200, False)
    assert len(ask(get, "/deliveries")["items"]) < 200


@ON_SQLITE
@pytest.mark.parametrize(
    "query",
    [
        *(
            "since=yesterday",
            "since=2026-11-23T08:00:00",
            "since=2026-11-23+08:00",
            "since=0001-01-01T00:00:00%2B07:00",
        ),
        *("cursor=x", "cursor=-1", "cursor=" + "9" * 30, "limit=0", "limit=many", "limit=1e2"),
        *("state=%00", "state=ringing", "result=%00", "result=confirmd"),
    ],
)
@pytest.mark.parametrize("path", ["/calls", "/deliveries"])
def test_a_query_that_cannot_be_used_is_400_and_says_what_to_write(get: Get, path: str, query: str) -> None:
    status, headers, document = get(f"{path}?{query}")
    assert (status, headers["Content-Type"]) == (400, "application/problem+json")
    assert query.partition("=")[0] in document["detail"]


@pytest.mark.parametrize("query", ["order=%00", "source=%00", "order=%FF", "order=%ED%A0%80"])
@pytest.mark.parametrize("path", ["/calls", "/deliveries"])
def test_text_that_no_row_can_hold_finds_nothing(stage: Stage, get: Get, path: str, query: str) -> None:
    stage.send("order.created", order(1))
    stage.decide()
    assert ask(get, f"{path}?{query}") == {"items": [], "next": None}


@ON_SQLITE
@pytest.mark.parametrize("path", ["/calls", "/deliveries", "/calls/1", "/orders/shop/1"])
@pytest.mark.parametrize("header", [None, "Bearer wrong", "Bearer", f"Basic {TOKEN}", TOKEN, "Bearer é"])
def test_without_the_token_nothing_is_told(stage: Stage, get: Get, path: str, header: str | None) -> None:
    given = {"Authorization": header} if header else {}
    status, headers, document = get(path, None, **given)
    assert (status, headers["Content-Type"]) == (401, "application/problem+json")
    assert headers["WWW-Authenticate"] == "Bearer"
    assert "API_TOKEN" in document["detail"]


@ON_SQLITE
@pytest.mark.parametrize("api_token", [None])
@pytest.mark.parametrize("token", ["", "None", TOKEN])
def test_while_no_token_is_set_nobody_gets_in(get: Get, token: str) -> None:
    assert get("/calls", token)[0] == 401


@ON_SQLITE
def test_the_api_answers_text_in_utf_8_as_it_is(stage: Stage, get: Get) -> None:
    stage.apply({**RULE, "datas": {"who": "{{ order.note }}"}})
    stage.send("order.created", order(1, note="Đặng Thị Thử"))
    stage.decide()
    assert ask(get, "/calls")["items"][0]["datas"] == {"who": "Đặng Thị Thử"}
