"""A running process whose key no longer opens what is stored: 503, a reason, an alarm; never 500, and nobody else."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from bridge.core.model import Source
from bridge.fake_vbot import FakeVBot
from bridge.monitor.work import watch_secrets
from bridge.platforms import find_platform
from bridge.settings import read_config
from bridge.store import Store, make_seal
from bridge.store.configuration.catalog import touch_catalog
from bridge.store.configuration.documents import write_source
from bridge.store.operation.alarms import list_alarms
from bridge.store.shops.refusals import read_refusals
from bridge.web import create_app
from tests.stage import NOW, SECRET, Stage, later, order

KEY, OTHER = "k" * 32, "n" * 32


@pytest.fixture
def stage(store: Store, vbot: FakeVBot) -> Stage:
    return Stage(store, vbot)


@pytest.fixture
def client(stage: Stage) -> FlaskClient:
    return create_app(read_config({"BRIDGE_SECRET_KEY": KEY}), stage.store).test_client()


def seal_with(stage: Stage, key: str, *names: str) -> None:
    """What `apply` under this key does to these sources in another terminal."""
    with stage.store.write() as conn:
        for name in names:
            document = {"id": name, "platform": "generic"}
            write_source(conn, make_seal((key,)), document, {"secrets": [SECRET], "settings": {}}, NOW)
        touch_catalog(conn)


def send(client: FlaskClient, source: str, number: int) -> TestResponse:
    generic, now = find_platform("generic"), datetime.now(UTC)
    assert generic is not None
    body = json.dumps({"topic": "order.created", "order": order(number)}).encode()
    signed = generic.sign(body, "", Source(source, "generic", (SECRET,)), now)
    return client.post(f"/hooks/{source}", data=body, headers=list(signed))


def test_a_locked_source_is_asked_to_send_again_and_the_others_are_taken(client: FlaskClient, stage: Stage) -> None:
    seal_with(stage, OTHER, "other")
    refused = send(client, "other", 1)
    assert (refused.status_code, refused.json["reason"]) == (503, "secrets_locked")  # type: ignore[index]
    assert refused.headers["Retry-After"]
    assert send(client, "shop", 2).status_code == 200
    assert client.get("/readyz").status_code == 200
    assert [delivery["source"] for delivery in stage.deliveries()] == ["shop"]


def test_a_key_that_opens_nothing_is_not_ready_and_opens_an_alarm_until_it_does(
    client: FlaskClient, stage: Stage
) -> None:
    seal_with(stage, OTHER, "shop", "other")
    assert {send(client, name, 1).status_code for name in ("shop", "other")} == {503}
    ready = client.get("/readyz")
    assert ready.status_code == 503 and "BRIDGE_SECRET_KEY" in ready.json["reason"]  # type: ignore[index]
    watch_secrets(stage.store, stage.catalogs, NOW)
    with stage.store.read() as conn:
        (alarm,) = list_alarms(conn)
    assert (alarm["key"], alarm["facts"]) == ("secrets_locked", {"sources": ["other", "shop"]})
    seal_with(stage, KEY, "shop", "other")
    assert send(client, "shop", 1).status_code == 200
    assert client.get("/readyz").status_code == 200
    watch_secrets(stage.store, stage.catalogs, later(60))
    with stage.store.read() as conn:
        assert list_alarms(conn) == []


def test_what_waits_is_decided_and_called_while_the_secrets_are_locked(client: FlaskClient, stage: Stage) -> None:
    """A call needs no secret of its shop; to take the source as removed would cancel it."""
    stage.send("order.created", order(1))
    stage.decide()
    stage.send("order.created", order(2))
    seal_with(stage, OTHER, "shop", "other")
    stage.run(later(1))
    assert sorted(stage.rung()) == ["0900000001", "0900000002"]


def test_every_refusal_is_counted(client: FlaskClient, stage: Stage) -> None:
    seal_with(stage, OTHER, "shop")
    for number in (1, 2):
        send(client, "shop", number)
    with stage.store.read() as conn:
        (row,) = read_refusals(conn)
    assert (row["source"], row["reason"], row["count"]) == ("shop", "secrets_locked", 2)
