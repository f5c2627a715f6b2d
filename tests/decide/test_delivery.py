from __future__ import annotations

import itertools
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import event, text

from bridge.core.model import Json, StoreDown
from bridge.core.reasons import sentence
from bridge.decide.delivery import decide
from bridge.fake_vbot import FakeVBot
from bridge.lib.strictjson import parse_json
from bridge.store import Store, open_store
from bridge.store.people.dnc import add_numbers
from tests.stage import HOTLINE, NOW, RULE, SECRET, Stage, later, order, reasons


@pytest.fixture
def stage(store: Store, vbot: FakeVBot) -> Stage:
    return Stage(store, vbot)


def test_a_created_order_becomes_one_waiting_call(stage: Stage) -> None:
    stage.send("order.created", order())
    stage.decide()
    call = stage.call()
    assert (call["state"], call["phone"], call["template"]) == ("waiting", "0900000001", "CONFIRM")
    assert (call["source"], call["order_id"], call["order_number"]) == ("shop", "id-1", "DH-1")
    assert call["datas"] == {"total": 495000}
    assert stage.decisions() == [("confirm", "call", "wanted")]


@pytest.mark.parametrize("topic", ["order.updated", "order.paid", "order.fulfilled"])
def test_a_topic_that_no_rule_listens_to_leaves_a_readable_reason(stage: Stage, topic: str) -> None:
    stage.send(topic, order())
    stage.decide()
    assert stage.decisions() == [(None, "skip", "no_rule")]
    assert stage.calls() == []


def test_created_and_updated_of_one_order_ring_once_in_either_order(store: Store, vbot: FakeVBot) -> None:
    rule = {**RULE, "on": ["order.created", "order.updated"]}
    for n, topics in enumerate(itertools.permutations(("order.created", "order.updated")), 1):
        stage = Stage(store, vbot, rule)
        for topic in topics:
            stage.send(topic, order(n))
        stage.run()
    assert sorted(vbot_call["phone"] for vbot_call in vbot.calls) == ["0900000001", "0900000002"]
    assert reasons(stage.decisions()) == ["wanted", "already_called"] * 2


@pytest.mark.parametrize("same_time", [True, False])
def test_whatever_the_order_of_arrival_a_cancelled_order_is_never_rung(stage: Stage, same_time: bool) -> None:
    changes: dict[str, dict[str, Any]] = {
        "created": {},
        "updated": {"note": "tặng kèm"},
        "paid": {"payment": {"cod": True, "paid": True}},
        "cancelled": {"payment": {"cod": True, "paid": True}, "state": "cancelled"},
    }
    seconds = {name: 0 if same_time else n for n, name in enumerate(changes)}
    arrivals = list(itertools.permutations(changes))
    for number, arrival in enumerate(arrivals):
        for word in arrival:
            at = (NOW - timedelta(seconds=30 - seconds[word])).isoformat()
            stage.send(f"order.{word}", order(number, **changes[word], updated_at=at))
    for wait in (0, 60):
        stage.run(later(wait))
    assert stage.rung() == []
    assert {call["state"] for call in stage.calls()} == {"cancelled"}
    assert len(stage.deliveries()) == 4 * len(arrivals)


def test_a_cancel_before_the_create_leaves_a_mark_that_the_create_meets(stage: Stage) -> None:
    stage.send("order.cancelled", order(state="cancelled"))
    stage.run()
    stage.send("order.created", order(), later(5))
    stage.run(later(5))
    assert reasons(stage.decisions()) == ["order_cancelled", "order_cancelled"]
    assert stage.calls() == []


def test_a_deletion_that_names_only_an_id_cancels_and_forbids(stage: Stage) -> None:
    stage.send("order.created", order())
    stage.decide()
    stage.send("order.deleted", {"id": "id-1"}, later(5))
    stage.decide(later(5))
    assert (stage.call()["state"], stage.call()["reason"]) == ("cancelled", "order_deleted")
    stage.send("order.created", order(2), later(6))
    stage.send("order.deleted", {"id": "id-2"}, later(6))
    stage.run(later(7))
    assert stage.rung() == []


