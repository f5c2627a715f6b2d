"""Orders found by the names on them: all that have them, nothing that was erased, and never fewer without saying so."""

from __future__ import annotations

import random
import unicodedata
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from bridge.fake_vbot import FakeVBot
from bridge.store import Store
from bridge.store.db.tables import deliveries, order_words, orders
from bridge.store.operation.backup import check_backup, restore_backup, write_backup
from bridge.store.people import order_search
from bridge.store.people.erasure import expire_bodies, forget
from bridge.store.people.names import are_all_known, refresh_names
from bridge.store.people.order_search import Found, find_by_name
from bridge.store.people.person_search import find_personal_data
from tests.stage import NOW, RULE, Stage, later, order

FAMILIES, MIDDLES, GIVEN = ("Nguyễn", "Trần", "Đặng"), ("Thị", "Văn", ""), ("Lan", "Lành", "An", "Ánh", "Ân Huệ")
QUERIES = ("lan", "LÀN", "la", "nguyen", "ng", "đặng", "Dang Thi", "thi dang", "lan nguyễn", "an hue", "an h", "huệ ân")
QUERIES += ("nguyen van an", "tran-lan", "%", "_", "la\u0300n", "zz", "nguyen zz", "zz la", "")


@pytest.fixture
def stage(store: Store, vbot: FakeVBot) -> Stage:
    return Stage(store, vbot, {**RULE, "when": "order.total > 1"})


def look(stage: Stage, name: str, **more: Any) -> Found:
    with stage.store.read() as conn:
        return find_by_name(conn, name, **more)


def ids(found: Found) -> list[str]:
    assert found.is_all
    return [key.order_id for key in found.keys]


def words(name: str) -> list[str]:
    """As a person reads it without accents; by another way than `fold`."""
    plain = unicodedata.normalize("NFD", name.lower().replace("đ", "d"))
    return "".join(c if c.isalnum() else " " for c in plain if unicodedata.category(c) != "Mn").split()


def fits(names: str, query: str) -> bool:
    there, asked = words(names), words(query)
    whole = all(word in there for word in asked[:-1])
    return bool(asked) and whole and any(word.startswith(asked[-1]) for word in there)


def send(stage: Stage, number: int, seconds: float = 0, **changes: Any) -> None:
    at = later(seconds)
    stage.send("order.updated", order(number, **{"updated_at": at.isoformat(), **changes}), at)
    stage.decide(at)


def test_orders_are_found_by_what_stands_on_them_now(stage: Stage) -> None:
    dice, on_them, newest = random.Random(3), {}, []
    for step in range(60):
        number = dice.randrange(30)
        buyer, parcel = (" ".join(map(dice.choice, (FAMILIES, MIDDLES, GIVEN))) for _ in range(2))
        send(stage, number, step, customer={"name": buyer}, shipping={"name": parcel})
        if f"id-{number}" not in on_them:
            newest.insert(0, f"id-{number}")
        on_them[f"id-{number}"] = f"{buyer} {parcel}"
    for query in QUERIES:
        assert ids(look(stage, query)) == [one for one in newest if fits(on_them[one], query)], query
    assert len(ids(look(stage, "la"))) > 3 and len(ids(look(stage, "thi dang"))) > 1
    assert ids(look(stage, "la", since=later(20))) == [one for one in ids(look(stage, "la")) if _since(stage, one, 20)]
    assert ids(look(stage, "la", source="shop")) == ids(look(stage, "la"))
    assert ids(look(stage, "la", source="other")) == []


def _since(stage: Stage, order_id: str, seconds: float) -> bool:
    with stage.store.read() as conn:
        return bool(
            conn.execute(select(orders.c.first_seen_at >= later(seconds)).where(orders.c.order_id == order_id)).scalar()
        )


def test_an_order_that_nobody_calls_is_found_and_one_without_a_name_by_none(stage: Stage) -> None:
    send(stage, 1, total="1", customer={"name": "Lý Thường Kiệt"})
    send(stage, 2, customer={"name": None})
    assert stage.calls() == [] or all(call["order_id"] == "id-2" for call in stage.calls())
    assert ids(look(stage, "ly thuong")) == ["id-1"]


def test_a_message_without_names_takes_none_away(stage: Stage) -> None:
    send(stage, 1, customer={"name": "Lý Thường Kiệt"})
    send(stage, 1, 5, customer={"name": None})
    assert ids(look(stage, "kiệt")) == ["id-1"]


