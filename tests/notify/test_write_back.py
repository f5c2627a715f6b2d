"""A call's result comes home to the shop's order: once, whatever is lost, and never where the order has moved on."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from bridge.core.model import Request
from bridge.fake_vbot import FakeVBot
from bridge.notify import write_back
from bridge.notify.write_back import GATHER_SECONDS, STOPPED_REST, WRITE_LEASE, WRITES_END, Writer
from bridge.receive.webhook import receive
from bridge.settle.results import end_silent_calls, settle_stored, tell_of_expired
from bridge.store import Store
from bridge.store.configuration.pauses import write_pause
from bridge.store.operation.alarms import list_alarms
from bridge.store.queue import sweep
from bridge.store.results import store_result
from bridge.store.shops.write_backs import claim_writes
from tests.notify.shop import Instead
from tests.notify.woocommerce import WooCommerce
from tests.processes import wait_for
from tests.stage import SECRET, Stage

FIXTURE = Path(__file__).parents[1] / "fixtures" / "woocommerce" / "order.created__store-api.http"
AT = datetime(2026, 11, 23, 5, 50, tzinfo=UTC)  # 12:50 in Vietnam
SOURCE = "woo"
RULE: dict[str, Any] = {
    "rule": "confirm",
    "template": "CONFIRM",
    "on": ["order.created"],
    "sources": [SOURCE],
    "abroad": True,
    "answers": {"1": "confirmed", "2": "declined"},
    "redial": {"on": ["no_answer", "busy"], "times": 1, "every": "30m"},
    "write_back": {
        "confirmed": [{"note": "Khách bấm 1: xác nhận đơn"}],
        "declined": [{"note": "Khách bấm 2"}, {"cancel_order": True, "key": "2"}],
        "unreachable": [{"tag": "vbot-unreachable"}, {"status": "on-hold", "key": "none"}],
        "unknown": [{"note": "Chưa có kết quả"}],
    },
}


@pytest.fixture
def shop() -> Iterator[WooCommerce]:
    with WooCommerce() as running:
        running.add(captured())
        yield running
        assert running.faults == []


@pytest.fixture
def stage(store: Store, vbot: FakeVBot, shop: WooCommerce) -> Stage:
    return Stage(store, vbot, RULE, sources=[source(shop)])


def captured() -> dict[str, Any]:
    """An order as version 9.4.3 wrote it."""
    document: dict[str, Any] = json.loads(FIXTURE.read_bytes().replace(b"\r\n", b"\n").partition(b"\n\n")[2])
    return document


def source(shop: WooCommerce, **settings: Any) -> dict[str, Any]:
    own = {**shop.settings, **settings}
    return {"id": SOURCE, "platform": "woocommerce", "secrets": [SECRET], "settings": own}


def order_of_another(number: int) -> dict[str, Any]:
    """Another order, of another buyer."""
    order = {**captured(), "id": number, "number": f"{number}"}
    order["billing"] = {**order["billing"], "phone": f"+9198200123{number}"}
    return order


def deliver(
    stage: Stage, document: dict[str, Any], topic: str = "order.created", at: datetime = AT, source: str = SOURCE
) -> None:
    with stage.store.read() as conn:
        known = stage.catalogs.read(conn).shop(source)
    assert known is not None
    body = json.dumps(document).encode()
    headers = known.platform.sign(body, topic, known.source, at)
    receive(stage.store, stage.catalogs, source, Request("POST", f"/hooks/{source}", "", headers, body), at)


def ring(stage: Stage, document: dict[str, Any] | None = None, at: datetime = AT, source: str = SOURCE) -> str:
    """A call about the shop's order that VBot accepted; its attempt's id."""
    deliver(stage, document or captured(), at=at, source=source)
    stage.run(at)
    return str(stage.vbot.calls[-1]["external_call_id"])


def report(stage: Stage, attempt: str, disposition: str, keys: str = "", at: datetime = AT) -> None:
    """VBot tells how the call ended, and a worker settles it."""
    told = {"externalCallId": attempt, "disposition": disposition, "inputLog": keys}
    with stage.store.write() as conn:
        store_result(conn, json.dumps(told).encode(), at)
    settle_stored(stage.store, stage.catalogs, stage.client.account_id, at)


def write(stage: Stage, at: datetime = AT) -> None:
    """One look of the worker's job, to its end."""
    writer = Writer(stage.store, stage.catalogs)
    writer.look(at)
    writer.join()


