from __future__ import annotations

import json
import time
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import pytest
from sqlalchemy import text

from bridge.core.breaker import Breaker
from bridge.core.model import StoreDown
from bridge.fake_vbot import FakeVBot
from bridge.place.attempt import advance
from bridge.place.checks import Checking
from bridge.place.dial import check_and_dial
from bridge.place.manual import manual_call, manual_rule
from bridge.place.outcome import MOST_LATE_STARTS, record_outcome
from bridge.place.placing import Clock
from bridge.place.queue import admit
from bridge.store import Store
from bridge.store.breakers import find_breaker
from bridge.store.calls import LEASE, create_call, find_call
from bridge.store.configuration.catalog import touch_catalog
from bridge.store.configuration.pauses import remove_pause, write_pause
from bridge.store.db.tables import deliveries
from bridge.store.queue import sweep
from bridge.store.tokens import DatabaseTokenStore
from bridge.store.undecided import CROWD
from bridge.vbot import CallRequest
from bridge.vbot.client import Client, Outcome
from tests.stage import HOTLINE, NOW, RULE, SECRET, Stage, later, order


@pytest.fixture
def stage(store: Store, vbot: FakeVBot) -> Stage:
    return Stage(store, vbot)


def test_a_due_call_is_placed_with_exactly_the_documented_request(stage: Stage) -> None:
    stage.send("order.created", order())
    stage.run()
    (heard,) = stage.vbot.calls
    call = stage.call()
    (attempt,) = call["attempts"]
    assert (call["state"], attempt["outcome"], attempt["vbot_call_id"]) == ("placed", "accepted", heard["call_id"])
    assert heard["external_call_id"] == attempt["external_call_id"]
    assert (heard["phone"], heard["hotline_code"], heard["template_code"]) == ("0900000001", HOTLINE, "CONFIRM")
    assert (heard["datas"], heard["max_time"], heard["max_waiting_time"]) == ({"total": 495000}, -1, 30)


def test_a_placed_call_is_not_placed_again(stage: Stage) -> None:
    stage.send("order.created", order())
    for seconds in (0, 60, 3600, 86400):
        stage.run(later(seconds))
    stage.advance(stage.call()["id"], later(90000))
    assert len(stage.rung()) == 1


def test_no_call_leaves_outside_its_window_and_the_morning_releases_it(stage: Stage) -> None:
    night = datetime(2026, 11, 23, 15, 0, tzinfo=UTC)  # 22:00 in Vietnam
    made = (night - timedelta(minutes=1)).isoformat()
    stage.send("order.created", order(created_at=made, updated_at=made), night)
    stage.decide(night)
    call = stage.call()
    assert (call["state"], call["not_before"]) == ("waiting", "2026-11-24T01:00:00+00:00")
    stage.dial(night)
    assert stage.rung() == []
    stage.dial(datetime(2026, 11, 24, 1, 0, tzinfo=UTC))
    assert stage.rung() == ["0900000001"]


def test_a_call_queued_as_its_window_closes_waits_for_the_next(stage: Stage) -> None:
    stage.send("order.created", order())
    stage.decide()
    closing = datetime(2026, 11, 23, 12, 59, 30, tzinfo=UTC)  # 19:59:30, inside the last minute
    stage.dial(closing)
    call = stage.call()
    assert (call["state"], call["reason"]) == ("waiting", "window_closed")
    assert stage.rung() == []


def test_a_promise_that_passed_ends_as_expired(store: Store, vbot: FakeVBot) -> None:
    stage = Stage(store, vbot, {**RULE, "within": "1h"})
    stage.send("order.created", order())
    stage.decide()
    stage.dial(later(hours=2))
    assert (stage.call()["state"], stage.rung()) == ("expired", [])


def test_a_cancel_decided_before_the_ring_prevents_it(stage: Stage) -> None:
    stage.send("order.created", order())
    stage.decide()
    stage.send("order.cancelled", order(state="cancelled", updated_at=later(1).isoformat()), later(1))
    stage.run(later(2))
    assert (stage.call()["state"], stage.call()["reason"]) == ("cancelled", "order_cancelled")
    assert stage.rung() == []


def test_a_stored_but_undecided_delivery_of_the_source_holds_the_ring(stage: Stage) -> None:
    stage.send("order.created", order())
    stage.decide()
    stage.send("order.cancelled", order(state="cancelled", updated_at=later(1).isoformat()), later(1))
    stage.dial(later(2))
    assert (stage.call()["state"], stage.call()["reason"]) == ("waiting", "undecided_delivery")
    stage.decide(later(3))
    stage.dial(later(10))
    assert (stage.call()["state"], stage.rung()) == ("cancelled", [])