def test_hostile_names_are_cut_and_found(stage: Stage) -> None:
    names = [
        "x" * 5000 + " Lan",
        " ".join(f"w{n}" for n in range(500)),
        "a\u0300" * 3000,
        "%_\\' OR 1=1 --",
        "\U0010ffff z",
    ]
    for number, name in enumerate(names):
        send(stage, number, number, customer={"name": name})
    assert ids(look(stage, "x" * 5000)) == ["id-0"]
    assert ids(look(stage, "w1 w2")) == ["id-1"]
    assert ids(look(stage, "or 1")) == ["id-3"]
    with stage.store.read() as conn:
        rows = conn.execute(select(order_words)).all()
    assert max(len(row.word) for row in rows) <= 40 and len(rows) < 40


@pytest.mark.parametrize("query", ["lan", "la", "thi lan", "lan thi", "thi la", "nguyen thi", "van lan"])
def test_what_is_left_out_is_said(stage: Stage, monkeypatch: pytest.MonkeyPatch, query: str) -> None:
    """With limits so small that each of them is met."""
    on_them = []
    for number in range(24):
        name = f"Nguyễn {MIDDLES[number % 2]} {GIVEN[number % 3]}"
        send(stage, number, number, customer={"name": name})
        on_them.insert(0, (f"id-{number}", name))
    every = [one for one, name in on_them if fits(name, query)]
    assert ids(look(stage, query)) == every
    for name, least in (("MOST_FOUND", 2), ("FEW", 2), ("MOST_READ", 4), ("MOST_ENDINGS", 1)):
        monkeypatch.setattr(order_search, name, least)
        found = look(stage, query)
        shown = [key.order_id for key in found.keys]
        assert shown == [one for one in every if one in shown]
        assert found.is_all == (shown == every)


def test_orders_of_an_older_release_are_read_from_their_bytes(stage: Stage) -> None:
    for number in range(5):
        send(stage, number, number, customer={"name": f"Lý {GIVEN[number]}"})
    expected = {query: ids(look(stage, query)) for query in ("ly", "lan", "an")}
    with stage.store.write() as conn:
        conn.execute(order_words.delete())
        conn.execute(orders.update().values(names=None))
    send(stage, 9, 9, customer={"name": "Bùi Hoa"})
    with stage.store.read() as conn:
        assert not are_all_known(conn)
    assert refresh_names(stage.store, stage.catalogs, 100) == 5
    assert refresh_names(stage.store, stage.catalogs, 100) == 0
    with stage.store.read() as conn:
        assert are_all_known(conn)
    assert {query: ids(look(stage, query)) for query in expected} == expected
    assert ids(look(stage, "bui")) == ["id-9"]


def test_one_that_changes_before_it_was_read_is_found_by_its_new_name(stage: Stage) -> None:
    send(stage, 1, customer={"name": "Lý Lan"})
    with stage.store.write() as conn:
        conn.execute(order_words.delete())
        conn.execute(orders.update().values(names=None))
    send(stage, 1, 5, customer={"name": "Bùi Hoa"})
    assert refresh_names(stage.store, stage.catalogs, 100) == 0
    assert (ids(look(stage, "bui")), ids(look(stage, "ly"))) == (["id-1"], [])


@pytest.mark.parametrize("how", ["forget", "retention", "forget before it was read", "retention before it was read"])
def test_who_was_erased_is_found_by_no_name(stage: Stage, how: str) -> None:
    send(stage, 1, phone="0912345678", customer={"name": "Tran Thu Nghiem"}, shipping={"name": "Nghiem"}, total="1")
    send(stage, 2, 86400 * 9, total="1", customer={"name": "Bùi Hoa"})
    if how.endswith("read"):
        with stage.store.write() as conn:
            conn.execute(order_words.delete())
            conn.execute(orders.update().values(names=None))
    if how.startswith("forget"):
        found = find_personal_data(stage.store, stage.catalogs, "0912345678")
        forget(stage.store, stage.catalogs, "0912345678", found, "somebody", NOW, keep_dnc=False)
    else:
        assert expire_bodies(stage.store, later(86400 * 8), later(86400 * 9), 100) == 1
    refresh_names(stage.store, stage.catalogs, 100)
    assert ids(look(stage, "nghiem")) == []
    with stage.store.read() as conn:
        assert "nghiem" not in repr([conn.execute(select(table)).all() for table in (orders, order_words)])
        assert conn.execute(select(deliveries.c.id).where(deliveries.c.body == b"")).scalars().all() == [1]
    assert ids(look(stage, "hoa")) == ["id-2"]


def test_a_restored_backup_is_searched_as_before(stage: Stage, tmp_path: Path) -> None:
    for number in range(5):
        send(stage, number, number, customer={"name": f"Lý {GIVEN[number]}"})
    with (tmp_path / "backup").open("wb") as file:
        write_backup(stage.store, file, NOW)
    before = ids(look(stage, "an"))
    restore_backup(stage.store, tmp_path / "backup", check_backup(tmp_path / "backup"), later(3600), who="somebody")
    assert ids(look(stage, "an")) == before != []