def written(stage: Stage) -> list[tuple[str, str, str | None]]:
    """(action, state, detail) of the call's writes."""
    return [(each["action"], each["state"], each["detail"]) for each in stage.call()["write_backs"]]


def alarms(stage: Stage) -> list[tuple[str, Any]]:
    with stage.store.read() as conn:
        return [(alarm["key"], alarm["facts"].get("reason")) for alarm in list_alarms(conn)]


def test_a_result_becomes_a_note_that_only_the_shop_sees_with_its_call_and_time(
    stage: Stage, shop: WooCommerce
) -> None:
    report(stage, ring(stage), "ANSWER", "1")
    assert written(stage) == [("note", "waiting", None)]
    write(stage)
    write(stage, AT + timedelta(days=1))
    assert written(stage) == [("note", "written", None)]
    call = stage.call()
    assert shop.texts(11) == [f"[VBot {call['id']}] 23/11 12:50 Khách bấm 1: xác nhận đơn"]
    assert call["write_backs"][0]["value"] == shop.texts(11)[0]
    assert [(asked.method, asked.path) for asked in shop.asked] == [
        ("GET", "/wp-json/wc/v3/orders/11"),
        ("POST", "/wp-json/wc/v3/orders/11/notes"),
    ]


def test_a_pause_stops_calls_and_not_what_is_known_of_those_that_were_made(stage: Stage, shop: WooCommerce) -> None:
    attempt = ring(stage)
    for kind, name in (("all", ""), ("source", SOURCE), ("rule", "confirm")):
        with stage.store.write() as conn:
            write_pause(conn, kind, name, "wrong template", AT)
    report(stage, attempt, "ANSWER", "1")
    write(stage)
    assert written(stage) == [("note", "written", None)]


def test_without_write_back_or_for_a_result_that_it_does_not_name_nothing_is_written(
    store: Store, vbot: FakeVBot, shop: WooCommerce
) -> None:
    silent = {name: part for name, part in RULE.items() if name != "write_back"}
    stage = Stage(store, vbot, silent, sources=[source(shop)])
    attempt = ring(stage)
    report(stage, attempt, "ANSWER", "1")
    stage.apply(RULE, sources=[source(shop)])
    report(stage, attempt, "ANSWER", "1")
    write(stage)
    assert written(stage) == []
    assert shop.asked == []


def test_nothing_is_written_before_the_last_redial(stage: Stage, shop: WooCommerce) -> None:
    report(stage, ring(stage), "NO ANSWER")
    write(stage)
    assert written(stage) == []
    again = AT + timedelta(minutes=40)
    stage.dial(again)
    report(stage, stage.vbot.calls[-1]["external_call_id"], "NO ANSWER", at=again)
    write(stage, again)
    assert written(stage) == [("tag", "written", None), ("status", "written", None)]
    order = shop.orders["11"]
    assert (order["status"], order["meta_data"][-1]["key"], order["meta_data"][-1]["value"]) == (
        "on-hold",
        "vbot_tag",
        "vbot-unreachable",
    )


def test_a_redial_that_comes_to_nothing_is_written_as_the_last_that_is_known(stage: Stage, shop: WooCommerce) -> None:
    report(stage, ring(stage), "NO ANSWER")
    late = AT + timedelta(days=2)
    with stage.store.write() as conn:
        sweep(conn, late)
    assert stage.call()["state"] == "expired"
    assert tell_of_expired(stage.store, stage.catalogs, late) == 1
    assert tell_of_expired(stage.store, stage.catalogs, late) == 0
    write(stage, late)
    assert written(stage) == [("tag", "written", None), ("status", "written", None)]


