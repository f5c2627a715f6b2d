"""Numbers that nobody rings: not by a rule, not by hand, not once they are on the list."""

from __future__ import annotations

import pytest

from bridge.fake_vbot import FakeVBot
from bridge.place.manual import manual_call, manual_rule
from bridge.place.queue import admit
from bridge.store import Store
from bridge.store.calls import create_call
from bridge.store.people.dnc import add_numbers, is_listed, list_numbers, remove_number
from tests.stage import HOTLINE, NOW, RULE, Stage, later, order

PHONE = "0900000001"


@pytest.fixture
def stage(store: Store, vbot: FakeVBot) -> Stage:
    return Stage(store, vbot)


def add(stage: Stage, *phones: str) -> int:
    with stage.store.write() as conn:
        return add_numbers(conn, phones, "khách yêu cầu", NOW)


def test_a_number_is_on_the_list_once(stage: Stage) -> None:
    assert add(stage, "0900000002", PHONE, PHONE) == 2
    assert add(stage, PHONE) == 0
    with stage.store.read() as conn:
        assert is_listed(conn, PHONE)
        assert not is_listed(conn, "0900000003")
        assert [(row.phone, row.reason, row.added_at) for row in list_numbers(conn)] == [
            (PHONE, "khách yêu cầu", NOW),
            ("0900000002", "khách yêu cầu", NOW),
        ]
    with stage.store.write() as conn:
        assert [remove_number(conn, PHONE) for _ in range(2)] == [True, False]


def test_an_order_of_a_listed_number_is_skipped_with_its_reason(stage: Stage) -> None:
    add(stage, PHONE)
    stage.send("order.created", order(phone="+84 900 000 001"))
    stage.send("order.created", order(2))
    stage.run()
    assert stage.decisions() == [("confirm", "skip", "do_not_call"), ("confirm", "call", "wanted")]
    assert stage.rung() == ["0900000002"]


def test_the_next_number_of_the_order_is_no_way_around_the_list(store: Store, vbot: FakeVBot) -> None:
    stage = Stage(store, vbot, {**RULE, "to": ["order.phone", "shipping.phone"]})
    add(stage, PHONE)
    stage.send("order.created", order(shipping={"phone": "0900000002"}))
    stage.run()
    assert (stage.decisions(), stage.rung()) == ([("confirm", "skip", "do_not_call")], [])


def test_a_call_that_waits_as_its_number_is_added_never_rings(stage: Stage) -> None:
    stage.send("order.created", order())
    stage.decide()
    add(stage, PHONE)
    for minutes in (0, 1, 60):
        stage.dial(later(minutes=minutes))
    assert (stage.call()["state"], stage.call()["reason"]) == ("cancelled", "do_not_call")
    assert "danh sách không gọi" in stage.call()["sentence"]
    assert stage.rung() == []


def test_a_call_that_is_queued_as_its_number_is_added_never_rings(stage: Stage) -> None:
    stage.send("order.created", order())
    stage.decide()
    (call_id,) = admit(stage.store, stage.catalogs, NOW, 1, stage.client.account_id)
    add(stage, PHONE)
    stage.advance(call_id)
    assert (stage.call()["state"], stage.rung()) == ("cancelled", [])


def test_a_number_that_the_order_got_later_is_asked_too(stage: Stage) -> None:
    stage.send("order.created", order(2))
    stage.decide()
    add(stage, PHONE)
    stage.send("order.updated", order(2, phone=PHONE, updated_at=later(5).isoformat()), later(5))
    stage.run(later(5))
    assert (stage.call()["state"], stage.call()["reason"], stage.rung()) == ("cancelled", "do_not_call", [])


def test_a_number_taken_off_in_time_is_called(stage: Stage) -> None:
    stage.send("order.created", order())
    stage.decide()
    add(stage, PHONE)
    with stage.store.write() as conn:
        remove_number(conn, PHONE)
    stage.dial()
    assert stage.rung() == [PHONE]


def test_a_call_by_hand_asks_the_list_too(stage: Stage) -> None:
    rule, span = manual_rule("CONFIRM", HOTLINE, None), (NOW, later(hours=5))
    with stage.store.write() as conn:
        assert create_call(conn, manual_call(rule, "one:1", PHONE, HOTLINE, {}, span, NOW), NOW)
    add(stage, PHONE)
    stage.dial()
    assert (stage.call()["state"], stage.call()["reason"], stage.rung()) == ("cancelled", "do_not_call", [])