def test_an_older_state_never_overwrites_a_newer_one(stage: Stage) -> None:
    newer, older = order(phone="0911111111", updated_at=later(-5).isoformat()), order(updated_at=later(-50).isoformat())
    stage.send("order.updated", newer)
    stage.decide()
    stage.send("order.created", older)
    stage.run()
    assert stage.rung() == ["0911111111"]


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"state": "cancelled"}, "order_cancelled"),
        ({"state": "refunded"}, "order_refunded"),
        ({"state": "returned"}, "order_returned"),
        ({"state": "failed"}, "order_failed"),
        ({"state": "trashed"}, "order_trashed"),
        ({"state": "draft"}, "order_draft"),
        ({"state": "completed"}, "order_completed"),
        ({"state": "fulfilled"}, "order_fulfilled"),
        ({"payment": {"cod": True, "paid": True}}, "cod_paid"),
        ({"tags": ["vip", "Đơn trùng"]}, "marked_duplicate"),
        ({"phone": None}, "phone_missing"),
        ({"phone": "0912****78"}, "phone_masked"),
        ({"phone": "+1 650 253 0000"}, "phone_foreign"),
        ({"phone": "1900 1234"}, "phone_premium"),
        ({"phone": "123"}, "phone_impossible"),
    ],
)
def test_an_order_that_must_not_ring_is_skipped_with_its_reason(
    stage: Stage, changes: dict[str, Any], reason: str
) -> None:
    stage.send("order.created", order(**changes))
    stage.run()
    assert stage.decisions() == [("confirm", "skip", reason)]
    assert stage.rung() == []


def test_a_test_message_never_rings_not_even_for_a_rule_on_test(store: Store, vbot: FakeVBot) -> None:
    stage = Stage(store, vbot, {**RULE, "on": ["test", "order.created"]})
    stage.send("test", order())
    stage.send("order.created", order(2, test=True))
    stage.run()
    assert reasons(stage.decisions()) == ["test_message", "test_message"]
    assert stage.rung() == []


@pytest.mark.parametrize("topic", ["order.created", "order.paid", "order.fulfilled"])
def test_a_sale_over_the_counter_rings_under_no_rule(store: Store, vbot: FakeVBot, topic: str) -> None:
    stage = Stage(store, vbot, {**RULE, "on": ["order.created", "order.paid", "order.fulfilled"]})
    stage.send(topic, order(in_store=True, state="open" if topic == "order.created" else "completed"))
    stage.run()
    assert stage.decisions() == [("confirm", "skip", "sold_in_store")]
    assert stage.rung() == []


@pytest.mark.parametrize("part_first", [True, False])
def test_of_an_order_and_its_parts_only_the_whole_rings(stage: Stage, part_first: bool) -> None:
    whole, part = order(1, total=900000), order(2, total=400000, phone="0900000001", parent="id-1")
    for document in (part, whole) if part_first else (whole, part):
        stage.send("order.created", document)
    stage.run()
    assert stage.rung() == ["0900000001"]
    assert stage.call()["datas"] == {"total": 900000}
    shown = {
        event["order_id"]: delivery["decisions"][0] for delivery in stage.deliveries() for event in delivery["events"]
    }
    assert shown["id-2"]["reason"] == "part_of_order"
    assert ("id-1" if part_first else "DH-1") in shown["id-2"]["sentence_en"]


def test_a_copy_rings_where_the_first_was_cancelled_before_it_rang(stage: Stage) -> None:
    stage.send("order.created", order(1))
    stage.decide()
    stage.send("order.cancelled", order(1, state="cancelled", updated_at=NOW.isoformat()), later(5))
    stage.send("order.created", order(2, parent="id-1"), later(6))
    stage.run(later(6))
    assert stage.rung() == ["0900000002"]


@pytest.mark.parametrize("fate", ["rang", "open", "fulfilled"])
def test_a_copy_of_an_order_that_rang_or_is_open_does_not_ring(stage: Stage, fate: str) -> None:
    stage.send("order.created", order(1, state="fulfilled" if fate == "fulfilled" else "open"))
    stage.run()
    if fate == "rang":
        stage.send("order.cancelled", order(1, state="cancelled", updated_at=NOW.isoformat()), later(5))
    stage.send("order.created", order(2, parent="id-1"), later(6))
    stage.run(later(6))
    assert reasons(stage.decisions())[-1] == "part_of_order"
    assert stage.rung() == ([] if fate == "fulfilled" else ["0900000001"])