def test_an_order_is_cancelled_only_where_the_rule_says_so_twice(stage: Stage, shop: WooCommerce) -> None:
    report(stage, ring(stage), "ANSWER", "2")
    write(stage)
    assert written(stage) == [("note", "written", None), ("cancel_order", "waiting", None)]
    write(stage)
    assert written(stage) == [("note", "written", None), ("cancel_order", "written", None)]
    assert shop.orders["11"]["status"] == "cancelled"
    assert [asked.body for asked in shop.writes][1:] == [{"status": "cancelled"}]


def test_an_order_is_not_cancelled_before_what_else_is_written_of_the_call(stage: Stage, shop: WooCommerce) -> None:
    first = [{"cancel_order": True, "key": "2"}, {"note": "Khách bấm 2"}]
    stage.apply({**RULE, "write_back": {"declined": first}}, sources=[source(shop)])
    shop.instead.append(Instead(cut=True))
    report(stage, ring(stage), "ANSWER", "2")
    for seconds in (0, 45, 70, 71):
        write(stage, AT + timedelta(seconds=seconds))
    assert written(stage) == [("cancel_order", "written", None), ("note", "written", None)]
    assert [asked.method for asked in shop.writes] == ["POST", "POST", "PUT"]


def test_a_later_different_result_of_the_same_call_is_written_once_more(stage: Stage, shop: WooCommerce) -> None:
    attempt = ring(stage)
    report(stage, attempt, "FAILED")
    write(stage)
    shop.orders["11"]["status"] = "processing"
    report(stage, attempt, "ANSWER", "1", AT + timedelta(minutes=1))
    report(stage, attempt, "ANSWER", "1", AT + timedelta(minutes=2))
    write(stage, AT + timedelta(minutes=5))
    assert [each[:2] for each in written(stage)] == [
        ("tag", "written"),
        ("status", "written"),
        ("note", "written"),
    ]
    assert len(shop.texts(11)) == 1


def test_another_key_that_is_told_later_is_written_once_more(stage: Stage, shop: WooCommerce) -> None:
    stage.apply(
        {**RULE, "write_back": {"confirmed": [{"note": "Đồng ý"}], "declined": [{"note": "Từ chối"}]}},
        sources=[source(shop)],
    )
    attempt = ring(stage)
    for minutes, key in enumerate(["1", "2", "1"]):
        report(stage, attempt, "ANSWER", key, AT + timedelta(minutes=minutes))
        write(stage, AT + timedelta(minutes=minutes, seconds=30))
    assert [text.split()[-2:] for text in shop.texts(11)] == [["Đồng", "ý"], ["Từ", "chối"]]


def test_what_was_not_sent_of_an_earlier_result_is_dropped(stage: Stage, shop: WooCommerce) -> None:
    attempt = ring(stage)
    report(stage, attempt, "FAILED")
    report(stage, attempt, "ANSWER", "1", AT + timedelta(minutes=1))
    write(stage, AT + timedelta(minutes=1))
    assert written(stage) == [
        ("tag", "refused", "write_superseded"),
        ("status", "refused", "write_superseded"),
        ("note", "written", None),
    ]
    assert len(shop.writes) == 1


def test_a_call_without_a_result_is_written_as_unknown(stage: Stage, shop: WooCommerce) -> None:
    ring(stage)
    late = AT + timedelta(hours=25)
    assert end_silent_calls(stage.store, stage.catalogs, late) == 1
    write(stage, late)
    assert written(stage) == [("note", "written", None)]


@pytest.mark.parametrize(
    "lost", [Instead(cut=True, after=True), Instead(502, after=True), Instead(200, b"<html>", after=True)]
)
def test_a_note_whose_answer_was_lost_is_read_back_and_not_written_twice(
    stage: Stage, shop: WooCommerce, lost: Instead
) -> None:
    shop.instead.append(lost)
    report(stage, ring(stage), "ANSWER", "1")
    write(stage)
    ((_, state, _),) = written(stage)
    # A page instead of an answer is followed by a look at once, which finds the note.
    assert state in ("unsure", "written")
    write(stage, AT + timedelta(minutes=2))
    assert written(stage) == [("note", "written", None)]
    assert len(shop.texts(11)) == 1 and len(shop.writes) == 1


