from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest
from sqlalchemy import select

from bridge.place.queue import admit
from bridge.store.db.tables import actions
from tests.stage import HOTLINE, Stage

ON_BOTH = pytest.mark.parametrize("migrated_url", ["sqlite", "postgres"], indirect=True)


def states(stage: Stage) -> list[tuple[str, str, str | None]]:
    return [(call["order_number"], call["state"], call["reason"]) for call in stage.calls()]


def acts(stage: Stage) -> list[tuple[str, str, str]]:
    with stage.store.read() as conn:
        rows = conn.execute(select(actions.c.command, actions.c.subject, actions.c.reason).order_by(actions.c.id))
        return [tuple(row) for row in rows]


@ON_BOTH
def test_a_general_pause_stops_every_call_until_it_is_resumed(stage: Stage, send: Any, cli: Any, now: datetime) -> None:
    send()
    assert cli("pause", "--reason", "sai giá").returncode == 0
    assert stage.dial(now) == []
    assert cli("resume").returncode == 0
    stage.dial(now)
    assert stage.rung() == ["0900000001"]
    assert acts(stage) == [("pause", "all", "sai giá"), ("resume", "all", "")]


@pytest.mark.parametrize(("flag", "name"), [("--rule", "confirm"), ("--hotline", HOTLINE), ("--source", "shop")])
def test_a_pause_of_one_thing_holds_its_calls(
    stage: Stage, send: Any, cli: Any, now: datetime, flag: str, name: str
) -> None:
    send()
    assert name in cli("pause", flag, name).stdout
    stage.dial(now)
    assert stage.rung() == []
    cli("resume", flag, name)
    stage.dial(now)
    assert stage.rung() == ["0900000001"]


def test_a_pause_of_another_source_holds_nothing(stage: Stage, send: Any, cli: Any, now: datetime) -> None:
    send()
    cli("pause", "--source", "other")
    stage.dial(now)
    assert len(stage.rung()) == 1


def test_a_call_that_is_queued_already_does_not_start_after_a_pause(
    stage: Stage, send: Any, cli: Any, now: datetime
) -> None:
    send()
    (queued,) = admit(stage.store, stage.catalogs, now, 1)
    cli("pause")
    stage.advance(queued, now)
    assert stage.rung() == []
    assert states(stage) == [("DH-1", "waiting", "paused_all")]


def test_resume_without_a_flag_ends_the_general_pause_only_and_names_the_others(stage: Stage, cli: Any) -> None:
    for words in (["pause"], ["pause", "--rule", "confirm"], ["pause", "--source", "shop"]):
        cli(*words)
    told = cli("resume").stdout.splitlines()
    assert told == ["resumed: all calls", "still paused: rule confirm", "still paused: source shop"]
    assert cli("resume").stdout.startswith("was not paused: all calls")


def test_pausing_twice_is_fine(stage: Stage, cli: Any) -> None:
    cli("pause")
    again = cli("pause", "--reason", "once more")
    assert (again.returncode, again.stderr) == (0, "")
    assert "still paused" in again.stdout
    assert cli("resume").stdout == "resumed: all calls\n"


@pytest.mark.parametrize(
    ("words", "says"),
    [
        ("pause --rule confrim", "did you mean confirm?"),
        ("resume --source shpo", "did you mean shop?"),
        ("pause --hotline 0999999999", HOTLINE),
    ],
)
def test_an_unknown_name_is_a_failure_that_names_the_nearest(stage: Stage, error: Any, words: str, says: str) -> None:
    assert says in error(1, *words.split())


@pytest.mark.parametrize(
    ("words", "says"),
    [
        ("pause --rule a --source b", "one of"),
        ("cancel 5", "--reason"),
        ("cancel --reason x", "one CALL, one ORDER"),
        ("pause all", "all"),
    ],
)
def test_a_wrong_call_says_what_to_write(wrong: Any, words: str, says: str) -> None:
    assert says in wrong(*words.split())


def test_a_pause_of_a_rule_that_is_gone_can_be_ended(stage: Stage, cli: Any) -> None:
    cli("pause", "--rule", "confirm")
    stage.apply({"rule": "another", "template": "CONFIRM", "on": ["order.paid"]})
    assert cli("resume", "--rule", "confirm").stdout == "resumed: rule confirm\n"


