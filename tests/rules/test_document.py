"""The document that rules see: the event's schema, exact amounts, times in the source's zone."""

from __future__ import annotations

import unicodedata
from datetime import UTC, datetime
from decimal import Decimal

import pytest

from bridge.core.model import Address, Event, Item, Order, Payment, Person, Source
from bridge.lib.jsonschema import problems, schema
from bridge.rules.document import event_document

AT = datetime(2026, 11, 23, 18, 30, tzinfo=UTC)


def order(**values: object) -> Order:
    given_values = {
        "id": "1",
        "number": "DH-1",
        "state": "open",
        "currency": "VND",
        "total": Decimal(650000),
        "payment": Payment(cod=True),
    }
    return Order(**{**given_values, **values})


def document_of(value: Order | None, source: Source | None = None) -> dict[str, object]:
    event = Event("order.created", "orders/create", AT, "1", value, {"id": 1})
    return event_document(event, source or Source("shop", "shopify"))


def test_times_have_the_offset_of_the_source() -> None:
    found = document_of(order(created_at=AT), Source("shop", "shopify", timezone="America/New_York"))
    assert found["order"]["created_at"] == "2026-11-23T13:30:00-05:00"
    assert document_of(order())["event"]["time"] == "2026-11-24T01:30:00+07:00"


def test_an_event_without_an_order_has_its_id_and_nulls() -> None:
    found = document_of(None)
    assert problems(found, "event") == []
    values = dict(found["order"])
    assert values.pop("id") == "1"
    assert values.pop("tags") == []
    assert set(values.pop("payment").values()) == {None}
    assert set(values.values()) == {None}
    for part in ("customer", "shipping", "billing"):
        assert set(found[part].values()) == {None}
    assert found["items"] == []


def test_both_kinds_of_event_have_the_same_keys() -> None:
    full, empty = document_of(order()), document_of(None)
    assert full.keys() == empty.keys() == set(schema("event")["properties"])
    for part in ("event", "source", "order", "customer", "shipping", "billing"):
        assert full[part].keys() == empty[part].keys()
    assert set(full["order"]) == set(schema("event")["properties"]["order"]["properties"])


def test_text_is_nfc_and_blank_text_is_null() -> None:
    decomposed = unicodedata.normalize("NFD", "Nguyễn Thị Mẫu")
    found = document_of(
        order(
            note="  \n\u200b",
            phone="\u202a0900 000 001\u202c",
            customer=Person(name=f"  {decomposed} ", email=""),
            shipping=Address(text="a\x00b"),
            items=(Item("", Decimal(1)),),
            tags=("x ",),
        )
    )
    assert found["order"]["note"] is None
    assert found["order"]["phone"] == "\u202a0900 000 001\u202c"
    assert found["customer"]["name"] == "Nguyễn Thị Mẫu"
    assert found["customer"]["email"] is None
    assert found["shipping"]["text"] == "ab"
    assert found["items"][0]["title"] is None
    assert found["order"]["tags"] == ["x"]
    assert problems(found, "event") == []


def test_amounts_stay_exact_decimals() -> None:
    found = document_of(order(total=Decimal("29.35"), items=(Item("A", Decimal(2), price=Decimal("0.10")),)))
    assert found["order"]["total"] == Decimal("29.35")
    assert str(found["items"][0]["price"]) == "0.10"


@pytest.mark.parametrize(
    ("part", "key", "value"),
    [
        ("event", "topic", "order.unknown"),
        ("event", "time", "2026-11-23 08:00"),
        ("order", "id", 1),
        ("order", "total", "650000"),
        ("order", "note", ""),
        ("order", "state", "closed"),
        ("order", "currency", "dong"),
        ("order", "payment", None),
        ("order", "unknown", 1),
        ("customer", "name", ""),
        ("source", "country", "Vietnam"),
    ],
)
def test_the_schema_refuses_what_an_event_never_is(part: str, key: str, value: object) -> None:
    found = document_of(order())
    found[part][key] = value
    assert problems(found, "event") != []


def test_what_follows_from_an_order_is_there_for_every_platform() -> None:
    address = Address(province="Bình Dương", text="12 Lê Lợi")
    found = document_of(order(shipping=address, billing=Address(text="5 Trần Phú, Hội An, Quảng Nam")))
    assert found["event"]["hour"] == 1
    assert document_of(order(), Source("shop", "shopify", timezone="Europe/Berlin"))["event"]["hour"] == 19
    assert (found["shipping"]["region"], found["billing"]["region"]) == ("Hồ Chí Minh", "Đà Nẵng")
    assert found["buyer"] == {"orders": 0, "declined": 0, "unreachable": 0}
    assert problems(found, "event") == []