@pytest.mark.parametrize("lost", [Instead(cut=True), Instead(503), Instead(429, headers={"Retry-After": "90"})])
def test_a_note_that_did_not_arrive_is_written_at_the_next_try(stage: Stage, shop: WooCommerce, lost: Instead) -> None:
    shop.instead.append(lost)
    report(stage, ring(stage), "ANSWER", "1")
    write(stage)
    ((_, state, _),) = written(stage)
    assert state == ("waiting" if lost.status == 429 else "unsure")
    write(stage, AT + timedelta(seconds=29))
    assert len(shop.writes) == 1
    write(stage, AT + timedelta(minutes=2))
    assert written(stage) == [("note", "written", None)]
    assert len(shop.texts(11)) == 1


@pytest.mark.parametrize("sent", [False, True])
def test_a_worker_that_dies_while_it_writes_leaves_a_lease_after_which_the_order_is_read_first(
    stage: Stage, shop: WooCommerce, sent: bool
) -> None:
    report(stage, ring(stage), "ANSWER", "1")
    with stage.store.write() as conn:
        (claimed,) = claim_writes(conn, SOURCE, AT, AT + WRITE_LEASE, 20)
    if sent:
        shop.notes["11"].append({"id": 1, "note": claimed.text, "customer_note": False})
    assert written(stage) == [("note", "sending", None)]
    write(stage, AT + WRITE_LEASE - timedelta(seconds=1))
    assert shop.asked == []
    write(stage, AT + WRITE_LEASE)
    assert written(stage) == [("note", "written", None)]
    assert len(shop.texts(11)) == 1 and len(shop.writes) == (0 if sent else 1)


def test_two_workers_write_once(stage: Stage, shop: WooCommerce) -> None:
    report(stage, ring(stage), "ANSWER", "1")
    writers = [Writer(stage.store, stage.catalogs) for _ in range(3)]
    for writer in writers:
        writer.look(AT)
    for writer in writers:
        writer.join()
    assert len(shop.texts(11)) == 1 and len(shop.writes) == 1


@pytest.mark.parametrize(
    ("status", "reason"),
    [("cancelled", "write_order_ended"), ("trash", "write_order_ended"), ("completed", "write_order_moved_on")],
)
def test_the_order_is_read_before_and_one_that_has_moved_on_is_left_alone(
    stage: Stage, shop: WooCommerce, status: str, reason: str
) -> None:
    report(stage, ring(stage), "ANSWER", "1")
    shop.orders["11"]["status"] = status
    write(stage)
    assert written(stage) == [("note", "refused", reason)]
    assert shop.writes == []
    (write_back_,) = stage.call()["write_backs"]
    assert write_back_["sentence"] and write_back_["sentence_en"]


def test_what_the_shop_itself_said_of_the_order_is_enough_to_leave_it_alone(stage: Stage, shop: WooCommerce) -> None:
    report(stage, ring(stage), "ANSWER", "1")
    gone = {"id": 11}
    deliver(stage, gone, "order.deleted", AT)
    stage.decide(AT)
    write(stage)
    assert written(stage) == [("note", "refused", "write_order_ended")]
    assert shop.asked == []


def test_a_deleted_order_and_a_status_that_the_shop_has_not_end_with_their_reason(
    stage: Stage, shop: WooCommerce
) -> None:
    unknown = {**RULE, "write_back": {"confirmed": [{"status": "no-such", "key": "1"}, {"note": "Đã gọi"}]}}
    stage.apply(unknown, sources=[source(shop)])
    report(stage, ring(stage), "ANSWER", "1")
    write(stage)
    assert written(stage) == [("status", "refused", "write_refused"), ("note", "written", None)]
    assert "rest_invalid_param" in stage.call()["write_backs"][0]["sentence_en"]
    report(stage, ring(stage, order_of_another(12)), "ANSWER", "1")
    write(stage)
    assert [each["detail"] for each in stage.calls()[1]["write_backs"]] == ["write_order_gone", "write_order_gone"]


