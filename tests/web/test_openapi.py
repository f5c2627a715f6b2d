"""The description of the API is honest: every address of the application, and what it really answers."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from bridge.core.words import TOKEN_SCOPES
from bridge.fake_vbot import FakeVBot, Settings
from bridge.lib.jsonschema import FOLDER
from bridge.settings import read_config
from bridge.settle.records import look_up
from bridge.store import Store
from bridge.web import create_app
from tests.api import TOKEN, Ask, serve_api, settings_for
from tests.stage import Stage, later, order

DOCUMENT = json.loads((FOLDER / "openapi.json").read_text(encoding="utf-8"))
SCHEMAS = DOCUMENT["components"]["schemas"]
METHODS = {"get", "post", "put", "patch", "delete"}
CALL = {"phone": "0912345678", "template": "HELLO", "datas": {"name": "Hoa"}, "window": "always"}
KEY = {"Idempotency-Key": "k"}


@pytest.fixture
def stage(store: Store, vbot: FakeVBot) -> Stage:
    vbot.template("HELLO", {"cfkey": "name"})
    return Stage(store, vbot)


@pytest.fixture
def ask(stage: Stage) -> Iterator[Ask]:
    with serve_api(stage.store, API_TOKEN=TOKEN, **settings_for(stage.vbot)) as asked:
        yield asked


def operations() -> list[tuple[str, str]]:
    return [(method, path) for path, item in DOCUMENT["paths"].items() for method in METHODS & item.keys()]


def declared(method: str, path: str, status: int, kind: str) -> dict[str, Any]:
    """The schema that the document gives for this answer."""
    answer = referred(DOCUMENT["paths"][path][method]["responses"][str(status)])
    found: dict[str, Any] = answer["content"][kind]["schema"]
    return found


def referred(part: dict[str, Any]) -> dict[str, Any]:
    """The part itself, or what its reference leads to."""
    if "$ref" not in part:
        return part
    found: Any = DOCUMENT
    for step in part["$ref"].removeprefix("#/").split("/"):
        found = found[step]
    assert isinstance(found, dict)
    return found


def wrong(document: Any, schema: dict[str, Any]) -> list[str]:
    """What a strict reader finds: values that do not fit, and members that nobody described."""
    closed = {name: _closed(part) for name, part in SCHEMAS.items()}
    validator = Draft202012Validator({**_closed(schema), "components": {"schemas": closed}})
    return [f"{error.json_path}: {error.message}" for error in validator.iter_errors(document)]


def _closed(schema: Any) -> Any:
    if isinstance(schema, list):
        return [_closed(part) for part in schema]
    if not isinstance(schema, dict):
        return schema
    inner = {name: _closed(part) for name, part in schema.items()}
    return inner | ({"additionalProperties": False} if isinstance(inner.get("properties"), dict) else {})


def check(ask: Ask, method: str, path: str, at: str, body: Any = None, **headers: str) -> tuple[int, Any]:
    """Ask at this address, and hold the answer against what is declared for `path`."""
    status, said, document = ask(method.upper(), at, body, **headers)
    assert wrong(document, declared(method, path, status, said["Content-Type"])) == [], (status, document)
    return status, document


def test_every_address_of_the_application_is_described_and_no_other(store: Store) -> None:
    app = create_app(read_config({"BRIDGE_SECRET_KEY": "k" * 32, "API_TOKEN": TOKEN}), store)
    served = {
        (method.lower(), re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", rule.rule.removeprefix("/api/v1")))
        for rule in app.url_map.iter_rules()
        if rule.rule.startswith("/api/")
        for method in rule.methods or ()
        if method not in ("HEAD", "OPTIONS")
    }
    assert served == set(operations())


def test_the_document_is_served_as_it_stands(ask: Ask) -> None:
    assert ask("GET", "/openapi.json")[2] == DOCUMENT


def test_its_schemas_are_sound_and_every_reference_leads_somewhere() -> None:
    for name, found in SCHEMAS.items():
        Draft202012Validator.check_schema(found)
        assert found["description"], name
    references = set(re.findall(r'"\$ref": "([^"]+)"', json.dumps(DOCUMENT)))
    parts = ("schemas", "parameters", "responses")
    there = {f"#/components/{kind}/{name}" for kind in parts for name in DOCUMENT["components"][kind]}
    assert references == there


@pytest.mark.parametrize(("method", "path"), sorted(operations()))
def test_every_operation_names_its_parameters_and_its_refusals(method: str, path: str) -> None:
    operation = DOCUMENT["paths"][path][method]
    parameters = [referred(one) for one in operation.get("parameters", ())]
    assert {one["name"] for one in parameters if one["in"] == "path"} == set(re.findall(r"{(\w+)}", path))
    does_something = method == "post" and not path.startswith("/rules/")  # those store nothing
    assert any(one["name"] == "Idempotency-Key" for one in parameters) == does_something
    ((scheme, scopes),) = [entry for one in operation["security"] for entry in one.items()]
    assert scheme == "token" and set(scopes) <= TOKEN_SCOPES.keys()
    refusals = {"401", "403", "503"} | ({"400", "413", "415", "422"} if method == "post" else set())
    assert refusals <= operation["responses"].keys() and operation["operationId"]


def test_real_answers_are_as_described(stage: Stage, ask: Ask) -> None:
    stage.send("order.created", order(1), datetime.now(UTC))
    stage.send("order.created", order(1), datetime.now(UTC))
    stage.run()
    stage.send_body(b'{"topic": "order.created", "order": 1}')
    stage.decide(later(seconds=1))
    lone = ("/openapi.json", "/reports")
    lists = [path for method, path in operations() if method == "get" and "{" not in path and path not in lone]
    assert {"/calls", "/deliveries"} <= set(lists)
    for path in lists:
        status, document = check(ask, "get", path, path)
        assert status == 200 and (document["items"] if path not in ("/balance", "/pauses") else document)
    call, delivery = stage.calls()[0], stage.deliveries()[0]
    assert check(ask, "get", "/calls/{call_id}", f"/calls/{call['id']}")[0] == 200
    assert check(ask, "get", "/deliveries/{delivery_id}", f"/deliveries/{delivery['id']}")[0] == 200
    assert check(ask, "get", "/orders/{source}/{order_id}", "/orders/shop/id-1")[0] == 200
    report = check(ask, "get", "/reports", "/reports?by=rule&since=2026-01-01T00:00:00Z&until=2027-01-01T00:00:00Z")[1]
    assert (report["total"]["orders"], report["groups"][0]["key"]) == (1, "confirm")
    replay = "/deliveries/{delivery_id}/replay"
    assert check(ask, "post", replay, f"/deliveries/{delivery['id']}/replay", **KEY)[0] == 200


def test_what_vbots_records_say_is_as_described(store: Store) -> None:
    with FakeVBot(Settings(generation="v3")) as vbot, serve_api(store, API_TOKEN=TOKEN) as ask:
        stage = Stage(store, vbot)
        vbot.fault("reset_after")
        stage.send("order.created", order(1))
        stage.run()
        assert look_up(store, stage.client, None, later(hours=1), time.monotonic)
        (call,) = check(ask, "get", "/calls", "/calls?state=unsure")[1]["items"]
    assert call["attempts"][0]["records"]["tries"] == 1


def test_a_new_call_is_as_described_and_its_request_too(stage: Stage, ask: Ask) -> None:
    assert wrong(CALL, {"$ref": "#/components/schemas/NewCall"}) == []
    assert [check(ask, "post", "/calls", "/calls", CALL, **KEY)[0] for _ in range(2)] == [201, 200]
    stage.dial(datetime.now(UTC) + timedelta(minutes=1))
    assert check(ask, "get", "/calls", "/calls")[1]["items"][0]["attempts"]


def test_refusals_are_as_described(stage: Stage, ask: Ask) -> None:
    stage.send("order.created", order(1))
    (delivery,) = stage.deliveries()
    replay = "/deliveries/{delivery_id}/replay"
    told = [
        check(ask, "get", "/calls", "/calls?limit=x"),
        check(ask, "get", "/deliveries", "/deliveries?since=x"),
        check(ask, "get", "/reports", "/reports?by=moon"),
        check(ask, "get", "/reports", "/reports?since=1h&until=2h"),
        check(ask, "get", "/calls/{call_id}", "/calls/99"),
        check(ask, "get", "/orders/{source}/{order_id}", "/orders/shop/99"),
        check(ask, "post", "/calls", "/calls", CALL),
        check(ask, "post", "/calls", "/calls", {}, **KEY),
        check(ask, "post", "/calls", "/calls", CALL | {"phone": "x"}, **KEY),
        check(ask, "post", replay, "/deliveries/99/replay", **KEY),
        check(ask, "post", replay, f"/deliveries/{delivery['id']}/replay", **KEY),
        check(ask, "post", replay, f"/deliveries/{delivery['id']}/replay", {"a": 1}, **KEY),
        check(ask, "get", "/openapi.json", "/openapi.json", token=None),
        check(ask, "post", "/calls", "/calls", b"<x/>", **KEY, **{"Content-Type": "text/xml"}),
        check(ask, "post", "/calls", "/calls", b"x=y", **KEY, **{"Content-Type": "application/x-www-form-urlencoded"}),
        check(ask, "post", "/calls", "/calls", b" " * 1_048_577, **KEY),
    ]
    assert [status for status, _ in told] == [
        400,
        400,
        400,
        400,
        404,
        404,
        400,
        422,
        422,
        404,
        409,
        422,
        401,
        415,
        415,
        413,
    ]


def test_the_check_would_find_what_is_not_described() -> None:
    problem = {"type": "about:blank", "title": "t", "status": 1, "detail": "d"}
    schema = {"$ref": "#/components/schemas/Problem"}
    assert wrong(problem, schema) == []
    assert wrong(problem | {"new": 1}, schema) and wrong({}, schema) and wrong(problem | {"status": "1"}, schema)