def test_an_undecided_delivery_of_another_order_holds_nothing(stage: Stage) -> None:
    stage.send("order.created", order(81))
    stage.decide()
    stage.send("order.created", order(92))
    stage.dial()
    assert stage.rung() == [order(81)["phone"]]


def forget_order_ids(stage: Stage) -> None:
    """As deliveries are from before there were any, whose bytes are searched."""
    with stage.store.write() as conn:
        conn.execute(deliveries.update().values(order_id=None))


@pytest.mark.parametrize("escaped", ["10\\u00381", "1\\u003081", "1081\\u003a"])
def test_an_undecided_delivery_whose_json_may_hide_the_order_holds_the_ring(stage: Stage, escaped: str) -> None:
    stage.send("order.created", order(1081))
    stage.decide()
    cancel = {"topic": "order.cancelled", "order": order(1081, state="cancelled", updated_at=later(1).isoformat())}
    stage.send_body(json.dumps(cancel).replace("1081", escaped).encode(), later(1))
    forget_order_ids(stage)
    stage.dial(later(2))
    assert (stage.call()["reason"], stage.rung()) == ("undecided_delivery", [])


def test_what_no_longer_holds_waits_for_an_undecided_delivery_that_may_mend_it(store: Store, vbot: FakeVBot) -> None:
    stage = Stage(store, vbot, {**RULE, "when": "order.total >= 100000"})
    stage.send("order.created", order(81))
    stage.send("order.updated", order(81, total="5000", updated_at=later(1).isoformat()), later(1))
    stage.decide(later(1))
    stage.send("order.updated", order(81, total="200000", updated_at=later(2).isoformat()), later(2))
    stage.dial(later(2))
    assert (stage.call()["state"], stage.call()["reason"]) == ("waiting", "undecided_delivery")
    stage.run(later(3))
    assert stage.rung() == [order(81)["phone"]]


def send_in_a_list(stage: Stage, number: int) -> None:
    """A delivery whose orders are known only once it is read."""
    stage.send_body(json.dumps([{"topic": "order.created", "order": order(number)}]).encode())


def test_undecided_deliveries_that_are_known_to_be_of_other_orders_hold_nothing(stage: Stage) -> None:
    stage.send("order.created", order(1))
    stage.decide()
    for number in range(100, 101 + CROWD):
        stage.send("order.created", order(number, note="id-1"))
    stage.dial(later(2))
    assert stage.rung() == [order(1)["phone"]]


def test_what_a_source_is_told_anew_makes_its_orders_unknown(stage: Stage) -> None:
    """Its fields may now say that the bytes are about another order."""
    stage.send("order.created", order(1))
    stage.decide()
    stage.send("order.updated", order(2, note="id-1"))
    source = {
        "id": "shop",
        "platform": "generic",
        "secrets": [SECRET],
        "settings": {"fields": {"order.id": "order.note"}},
    }
    stage.apply(RULE, sources=[source])
    stage.dial(later(2))
    assert (stage.call()["reason"], stage.rung()) == ("undecided_delivery", [])


def test_a_crowd_of_undecided_deliveries_holds_every_ring_of_its_source(stage: Stage) -> None:
    stage.send("order.created", order(1))
    stage.decide()
    for number in range(100, 100 + CROWD):
        send_in_a_list(stage, number)
    stage.dial(later(2))
    assert (stage.call()["reason"], stage.rung()) == ("undecided_delivery", [])
    stage.run(later(3))
    assert len(stage.rung()) > 0


def test_a_call_that_waits_for_a_crowd_is_admitted_once_and_again_when_the_crowd_is_gone(stage: Stage) -> None:
    stage.send("order.created", order(1))
    stage.send("order.created", order(2), source="other")
    stage.decide()
    for number in range(100, 100 + CROWD):
        send_in_a_list(stage, number)
    assert len(stage.dial(later(2))) == 2
    assert (stage.rung(), stage.dial(later(4)), stage.dial(later(6))) == ([order(2)["phone"]], [], [])
    stage.decide(later(7))
    assert stage.calls()[0]["id"] in stage.dial(later(8))


