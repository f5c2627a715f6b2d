"""webhooks: listed with how they fare, tested by a real message, sent again what they missed."""

from __future__ import annotations

import json
import time
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from standardwebhooks import Webhook

from bridge.notify.people import Teller, tell_people
from bridge.notify.webhooks import Means, Sender, keep_webhook_alarms, watch_webhooks
from bridge.store import Store
from bridge.store.notify.messages import claim_messages, end_try, give_up_all, write_message
from bridge.store.notify.receivers import list_receivers, note_failure, switch_off
from bridge.store.operation.alarms import list_alarms
from tests.cli.conftest import Cli
from tests.notify.listener import Listener, listen
from tests.notify.messengers import messengers
from tests.stage import NOW, RULE, Stage, later, order

SECRET = "whsec_" + "bmV3LXNlY3JldC1vZi10aGUtY3JtLXdlYmhvb2s="


@pytest.fixture
def listener(stage: Stage) -> Iterator[Listener]:
    """A receiver, and the webhook `crm` to it."""
    with listen() as running:
        stage.apply(webhooks=[hook(running)])
        yield running


def hook(listener: Listener) -> dict[str, Any]:
    own = {"name": "crm", "url": listener.url, "secrets": [SECRET], "events": ["call.*"]}
    return {**own, "allow_private_addresses": True}


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


def test_one_that_fails_for_five_days_is_switched_off_told_of_and_brought_up_to_date(
    cli: Cli, stage: Stage, listener: Listener
) -> None:
    """Hour by hour as the worker does it; then by hand."""
    store, begun = stage.store, time.monotonic()
    sender = Sender(Means(store, stage.catalogs.seal, lambda: begun, lambda: 0.0))

    def work(at: datetime) -> None:
        sender.look(at)
        sender.join()
        watch_webhooks(store, at)
        tell_people(Teller(store, stage.catalogs.seal, time.monotonic), at)

    with messengers() as chats:
        stage.apply(RULE, webhooks=[hook(listener)], notify=[{"channel": "owner", **chats.zalo()}])
        listener.answers = [500]
        for hour in range(126):
            if hour in (0, 24, 48, 72, 96, 122):  # at the last one it is off already
                made = later(hours=hour).isoformat()
                stage.send("order.created", order(hour, created_at=made, updated_at=made), later(hours=hour))
                stage.run(later(hours=hour))
            work(later(hours=hour))
        assert len(stage.rung()) == 6
        told = [text for text in chats.heard if "crm" in text]
        assert ["webhook crm" in text and "CẢNH BÁO" in text for text in told] == [True, True], chats.heard
        assert shown(cli)["state"] == "off"
        tries = Counter(came.headers["webhook-id"] for came in listener.came)
        assert (len(tries), max(tries.values()) <= 10) == (5, True)
        quiet = len(listener.came)
        work(later(hours=200))
        assert len(listener.came) == quiet

        listener.answers = [204]
        assert "it is on again" in cli("webhooks", "test", "crm").stdout
        assert "5 message(s) are sent again" in cli("webhooks", "replay", "crm").stdout
        work(datetime.now(UTC))
        again = [came.headers["webhook-id"] for came in listener.came[quiet + 1 :]]
        assert sorted(again) == sorted(tries)
        assert shown(cli)["messages"] == {"pending": 0, "taken": 5, "failed": 0}
        work(later(hours=240))
        assert "ĐÃ HẾT" in chats.heard[-1] and "crm" in chats.heard[-1]
