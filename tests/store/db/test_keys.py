"""No text of a shop is too long for an index: it is cut, told apart by its digest, and found again."""

from __future__ import annotations

import pytest
from sqlalchemy import Text, insert, select

from bridge.core.model import Request
from bridge.fake_vbot import FakeVBot
from bridge.store import Store
from bridge.store.db.columns import KEY_BYTES, Key, metadata
from bridge.store.db.tables import idempotency, orders
from bridge.store.deliveries import store_delivery
from bridge.store.reports.views import Filter, list_calls
from bridge.store.undecided import has_undecided
from tests.stage import NOW, RULE, Stage, order

# Of characters that no compression makes shorter; 12 kB.
LONG = "".join(chr(0x4E00 + n * 7919 % 20_000) for n in range(4000))

LONG_ID = "1" + "\U00020000" * 199  # as long as an id may be, in characters of four bytes


def test_every_text_that_an_index_holds_is_bounded() -> None:
    for table in metadata.sorted_tables:
        indexed = {column for index in table.indexes for column in index.columns}
        for constraint in table.constraints:
            indexed |= set(getattr(constraint, "columns", ()))
        for column in indexed:
            assert type(column.type) is not Text, f"{table.name}.{column.name}"
        widths = [[isinstance(column.type, Key) for column in index.columns] for index in table.indexes]
        assert all(sum(width) * KEY_BYTES <= 2400 for width in widths)


@pytest.mark.parametrize("text", ["", "a", "x" * KEY_BYTES, "ế" * (KEY_BYTES // 3), "💬" * (KEY_BYTES // 4)])
def test_a_text_that_fits_stays_as_it_is(store: Store, text: str) -> None:
    assert stored_key(store, text) == text


@pytest.mark.parametrize("text", ["x" * (KEY_BYTES + 1), LONG, "💬" * KEY_BYTES])
def test_a_longer_one_keeps_its_beginning_and_is_told_apart_by_its_end(store: Store, text: str) -> None:
    kept, other = stored_key(store, text), stored_key(store, text + "x")
    assert len(kept.encode()) <= KEY_BYTES
    assert text.startswith(kept.partition("…")[0]) and kept != other
    with store.read() as conn:
        assert conn.execute(select(idempotency.c.digest).where(idempotency.c.key == text)).scalar_one() == "d"


def stored_key(store: Store, text: str) -> str:
    with store.write() as conn:
        row = {"key": text, "digest": "d", "answer": {}, "created_at": NOW}
        return str(conn.execute(insert(idempotency).values(row).returning(idempotency.c.key)).scalar_one())


def test_an_order_whose_every_key_is_long_is_stored_once_called_and_found(store: Store, vbot: FakeVBot) -> None:
    rule = RULE | {"once_per": "{{ order.number }}"}
    stage = Stage(store, vbot, rule)
    long = order(1) | {"id": LONG_ID, "number": LONG}
    for _ in range(2):
        stage.send("order.created", long)
        stage.run()
    stage.send("order.updated", long | {"updated_at": NOW.isoformat()})
    stage.run()
    assert stage.rung() == ["0900000001"]
    with store.read() as conn:
        assert conn.execute(select(orders.c.number)).scalar_one().startswith(LONG[:100])
        assert len(list_calls(conn, Filter(limit=10, order=LONG), show_phones=False).items) == 1


def test_a_long_dedup_key_is_one_delivery(store: Store, vbot: FakeVBot) -> None:
    Stage(store, vbot)
    request = Request("POST", "/hooks/shop", "", (), b"{}")
    with store.write() as conn:
        stored = [store_delivery(conn, "shop", LONG + end, request, "stored", NOW) for end in ("a", "a", "b")]
    assert [one.is_new for one in stored] == [True, False, True]


def test_the_bytes_of_a_delivery_cannot_rule_out_an_order_whose_id_was_cut(store: Store, vbot: FakeVBot) -> None:
    stage = Stage(store, vbot)
    stage.send_body(b'{"topic": "order.created", "order": {"number": "DH-1"}}')  # whose order nobody knows yet
    with store.read() as conn:
        assert has_undecided(conn, "shop", f"77{'7' * 700}…{'ab' * 32}")
        assert not has_undecided(conn, "shop", "id-77")