def test_another_sources_undecided_delivery_holds_nothing(stage: Stage) -> None:
    stage.send("order.created", order())
    stage.decide()
    stage.send("order.created", order(2), source="other")
    stage.dial()
    assert stage.rung() == ["0900000001"]


def test_a_cancel_after_the_ring_is_recorded_as_too_late(stage: Stage) -> None:
    stage.send("order.created", order())
    stage.run()
    stage.send("order.cancelled", order(state="cancelled", updated_at=later(1).isoformat()), later(1))
    stage.run(later(2))
    assert stage.decisions()[-1] == ("confirm", "cancel", "too_late")
    assert stage.call()["state"] == "placed"


def test_what_is_spoken_is_the_newest_state(stage: Stage) -> None:
    stage.send("order.created", order())
    stage.decide()
    changed = order(total="123000", phone="0911111111", updated_at=later(1).isoformat())
    stage.send("order.updated", changed, later(1))
    stage.run(later(2))
    (heard,) = stage.vbot.calls
    assert (heard["phone"], heard["datas"]) == ("0911111111", {"total": 123000})


@pytest.mark.parametrize(
    "changes",
    [{"payment": {"cod": True, "paid": True}}, {"total": "1000"}, {"phone": "0912****78"}, {"state": "fulfilled"}],
)
def test_a_rule_that_no_longer_holds_does_not_ring(store: Store, vbot: FakeVBot, changes: dict[str, Any]) -> None:
    stage = Stage(store, vbot, {**RULE, "when": "order.total >= 100000"})
    stage.send("order.created", order())
    stage.decide()
    stage.send("order.updated", order(**changes, updated_at=later(1).isoformat()), later(1))
    stage.run(later(2))
    assert (stage.call()["state"], stage.call()["reason"], stage.rung()) == ("cancelled", "changed", [])


def test_what_waits_rings_by_the_hotline_and_template_that_its_rule_names_by_then(stage: Stage) -> None:
    stage.send("order.created", order())
    stage.decide()
    before = stage.call()["hotline"]
    stage.apply({**RULE, "hotline": "0899999999", "template": "ANOTHER"})
    assert (stage.call()["hotline"], stage.call()["template"]) == ("0899999999", "ANOTHER")
    with stage.store.write() as conn:
        write_pause(conn, "hotline", before, "thử", NOW)
    stage.dial()
    assert [(one["hotline_code"], one["template_code"]) for one in stage.vbot.calls] == [("0899999999", "ANOTHER")]


def test_calls_of_a_removed_rule_end_with_that_reason(stage: Stage) -> None:
    stage.send("order.created", order())
    stage.decide()
    assert stage.apply({**RULE, "rule": "another"}) == 1
    stage.dial()
    assert (stage.call()["state"], stage.call()["reason"], stage.rung()) == ("cancelled", "rule_removed", [])


@pytest.mark.parametrize(("kind", "name"), [("all", ""), ("rule", "confirm"), ("source", "shop"), ("hotline", HOTLINE)])
def test_a_pause_holds_calls_and_its_end_releases_them(stage: Stage, kind: str, name: str) -> None:
    stage.send("order.created", order())
    stage.decide()
    with stage.store.write() as conn:
        write_pause(conn, kind, name, "thử", NOW)
        touch_catalog(conn)
    stage.dial()
    assert (stage.call()["state"], stage.rung()) == ("waiting", [])
    with stage.store.write() as conn:
        assert remove_pause(conn, kind, name)
        touch_catalog(conn)
    stage.dial(later(10))
    assert stage.rung() == ["0900000001"]


def test_a_pause_between_admission_and_dialling_still_holds(stage: Stage) -> None:
    stage.send("order.created", order())
    stage.decide()
    (call_id,) = admit(stage.store, stage.catalogs, NOW, 1)
    with stage.store.write() as conn:
        write_pause(conn, "all", "", "thử", NOW)
        touch_catalog(conn)
    stage.advance(call_id)
    assert (stage.call()["state"], stage.call()["reason"], stage.rung()) == ("waiting", "paused_all", [])


@pytest.mark.parametrize(
    ("fault", "state", "outcome", "rings"),
    [
        ("rate_limited", "waiting", "not_sent", 0),
        ("system_error", "refused", "refused", 0),
        ("unavailable", "unsure", "unsure", 0),
        ("bad_gateway", "unsure", "unsure", 1),
        ("reset_before", "unsure", "unsure", 0),
        ("reset_after", "unsure", "unsure", 1),
        ("cut_json", "unsure", "unsure", 1),
    ],
)
def test_each_fault_of_vbot_has_one_meaning(stage: Stage, fault: str, state: str, outcome: str, rings: int) -> None:
    stage.vbot.fault(fault, times=1)
    stage.send("order.created", order())
    stage.run()
    call = stage.call()
    assert (call["state"], call["attempts"][0]["outcome"], len(stage.rung())) == (state, outcome, rings)
    for minutes in (1, 30, 60):
        stage.run(later(minutes=minutes))
    assert len(stage.rung()) == (1 if state == "waiting" else rings)


