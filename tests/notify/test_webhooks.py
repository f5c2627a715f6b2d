"""Outgoing webhooks: written with what they tell, signed so that other people's libraries agree, sent until taken."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from standardwebhooks import Webhook
from standardwebhooks.webhooks import WebhookVerificationError
from svix.webhooks import Webhook as SvixWebhook

from bridge.fake_vbot import FakeVBot
from bridge.monitor.story.lines import story_lines
from bridge.notify import webhooks
from bridge.notify.webhooks import KEPT, RETRIES, Means, Sender, send_some, watch_webhooks
from bridge.store import Store, make_seal
from bridge.store.configuration.documents import read_documents
from bridge.store.notify.messages import (
    EVENTS,
    Message,
    claim_messages,
    count_messages,
    forget_messages,
    send_again,
    wants,
    write_message,
)
from bridge.store.notify.receivers import Receiver, find_receiver, remove_receiver, write_receiver
from bridge.store.operation.alarms import close_alarm, list_alarms, open_alarm
from bridge.store.people.erasure import forget
from bridge.store.people.person_search import find_personal_data
from bridge.store.reports.views import describe_order
from tests.notify.listener import Listener, listen
from tests.stage import NOW, RULE, Stage, later, order

SECRET, OLD_SECRET = (
    "whsec_" + "bmV3LXNlY3JldC1vZi10aGUtY3JtLXdlYmhvb2s=",
    "whsec_" + "b2xkLXNlY3JldC1vZi10aGUtY3JtLXdlYmhvb2s=",
)
SEAL = make_seal(("k" * 32,))


@pytest.fixture
def listener() -> Iterator[Listener]:
    with listen() as running:
        yield running


def hook(listener: Listener, *events: str, **more: Any) -> dict[str, Any]:
    """A webhook as a file writes it."""
    document = {"name": "crm", "url": f"{listener.url}/in?key=1", "secrets": [SECRET], "events": list(events or EVENTS)}
    return {**document, "allow_private_addresses": True, **more}


def means(store: Store) -> Means:
    """What sending needs, with a monotonic clock that stands still and no jitter."""
    begun = time.monotonic()
    return Means(store, SEAL, lambda: begun, lambda: 0.0)


def add(store: Store, document: dict[str, Any]) -> None:
    with store.write() as conn:
        write_receiver(conn, SEAL, "webhook", document, document, NOW)


def tell(store: Store, number: int = 1, at: datetime = NOW) -> list[int]:
    """So many messages to the webhook."""
    with store.write() as conn:
        return [write_message(conn, "crm", "call.finished", {"id": n}, at) for n in range(number)]


def rows(store: Store) -> list[Message]:
    with store.write() as conn:
        found = claim_messages(conn, "crm", later(days=400), NOW, 1000)
        conn.rollback()
    return found


def receiver(store: Store) -> Receiver:
    with store.read() as conn:
        found = find_receiver(conn, "webhook", "crm")
    assert found is not None
    return found


def counted(store: Store) -> dict[str, int]:
    with store.read() as conn:
        return count_messages(conn).get("crm", {})


def alarms(store: Store) -> list[str]:
    with store.read() as conn:
        return [alarm["key"] for alarm in list_alarms(conn)]


def said(listener: Listener) -> list[dict[str, Any]]:
    return [json.loads(came.body) for came in listener.came]


def test_what_happens_to_calls_and_orders_is_told_in_order(store: Store, vbot: FakeVBot, listener: Listener) -> None:
    rule = {**RULE, "cooldown": 0, "when": "order.payment.cod"}
    stage = Stage(store, vbot, rule, webhooks=[hook(listener)])
    stage.send("order.created", order(1))
    stage.send("order.created", order(2, payment={"cod": False, "paid": False}))
    stage.run()
    vbot.fault("reset_after")
    stage.send("order.created", order(3))
    stage.run()
    vbot.faults.clear()
    with store.write() as conn:
        open_alarm(conn, "unsure", {"calls": 1}, NOW)
        close_alarm(conn, "unsure", later(5))
        close_alarm(conn, "unsure", later(6))
    sent = means(store)
    assert send_some(sent, "crm", later(10))
    assert not send_some(sent, "crm", later(10))
    told = said(listener)
    kinds = ["order.skipped", "call.placed", "call.unsure", "alarm.opened", "alarm.closed"]
    assert [one["type"] for one in told] == kinds
    skipped, placed, unsure, opened, closed = (one["data"] for one in told)
    assert (skipped["order_number"], skipped["rule"], skipped["reason"]) == ("DH-2", "confirm", "condition_false")
    assert skipped["sentence"] != skipped["sentence_en"]
    call = stage.calls()[0]
    assert {key: placed[key] for key in ("id", "rule", "source", "order_id", "order_number", "state", "attempt")} == {
        **{key: call[key] for key in ("id", "rule", "source", "order_id", "order_number", "state")},
        "attempt": 1,
    }
    assert (unsure["state"], unsure["final"]) == ("unsure", False)
    assert opened["sentence_en"] == "1 call(s) are unsure"
    assert closed["closed_at"] == later(5).isoformat()
    seqs = [one["data"]["seq"] for one in told]
    assert seqs == sorted(set(seqs))
    everything = b"".join(came.body for came in listener.came)
    assert b"09000" not in everything and b"495000" not in everything


def test_an_orders_story_names_what_webhooks_were_told_of_its_skip(
    store: Store, vbot: FakeVBot, listener: Listener
) -> None:
    stage = Stage(store, vbot, {**RULE, "when": "order.payment.cod"}, webhooks=[hook(listener)])
    paid = {"payment": {"cod": False, "paid": False}}
    for n in (1, 2):  # decided in one transaction, at one instant
        stage.send("order.created", order(n, **paid))
    stage.decide()
    with store.read() as conn:
        story = describe_order(conn, "shop", "id-2", show_phones=False)
        other = describe_order(conn, "shop", "id-1", show_phones=False)
    assert story is not None and other is not None
    (told,) = story["messages"]
    assert (told["delivery_id"], told["call_id"], told["webhook"], told["event"]) == (
        story["deliveries"][0]["id"],
        None,
        "crm",
        "order.skipped",
    )
    assert [one["delivery_id"] for one in other["messages"]] == [other["deliveries"][0]["id"]]
    send_some(means(store), "crm", later(10))
    with store.read() as conn:
        story = describe_order(conn, "shop", "id-2", show_phones=False) or {}
    for language, line in (("vi", "webhook crm, order.skipped: đã nhận (204)"), ("en", "order.skipped: taken (204)")):
        lines = story_lines(story | {"next": []}, "Asia/Ho_Chi_Minh", language, show_datas=False)
        assert sum(line in one for one in lines) == 1


def test_nothing_is_written_where_no_webhook_wants_it(store: Store, vbot: FakeVBot, listener: Listener) -> None:
    stage = Stage(store, vbot, webhooks=[hook(listener, "call.finished", "alarm.*")])
    stage.send("order.created", order(1))
    stage.run()
    assert (stage.call()["state"], counted(store)) == ("placed", {})
    stage.apply(RULE, webhooks=[hook(listener, "call.placed", enabled=False)])
    stage.send("order.created", order(2))
    stage.run(later(minutes=20))
    assert counted(store) == {}
    stage.apply(RULE, webhooks=[hook(listener, "call.*")])
    stage.send("order.created", order(3))
    stage.run(later(minutes=40))
    assert counted(store) == {"pending": 1}
    stage.apply(RULE, webhooks=[])
    assert counted(store) == {}


def test_a_message_is_undone_with_what_it_tells(store: Store, listener: Listener) -> None:
    add(store, hook(listener))
    with pytest.raises(ZeroDivisionError), store.write() as conn:
        open_alarm(conn, "breaker", {}, NOW)
        raise ZeroDivisionError
    assert (counted(store), alarms(store)) == ({}, [])


def test_an_event_is_wanted_by_its_name_or_its_kind() -> None:
    assert [wants(["call.*", "alarm.opened"], event) for event in ("call.placed", "alarm.closed", "alarm.opened")] == [
        True,
        False,
        True,
    ]


@pytest.mark.parametrize("library", [Webhook, SvixWebhook], ids=["standardwebhooks", "svix"])
def test_other_peoples_libraries_accept_each_try_and_both_secrets(
    store: Store, listener: Listener, library: Any
) -> None:
    at = datetime.now(UTC)  # what they compare the time of signing with
    listener.answers = [500, 200]
    add(store, hook(listener, secrets=[SECRET, OLD_SECRET]))
    tell(store, at=at - timedelta(hours=1))
    send_some(means(store), "crm", at - timedelta(seconds=60))
    send_some(means(store), "crm", at)
    first, second = listener.came
    for came in (first, second):
        for secret in (SECRET, OLD_SECRET):
            headers = {name.replace("webhook-", "svix-"): text for name, text in came.headers.items()}
            library(secret).verify(came.body, came.headers if library is Webhook else headers)
        with pytest.raises(Exception, match="No matching signature") as refused:
            library("whsec_" + "c29tZWJvZHktZWxzZXMtc2VjcmV0LW9mLTI0").verify(came.body, came.headers)
        assert library is not Webhook or refused.type is WebhookVerificationError
    assert first.body == second.body
    assert first.headers["webhook-id"] == second.headers["webhook-id"]
    assert first.headers["webhook-timestamp"] < second.headers["webhook-timestamp"]
    assert "." not in first.headers["webhook-id"]
    assert second.path == "/in?key=1"


def test_a_full_body_holds_what_the_call_says_until_it_is_erased(
    store: Store, vbot: FakeVBot, listener: Listener
) -> None:
    stage = Stage(store, vbot, webhooks=[hook(listener, "call.placed", body="full")])
    stage.send("order.created", order(1))
    stage.run()
    send_some(means(store), "crm", NOW)
    data = said(listener)[0]["data"]
    phone = stage.call()["phone"]
    assert (data["phone"], data["datas"]) == (phone, {"total": 495000})
    found = find_personal_data(store, stage.catalogs, phone)
    forget(store, stage.catalogs, phone, found, "somebody", later(60), keep_dnc=False)
    with store.write() as conn:
        send_again(conn, "crm", None, later(90), taken=True)
    send_some(means(store), "crm", later(90))
    assert len(listener.came) == 2
    assert phone.encode() not in listener.came[1].body and b"495000" not in listener.came[1].body


def test_a_cloud_event_is_whole_and_signed(store: Store, listener: Listener) -> None:
    add(store, hook(listener, format="cloudevents"))
    tell(store)
    send_some(means(store), "crm", NOW)
    (came,) = listener.came
    event = json.loads(came.body)
    assert came.headers["content-type"] == "application/cloudevents+json; charset=utf-8"
    assert {"specversion", "id", "source", "type", "time", "datacontenttype", "data"} == set(event)
    assert (event["specversion"], event["id"]) == ("1.0", came.headers["webhook-id"])
    assert came.headers["webhook-signature"] == Webhook(SECRET).sign(event["id"], NOW, came.body.decode())


@pytest.mark.parametrize(
    ("answer", "detail", "rests"),
    [
        (301, "301", False),
        ((302, {"Location": "/elsewhere"}, b""), "302", False),
        (400, "400", False),
        (429, "429", True),
        (503, "503", True),
        ("cut", "cut_short", True),
        ((200, {}, b"x" * 70_000), "too_large", False),
    ],
)
def test_only_a_whole_answer_of_success_counts(
    store: Store, listener: Listener, answer: Any, detail: str, rests: bool
) -> None:
    listener.answers = [answer, 200]
    add(store, hook(listener))
    tell(store, 2)
    assert send_some(means(store), "crm", NOW) is not rests
    first, second = rows(store) if rests else (rows(store)[0], None)
    assert (first.detail, first.state, first.tries, first.wake_at) == (detail, "pending", 1, NOW + RETRIES[0])
    assert second is None or (second.tries, second.wake_at) == (0, NOW)
    assert counted(store) == ({"pending": 2} if rests else {"pending": 1, "taken": 1})
    assert receiver(store).rest_until == (NOW + RETRIES[0] if rests else None)
    assert {came.path for came in listener.came} == {"/in?key=1"}


def test_each_try_waits_longer_and_the_tenth_is_the_last(store: Store, listener: Listener) -> None:
    listener.answers = [404]
    add(store, hook(listener))
    tell(store)
    at, waited = NOW, []
    while rows(store):
        send_some(means(store), "crm", at)
        if found := rows(store):
            assert found[0].wake_at is not None
            waited.append(found[0].wake_at - at)
            at = found[0].wake_at
    assert tuple(waited) == RETRIES
    assert (len({came.headers["webhook-id"] for came in listener.came}), len(listener.came)) == (1, 10)
    assert counted(store) == {"failed": 1}
    with store.write() as conn:
        assert [send_again(conn, "crm", since, at, taken=False) for since in (later(1), NOW, NOW)] == [0, 1, 0]
    listener.answers = [200]
    send_some(means(store), "crm", at)
    assert listener.came[-1].headers["webhook-id"] == listener.came[0].headers["webhook-id"]
    assert counted(store) == {"taken": 1}
    with store.write() as conn:
        assert (forget_messages(conn, at - KEPT, 10), forget_messages(conn, later(1), 10)) == (0, 1)


def test_a_webhook_names_its_own_pause(store: Store, listener: Listener) -> None:
    listener.answers = [(429, {"Retry-After": "600"}, b""), 200]
    add(store, hook(listener))
    tell(store, 3)
    sender = Sender(means(store))
    for seconds, came in ((0, 1), (599, 1), (600, 4)):
        sender.look(later(seconds))
        sender.join()
        assert len(listener.came) == came
    assert receiver(store).failing_since is None


def test_one_that_is_gone_is_switched_off_with_an_alarm(store: Store, listener: Listener) -> None:
    listener.answers = [410, 200]
    add(store, hook(listener))
    tell(store, 3)
    sender = Sender(means(store))
    for seconds in (0, 3600):
        sender.look(later(seconds))
        sender.join()
    assert len(listener.came) == 1
    assert counted(store) == {"failed": 3}
    assert (receiver(store).off_at, alarms(store)) == (NOW, ["webhook_off:crm"])
    add(store, {**hook(listener), "body": "full"})
    watch_webhooks(store, later(7200))
    assert (receiver(store).off_at, alarms(store)) == (None, [])


def test_one_that_fails_for_an_hour_is_told_of_and_after_five_days_switched_off(
    store: Store, listener: Listener
) -> None:
    listener.answers = [500]
    add(store, hook(listener, "call.*"))
    told: dict[float, list[str]] = {}
    for hours in (0, 0.5, 1, 119, 121):
        tell(store, at=later(hours=hours))
        send_some(means(store), "crm", later(hours=hours))
        watch_webhooks(store, later(hours=hours))
        told[hours] = alarms(store)
    assert told == {0: [], 0.5: [], 1: ["webhook_failing:crm"], 119: ["webhook_failing:crm"], 121: ["webhook_off:crm"]}
    assert counted(store) == {"failed": 5}
    with store.read() as conn:
        assert {alarm["facts"]["error"] for alarm in list_alarms(conn)} == {"500"}


def test_with_a_webhook_its_alarms_go(store: Store, listener: Listener) -> None:
    listener.answers = [410]
    add(store, hook(listener))
    tell(store)
    send_some(means(store), "crm", NOW)
    assert alarms(store) == ["webhook_off:crm"]
    with store.write() as conn:
        remove_receiver(conn, "webhook", "crm")
    watch_webhooks(store, later(60))
    assert alarms(store) == []


def test_a_slow_webhook_holds_up_no_other_and_is_left_in_time(
    store: Store, listener: Listener, monkeypatch: pytest.MonkeyPatch
) -> None:
    with listen() as other:
        listener.answers = ["hang"]
        add(store, hook(listener))
        add(store, {**hook(other), "name": "quick"})
        tell(store)
        with store.write() as conn:
            write_message(conn, "quick", "call.placed", {"id": 1}, NOW)
        sender = Sender(means(store))
        monkeypatch.setattr(webhooks, "SECONDS", 2)
        sender.look(NOW)
        while not other.came:  # or this test never ends
            time.sleep(0.01)
        assert counted(store) == {"pending": 1}
        sender.join()
    assert (rows(store)[0].detail, receiver(store).failing_since) == ("read_timeout", NOW)


@pytest.mark.parametrize(
    ("url", "private", "detail"),
    [
        ("http://127.0.0.1:{port}/in", False, "address_refused"),
        ("https://127.0.0.1:{port}/in", False, "address_refused"),
        ("https://localhost:{port}/in", False, "address_refused"),
        ("https://[::1]:{port}/in", False, "address_refused"),
        ("https://169.254.169.254/latest", False, "address_refused"),
        ("https://127.0.0.1:{port}/in", True, "tls_failed"),
    ],
)
def test_no_request_goes_to_a_local_address_that_nobody_allowed(
    store: Store, listener: Listener, url: str, private: bool, detail: str
) -> None:
    address = url.format(port=listener.url.rpartition(":")[2])
    add(store, {**hook(listener), "url": address, "allow_private_addresses": private})
    tell(store)
    send_some(means(store), "crm", NOW)
    assert (rows(store)[0].detail, listener.came) == (detail, [])


def test_what_a_killed_worker_had_claimed_is_sent_again_under_its_id(store: Store, listener: Listener) -> None:
    add(store, hook(listener))
    ids = tell(store, 2)
    with store.write() as conn:
        claim_messages(conn, "crm", NOW, later(90), 20)  # and is killed
    assert not send_some(means(store), "crm", later(89))
    send_some(means(store), "crm", later(90))
    assert [came.headers["webhook-id"] for came in listener.came] == [f"msg_{n}_{int(NOW.timestamp())}" for n in ids]


def test_credentials_are_sealed_and_no_line_names_the_address(
    store: Store, vbot: FakeVBot, listener: Listener, caplog: pytest.LogCaptureFixture
) -> None:
    stage = Stage(store, vbot, webhooks=[hook(listener, "call.placed")])
    with store.read() as conn:
        shown = read_documents(conn)["webhooks"]
    assert (shown[0]["secrets"], SECRET[6:] in receiver(store).sealed) == (["…"], False)
    stage.apply(RULE, webhooks=shown)
    listener.answers = [500]
    stage.send("order.created", order(1))
    stage.run()
    send_some(means(store), "crm", NOW)
    assert len(listener.came) == 1
    assert "webhook not taken webhook=crm id=msg_" in caplog.text
    assert "key=1" not in caplog.text and SECRET[6:] not in caplog.text


def test_several_webhooks_are_told_in_the_order_of_their_names(
    store: Store, vbot: FakeVBot, listener: Listener
) -> None:
    stage = Stage(store, vbot, RULE)
    for name in ("kho", "crm", "zalo", "bao"):
        add(store, {**hook(listener, "call.*"), "name": name})
    stage.send("order.created", order(1))
    stage.run(later(2))
    with store.read() as conn:
        story = describe_order(conn, "shop", "id-1", show_phones=False)
    assert story is not None
    assert [one["webhook"] for one in story["messages"]] == ["bao", "crm", "kho", "zalo"]


@pytest.mark.parametrize("language", ["vi", "en"])
def test_an_orders_story_says_what_was_told_of_its_calls(
    store: Store, vbot: FakeVBot, listener: Listener, language: str
) -> None:
    stage = Stage(store, vbot, RULE)
    add(store, hook(listener, "call.*"))
    add(store, {**hook(listener, "call.*"), "name": "kho"})
    stage.send("order.created", order(1))
    stage.run(later(2))
    stage.send("order.created", order(2))
    stage.run(later(4))
    listener.answers = [500, 204]
    send_some(means(store), "crm", later(5))
    send_some(means(store), "crm", later(60))
    with store.read() as conn:
        story = describe_order(conn, "shop", "id-1", show_phones=False)
    assert story is not None
    kept = [(one["call_id"], one["webhook"], one["event"], one["state"], one["tries"]) for one in story["messages"]]
    call_id = story["calls"][0]["id"]
    assert kept == [
        (call_id, "crm", "call.placed", "taken", 2),
        (call_id, "kho", "call.placed", "pending", 0),
    ]
    lines = story_lines({**story, "next": []}, "Asia/Ho_Chi_Minh", language, show_datas=False)
    told = [line.split("webhook ")[1] for line in lines if "webhook " in line]
    if language == "vi":
        assert told == ["crm, call.placed: đã nhận (204)", "kho, call.placed: đang chờ gửi, đã thử 0 lần."]
    else:
        assert told == ["crm, call.placed: taken (204)", "kho, call.placed: waits to be sent, tried 0 time(s)."]
