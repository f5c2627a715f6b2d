"""Carriers' statuses: joined to the shop's order, told once, in order of time, and never to the courier."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from bridge.core.model import Request
from bridge.core.platform import Platform
from bridge.fake_vbot import FakeVBot
from bridge.platforms import list_platforms
from bridge.platforms.shared.carriers.statuses import sample_reference
from bridge.receive.webhook import receive
from bridge.store import Store
from bridge.store.shops.parcels import count_joined
from tests.stage import NOW, OTHER_SECRET, RULE, SECRET, Stage, later, order

VTP_SECRET = "a-word-of-the-shop-for-viettel-post"
COURIER = "84912345999"
SHOPS = [
    {"id": "shop", "platform": "generic", "secrets": [SECRET]},
    {"id": "other", "platform": "generic", "secrets": [OTHER_SECRET]},
]
VTP = {"id": "vtp", "platform": "viettel_post", "secrets": [VTP_SECRET], "settings": {"orders_of": ["shop"]}}
OUT = {**RULE, "rule": "today", "on": ["delivery.out"], "within": "12h"}
MISSED = {**RULE, "rule": "missed", "on": ["delivery.failed"], "after": "10m"}
STATUSES = {"out": 500, "missed": 506, "going back": 502, "back": 504, "taken": 501, "stored": 400, "given up": 201}


CARRIERS = [one for one in list_platforms() if one.is_carrier]


def stage_of(store: Store, vbot: FakeVBot, *rules: dict[str, Any], sources: Any = (*SHOPS, VTP)) -> Stage:
    return Stage(store, vbot, *rules, sources=list(sources))


def told(stage: Stage, status: str, at: datetime, came: datetime | None = None, **data: Any) -> int:
    """A status of Viettel Post about order DH-1, of this time; it came then, or later. Returns the delivery's id."""
    local = at.astimezone(ZoneInfo("Asia/Ho_Chi_Minh"))
    about = {
        "ORDER_NUMBER": "VTP1",
        "ORDER_REFERENCE": "DH-1",
        "ORDER_STATUS": STATUSES[status],
        "ORDER_STATUSDATE": f"{local:%d/%m/%Y %H:%M:%S}",
        "MONEY_COLLECTION": 495000,
        "EMPLOYEE_PHONE": COURIER,
        **data,
    }
    headers = (("Authorization", VTP_SECRET), ("Content-Type", "application/json"))
    body = json.dumps({"DATA": about}, ensure_ascii=False).encode()
    request = Request("POST", "/hooks/vtp", "", headers, body)
    received = receive(stage.store, stage.catalogs, "vtp", request, came or at)
    assert received.delivery_id is not None
    return received.delivery_id


def ordered(
    stage: Stage, at: datetime = NOW, source: str = "shop", topic: str = "order.created", **changes: Any
) -> None:
    stage.send(topic, order(1, **{"updated_at": at.isoformat(), **changes}), at, source)
    stage.decide(at)


def test_a_parcel_that_is_out_rings_the_buyer_of_the_shops_order_and_not_the_courier(
    store: Store, vbot: FakeVBot
) -> None:
    speaks = {"cod": "{{ parcel.cod }}", "courier": "{{ parcel.courier_phone }}", "number": "{{ order.number }}"}
    stage = stage_of(store, vbot, {**OUT, "datas": speaks})
    ordered(stage, state="fulfilled")
    told(stage, "out", later(60))
    stage.run(later(60))
    call = stage.call()
    assert (call["state"], call["source"], call["order_id"], call["phone"]) == ("placed", "shop", "id-1", "0900000001")
    assert call["datas"] == {"cod": 495000, "courier": COURIER, "number": "DH-1"}
    assert stage.rung() == ["0900000001"]


@pytest.mark.parametrize("state", ["cancelled", "returned", "refunded", "failed", "trashed"])
def test_of_an_order_that_the_shop_ended_no_status_rings(store: Store, vbot: FakeVBot, state: str) -> None:
    stage = stage_of(store, vbot, OUT, {**MISSED, "after": "0"})
    ordered(stage, state=state)
    told(stage, "out", later(60))
    told(stage, "missed", later(120), ORDER_NUMBER="VTP2")
    stage.run(later(120))
    assert stage.calls() == []
    assert [reason for _, decision, reason in stage.decisions() if decision == "skip"][1:] == [f"order_{state}"] * 2


def test_of_a_deleted_order_no_status_rings(store: Store, vbot: FakeVBot) -> None:
    stage = stage_of(store, vbot, OUT)
    ordered(stage)
    ordered(stage, later(10), topic="order.deleted")
    told(stage, "out", later(60))
    stage.decide(later(60))
    assert stage.decisions()[-1] == ("today", "skip", "order_deleted")


def test_a_completed_order_rings_if_its_carrier_is_newer_than_its_completion(store: Store, vbot: FakeVBot) -> None:
    """Some shops complete an order when they hand it over; whether it came, the carrier knows."""
    stage = stage_of(store, vbot, OUT)
    ordered(stage, later(60), state="completed")
    told(stage, "out", later(30), later(61))
    stage.decide(later(61))
    assert stage.decisions()[-1] == ("today", "skip", "order_completed")
    told(stage, "out", later(90), ORDER_STATUS=550)
    stage.run(later(90))
    assert stage.call()["state"] == "placed"


