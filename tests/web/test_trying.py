"""What rules would do, over HTTP: one rule on one delivery, and heard; changed rules on all. Nobody is called."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import yaml

from bridge.core.words import TOKEN_SCOPES
from bridge.fake_vbot import FakeVBot
from bridge.store import Store
from bridge.store.people.api_tokens import NewToken, add_token
from bridge.web.api import trying
from tests.api import TOKEN, Ask, serve_api, settings_for
from tests.decide.test_simulate import rows
from tests.stage import RULE, Stage, order
from tests.web.test_openapi import check

SPEAKS: dict[str, Any] = {**RULE, "datas": {"total": {"from": "order.total", "format": "vnd_words"}}}
WORDS = "Xin chào, đơn của quý khách trị giá {total}. Bấm 1 để xác nhận."
SAID = "bốn trăm chín mươi lăm nghìn đồng"
THE_TRY, THE_SIMULATION = "/rules/try", "/rules/simulate"


@pytest.fixture
def stage(store: Store, vbot: FakeVBot) -> Stage:
    made = Stage(store, vbot, SPEAKS, templates={"CONFIRM": WORDS}, reports={"rate": {"price": 600, "per": "1m"}})
    now = datetime.now(UTC)
    for number in (1, 2):
        written = order(number, created_at=now.isoformat(), updated_at=now.isoformat())
        made.send("order.created", written | {"total": "495000" if number == 1 else "50000"}, now)
    made.send_body(b'{"topic": "order.created", "order": 1}', now)
    made.decide(now)
    return made


@pytest.fixture
def ask(stage: Stage) -> Iterator[Ask]:
    with serve_api(stage.store, API_TOKEN=TOKEN, **settings_for(stage.vbot)) as asked:
        yield asked


def post(ask: Ask, path: str, body: Any) -> tuple[int, Any]:
    return check(ask, "post", path, path, body)


def file(*rules: dict[str, Any], **more: Any) -> str:
    return yaml.safe_dump({"rules": list(rules), **more}, allow_unicode=True)


def test_a_rule_is_tried_and_heard(stage: Stage, ask: Ask) -> None:
    status, answer = post(ask, THE_TRY, {"rule": "confirm", "delivery": 1})
    (item,) = answer["items"]
    assert (status, item["decision"], item["reason"], item["phone"]) == (200, "call", "wanted", "0900000001")
    assert item["datas"] == {"total": SAID}
    spoken = item["spoken"]
    assert (spoken["text"], spoken["source"], spoken["cost"]) == (WORDS.format(total=SAID), "configuration", 600)
    slow = post(ask, THE_TRY, {"rule": "confirm", "delivery": 1, "speed": 1, "longest": 2})[1]["items"][0]["spoken"]
    assert slow["seconds"] > spoken["seconds"] and [flaw["code"] for flaw in slow["flaws"]] == ["heard_too_long"]
    late = (datetime.now(UTC) + timedelta(days=3)).isoformat()
    assert post(ask, THE_TRY, {"rule": "confirm", "delivery": 1, "at": late})[1]["items"][0]["reason"] == "too_old"


def test_a_changed_rule_is_tried_before_it_stands(stage: Stage, ask: Ask) -> None:
    changed = file({**SPEAKS, "when": "order.total > 100000"}, {**RULE, "rule": "new", "on": ["order.paid"]})
    tried = {
        (rule, delivery): post(ask, THE_TRY, {"rule": rule, "delivery": delivery, "file": changed})[1]["items"][0]
        for rule, delivery in (("confirm", 1), ("confirm", 2), ("new", 1))
    }
    assert {key: (item["reason"], item["spoken"] is None) for key, item in tried.items()} == {
        ("confirm", 1): ("wanted", False),
        ("confirm", 2): ("condition_false", True),
        ("new", 1): ("no_rule", True),
    }
    assert "order.total (50,000) > 100,000: no" in tried["confirm", 2]["sentence_en"]
    assert "order.total (50.000) > 100.000: không" in tried["confirm", 2]["sentence"]


def test_changed_rules_are_simulated(stage: Stage, ask: Ask, monkeypatch: pytest.MonkeyPatch) -> None:
    shops = [{"id": "shop", "platform": "generic"}]
    wanted = {"file": file({**SPEAKS, "when": "order.total > 100000"}, sources=shops), "since": "1d"}
    before, calls = rows(stage.store), stage.calls()
    status, answer = post(ask, THE_SIMULATION, wanted)
    assert status == 200
    counts = {name: answer[name] for name in ("deliveries", "left_out", "events", "dropped", "same", "unreadable")}
    assert counts == {"deliveries": 3, "left_out": 0, "events": 2, "dropped": 1, "same": 1, "unreadable": 1}
    assert answer["cost"] == {"before": 1200, "after": 600}
    (sample,) = answer["samples"]
    assert (sample["kind"], sample["order_number"], sample["reason"]) == ("dropped", "DH-2", "condition_false")
    assert (rows(stage.store), stage.calls(), stage.rung()) == (before, calls, [])
    assert post(ask, THE_SIMULATION, wanted | {"samples": 0})[1]["samples"] == []
    assert post(ask, THE_SIMULATION, wanted | {"source": "other"})[1]["events"] == 0
    other = {"file": file({**RULE, "rule": "other", "on": ["order.paid"]}), "since": "1d"}
    assert post(ask, THE_SIMULATION, other)[1]["same"] == 2
    assert post(ask, THE_SIMULATION, other | {"prune": True})[1]["dropped"] == 2
    monkeypatch.setattr(trying, "MOST_SIMULATED", 2)
    few = post(ask, THE_SIMULATION, wanted)[1]
    assert (few["deliveries"], few["left_out"], few["events"]) == (2, 1, 1)


@pytest.mark.parametrize(
    ("path", "body", "status", "detail"),
    [
        (THE_TRY, {"rule": "confrim", "delivery": 1}, 422, "/rule: no rule has this name; did you mean 'confirm'?"),
        (THE_TRY, {"rule": "confirm", "delivery": 9}, 404, "No delivery has this id."),
        (THE_TRY, {"rule": "confirm", "delivery": 10**20}, 404, "No delivery has this id."),
        (THE_TRY, {"rule": "confirm", "delivery": 3}, 409, "The delivery cannot be read"),
        (THE_TRY, {"rule": "confirm", "delivery": 1, "at": "8 o'clock"}, 422, "/at: "),
        (THE_TRY, {"rule": "confirm"}, 422, "'delivery' is missing"),
        (THE_SIMULATION, {"file": "rules: ["}, 422, "/file: rules.yaml:1:9: rules: cannot be read as YAML"),
        (THE_SIMULATION, {"file": file({**RULE, "when": "order.totl > 5"})}, 422, "there is no order.totl"),
        (THE_SIMULATION, {"file": file(RULE), "source": "shp"}, 422, "/source: no source has this id; did you mean"),
        (THE_SIMULATION, {"file": file(RULE), "since": "yesterday"}, 422, "/since: "),
    ],
)
def test_what_cannot_be_tried_says_what_to_write(ask: Ask, path: str, body: Any, status: int, detail: str) -> None:
    answered, problem = post(ask, path, body)
    assert (answered, detail in problem["detail"]) == (status, True), problem


def test_a_token_needs_the_scope_and_sees_no_whole_number_without_another(stage: Stage, ask: Ask) -> None:
    with stage.store.write() as conn:
        now = datetime.now(UTC)
        for name, scopes in {"tries": {"rules"}, "others": TOKEN_SCOPES.keys() - {"rules"}}.items():
            add_token(conn, NewToken(name, scopes, None, f"secret-of-{name}"), now, who="test")
    wanted = {"rule": "confirm", "delivery": 1}
    assert ask("POST", THE_TRY, wanted, token="vbb_secret-of-others")[0] == 403
    assert ask("POST", THE_TRY, wanted, token="vbb_secret-of-tries")[2]["items"][0]["phone"] == "09••••••01"