def test_vbot_down_makes_calls_wait_with_back_off_and_deliveries_are_still_taken(stage: Stage) -> None:
    stage.vbot.stop()
    stage.send("order.created", order())
    stage.run()
    call = stage.call()
    assert (call["state"], [attempt["outcome"] for attempt in call["attempts"]]) == ("waiting", ["not_sent"])
    assert stage.dial(later(4)) == []
    assert stage.send("order.created", order(2)).is_new
    stage.vbot.start()
    stage.run(later(30))
    assert sorted(stage.rung()) == ["0900000001", "0900000002"]
    assert len({attempt["external_call_id"] for call in stage.calls() for attempt in call["attempts"]}) == 3


def test_an_expired_token_is_renewed_and_the_call_placed_at_once_with_a_new_id(store: Store, vbot: FakeVBot) -> None:
    stage = Stage(store, vbot)
    stage.client = Client(vbot.account(fixed_token=False))
    stage.send("order.created", order())
    stage.run()
    vbot.expire_tokens()
    stage.send("order.created", order(2))
    stage.run(later(1))
    stage.dial(later(1.5))
    second = stage.calls()[1]
    assert [attempt["outcome"] for attempt in second["attempts"]] == ["not_sent", "accepted"]
    assert len(stage.rung()) == 2


def test_a_second_401_in_a_row_stops_the_line_and_the_call_waits(store: Store, vbot: FakeVBot) -> None:
    stage = Stage(store, vbot)
    stage.client = Client(vbot.account(fixed_token=False))
    vbot.fault("expired_token")
    stage.send("order.created", order())
    stage.run()
    with store.read() as conn:
        assert find_breaker(conn, stage.client.account_id, NOW).state == "closed"
    stage.dial(later(1))
    with store.read() as conn:
        line = find_breaker(conn, stage.client.account_id, later(1))
    assert (line.state, line.reason, stage.call()["state"]) == ("open", "token_refused", "waiting")
    vbot.faults.clear()
    stage.dial(later(minutes=6))
    assert stage.rung() == ["0900000001"]


def test_two_processes_that_meet_one_401_each_with_the_same_token_do_not_stop_the_line(
    store: Store, vbot: FakeVBot
) -> None:
    stage = Stage(store, vbot)

    def client() -> Client:
        def token_store(account_id: str) -> DatabaseTokenStore:
            return DatabaseTokenStore(store, stage.catalogs.seal, f"vbot {account_id}", lambda conn: NOW)

        return Client(vbot.account(fixed_token=False), token_store=token_store)

    one, other = client(), client()
    assert [each.prepare(time.monotonic() + 60) for each in (one, other)] == [None, None]
    vbot.expire_tokens()
    stage.send("order.created", order())
    for seconds, stage.client in enumerate((one, other)):
        stage.run(later(seconds))
    assert [attempt["detail"] for attempt in stage.call()["attempts"]] == ["token_refused", "token_refused"]
    with store.read() as conn:
        assert find_breaker(conn, one.account_id, later(2)).state == "closed"
    stage.run(later(30))
    assert stage.rung() == ["0900000001"]


def test_a_refused_fixed_token_leaves_the_calls_waiting(stage: Stage) -> None:
    stage.vbot.fault("expired_token")
    stage.send("order.created", order())
    stage.run()
    for seconds in (1, 5, 10, 60):
        stage.dial(later(seconds))
    assert (stage.call()["state"], stage.rung()) == ("waiting", [])


def test_a_queued_lease_goes_back_to_waiting_and_a_dialing_lease_becomes_unsure(stage: Stage) -> None:
    for number in (1, 2):
        stage.send("order.created", order(number))
    stage.decide()
    first, second = admit(stage.store, stage.catalogs, NOW, 2)
    with stage.store.write() as conn:
        assert check_and_dial(conn, Checking(stage.catalogs.read(conn), Breaker(), NOW), second, "a1") is not None
    with stage.store.write() as conn:
        assert sweep(conn, NOW + LEASE) == 2
    states = {call["id"]: call["state"] for call in stage.calls()}
    assert states == {first: "waiting", second: "unsure"}
    stage.dial(later(60))
    assert stage.rung() == ["0900000001"]