@pytest.mark.parametrize("status", ["out", "missed", "going back", "taken", "back"])
def test_a_confirmation_call_of_a_parcel_that_is_out_already_is_stopped(
    store: Store, vbot: FakeVBot, status: str
) -> None:
    stage = stage_of(store, vbot, {**RULE, "after": "30m"})
    ordered(stage)
    told(stage, status, later(600))
    stage.decide(later(600))
    stage.dial(later(1800))
    call = stage.call()
    assert call["state"] == "cancelled" and stage.rung() == []
    assert call["reason"] in ("changed", "delivery_delivered", "delivery_returned")


def test_a_status_that_is_not_decided_yet_holds_the_confirmation_call(store: Store, vbot: FakeVBot) -> None:
    stage = stage_of(store, vbot, RULE)
    ordered(stage)
    told(stage, "out", NOW)
    stage.dial()
    assert (stage.call()["state"], stage.call()["reason"]) == ("waiting", "undecided_delivery")
    stage.run(later(1))
    assert (stage.call()["state"], stage.rung()) == ("cancelled", [])


def test_a_status_of_another_order_holds_nobody(store: Store, vbot: FakeVBot) -> None:
    stage = stage_of(store, vbot, RULE)
    ordered(stage)
    told(stage, "out", NOW, ORDER_REFERENCE="DH-2")
    stage.dial()
    assert stage.call()["state"] == "placed"


def test_a_parcel_of_no_known_order_is_kept_and_counted_and_rings_nobody(store: Store, vbot: FakeVBot) -> None:
    stage = stage_of(store, vbot, OUT)
    told(stage, "out", NOW, ORDER_REFERENCE="DH-9")
    told(stage, "out", NOW, ORDER_REFERENCE=None, ORDER_NUMBER="VTP3")
    stage.run()
    assert stage.decisions() == [("today", "skip", "parcel_unjoined")] * 2
    assert stage.calls() == []
    with store.read() as conn:
        found = count_joined(conn, NOW)
    assert (found["vtp"].parcels, found["vtp"].joined) == (2, 0)


def test_a_status_that_comes_before_its_order_is_joined_when_the_order_comes(store: Store, vbot: FakeVBot) -> None:
    stage = stage_of(store, vbot, RULE, OUT)
    told(stage, "out", NOW)
    stage.decide()
    assert stage.decisions() == [("today", "skip", "parcel_unjoined")]
    ordered(stage, later(60))
    stage.dial(later(60))  # the status is undecided again, and holds the confirmation
    assert stage.rung() == []
    stage.run(later(61))
    assert [(call["rule"], call["state"]) for call in stage.calls()] == [("confirm", "cancelled"), ("today", "placed")]
    assert stage.rung() == ["0900000001"]
    with store.read() as conn:
        assert count_joined(conn, NOW)["vtp"].joined == 1


def test_a_status_from_before_is_too_old_for_the_order_that_came_late(store: Store, vbot: FakeVBot) -> None:
    stage = stage_of(store, vbot, OUT)
    told(stage, "out", NOW)
    stage.decide()
    at = later(hours=13)
    ordered(stage, at)
    stage.decide(at)
    assert stage.decisions()[1:2] == [("today", "skip", "too_old")]


@pytest.mark.parametrize("then", ["taken", "back", "given up", "going back", "missed"])
def test_a_later_status_that_is_stored_ends_the_call_and_an_older_one_that_comes_late_makes_none(
    store: Store, vbot: FakeVBot, then: str
) -> None:
    stage = stage_of(store, vbot, {**OUT, "after": "10m"})
    ordered(stage)
    told(stage, "out", later(60))
    stage.decide(later(60))
    told(stage, then, later(300))
    stage.decide(later(300))
    stage.dial(later(900))
    assert stage.call()["state"] == "cancelled"
    told(stage, "out", later(200), later(400), ORDER_STATUS=508)
    stage.run(later(1000))
    assert (len(stage.calls()), stage.rung()) == (1, [])


def test_what_lies_between_ends_no_call(store: Store, vbot: FakeVBot) -> None:
    stage = stage_of(store, vbot, MISSED)
    ordered(stage)
    told(stage, "missed", later(60))
    told(stage, "stored", later(90))
    stage.decide(later(90))
    assert stage.deliveries()[-1]["reason"] == "parcel_between"
    stage.dial(later(700))
    assert stage.call()["state"] == "placed"