@pytest.mark.parametrize(
    ("on", "state"),
    [("order.cancelled", "cancelled"), ("order.fulfilled", "fulfilled"), ("order.fulfilled", "completed")],
)
def test_a_rule_that_names_the_very_topic_may_ring_a_closed_order(
    store: Store, vbot: FakeVBot, on: str, state: str
) -> None:
    stage = Stage(store, vbot, {**RULE, "on": [on]})
    stage.send(on, order(state=state))
    stage.run()
    assert stage.rung() == ["0900000001"]


def test_a_condition_that_does_not_hold_is_a_skip(store: Store, vbot: FakeVBot) -> None:
    stage = Stage(store, vbot, {**RULE, "when": "order.payment.cod and order.total >= 500000"})
    stage.send("order.created", order())
    stage.send("order.created", order(2, total="500000"))
    stage.run()
    assert reasons(stage.decisions()) == ["condition_false", "wanted"]


def test_a_stale_delivery_is_too_old_to_ring(stage: Stage) -> None:
    stage.send("order.created", order(created_at=later(hours=-25).isoformat()))
    stage.decide()
    assert reasons(stage.decisions()) == ["too_old"]


def test_an_order_of_a_rule_that_does_not_fit_its_template_gets_a_call_that_waits(store: Store, vbot: FakeVBot) -> None:
    stage = Stage(store, vbot)
    stage.know_fields("CONFIRM", {"cfkey": "customer_name", "cftype": "text", "isRequired": True})
    stage.send("order.created", order())
    stage.run()
    assert reasons(stage.decisions()) == ["wanted"]
    assert (stage.call()["state"], stage.call()["reason"], stage.rung()) == ("waiting", "template_changed", [])


def test_an_order_that_leaves_a_required_field_blank_is_skipped_with_the_field(store: Store, vbot: FakeVBot) -> None:
    stage = Stage(store, vbot, {**RULE, "datas": {"note": "{{ order.note }}"}})
    stage.know_fields("CONFIRM", {"cfkey": "note", "cftype": "text", "isRequired": True})
    stage.send("order.created", order())
    stage.decide()
    assert reasons(stage.decisions()) == ["mapping_failed"]
    (delivery,) = stage.deliveries()
    assert "datas.note" in delivery["decisions"][0]["sentence_en"]


def test_an_empty_list_of_custom_fields_forbids_nothing(store: Store, vbot: FakeVBot) -> None:
    stage = Stage(store, vbot)
    stage.know_fields("CONFIRM")
    stage.send("order.created", order())
    stage.run()
    assert stage.rung() == ["0900000001"]


def test_a_rule_that_fails_on_one_order_stops_nothing_else(store: Store, vbot: FakeVBot) -> None:
    broken = {**RULE, "rule": "broken", "datas": {"half": "{{ order.note | divided_by: 2 }}"}}
    stage = Stage(store, vbot, broken, RULE)
    stage.send("order.created", order(note="hai"))
    stage.run()
    assert stage.decisions() == [("broken", "skip", "mapping_failed"), ("confirm", "call", "wanted")]
    assert stage.rung() == ["0900000001"]


def test_an_unreadable_delivery_fails_with_its_place_and_others_go_on(stage: Stage) -> None:
    stage.send_body(b'{"topic": "order.created", "order": {"number": "DH-1"}}')
    stage.send_body(b"[1, 2")
    stage.send("order.created", order())
    stage.run()
    states = [(delivery["state"], delivery["reason"]) for delivery in stage.deliveries()]
    assert states == [("failed", "bad_payload"), ("failed", "bad_payload"), ("decided", None)]
    assert stage.rung() == ["0900000001"]


@pytest.mark.parametrize("migrated_url", ["postgres"], indirect=True)
def test_a_delivery_whose_connections_end_at_once_is_decided_later(stage: Stage) -> None:
    delivery_id = stage.send("order.created", order()).delivery_id
    assert delivery_id
    admin = open_store(stage.store.engine.url.render_as_string(hide_password=False))
    ended: list[int] = []

    @event.listens_for(stage.store.engine, "connect")
    def _end_the_first(dbapi: Any, record: object) -> None:
        if len(ended) < 2:
            ended.append(dbapi.info.backend_pid)
            with admin.write() as conn:
                conn.execute(text("SELECT pg_terminate_backend(:pid, 5000)"), {"pid": ended[-1]})

    stage.store.engine.dispose()
    with pytest.raises(StoreDown):
        decide(stage.store, stage.catalogs, delivery_id, NOW, HOTLINE)
    admin.close()
    assert [one["state"] for one in stage.deliveries()] == ["stored"]
    stage.decide()
    assert (len(ended), stage.call()["state"]) == (2, "waiting")
    event.remove(stage.store.engine, "connect", _end_the_first)


