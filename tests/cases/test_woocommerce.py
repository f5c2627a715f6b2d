"""WooCommerce and its plug-ins write PHP's types: what is not lost by it costs no order."""

from __future__ import annotations

from decimal import Decimal

import pytest

from tests.cases.cases import open_case

ODD = [
    ("woo-meta-data-object.json", "/meta_data"),
    ("woo-shipping-empty-array.json", "/shipping"),
    ("woo-quantity-text.json", "/line_items/0/quantity"),
]


@pytest.mark.parametrize(("name", "pointer"), ODD)
def test_an_odd_type_is_read_as_it_is_meant_and_noted(name: str, pointer: str) -> None:
    case = open_case(name, "woo", "order.created")
    verdict = case.verdict("confirm")
    assert (verdict.decision, verdict.reason) == ("call", "wanted")
    assert verdict.phone == "0912345671"
    assert verdict.datas["total"] == "bốn trăm hai mươi nghìn đồng"
    assert [note.pointer for note in case.event.notes] == [pointer]
    assert case.event.order
    assert [item.quantity for item in case.event.order.items] == [Decimal(2)]


def test_an_order_that_its_shop_cancelled_in_its_own_word_does_not_ring() -> None:
    verdict = open_case("woo-own-cancelled-status.json", "woo", "order.created").verdict("confirm")
    assert (verdict.decision, verdict.reason) == ("skip", "order_cancelled")
