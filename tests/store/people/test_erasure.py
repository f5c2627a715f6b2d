"""One person erased everywhere, and everybody after a time: what was counted stays, what was said is gone."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, text

from bridge.decide.replay import replay
from bridge.fake_vbot import FakeVBot
from bridge.place.manual import manual_call, manual_rule
from bridge.place.queue import admit
from bridge.settle.resolve import resolve
from bridge.store import Store
from bridge.store.calls import create_call
from bridge.store.db.tables import actions, metadata
from bridge.store.people.dnc import add_numbers, is_listed
from bridge.store.people.erasure import Busy, Forgotten, expire_bodies, forget
from bridge.store.people.person_search import find_personal_data, number_pattern
from bridge.store.reports.balance import read_balance
from bridge.store.reports.views import describe_order
from tests.processes import open_site, wait_for
from tests.stage import HOTLINE, NOW, RULE, SECRET, Stage, later, order, reasons

PHONE, NAME = "0912345678", "Tran Thu Nghiem"
DATAS = {"total": "{{ order.total }}", "name": "{{ customer.name }}"}
TALKING = {**RULE, "datas": DATAS, "cooldown": 0}
SPELLINGS = ["0912345678", "+84 912 345 678", "84-912-345-678", "0912.345.678", "(091) 234 5678", 912345678]


@pytest.fixture
def stage(store: Store, vbot: FakeVBot) -> Stage:
    return Stage(store, vbot, TALKING)


def mine(number: int = 1, **changes: Any) -> dict[str, Any]:
    return order(number, **{"phone": PHONE, "customer": {"name": NAME}, **changes})


def erase(stage: Stage, phone: str = PHONE, at: datetime = NOW, *, keep_dnc: bool = False) -> Forgotten:
    found = find_personal_data(stage.store, stage.catalogs, phone)
    return forget(stage.store, stage.catalogs, phone, found, "somebody", at, keep_dnc=keep_dnc)


def stored(stage: Stage) -> str:
    """All that the tables hold, as text."""
    with stage.store.read() as conn:
        rows = [tuple(row) for table in metadata.sorted_tables for row in conn.execute(select(table))]
    return repr(rows) + "".join(cell.decode() for row in rows for cell in row if isinstance(cell, bytes))


def counts(stage: Stage, at: datetime = NOW) -> dict[str, Any]:
    with stage.store.read() as conn:
        shown = read_balance(conn, NOW - timedelta(days=400), {"shop": ["order.created"]}, at)
    return {name: shown[name] for name in ("orders", "total", "unexplained", "manual")}


def story(stage: Stage, order_id: str = "id-1") -> dict[str, Any]:
    with stage.store.read() as conn:
        found = describe_order(conn, "shop", order_id, show_phones=True)
    assert found is not None
    return found


def test_a_called_person_is_erased_everywhere_and_the_balance_stays(stage: Stage) -> None:
    stage.send("order.created", mine())
    stage.send("order.created", order(2))
    stage.run()
    stage.send("order.updated", mine(note="gọi " + PHONE, updated_at=later(5).isoformat()), later(5))
    stage.decide(later(5))
    before = counts(stage)
    done = erase(stage)
    assert done == Forgotten(orders=1, deliveries=2, calls=1, cancelled=0, shared=0, left=(), dnc=None)
    assert PHONE not in stored(stage) and NAME not in stored(stage) and "912345678" not in stored(stage)
    assert "0900000002" in stored(stage)
    assert counts(stage) == before
    shown = story(stage)
    assert [delivery["reason"] for delivery in shown["deliveries"]] == ["erased", "erased"]
    assert shown["calls"][0]["state"] == "placed"
    assert (shown["calls"][0]["phone"], shown["calls"][0]["datas"]) == ("…", {})
    assert [call["order_id"] for call in stage.calls() if call["phone"] != "…"] == ["id-2"]


@pytest.mark.parametrize("spelling", SPELLINGS, ids=str)
@pytest.mark.parametrize("field", ["phone", "customer", "shipping", "billing"])
def test_orders_that_were_never_called_are_found_by_any_spelling(
    store: Store, vbot: FakeVBot, spelling: Any, field: str
) -> None:
    stage = Stage(store, vbot, {**TALKING, "when": "false"})
    where = {field: spelling} if field == "phone" else {"phone": None, field: {"phone": spelling, "name": NAME}}
    stage.send("order.created", order(**where))
    stage.send("order.created", order(2))
    stage.decide()
    assert erase(stage).orders == 1
    bodies = [len(body) for body in bodies_of(stage)]
    assert bodies[0] == 0 and bodies[1] > 0
    assert NAME not in stored(stage)


ODD_SPELLINGS = [
    "O912 345 678",
    "０９１２３４５６７８",
    "0912--345--678",
    "+84 (0) 912.345.678",
    "9.12345678E8",
    912345678,
]


def test_a_number_in_any_text_of_an_order_that_is_read_is_found(store: Store, vbot: FakeVBot) -> None:
    stage = Stage(store, vbot, {**TALKING, "when": "false"})
    stage.send("order.created", order(99, note="0912 345 679"))
    for n, spelling in enumerate(ODD_SPELLINGS):
        held = f"gọi số {spelling} giúp" if isinstance(spelling, str) and "E" not in spelling else spelling
        stage.send("order.created", order(4 * n + 1, note=held))
        stage.send("order.created", order(4 * n + 2, customer={"name": held}))
        stage.send("order.created", order(4 * n + 3, extra={"liên hệ": held}))
        stage.send("order.created", order(4 * n + 4, items=[{"title": held, "quantity": 1}]))
    stage.decide()
    assert erase(stage).orders == 4 * len(ODD_SPELLINGS)
    bodies = [len(body) for body in bodies_of(stage)]
    assert bodies[0] > 0 and set(bodies[1:]) == {0}


def bodies_of(stage: Stage) -> list[bytes]:
    with stage.store.read() as conn:
        return [bytes(row.body) for row in conn.execute(text("SELECT body FROM deliveries ORDER BY id"))]


def test_waiting_calls_end_cancelled_and_never_ring(stage: Stage) -> None:
    for number in (1, 2):
        stage.send("order.created", mine(number))
    stage.decide()
    queued = admit(stage.store, stage.catalogs, NOW, 1, stage.client.account_id)
    assert erase(stage).cancelled == 2
    assert {(call["state"], call["reason"]) for call in stage.calls()} == {("cancelled", "forgotten")}
    stage.advance(queued[0])
    stage.dial(later(60))
    assert stage.rung() == []
    assert counts(stage)["orders"]["cancelled"] == 2


def test_a_resend_of_an_erased_delivery_is_a_repeat_and_rings_nobody(stage: Stage) -> None:
    first = stage.send("order.created", mine())
    stage.run()
    erase(stage)
    second = stage.send("order.created", mine())
    assert (second.delivery_id, second.is_new) == (first.delivery_id, False)
    stage.run(later(hours=1))
    assert len(stage.rung()) == 1
    assert PHONE not in stored(stage)


def test_the_orders_next_event_after_the_erasure_rings_nobody_again(store: Store, vbot: FakeVBot) -> None:
    stage = Stage(store, vbot, {**TALKING, "on": ["order.created", "order.updated"]})
    stage.send("order.created", mine())
    stage.run()
    erase(stage)
    stage.send("order.updated", mine(updated_at=later(5).isoformat()), later(5))
    stage.run(later(5))
    assert reasons(stage.decisions()) == ["wanted", "already_called"]
    assert len(stage.rung()) == 1


def test_an_older_event_on_an_erased_newest_state_is_skipped_with_its_reason(store: Store, vbot: FakeVBot) -> None:
    stage = Stage(store, vbot, {**TALKING, "on": ["order.created", "order.updated"], "once_per": "order+topic"})
    stage.send("order.updated", mine(updated_at=later(5).isoformat()), later(5))
    stage.run(later(5))
    erase(stage)
    stage.send("order.created", mine(), later(9))
    stage.decide(later(9))
    assert stage.decisions()[-1] == ("confirm", "skip", "erased")
    assert stage.deliveries()[-1]["state"] == "decided"
    stage.send("order.deleted", {"id": "id-1"}, later(9))
    stage.decide(later(9))
    assert stage.decisions()[-1][:2] == ("confirm", "cancel")


def test_an_erased_delivery_is_not_replayed(stage: Stage) -> None:
    stage.send("order.created", mine())
    stage.decide()
    erase(stage)
    (done,) = replay(stage.store, stage.catalogs, [stage.deliveries()[0]["id"]], lambda: NOW, HOTLINE)
    assert (done.outcome, stage.call()["state"]) == ("erased", "cancelled")


def test_an_erased_unsure_call_is_not_sent_again(stage: Stage) -> None:
    stage.send("order.created", mine())
    stage.decide()
    stage.vbot.fault("reset_after", times=1)
    stage.dial()
    erase(stage)
    call_id = stage.call()["id"]
    assert resolve(stage.store, call_id, "again", "x", "somebody", later(60)).problem == "erased"
    assert resolve(stage.store, call_id, "rang", "x", "somebody", later(60)).problem is None


def test_an_undecided_delivery_is_erased_and_decides_nothing(stage: Stage) -> None:
    stage.send("order.created", mine())
    assert erase(stage).deliveries == 1
    stage.run()
    (only,) = stage.deliveries()
    assert (only["state"], only["reason"], stage.calls()) == ("ignored", "erased", [])
    assert PHONE not in stored(stage)


def test_what_nobody_can_read_is_searched_for_the_number(stage: Stage) -> None:
    stage.send_body(json.dumps({"don": {"dt": "0912 345 678"}}).encode())
    stage.decide()
    assert counts(stage)["unexplained"]["failed_deliveries"] == 1
    assert erase(stage).deliveries == 1
    assert bodies_of(stage) == [b""]
    assert counts(stage)["unexplained"]["failed_deliveries"] == 0


def test_an_undecided_delivery_that_nobody_can_read_is_left_for_later(stage: Stage) -> None:
    stage.send_body(json.dumps({"don": {"dt": PHONE}}).encode())
    assert erase(stage).left == (1,)
    assert bodies_of(stage) != [b""]
    stage.decide()
    assert erase(stage).left == ()
    assert bodies_of(stage) == [b""]


def test_a_number_in_another_number_is_not_the_number() -> None:
    pattern = number_pattern(PHONE)
    for written in (
        "0912345678",
        "+84912345678",
        "84 912-345-678",
        "+84 (0) 912 345 678",
        "%2B84912345678",
        "0912+345+678",
    ):
        assert pattern.search(f'"{written}"'.encode()), written
    for other in ("10912345678", "09123456789", "4500912345678", "912345678901", "0912345679"):
        assert not pattern.search(f'"{other}"'.encode()), other
    assert number_pattern("+16502530000").search(b"001 650-253-0000")


def test_calls_by_hand_are_erased_too(stage: Stage) -> None:
    rule, span = manual_rule("CONFIRM", HOTLINE, None), (NOW, later(hours=5))
    with stage.store.write() as conn:
        create_call(conn, manual_call(rule, f"own:{PHONE}", PHONE, HOTLINE, {"name": NAME}, span, NOW), NOW)
    stage.dial()
    before = counts(stage)
    assert erase(stage).calls == 1
    assert PHONE not in stored(stage) and NAME not in stored(stage)
    assert counts(stage) == before


def test_vbots_words_and_peoples_reasons_lose_the_number(stage: Stage) -> None:
    stage.send("order.created", mine())
    stage.decide()
    stage.vbot.fault("refuse", times=1, message=f"number {PHONE} is barred")
    stage.dial()
    with stage.store.write() as conn:
        conn.execute(
            actions.insert().values(
                at=NOW, who="cli", command="cancel", subject="call:9", reason="khách +84912345678 nhắn"
            )
        )
    erase(stage)
    assert "912345678" not in stored(stage)
    with stage.store.read() as conn:
        acts = conn.execute(select(actions.c.command, actions.c.who, actions.c.reason).order_by(actions.c.id)).all()
    assert acts[0].reason == "khách … nhắn"
    assert acts[1] == ("forget", "somebody", "1 order(s), 1 delivery(ies), 1 call(s)")


@pytest.mark.parametrize("once_per", ["phone+day", "{{ order.phone }}"])
def test_keys_that_hold_the_number_are_erased(store: Store, vbot: FakeVBot, once_per: str) -> None:
    stage = Stage(store, vbot, {**TALKING, "once_per": once_per})
    for number in (1, 2):
        stage.send("order.created", mine(number))
    stage.run()
    erase(stage)
    assert PHONE not in stored(stage)


def test_the_do_not_call_entry_goes_unless_it_is_kept(stage: Stage) -> None:
    for keep, said in ((True, "kept"), (False, "gone"), (False, None), (True, None)):
        if said:
            with stage.store.write() as conn:
                add_numbers(conn, [PHONE], "", NOW)
        assert erase(stage, keep_dnc=keep).dnc == said
        with stage.store.read() as conn:
            assert is_listed(conn, PHONE) is (said == "kept")


def test_a_call_under_way_puts_the_erasure_off(stage: Stage) -> None:
    stage.send("order.created", mine())
    stage.decide()
    with stage.store.write() as conn:
        conn.execute(text("UPDATE calls SET state = 'dialing'"))
    before = stored(stage)
    with pytest.raises(Busy):
        erase(stage)
    assert stored(stage) == before


def share(stage: Stage) -> None:
    """As if the first delivery had told of the second order too."""
    with stage.store.write() as conn:
        conn.execute(text("UPDATE events SET delivery_id = 1, n = 1 WHERE order_id = 'id-2'"))
        conn.execute(text("UPDATE orders SET delivery_id = 1, event_n = 1 WHERE order_id = 'id-2'"))


def test_a_delivery_that_tells_of_others_too_is_erased_and_said_so(stage: Stage) -> None:
    stage.send("order.created", mine())
    stage.send("order.created", order(2))
    stage.run()
    share(stage)
    done = erase(stage)
    assert (done.orders, done.deliveries, done.shared, done.left) == (1, 1, 1, ())
    assert bodies_of(stage)[0] == b""
    assert [call["phone"] for call in stage.calls()] == ["…", "0900000002"]


def test_a_delivery_that_anothers_waiting_call_needs_is_left_for_later(stage: Stage) -> None:
    stage.send("order.created", mine())
    stage.send("order.created", order(2))
    stage.decide()
    share(stage)
    done = erase(stage)
    assert (done.cancelled, done.left) == (1, (1,))
    assert bodies_of(stage)[0] != b""
    assert [call["state"] for call in stage.calls()] == ["cancelled", "waiting"]
    with stage.store.write() as conn:
        conn.execute(text("UPDATE calls SET state = 'placed', wake_at = NULL WHERE order_id = 'id-2'"))
    assert erase(stage).left == ()
    assert bodies_of(stage)[0] == b""


def test_nobody_is_found_where_nobody_is(stage: Stage) -> None:
    stage.send("order.created", order(2))
    stage.run()
    calls, bodies = stage.calls(), bodies_of(stage)
    assert erase(stage) == Forgotten(0, 0, 0, 0, 0, (), None)
    assert (stage.calls(), bodies_of(stage)) == (calls, bodies)


def test_a_removed_source_is_searched_too(stage: Stage) -> None:
    stage.send("order.created", mine(phone="+84 912 345 678"))
    stage.decide()
    stage.apply(TALKING, sources=[{"id": "other", "platform": "generic", "secrets": [SECRET]}])
    assert erase(stage).deliveries == 1
    assert NAME not in stored(stage)


@pytest.mark.parametrize("migrated_url", ["sqlite"], indirect=True)
def test_sqlites_file_forgets_too(stage: Stage, migrated_url: str) -> None:
    stage.send("order.created", mine(note=NAME * 2000))
    stage.run()
    erase(stage)
    folder = Path(migrated_url.removeprefix("sqlite:///")).parent
    for path in folder.glob("bridge.db*"):
        assert PHONE.encode() not in path.read_bytes(), path.name
        assert NAME.encode() not in path.read_bytes(), path.name


# Retention


def expire(stage: Stage, before: datetime, limit: int = 100) -> int:
    return expire_bodies(stage.store, before, before, limit)


def test_what_ended_before_the_time_is_erased_and_counted_as_ever(stage: Stage) -> None:
    stage.send("order.created", mine())
    stage.run()
    late = later(days=40)
    stage.send("order.created", order(2, created_at=late.isoformat(), updated_at=late.isoformat()), late)
    stage.run(late)
    before = counts(stage, late)
    assert expire(stage, later(days=10)) == 2
    assert PHONE not in stored(stage) and NAME not in stored(stage)
    assert "0900000002" in stored(stage)
    assert counts(stage, late) == before
    assert story(stage)["deliveries"][0]["reason"] == "erased"
    stage.send("order.created", mine(), late)
    stage.run(late)
    assert stage.rung() == [PHONE, "0900000002"]


def test_an_order_that_told_something_since_is_kept_whole(stage: Stage) -> None:
    stage.send("order.created", mine())
    stage.run()
    stage.send("order.updated", mine(updated_at=later(days=20).isoformat()), later(days=20))
    stage.decide(later(days=20))
    expire(stage, later(days=10))
    assert all(bodies_of(stage))
    expire(stage, later(days=30))
    assert not any(bodies_of(stage))


@pytest.mark.parametrize("state", ["waiting", "unsure", "undecided", "failed"])
def test_what_has_not_ended_is_kept_however_old(store: Store, vbot: FakeVBot, state: str) -> None:
    stage = Stage(store, vbot, {**TALKING, "within": "300d"})
    if state == "failed":
        stage.send_body(b'{"order": "' + PHONE.encode() + b'"}')
        stage.decide()
    else:
        stage.send("order.created", mine())
        if state != "undecided":
            stage.decide()
        if state == "unsure":
            vbot.fault("reset_after", times=1)
            stage.dial()
    for _ in range(3):
        assert expire(stage, later(days=200)) == 0
    assert PHONE in stored(stage)


def test_an_unsure_call_that_somebody_left_is_erased_in_its_time(stage: Stage) -> None:
    stage.send("order.created", mine())
    stage.decide()
    stage.vbot.fault("reset_after", times=1)
    stage.dial()
    resolve(stage.store, stage.call()["id"], "leave", "không rõ", "somebody", NOW)
    assert expire(stage, later(days=1)) == 2
    assert PHONE not in stored(stage)


def test_small_batches_reach_the_end_and_begin_anew(stage: Stage) -> None:
    for number in range(1, 8):
        stage.send("order.created", order(number))
    stage.run()
    done = [expire(stage, later(days=1), limit=3) for _ in range(4)]
    assert done == [6, 6, 2, 0]
    assert not any(bodies_of(stage))
    late = later(days=2)
    stage.send("order.created", order(9, created_at=late.isoformat(), updated_at=late.isoformat()), late)
    stage.run(late)
    assert sum(expire(stage, later(days=9), limit=3) for _ in range(8)) == 2


def test_a_key_that_is_not_over_is_kept_by_time_alone(store: Store, vbot: FakeVBot) -> None:
    stage = Stage(store, vbot, {**TALKING, "once_per": "{{ order.note }}"})
    stage.send("order.created", mine(note="VIP-1"))
    stage.run()
    expire(stage, later(days=10))
    late = later(days=40)
    again = order(2, note="VIP-1", created_at=late.isoformat(), updated_at=late.isoformat())
    stage.send("order.created", again, late)
    stage.run(late)
    assert reasons(stage.decisions())[-1] == "already_called"


def test_what_retention_erased_leaves_the_files_in_its_time_and_once(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    wiped: list[str] = []
    monkeypatch.setattr(Store, "wipe", lambda self, *tables: wiped.extend(table.name for table in tables))
    for number in range(1, 5):
        stage.send("order.created", order(number))
    stage.run()
    expire_bodies(stage.store, later(days=1), later(days=1), 2)
    assert {"deliveries", "orders", "order_words", "calls", "attempts", "results", "fetched"} == set(wiped)
    wiped.clear()
    expire_bodies(stage.store, later(days=1), later(days=1, minutes=1), 2)
    assert bool(wiped) is not stage.store.is_postgres  # there it reads whole indexes: once an hour
    wiped.clear()
    expire_bodies(stage.store, later(days=1), later(days=1, hours=2), 2)
    assert bool(wiped) is stage.store.is_postgres
    wiped.clear()
    expire_bodies(stage.store, later(days=1), later(days=1, hours=4), 2)
    assert wiped == []


def test_retention_finds_nothing_in_an_empty_database(stage: Stage) -> None:
    assert expire(stage, later(days=10)) == 0


def test_a_worker_erases_what_is_older_than_its_days(
    store: Store, vbot: FakeVBot, migrated_url: str, tmp_path: Path
) -> None:
    stage = Stage(store, vbot, {**TALKING, "when": "false"})
    for days in (3, 0):
        past = datetime.now(UTC) - timedelta(days=days, minutes=1)
        stage.send("order.created", mine(days + 1, created_at=past.isoformat(), updated_at=past.isoformat()), past)
        stage.decide(past)
    with open_site(tmp_path, migrated_url, RETENTION_DAYS="2") as site:
        site.start_worker()
        wait_for("an erased body", lambda: not bodies_of(stage)[0])
    assert bodies_of(stage)[1]
