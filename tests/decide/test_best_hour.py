"""`hour: best` from an order to its call, and from the calls to what is learnt and what it gained."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from bridge.core.reports.best_hour import Learned, is_held_out
from bridge.fake_vbot import FakeVBot
from bridge.monitor.story.evidence import evidence_lines
from bridge.settle.results import settle_stored
from bridge.store import Store
from bridge.store.reports.best_hour import find_learned, keep_learned, learn_hours, read_gain
from bridge.store.results import store_result
from tests.stage import NOW, RULE, Stage, later, order

BEST = {**RULE, "hour": "best", "answers": {"1": "confirmed"}}
EVENING = Learned({("Huế", "morning"): {10: (400, 200), 18: (400, 320)}})
HELD = next(n for n in range(1, 99) if is_held_out("shop", f"id-{n}"))
MOVED = next(n for n in range(1, 99) if not is_held_out("shop", f"id-{n}"))
HUE = {"shipping": {"province": "Thừa Thiên Huế"}}


@pytest.fixture
def stage(store: Store, vbot: FakeVBot) -> Iterator[Stage]:
    yield Stage(store, vbot, BEST)


def local_hours(stage: Stage) -> list[int]:
    zone = ZoneInfo("Asia/Ho_Chi_Minh")
    return [datetime.fromisoformat(call["not_before"]).astimezone(zone).hour for call in stage.calls()]


def teach(stage: Stage, learned: Learned = EVENING) -> None:
    with stage.store.write() as conn:
        keep_learned(conn, learned)


def test_below_500_calls_nothing_changes(stage: Stage) -> None:
    teach(stage, Learned({("Huế", "morning"): {10: (249, 100), 18: (250, 250)}}))
    stage.send("order.created", order(MOVED, **HUE))
    stage.run()
    assert local_hours(stage) == [10] and len(stage.rung()) == 1
    assert "too few calls" in stage.deliveries()[0]["decisions"][0]["hour_en"]


def test_a_call_waits_for_its_hour_and_says_why_and_a_fifth_rings_as_it_comes(stage: Stage) -> None:
    teach(stage)
    for number in (MOVED, HELD):
        stage.send("order.created", order(number, **HUE))
    stage.run()
    assert local_hours(stage) == [18, 10]
    assert stage.rung() == [order(HELD)["phone"]]
    waiting = stage.calls()[0]
    assert waiting["reason"] == "best_hour" and "18:" in waiting["sentence_en"]
    assert "80% do, and 50% if rung at once" in waiting["sentence_en"]
    (moved,), (held,) = (delivery["decisions"] for delivery in stage.deliveries())
    (line,) = evidence_lines({"hour_en": moved["hour_en"]}, "en")
    assert line.startswith("Best hour: moved to 18:") and line.endswith("(80% answer, and 50% if rung at once).")
    assert held["hour"] == "Giờ tốt nhất: đơn thuộc nhóm 20% đối chứng, nên gọi như thường."
    stage.dial(datetime.fromisoformat(waiting["not_before"]))
    assert len(stage.rung()) == 2


@pytest.mark.parametrize(
    "changes",
    [
        {"window": {"from": "08:00", "to": "18:00"}},
        {"within": "6h"},
        {"hour": None},
    ],
)
def test_the_window_and_the_time_a_call_has_win(stage: Stage, changes: dict[str, Any]) -> None:
    stage.apply({key: value for key, value in {**BEST, **changes}.items() if value is not None})
    teach(stage)
    stage.send("order.created", order(MOVED, **HUE))
    stage.run()
    assert local_hours(stage) == [10]


def test_a_cancel_while_it_waits_for_its_hour_ends_it(stage: Stage) -> None:
    teach(stage)
    stage.send("order.created", order(MOVED, **HUE))
    stage.run()
    stage.send("order.cancelled", order(MOVED, state="cancelled", **HUE), later(60))
    stage.run(later(61))
    stage.run(later(hours=9))
    assert (stage.call()["state"], stage.rung()) == ("cancelled", [])


def test_what_is_learnt_and_gained_is_counted_from_the_ledger(stage: Stage) -> None:
    teach(stage)
    for number in (MOVED, HELD):
        stage.send("order.created", order(number, **HUE))
    stage.run()
    stage.dial(later(hours=9))
    for call, key in zip(stage.calls(), ("1", None), strict=True):
        said = {"disposition": "ANSWER", "inputLog": key} if key else {"disposition": "NOANSWER"}
        body = {"externalCallId": call["attempts"][0]["external_call_id"], **said}
        with stage.store.write() as conn:
            store_result(conn, json.dumps(body).encode(), later(hours=10))
    settle_stored(stage.store, stage.catalogs, stage.client.account_id, later(hours=10))
    with stage.store.write() as conn:
        learned = learn_hours(conn, later(hours=11))
        keep_learned(conn, learned)
        assert find_learned(conn) == learned
        gain = read_gain(conn, "confirm", NOW - timedelta(days=1), later(hours=11))
        assert read_gain(conn, "confirm", later(hours=11), later(hours=12)).gain is None
    hours = learned.cells["Huế", "morning"]
    assert (hours[10], {hour: cell for hour, cell in hours.items() if hour != 10}) == ((1, 0), {19: (1, 1)})
    assert (gain.moved, gain.held_out, gain.gain) == ((1, 1), (1, 0), 1.0)