def test_a_missed_parcel_that_goes_out_again_needs_no_call(store: Store, vbot: FakeVBot) -> None:
    stage = stage_of(store, vbot, MISSED)
    ordered(stage)
    told(stage, "missed", later(60))
    stage.decide(later(60))
    told(stage, "out", later(600))
    stage.decide(later(600))
    stage.dial(later(700))
    assert (stage.call()["state"], stage.call()["reason"]) == ("cancelled", "changed")


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        ({"NOTE": "Người nhận hẹn phát lại (16:06 - 04/12/2026) - Bưu tá Mẫu"}, "parcel_appointment"),
        ({"NOTE": "KH hẹn ngày mai nhận"}, "parcel_appointment"),
        ({"MONEY_COLLECTION": 0}, "parcel_collects_nothing"),
        ({"NOTE": "Khách không hẹn lại, thuê bao"}, None),
    ],
)
def test_whoever_set_a_day_or_pays_nothing_any_more_is_not_called_about_a_missed_parcel(
    store: Store, vbot: FakeVBot, data: dict[str, Any], reason: str | None
) -> None:
    stage = stage_of(store, vbot, MISSED)
    ordered(stage)
    told(stage, "missed", later(60), **data)
    stage.decide(later(60))
    assert [why for _, decision, why in stage.decisions() if decision == "skip"][1:] == ([reason] if reason else [])
    assert len(stage.calls()) == (0 if reason else 1)


def test_a_missed_parcel_rings_once_and_by_its_day_once_a_day(store: Store, vbot: FakeVBot) -> None:
    daily = {**MISSED, "rule": "daily", "after": "0", "once_per": "{{ parcel.code }} {{ parcel.day }}"}
    stage = stage_of(store, vbot, {**MISSED, "after": "0"}, {**daily, "cooldown": 0})
    ordered(stage)
    for at in (60, 3600, 86_400 + 60):
        told(stage, "missed", later(at))
        stage.decide(later(at))
    assert sorted(call["rule"] for call in stage.calls()) == ["daily", "daily", "missed"]


def test_a_status_that_is_sent_again_is_one_delivery(store: Store, vbot: FakeVBot) -> None:
    stage = stage_of(store, vbot, OUT)
    ordered(stage)
    assert told(stage, "out", later(60)) == told(stage, "out", later(60), later(90), NOTE="again")
    stage.run(later(90))
    assert len(stage.calls()) == 1


def test_a_part_that_goes_back_ends_nothing(store: Store, vbot: FakeVBot) -> None:
    stage = stage_of(store, vbot, {**OUT, "after": "5m"})
    ordered(stage)
    told(stage, "out", later(60))
    told(stage, "back", later(90), ORDER_NUMBER="VTP11P1")
    stage.decide(later(90))
    assert stage.call()["state"] == "waiting"


@pytest.mark.parametrize(("named", "joins"), [(["shop"], True), (["other"], False), (["shop", "other"], False)])
def test_a_number_that_two_shops_have_means_the_one_that_the_source_names(
    store: Store, vbot: FakeVBot, named: list[str], joins: bool
) -> None:
    stage = stage_of(store, vbot, OUT, sources=[*SHOPS, {**VTP, "settings": {"orders_of": named}}])
    ordered(stage)
    if len(named) > 1:
        ordered(stage, source="other")
    told(stage, "out", later(60))
    stage.decide(later(60))
    assert len(stage.calls()) == joins
    if not joins:
        assert stage.decisions()[-1][2] == ("parcel_ambiguous" if len(named) > 1 else "parcel_unjoined")


def test_without_a_setting_a_parcel_belongs_to_the_only_shop_and_with_two_to_none(store: Store, vbot: FakeVBot) -> None:
    bare = {name: value for name, value in VTP.items() if name != "settings"}
    stage = stage_of(store, vbot, {**OUT, "sources": ["vtp"]}, sources=[SHOPS[0], bare])
    ordered(stage)
    told(stage, "out", later(60))
    stage.run(later(60))
    assert stage.call()["state"] == "placed"  # a rule may name the carrier as well
    stage.apply({**OUT, "sources": ["vtp"]}, sources=[*SHOPS, bare])
    told(stage, "out", later(60), ORDER_NUMBER="VTP8")
    stage.decide(later(60))
    assert stage.decisions()[-1] == ("today", "skip", "parcel_unjoined")


@pytest.mark.parametrize("platform", CARRIERS, ids=lambda one: one.name)
def test_each_carrier_finds_the_shops_order_or_brings_its_own_buyer(
    store: Store, vbot: FakeVBot, platform: Platform
) -> None:
    carrier = {"id": "carrier", "platform": platform.name, "secrets": [VTP_SECRET], "settings": {"orders_of": ["shop"]}}
    stage = stage_of(store, vbot, RULE, {**OUT, "datas": {}}, sources=[*SHOPS, carrier])
    stage.send("order.created", order(1) | {"number": sample_reference(NOW)}, NOW)
    assert stage.send_sample("carrier", NOW).reply == platform.reply
    stage.dial()
    stage.decide()
    stage.dial(later(1))
    rung = [(call["rule"], call["source"]) for call in stage.calls() if call["state"] == "placed"]
    own = platform.sample.document(NOW).get("path")
    assert rung == ([("confirm", "shop"), ("today", "carrier")] if own else [("today", "shop")])
    assert COURIER not in "".join(stage.rung())