def test_without_any_hotline_the_skip_says_so(store: Store, vbot: FakeVBot) -> None:
    stage = Stage(store, vbot)
    received = stage.send("order.created", order())
    assert received.delivery_id is not None
    assert decide(store, stage.catalogs, received.delivery_id, NOW, None)
    assert reasons(stage.decisions()) == ["no_hotline"]


def test_a_delivery_is_decided_by_whoever_comes_first(stage: Stage) -> None:
    received = stage.send("order.created", order())
    assert received.delivery_id is not None
    done = [decide(stage.store, stage.catalogs, received.delivery_id, NOW, "1") for _ in range(2)]
    assert done == [True, False]


@pytest.mark.parametrize(
    ("once_per", "deliveries", "rings"),
    [
        ("order", [("order.created", 1), ("order.updated", 1), ("order.created", 2)], 2),
        ("order+topic", [("order.created", 1), ("order.updated", 1), ("order.created", 2)], 3),
        ("phone+day", [("order.created", 1), ("order.updated", 1), ("order.created", 2)], 1),
        ("{{ order.note }}", [("order.created", 1), ("order.updated", 1), ("order.created", 2)], 1),
    ],
)
def test_once_per_says_what_rings_once(
    store: Store, vbot: FakeVBot, once_per: str, deliveries: list[tuple[str, int]], rings: int
) -> None:
    rule = {**RULE, "on": ["order.created", "order.updated"], "once_per": once_per, "cooldown": 0}
    stage = Stage(store, vbot, rule)
    for topic, number in deliveries:
        stage.send(topic, order(number, phone="0900000001", note="cùng khách"))
    stage.decide()
    assert len(stage.calls()) == rings


def test_phone_and_day_counts_over_all_sources(store: Store, vbot: FakeVBot) -> None:
    stage = Stage(store, vbot, {**RULE, "once_per": "phone+day"})
    stage.send("order.created", order())
    stage.send("order.created", order(2, phone="0900000001"), source="other")
    stage.decide()
    assert reasons(stage.decisions()) == ["wanted", "already_called"]
    assert stage.call()["covers"] == ["DH-2"]
    assert "DH-1" in stage.deliveries()[1]["decisions"][0]["sentence"]


def test_a_blank_once_per_key_is_named(store: Store, vbot: FakeVBot) -> None:
    stage = Stage(store, vbot, {**RULE, "once_per": "{{ order.note }}"})
    stage.send("order.created", order())
    stage.decide()
    assert stage.decisions() == [("confirm", "skip", "mapping_failed")]


def test_rules_and_sources_that_are_not_meant_are_not_asked(store: Store, vbot: FakeVBot) -> None:
    elsewhere = {**RULE, "rule": "elsewhere", "sources": ["other"]}
    off = {**RULE, "rule": "off", "enabled": False}
    stage = Stage(store, vbot, elsewhere, off)
    stage.send("order.created", order())
    stage.decide()
    assert stage.decisions() == [(None, "skip", "no_rule")]


def test_every_secret_of_a_source_is_valid_at_once(store: Store, vbot: FakeVBot) -> None:
    secrets = ["whsec_" + "b2xkLXNlY3JldC1vZi10aGUtc2hvcA==", SECRET]
    stage = Stage(store, vbot, sources=[{"id": "shop", "platform": "generic", "secrets": secrets}])
    stage.send("order.created", order())
    stage.apply(RULE, sources=[{"id": "shop", "platform": "generic", "secrets": secrets[::-1]}])
    stage.send("order.created", order(2))
    assert len(stage.deliveries()) == 2


def test_of_an_orders_numbers_the_first_that_can_be_dialled_is_called_and_the_story_says_why(stage: Stage) -> None:
    stage.send("order.created", order(phone="+1 650 253 0000", shipping={"phone": "0912345671"}))
    stage.decide()
    assert stage.call()["phone"] == "0912345671"
    with stage.store.read() as conn:
        facts = conn.execute(text("SELECT facts FROM decisions")).scalar_one()
    assert "passed_phone_foreign" in str(facts)
    assert "foreign" in sentence("wanted", "en", because="passed_phone_foreign")