@pytest.mark.parametrize("reason", ["write_credentials", "write_scope"])
def test_refused_credentials_stop_the_source_with_one_alarm_until_new_ones_are_applied(
    stage: Stage, shop: WooCommerce, reason: str
) -> None:
    shop.read_only = reason == "write_scope"
    if reason == "write_credentials":
        stage.apply(RULE, sources=[source(shop, consumer_key="ck_wrong")])
    attempts = []
    for number in range(5):
        shop.add(order_of_another(20 + number))
        attempts.append(ring(stage, order_of_another(20 + number)))
    for attempt in attempts:
        report(stage, attempt, "ANSWER", "1")
    write(stage)
    write(stage, AT + timedelta(minutes=30))
    asked = len(shop.asked)
    assert asked <= 2 and alarms(stage) == [(f"write_back:{SOURCE}", reason)]
    details = [each["detail"] for call in stage.calls() for each in call["write_backs"]]
    assert details == [reason, None, None, None, None]
    again = {each["next_at"] for call in stage.calls() for each in call["write_backs"]}
    rest = datetime.fromisoformat(str(again.pop()))  # the shop's, not each write's own next try
    assert again == set() and timedelta(0) <= rest - (AT + STOPPED_REST) < timedelta(minutes=1)
    shop.read_only = False
    shop.faults.clear()
    stage.apply(RULE, sources=[source(shop, phone_names=["so dien thoai"])], at=AT + timedelta(minutes=31))
    write(stage, AT + timedelta(minutes=31))
    assert {each["state"] for call in stage.calls() for each in call["write_backs"]} == {"written"}
    assert alarms(stage) == []


def test_a_dead_shop_is_left_alone_longer_and_longer_then_given_up(stage: Stage, shop: WooCommerce) -> None:
    report(stage, ring(stage), "ANSWER", "1")
    shop.reads.extend([Instead(cut=True)] * 200)
    at, looks = AT, 0
    while written(stage)[0][1] != "refused":
        write(stage, at)
        looks += 1
        at += timedelta(minutes=30)
    assert timedelta(days=1) < at - AT <= WRITES_END + timedelta(hours=1)
    assert written(stage) == [("note", "refused", "write_given_up")]
    assert looks <= 110 and len(shop.asked) < 60 and shop.writes == []
    assert alarms(stage) == [(f"write_back:{SOURCE}", "write_no_answer")]


def test_a_silent_shop_holds_up_no_other(store: Store, vbot: FakeVBot, shop: WooCommerce) -> None:
    with WooCommerce() as slow:
        slow.add({**captured(), "id": 12})
        slow.reads.append(Instead(silent=True))
        rule = {name: part for name, part in RULE.items() if name != "sources"}
        stage = Stage(store, vbot, rule, sources=[source(shop), {**source(slow), "id": "slow"}])
        attempts = [ring(stage), ring(stage, order_of_another(12), source="slow")]
        for attempt in attempts:
            report(stage, attempt, "ANSWER", "1")
        writer = Writer(stage.store, stage.catalogs)
        writer.look(AT)
        wait_for("the quick shop", lambda: shop.texts(11) != [])
        wait_for("its row", lambda: stage.calls()[0]["write_backs"][0]["state"] == "written")
        assert stage.calls()[1]["write_backs"][0]["state"] == "sending"
        slow.ended.set()
        writer.join()
        assert stage.calls()[1]["write_backs"][0]["state"] == "waiting"