def test_an_answer_after_the_lease_still_belongs_to_its_attempt(stage: Stage) -> None:
    stage.send("order.created", order())
    stage.decide()
    (call_id,) = admit(stage.store, stage.catalogs, NOW, 1)
    with stage.store.write() as conn:
        go = check_and_dial(conn, Checking(stage.catalogs.read(conn), Breaker(), NOW), call_id, "a1")
    assert go is not None
    with stage.store.write() as conn:
        sweep(conn, NOW + LEASE)
    assert stage.call()["state"] == "unsure"
    with stage.store.write() as conn:
        record_outcome(
            conn,
            find_call(conn, call_id, lock=True),
            go,
            Outcome("accepted", "accepted", 200, "CALL_1"),
            Clock(lambda: NOW, lambda: 0.0, lambda: 0.0),
            renews=False,
        )
    assert (stage.call()["state"], stage.call()["attempts"][0]["outcome"]) == ("placed", "accepted")


def test_a_request_that_would_start_late_is_not_sent(stage: Stage) -> None:
    stage.send("order.created", order())
    stage.decide()
    (call_id,) = admit(stage.store, stage.catalogs, NOW, 1)
    instants = iter([NOW, *[NOW + timedelta(seconds=3)] * 10])
    advance(stage.placing(Clock(lambda: next(instants), time.monotonic, lambda: 0.5)), call_id)
    assert (stage.call()["state"], stage.rung()) == ("waiting", [])
    assert stage.call()["attempts"][0]["detail"] == "late_start"


def test_a_call_that_starts_late_again_and_again_ends_with_the_reason(stage: Stage) -> None:
    stage.send("order.created", order())
    stage.decide()
    for n in range(MOST_LATE_STARTS):
        assert stage.call()["state"] == "waiting"
        at = later(minutes=15 * n)
        (call_id,) = admit(stage.store, stage.catalogs, at, 1)
        instants = iter([at, *[at + timedelta(seconds=3)] * 10])
        advance(stage.placing(Clock(partial(next, instants), time.monotonic, lambda: 0.5)), call_id)
    assert (stage.call()["state"], stage.call()["reason"], stage.rung()) == ("cancelled", "late_start", [])


def test_two_orders_of_one_phone_keep_their_distance(stage: Stage) -> None:
    for number in (1, 2):
        stage.send("order.created", order(number, phone="0900000001"))
    stage.run()
    assert stage.rung() == ["0900000001"]
    assert stage.calls()[1]["reason"] == "cooldown"
    stage.dial(later(minutes=9))
    assert len(stage.rung()) == 1
    stage.dial(later(minutes=11))
    assert len(stage.rung()) == 2


def test_a_hotlines_rate_is_never_exceeded(store: Store, vbot: FakeVBot) -> None:
    stage = Stage(store, vbot, hotlines=[{"code": HOTLINE, "per_minute": 6}])
    for number in range(1, 21):
        stage.send("order.created", order(number))
    stage.decide()
    starts = []
    for second in range(240):
        before = len(vbot.calls)
        stage.dial(later(second))
        starts += [second] * (len(vbot.calls) - before)
    assert len(starts) == 20
    assert max(sum(start <= other < start + 60 for other in starts) for start in starts) <= 6


def test_a_hotlines_places_are_counted_from_rows(store: Store, vbot: FakeVBot) -> None:
    stage = Stage(store, vbot, hotlines=[{"code": HOTLINE, "max_active": 3}])
    for number in range(1, 9):
        stage.send("order.created", order(number))
    stage.decide()
    queued = admit(store, stage.catalogs, NOW, 16)
    assert len(queued) == 3
    assert admit(store, stage.catalogs, NOW, 16) == []
    for call_id in queued:
        stage.advance(call_id)
    assert admit(store, stage.catalogs, later(60), 16) == []
    assert len(admit(store, stage.catalogs, later(minutes=6), 16)) == 3