def test_a_rule_abroad_chooses_among_the_same_numbers_by_its_own_measure(store: Store, vbot: FakeVBot) -> None:
    stage = Stage(store, vbot, {**RULE, "abroad": True})
    stage.send("order.created", order(phone="+1 650 253 0000", shipping={"phone": "0912345671"}))
    stage.decide()
    assert stage.call()["phone"] == "+16502530000"


def test_a_number_that_must_not_be_called_passes_no_call_on_to_another(stage: Stage) -> None:
    with stage.store.write() as conn:
        add_numbers(conn, ["0912345671"], "", NOW)
    stage.send("order.created", order(phone="0912345671", shipping={"phone": "0987654321"}))
    stage.run()
    assert stage.decisions() == [("confirm", "skip", "do_not_call")]
    assert stage.rung() == []


@pytest.mark.parametrize(
    ("total", "method", "named"),
    [
        ("495000", "Thu tại kho 19001234 56", "Thu tại kho …"),
        ("495000", None, None),
        ("5", "Thu tại kho", None),
    ],
)
def test_a_skip_names_the_payment_method_that_alone_was_its_reason(
    store: Store, vbot: FakeVBot, total: str, method: str | None, named: str | None
) -> None:
    stage = Stage(store, vbot, {**RULE, "when": "order.payment.cod and order.total > 1000"})
    stage.send("order.created", order(total=total, payment={"method": method}))
    stage.decide()
    assert stage.decisions() == [("confirm", "skip", "condition_false")]
    with stage.store.read() as conn:
        facts = str(conn.execute(text("SELECT facts FROM decisions")).scalar_one())
    assert (named is None and "method" not in facts) or str(named) in facts.encode().decode("unicode_escape") + facts
    said = sentence("condition_false", "vi", method="Thu tại kho")
    assert "cod_names" in said


def test_an_order_in_another_currency_is_never_said_in_dong(store: Store, vbot: FakeVBot) -> None:
    stage = Stage(store, vbot, {**RULE, "datas": {"total": {"from": "order.total", "format": "vnd_words"}}})
    stage.send("order.created", order(total="1999.50", currency="USD"))
    stage.run()
    assert stage.decisions() == [("confirm", "skip", "mapping_failed")]
    with stage.store.read() as conn:
        facts = str(conn.execute(text("SELECT facts FROM decisions")).scalar_one())
    assert "VND" in facts and "USD" in facts
    assert stage.rung() == []


@pytest.mark.parametrize("text", ["\u0316\u0301" * 75_000, "\r\n" * 150_000, "<" * 300_000, "x" * 300_000])
def test_an_order_with_an_endless_text_is_cut_and_called(store: Store, vbot: FakeVBot, text: str) -> None:
    datas = {"note": {"from": "order.note", "format": ["clean"], "default": "-"}, "name": {"from": "customer.name"}}
    stage = Stage(store, vbot, {**RULE, "datas": datas})
    stage.send("order.created", order(note=text, customer={"name": "Nguyễn Thị Mẫu" + text}))
    stage.run()
    assert len(stage.rung()) == 1
    assert all(len(str(said)) <= 4_000 for said in vbot.calls[0]["datas"].values())


def test_a_large_order_is_parsed_once_and_in_no_transaction(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    open_transactions, parsed_in = 0, []

    def begin(conn: object) -> None:
        nonlocal open_transactions
        open_transactions += 1

    def end(conn: object) -> None:
        nonlocal open_transactions
        open_transactions -= 1

    def parse(body: bytes) -> Json:
        parsed_in.append(open_transactions)
        return parse_json(body)

    # Readings are kept by what was read, also where another test read the same.
    stage.send("order.created", order(note=stage.store.engine.dialect.name + "x" * 100_000))
    monkeypatch.setattr("bridge.platforms.shared.bodies.documents.parse_json", parse)
    for name, listener in (("begin", begin), ("commit", end), ("rollback", end)):
        event.listen(stage.store.engine, name, listener)
    stage.run()
    for name, listener in (("begin", begin), ("commit", end), ("rollback", end)):
        event.remove(stage.store.engine, name, listener)
    assert len(stage.rung()) == 1
    assert parsed_in == [0]


@pytest.mark.parametrize("never", ["9999-12-31T23:59:59Z", "31/12/9999 23:59:59", "0001-01-01T00:00:00Z"])
def test_a_time_that_means_never_holds_no_order_up(stage: Stage, never: str) -> None:
    stage.send("order.created", order(created_at=never, updated_at=never))
    stage.run()
    assert len(stage.rung()) == 1
