"""A shop is told again by a person: nothing stands there twice, and no order is changed that nobody asked to change."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from bridge.core.reasons import sentence
from bridge.fake_vbot import FakeVBot
from bridge.notify.tell_again import call_to_tell, look_again, tell_again
from bridge.store import Store
from bridge.store.db.tables import actions, calls, write_backs
from bridge.store.shops.write_backs import claim_writes
from tests.notify.shop import Instead
from tests.notify.test_write_back import AT, RULE, SOURCE, captured, report, ring, source, write, written
from tests.notify.woocommerce import WooCommerce
from tests.stage import Stage

LATER = AT + timedelta(days=9)


@pytest.fixture
def shop() -> Iterator[WooCommerce]:
    with WooCommerce() as running:
        running.add(captured())
        yield running
        assert running.faults == []


@pytest.fixture
def stage(store: Store, vbot: FakeVBot, shop: WooCommerce) -> Stage:
    return Stage(store, vbot, RULE, sources=[source(shop)])


def tell(stage: Stage, at: Any = LATER, *, changes: bool = False) -> str | None:
    """Why the shop is not told again, by its code; None where it is, and the worker has written by then."""
    with stage.store.write() as conn:
        call = call_to_tell(conn, SOURCE, "11")
        assert call is not None
        catalog = stage.catalogs.read(conn)
        before = look_again(conn, catalog, call, changes=changes)
        told = tell_again(conn, catalog, call.id, "asked for", "cli:an", at, changes=changes)
    assert told == before  # what was shown is what is done
    if told.refusal is not None:
        assert sentence(told.refusal.reason, "vi") != sentence(told.refusal.reason, "en")
        return told.refusal.reason
    write(stage, at)
    write(stage, at)  # a cancel goes after the others
    return None


def told_by(stage: Stage) -> list[tuple[str, str, str]]:
    with stage.store.read() as conn:
        rows = conn.execute(actions.select().where(actions.c.command == "tell"))
        return [(row.who, row.subject, row.reason) for row in rows]


def test_what_stands_at_the_shop_is_not_written_twice_and_what_was_deleted_there_is(
    stage: Stage, shop: WooCommerce
) -> None:
    report(stage, ring(stage), "ANSWER", "1")
    write(stage)
    first = shop.texts(11)
    for _ in range(2):
        assert tell(stage) is None
    assert (shop.texts(11), len(shop.writes), written(stage)) == (first, 1, [("note", "written", None)])
    shop.notes["11"].clear()
    assert tell(stage) is None
    assert (shop.texts(11), len(shop.writes)) == (first, 2)
    assert told_by(stage) == [("cli:an", f"call:{stage.call()['id']}", "asked for")] * 3


def test_a_write_that_was_refused_or_given_up_is_tried_again_after_a_look(stage: Stage, shop: WooCommerce) -> None:
    shop.read_only = True
    report(stage, ring(stage), "ANSWER", "1")
    write(stage)
    assert written(stage) == [("note", "waiting", "write_scope")]
    write(stage, AT + timedelta(minutes=30))  # the shop rests for an hour
    assert shop.texts(11) == []
    shop.read_only = False
    assert tell(stage, AT + timedelta(minutes=31)) is None  # and is asked at once
    assert (len(shop.texts(11)), written(stage)) == (1, [("note", "written", None)])
    shop.notes["11"].clear()
    shop.instead.append(Instead(cut=True, after=True))  # it arrives, and its answer is lost
    assert tell(stage) is None
    assert (len(shop.texts(11)), written(stage)) == (1, [("note", "unsure", "write_given_up")])
    assert tell(stage, LATER + timedelta(minutes=5)) is None
    assert (len(shop.texts(11)), written(stage)) == (1, [("note", "written", None)])


def test_a_shop_that_asked_for_a_rest_has_it(stage: Stage, shop: WooCommerce) -> None:
    shop.reads.append(Instead(429, headers={"Retry-After": "600"}))
    report(stage, ring(stage), "ANSWER", "1")
    write(stage)
    asked = len(shop.asked)
    assert tell(stage, AT + timedelta(minutes=5)) is None
    assert (len(shop.asked), written(stage)) == (asked, [("note", "waiting", None)])
    write(stage, AT + timedelta(minutes=11))
    assert written(stage) == [("note", "written", None)]


def test_an_order_is_changed_again_only_where_it_is_asked_for_and_never_once_it_was_done(
    stage: Stage, shop: WooCommerce
) -> None:
    report(stage, ring(stage), "ANSWER", "2")
    with stage.store.write() as conn:
        conn.execute(write_backs.update().values(state="refused", reason="write_refused", wake_at=None))
    assert tell(stage, AT + timedelta(minutes=1)) is None
    assert shop.orders["11"]["status"] == "processing" and len(shop.texts(11)) == 1
    assert written(stage) == [("note", "written", None), ("cancel_order", "refused", "write_refused")]
    assert tell(stage, AT + timedelta(minutes=2), changes=True) is None
    assert shop.orders["11"]["status"] == "cancelled"
    shop.orders["11"]["status"] = "processing"  # a person at the shop took it up again
    for changes in (False, True):
        assert tell(stage, changes=changes) is None
    assert shop.orders["11"]["status"] == "processing"
    assert [asked.body for asked in shop.writes if asked.method == "PUT"] == [{"status": "cancelled"}]


def test_where_nothing_was_to_be_written_the_rule_of_today_says_what_is(stage: Stage, shop: WooCommerce) -> None:
    silent = {name: part for name, part in RULE.items() if name != "write_back"}
    stage.apply(silent, sources=[source(shop)])
    attempt = ring(stage)
    assert tell(stage) == "tell_unheard"
    report(stage, attempt, "ANSWER", "2")
    assert tell(stage) == "tell_nothing"
    stage.apply({**RULE, "write_back": {"declined": [{"cancel_order": True, "key": "2"}]}}, sources=[source(shop)])
    assert tell(stage) == "tell_changes_only"
    stage.apply(RULE, sources=[source(shop)])
    assert tell(stage) is None
    assert [text.partition("] ")[2] for text in shop.texts(11)] == ["02/12 12:50 Khách bấm 2"]
    assert written(stage) == [("note", "written", None)] and shop.orders["11"]["status"] == "processing"
    assert tell(stage) is None and len(shop.texts(11)) == 1


def test_why_a_shop_cannot_be_told_is_a_reason(stage: Stage, shop: WooCommerce) -> None:
    report(stage, ring(stage), "ANSWER", "1")
    with stage.store.write() as conn:
        lease = AT + timedelta(minutes=1)
        claim_writes(conn, SOURCE, AT, lease, 5)
    assert tell(stage, AT) == "tell_under_way"
    with stage.store.write() as conn:
        conn.execute(write_backs.update().values(state="written", kind="cancel_order", wake_at=None))
    assert tell(stage, changes=True) == "tell_done"
    with stage.store.write() as conn:
        conn.execute(write_backs.update().values(state="refused", kind="note"))
    bare = {name: part for name, part in source(shop).items() if name != "settings"}
    silent = {name: part for name, part in RULE.items() if name != "write_back"}
    for changed, reason in ((bare, "write_no_credentials"), ({**source(shop), "enabled": False}, "write_source_gone")):
        stage.apply(silent, sources=[changed])
        assert tell(stage) == reason
    with stage.store.write() as conn:
        conn.execute(calls.update().values(phone="…"))
    assert tell(stage) == "tell_erased"
    with stage.store.write() as conn:
        conn.execute(calls.update().values(rule="manual"))
        call = stage.call()
        told = tell_again(conn, stage.catalogs.read(conn), call["id"], "x", "y", AT, changes=False)
        assert told is not None and told.refusal is not None and told.refusal.reason == "tell_by_hand"
        assert tell_again(conn, stage.catalogs.read(conn), 4711, "x", "y", AT, changes=False) is None
        assert call_to_tell(conn, SOURCE, "11") is None
    assert told_by(stage) == [] and shop.asked == []