def test_phone_and_day_follows_a_ring_that_moves_to_another_day(store: Store, vbot: FakeVBot) -> None:
    rule = {**RULE, "once_per": "phone+day", "within": "7d"}
    stage = Stage(store, vbot, rule)
    stage.send("order.created", order(1, phone="0900000001"))
    stage.decide()
    with store.write() as conn:
        write_pause(conn, "all", "", "thử", NOW)
        touch_catalog(conn)
    tomorrow = later(hours=24)
    stage.send("order.created", order(2, phone="0900000001", created_at=tomorrow.isoformat()), tomorrow)
    stage.decide(tomorrow)
    with store.write() as conn:
        remove_pause(conn, "all", "")
        touch_catalog(conn)
    stage.dial(tomorrow)
    stage.dial(later(hours=25))
    assert stage.rung() == ["0900000001"]


@pytest.mark.parametrize(("gone_seconds", "state"), [(20, "placed"), (36, "placed"), (45, "dialing")])
def test_vbots_answer_is_stored_whenever_the_database_comes_back_within_the_lease(
    stage: Stage, monkeypatch: pytest.MonkeyPatch, gone_seconds: float, state: str
) -> None:
    stage.send("order.created", order())
    stage.decide()
    (call_id,) = admit(stage.store, stage.catalogs, NOW, 16, stage.client.account_id)
    seconds = 0.0

    def rename(old: str, new: str) -> None:
        with stage.store.write() as conn:
            conn.execute(text(f"ALTER TABLE {old} RENAME TO {new}"))

    def sleep(pause: float) -> None:
        nonlocal seconds
        if seconds < gone_seconds <= seconds + pause:
            rename("gone", "attempts")
        seconds += pause

    place = stage.client.place

    def place_and_lose_the_database(request: CallRequest, deadline: float) -> Outcome:
        outcome = place(request, time.monotonic() + 10)
        rename("attempts", "gone")
        return outcome

    monkeypatch.setattr("bridge.place.outcome.time.sleep", sleep)
    monkeypatch.setattr(stage.client, "place", place_and_lose_the_database)
    advance(stage.placing(Clock(lambda: NOW, lambda: seconds, lambda: 0.5)), call_id)
    if seconds < gone_seconds:
        rename("gone", "attempts")
    assert (stage.rung(), stage.call()["state"]) == (["0900000001"], state)


def test_nothing_is_dialled_while_the_database_is_gone(stage: Stage) -> None:
    stage.send("order.created", order())
    stage.decide()
    with stage.store.write() as conn:
        conn.execute(text("ALTER TABLE attempts RENAME TO gone"))
    try:
        with pytest.raises(StoreDown):
            stage.dial()
        assert stage.rung() == []
    finally:
        with stage.store.write() as conn:
            conn.execute(text("ALTER TABLE gone RENAME TO attempts"))


@pytest.mark.parametrize(
    ("window", "rings"), [({"from": "00:00", "to": "24:00"}, 1), ({"from": "08:00", "to": "20:00"}, 0)]
)
def test_only_a_call_by_hand_whose_window_was_opened_rings_on_a_holiday(
    stage: Stage, window: dict[str, str], rings: int
) -> None:
    stage.apply(RULE, holidays=["2026-11-23"])
    rule, span = manual_rule("CONFIRM", HOTLINE, window), (NOW, later(hours=1))
    with stage.store.write() as conn:
        create_call(conn, manual_call(rule, "hand", "0900000001", HOTLINE, {}, span, NOW), NOW)
    stage.dial()
    assert len(stage.rung()) == rings


def test_a_cancel_that_came_too_late_for_a_request_that_was_not_sent_prevents_the_next(
    store: Store, vbot: FakeVBot
) -> None:
    stage = Stage(store, vbot, {**RULE, "cancel_on": ["order.updated"]})
    stage.send("order.created", order())
    stage.decide()
    (call_id,) = admit(store, stage.catalogs, NOW, 1)
    with store.write() as conn:
        go = check_and_dial(conn, Checking(stage.catalogs.read(conn), Breaker(), NOW), call_id, "a1")
    assert go is not None
    stage.send("order.updated", order(updated_at=later(1).isoformat()), later(1))
    stage.decide(later(1))
    assert stage.decisions()[-1] == ("confirm", "cancel", "too_late")
    with store.write() as conn:
        call = find_call(conn, call_id, lock=True)
        record_outcome(
            conn,
            call,
            go,
            Outcome("not_sent", "rate_limited"),
            Clock(lambda: NOW, lambda: 0.0, lambda: 0.0),
            renews=False,
        )
    assert (stage.call()["state"], stage.call()["reason"]) == ("cancelled", "cancel_topic")
    stage.dial(later(60))
    assert stage.rung() == []
