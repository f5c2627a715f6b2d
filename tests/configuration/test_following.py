"""What waits follows its rule; and once a change of the configuration is committed nothing goes on by what stood."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import select

from bridge.configuration import revisions
from bridge.configuration.revisions import Act
from bridge.decide import delivery
from bridge.fake_vbot import FakeVBot
from bridge.place import dial
from bridge.place.queue import admit
from bridge.settle import results
from bridge.store import Store
from bridge.store.configuration.catalog import catalog_version, touch_catalog
from bridge.store.configuration.documents import read_documents
from bridge.store.configuration.pauses import pause
from bridge.store.configuration.revisions import find_revision
from bridge.store.db.tables import hotlines, state
from tests.settle.test_results import log, report, ring
from tests.stage import HOTLINE, NOW, RULE, Stage, later, order

OTHER = "0899999999"
ELSEWHERE = {**RULE, "hotline": OTHER, "template": "OTHER"}
REDIALS = {**RULE, "redial": {"on": ["no_answer"], "times": 1, "every": "30m"}}
SECONDS = 0.4  # for which a change that has to wait is given the chance not to


def by_files(stage: Stage, rule: dict[str, Any]) -> None:
    stage.apply(rule)


def by_page(stage: Stage, rule: dict[str, Any]) -> None:
    with stage.store.write() as conn:
        revisions.write_rules(conn, [rule], Act("page", "lan", "x"), HOTLINE, NOW)


def by_rollback(stage: Stage, rule: dict[str, Any]) -> None:
    with stage.store.write() as conn:
        documents = {**read_documents(conn), "rules": [rule]}
        number = revisions.store_revision(conn, documents, "files", "lan", "x", NOW)
        found = find_revision(conn, number)
        assert found is not None
        revisions.roll_back(conn, found, Act("rollback", "lan", "x"), HOTLINE, NOW)


@pytest.mark.parametrize("change", [by_files, by_page, by_rollback])
def test_waiting_and_queued_calls_ring_as_the_rule_says_now(
    store: Store, vbot: FakeVBot, change: Callable[[Stage, dict[str, Any]], None]
) -> None:
    stage = Stage(store, vbot)
    for number in (1, 2):
        stage.send("order.created", order(number))
    stage.decide()
    (queued,) = admit(store, stage.catalogs, NOW, 1)
    change(stage, ELSEWHERE)
    assert {(call["state"], call["hotline"], call["template"]) for call in stage.calls()} == {
        ("waiting", OTHER, "OTHER")
    }
    stage.advance(queued)  # the worker that had admitted it, and may dial it as it stands now
    stage.dial(later(1))
    assert [(call["hotline_code"], call["template_code"]) for call in vbot.calls] == [(OTHER, "OTHER")] * 2


def test_a_queued_call_is_admitted_anew_within_the_limits_of_its_new_hotline(store: Store, vbot: FakeVBot) -> None:
    stage = Stage(store, vbot)
    stage.send("order.created", order())
    stage.decide()
    (queued,) = admit(store, stage.catalogs, NOW, 1)
    with store.write() as conn:
        conn.execute(hotlines.insert().values(code=OTHER, max_active=1, configured=False))
    by_page(stage, ELSEWHERE)
    stage.advance(queued)
    assert vbot.calls == []
    stage.dial(later(1))
    assert [call["hotline_code"] for call in vbot.calls] == [OTHER]


@pytest.mark.parametrize("change", [by_files, by_page, by_rollback])
def test_a_rule_that_names_no_hotline_any_more_leaves_no_call_on_the_old_one(
    store: Store, vbot: FakeVBot, change: Callable[[Stage, dict[str, Any]], None]
) -> None:
    stage = Stage(store, vbot, ELSEWHERE)
    stage.send("order.created", order())
    stage.decide()
    assert stage.call()["hotline"] == OTHER
    with store.write() as conn:
        pause(conn, "hotline", OTHER, "it is dead", NOW, who="lan")
    change(stage, RULE)
    stage.dial(later(1))
    assert [(call["hotline_code"], call["template_code"]) for call in vbot.calls] == [(HOTLINE, "CONFIRM")]


def test_a_redial_leaves_the_hotline_that_its_rule_names_no_more(store: Store, vbot: FakeVBot) -> None:
    stage = Stage(store, vbot, {**REDIALS, "hotline": OTHER})
    attempt = ring(stage)
    stage.apply(REDIALS)
    report(stage, log(attempt, "NOANSWER"))
    assert (stage.call()["state"], stage.call()["hotline"]) == ("waiting", HOTLINE)


def test_what_waits_without_a_hotline_of_its_rule_follows_the_setting(store: Store, vbot: FakeVBot) -> None:
    stage = Stage(store, vbot, RULE, {**RULE, "rule": "own", "hotline": OTHER})
    stage.send("order.created", order())
    stage.decide()
    with store.write() as conn:
        revisions.follow_settings(conn, None, NOW)
    assert {(call["rule"], call["hotline"]) for call in stage.calls()} == {("confirm", HOTLINE), ("own", OTHER)}
    with store.write() as conn:
        revisions.follow_settings(conn, "0811111111", NOW)
    assert {(call["rule"], call["hotline"]) for call in stage.calls()} == {("confirm", "0811111111"), ("own", OTHER)}


def beside(monkeypatch: pytest.MonkeyPatch, module: Any, name: str, change: Callable[[], None]) -> Callable[[], bool]:
    """`change` is done in another thread while this function of ours is at work, in its transaction; what comes back
    waits for its end, and tells whether the transaction was still open then."""
    held, inside = getattr(module, name), threading.Event()
    done = threading.Event()
    was_open: list[bool] = []

    def do() -> None:
        change()
        done.set()

    other = threading.Thread(target=do)

    def hold(*words: Any, **named: Any) -> Any:
        found = held(*words, **named)
        if not inside.is_set():
            inside.set()
            other.start()
            was_open.append(done.wait(SECONDS))
        return found

    monkeypatch.setattr(module, name, hold)

    def end() -> bool:
        other.join(30)
        assert done.is_set()
        return was_open[0]

    return end


def test_no_call_begins_once_a_pause_is_committed(
    store: Store, vbot: FakeVBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    stage = Stage(store, vbot)
    stage.send("order.created", order())
    stage.decide()

    def stop() -> None:
        with store.write() as conn:
            pause(conn, "all", "", "wrong words", NOW, who="lan")

    end = beside(monkeypatch, dial, "look", stop)
    stage.dial()
    began_after_it = end()
    assert not (began_after_it and vbot.calls)
    assert len(vbot.calls) == 1  # it was there before the pause, which waited for it


def test_a_call_that_is_decided_meanwhile_follows_too(
    store: Store, vbot: FakeVBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    stage = Stage(store, vbot)
    stage.send("order.created", order())
    end = beside(monkeypatch, delivery, "decide_all", lambda: by_page(stage, ELSEWHERE))
    stage.decide()
    assert not end()
    assert (stage.call()["hotline"], stage.call()["template"]) == (OTHER, "OTHER")


def test_a_call_whose_rule_is_removed_while_it_is_decided_ends(
    store: Store, vbot: FakeVBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    stage = Stage(store, vbot)
    stage.send("order.created", order())
    end = beside(monkeypatch, delivery, "decide_all", lambda: by_page(stage, {**RULE, "rule": "another"}))
    stage.decide()
    assert not end()
    assert (stage.call()["state"], stage.call()["reason"]) == ("cancelled", "rule_removed")


def test_a_redial_that_is_settled_meanwhile_follows_too(
    store: Store, vbot: FakeVBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    stage = Stage(store, vbot, REDIALS)
    attempt = ring(stage)
    change = {**REDIALS, "hotline": OTHER}
    end = beside(monkeypatch, results, "_end", lambda: by_page(stage, change))
    report(stage, log(attempt, "NOANSWER"))
    assert not end()
    assert (stage.call()["state"], stage.call()["hotline"]) == ("waiting", OTHER)


def test_two_first_changes_at_once_are_two_versions(store: Store) -> None:
    with store.write() as conn:
        conn.execute(state.delete().where(state.c.key == "catalog"))
    started = threading.Event()

    def touch() -> None:
        started.set()
        with store.write() as conn:
            touch_catalog(conn)

    other = threading.Thread(target=touch)
    with store.write() as conn:
        assert conn.execute(select(state).where(state.c.key == "catalog")).first() is None
        touch_catalog(conn)
        other.start()
        started.wait()
        other.join(SECONDS)
    other.join()
    with store.read() as conn:
        assert catalog_version(conn) == 2
