"""webhooks: listed with how they fare, tested by a real message, sent again what they missed."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from standardwebhooks import Webhook

from bridge.notify.webhooks import keep_webhook_alarms
from bridge.store import Store
from bridge.store.notify.messages import claim_messages, end_try, give_up_all, write_message
from bridge.store.notify.receivers import list_receivers, note_failure, switch_off
from bridge.store.operation.alarms import list_alarms
from tests.cli.conftest import Cli
from tests.notify.listener import Listener, listen
from tests.stage import NOW, Stage, later

SECRET = "whsec_" + "bmV3LXNlY3JldC1vZi10aGUtY3JtLXdlYmhvb2s="


@pytest.fixture
def listener(stage: Stage) -> Iterator[Listener]:
    """A receiver, and the webhook `crm` to it."""
    with listen() as running:
        hook = {"name": "crm", "url": running.url, "secrets": [SECRET], "events": ["call.*"]}
        stage.apply(webhooks=[{**hook, "allow_private_addresses": True}])
        yield running


def shown(cli: Cli) -> dict[str, Any]:
    (item,) = json.loads(cli("webhooks", "list", "--json").stdout)["items"]
    found: dict[str, Any] = item
    return found


def test_a_webhook_is_tested_listed_and_sent_again_what_it_missed(
    cli: Cli, store: Store, listener: Listener, error: Any
) -> None:
    assert "crm took it: 204" in cli("webhooks", "test", "crm").stdout
    (came,) = listener.came
    assert Webhook(SECRET).verify(came.body, came.headers)["type"] == "test"
    with store.write() as conn:
        for _ in range(3):
            write_message(conn, "crm", "call.placed", {"id": 1}, NOW)
        (taken,) = claim_messages(conn, "crm", NOW, later(90), 1)
        end_try(conn, taken, "taken", "204", NOW, None)
        note_failure(conn, "webhook", "crm", "410", NOW, None)
        give_up_all(conn, "crm")
        switch_off(conn, "webhook", "crm", datetime.now(UTC))
        webhooks = list_receivers(conn, "webhook")
    keep_webhook_alarms(store, webhooks, NOW)
    assert shown(cli) | {"off_at": "", "taken_at": ""} == {
        "name": "crm",
        "state": "off",
        "events": ["call.*"],
        "messages": {"pending": 0, "taken": 1, "failed": 2},
        "error": "410",
        "failing_since": NOW.isoformat(),
        "rest_until": None,
        "taken_at": "",
        "off_at": "",
    }
    listener.answers = [500]
    assert "crm did not take it: 500" in error(1, "webhooks", "test", "crm")
    assert shown(cli)["state"] == "off"
    listener.answers = [200]
    assert "it is on again" in cli("webhooks", "test", "crm").stdout
    with store.read() as conn:
        assert list_alarms(conn) == []
    assert "2 message(s) would be sent again" in cli("webhooks", "replay", "crm", "--dry-run").stdout
    assert "2 message(s) are sent again" in cli("webhooks", "replay", "crm").stdout
    assert "1 message(s) are sent again" in cli("webhooks", "replay", "crm", "--all").stdout
    assert (shown(cli)["state"], shown(cli)["messages"]["pending"]) == ("on", 3)
    assert "đang bật" in cli("--lang", "vi", "webhooks", "list").stdout


def test_where_there_is_none_it_says_how_to_make_one(cli: Cli) -> None:
    assert "no webhook yet; write `webhooks` to a file" in cli("webhooks", "list").stdout


def test_a_name_that_is_none_is_answered_with_those_that_are(cli: Cli, listener: Listener, error: Any) -> None:
    for command in (("test",), ("replay",)):
        assert "known are: crm" in error(2, "webhooks", *command, "crn")