def test_what_comes_soon_after_a_look_shares_the_next_turn(stage: Stage, shop: WooCommerce) -> None:
    clock = [0.0]
    writer = Writer(stage.store, stage.catalogs, lambda: clock[0])
    for number, seconds, texts in ((11, 0.0, 1), (12, 0.1, 1), (13, GATHER_SECONDS - 0.1, 1), (14, GATHER_SECONDS, 4)):
        if number > 11:
            shop.add(order_of_another(number))
        document = captured() if number == 11 else order_of_another(number)
        report(stage, ring(stage, document), "ANSWER", "1")
        clock[0] = seconds
        writer.look(AT)
        writer.join()
        assert sum(map(len, shop.notes.values())) == texts, number


def test_a_shop_that_waits_for_a_thread_is_looked_for_at_once(
    store: Store, vbot: FakeVBot, shop: WooCommerce, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(write_back, "SHOPS_AT_ONCE", 1)
    with WooCommerce() as other:
        other.add(order_of_another(12))
        rule = {name: part for name, part in RULE.items() if name != "sources"}
        stage = Stage(store, vbot, rule, sources=[source(shop), {**source(other), "id": "other"}])
        for attempt in [ring(stage), ring(stage, order_of_another(12), source="other")]:
            report(stage, attempt, "ANSWER", "1")
        writer = Writer(stage.store, stage.catalogs, lambda: 0.0)
        for _ in range(2):
            writer.look(AT)
            writer.join()
        assert (len(shop.texts(11)), len(other.texts(12))) == (1, 1)


def test_a_source_that_was_removed_or_whose_credentials_are_gone_writes_nothing(
    stage: Stage, shop: WooCommerce
) -> None:
    report(stage, ring(stage), "ANSWER", "1")
    bare = {"id": SOURCE, "platform": "woocommerce", "secrets": [SECRET]}
    stage.apply(RULE, sources=[bare])
    write(stage)
    assert written(stage) == [("note", "waiting", "write_no_credentials")]
    stage.apply({**RULE, "enabled": False}, sources=[{**source(shop), "enabled": False}])
    write(stage, AT + timedelta(hours=2))
    assert written(stage) == [("note", "refused", "write_source_gone")]
    assert shop.asked == []


UPDATED = {**RULE, "rule": "again", "on": ["order.updated", "order.cancelled"]}


@pytest.mark.parametrize(("disposition", "keys"), [("FAILED", ""), ("ANSWER", "2")])
def test_the_shops_message_about_our_own_write_rings_nobody(
    stage: Stage, shop: WooCommerce, disposition: str, keys: str
) -> None:
    stage.apply(RULE, {**UPDATED, "cancel_on": []}, sources=[source(shop)])
    report(stage, ring(stage), disposition, keys)
    write(stage)
    write(stage)
    deliver(stage, shop.orders["11"], "order.updated", AT + timedelta(minutes=1))
    stage.decide(AT + timedelta(minutes=1))
    assert [reason for rule, _, reason in stage.decisions() if rule == "again"] == ["own_write"]
    assert len(stage.calls()) == 1


@pytest.mark.parametrize("state", ["written", "sending"])
def test_a_message_that_also_says_what_staff_changed_is_no_echo(stage: Stage, shop: WooCommerce, state: str) -> None:
    stage.apply(RULE, UPDATED, sources=[source(shop)])
    report(stage, ring(stage), "FAILED")
    if state == "written":
        write(stage)
    else:
        with stage.store.write() as conn:
            claim_writes(conn, SOURCE, AT, AT + WRITE_LEASE, 20)
    changed = {**shop.orders["11"], "status": "on-hold", "date_modified_gmt": "2026-11-23T06:00:00"}
    deliver(stage, changed, "order.updated", AT + timedelta(minutes=1))
    stage.decide(AT + timedelta(minutes=1))
    deliver(stage, {**changed, "total": "1998.00"}, "order.updated", AT + timedelta(minutes=2))
    stage.decide(AT + timedelta(minutes=2))
    mine = [reason for rule, _, reason in stage.decisions() if rule == "again"]
    assert mine == ["own_write", "wanted"]


def test_a_write_ends_within_its_lease() -> None:
    seconds = write_back.TURN_SECONDS + write_back.WRITE_SECONDS
    assert timedelta(seconds=seconds) < WRITE_LEASE