@ON_BOTH
def test_a_cancelled_order_is_not_called_and_says_who_and_why(stage: Stage, send: Any, cli: Any, now: datetime) -> None:
    send(1)
    send(2)
    done = cli("cancel", "DH-1", "--reason", "khách gọi lại")
    assert (done.returncode, done.stderr) == (0, "")
    stage.dial(now)
    assert stage.rung() == ["0900000002"]
    assert states(stage)[0] == ("DH-1", "cancelled", "by_person")
    assert "khách gọi lại" in stage.calls()[0]["sentence"]
    assert acts(stage) == [("cancel", f"call:{stage.calls()[0]['id']}", "khách gọi lại")]


def test_the_order_that_a_person_cancelled_stays_so_when_its_event_comes_again(
    stage: Stage, send: Any, cli: Any, now: datetime
) -> None:
    send()
    cli("cancel", "DH-1", "--reason", "x")
    send(1, note="sent again with other words")
    stage.dial(now)
    assert (stage.rung(), len(stage.calls())) == ([], 1)


@pytest.mark.parametrize("named", ["id-1", "DH-1", "#DH-1", "order:DH-1", "call:1", "1"])
def test_an_order_or_a_call_can_be_cancelled_by_each_of_its_names(
    stage: Stage, send: Any, cli: Any, named: str
) -> None:
    send()
    assert cli("cancel", named, "--reason", "x").returncode == 0
    assert stage.call()["state"] == "cancelled"


def test_a_call_that_was_placed_is_too_late_to_cancel(stage: Stage, send: Any, cli: Any, now: datetime) -> None:
    send()
    stage.dial(now)
    done = cli("cancel", "DH-1", "--reason", "x")
    assert (done.returncode, "too late" in done.stdout, stage.call()["state"]) == (1, True, "placed")
    assert acts(stage) == []


def test_cancelling_twice_is_fine(stage: Stage, send: Any, cli: Any) -> None:
    send()
    first = cli("cancel", "DH-1", "--reason", "x")
    again = cli("cancel", "DH-1", "--reason", "y")
    assert (first.returncode, again.returncode) == (0, 0)
    assert "x" in stage.call()["sentence"]


def test_one_rules_call_can_be_cancelled_alone(stage: Stage, send: Any, cli: Any) -> None:
    rules = [{"rule": name, "template": "CONFIRM", "on": ["order.created"]} for name in ("confirm", "upsell")]
    stage.apply(*rules)
    send()
    assert cli("cancel", "DH-1", "--rule", "upsell", "--reason", "x").returncode == 0
    assert [(call["rule"], call["state"]) for call in stage.calls()] == [
        ("confirm", "waiting"),
        ("upsell", "cancelled"),
    ]


@ON_BOTH
def test_a_number_that_several_sources_share_needs_a_source(stage: Stage, send: Any, cli: Any, error: Any) -> None:
    send(1, source="shop")
    send(2, source="other", number="DH-1")
    assert "--source, one of other, shop" in error(2, "cancel", "DH-1", "--reason", "x")
    assert [call["state"] for call in stage.calls()] == ["waiting", "waiting"]
    assert cli("cancel", "DH-1", "--source", "other", "--reason", "x").returncode == 0
    assert [call["state"] for call in stage.calls()] == ["waiting", "cancelled"]


def test_a_number_that_is_a_call_and_another_calls_order_is_refused(
    stage: Stage, send: Any, cli: Any, error: Any
) -> None:
    send(1)
    send(2, number="1")
    assert "write call:1 or order:1" in error(2, "cancel", "1", "--reason", "x")
    assert [call["state"] for call in stage.calls()] == ["waiting", "waiting"]
    cli("cancel", "order:1", "--reason", "x")
    assert [call["state"] for call in stage.calls()] == ["waiting", "cancelled"]
    cli("cancel", "call:1", "--reason", "x")
    assert [call["state"] for call in stage.calls()] == ["cancelled", "cancelled"]


def test_one_orders_number_that_is_anothers_id_is_refused(stage: Stage, send: Any, error: Any) -> None:
    send(1, number="500")
    send(2, id="500", number="900")
    assert "call:1, call:2" in error(2, "cancel", "500", "--reason", "x")


@pytest.mark.parametrize("named", ["DH-9", "call:9", "order:DH-9", "call:DH-1", "call:", "999999999999999999999999"])
def test_what_is_not_there_cannot_be_cancelled(send: Any, error: Any, named: str) -> None:
    send()
    error(1, "cancel", named, "--reason", "x")


def test_an_order_without_a_call_has_nothing_to_cancel(send: Any, error: Any) -> None:
    send(phone="0900")
    assert "has no call" in error(1, "cancel", "DH-1", "--reason", "x")
    assert "has no call" in error(1, "cancel", "DH-1", "--reason", "x", "--rule", "confirm")
