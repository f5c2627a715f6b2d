"""Several orders in one message: one that cannot be read costs the others nothing, and is not forgotten."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from bridge.core.folding import MAX_ENTRIES
from bridge.core.model import BadPayload, Reading, Request
from tests.platforms.wire import Fixture, find_fixture, with_body

Spoil = Callable[[dict[str, Any], int], None]

THREE = find_fixture("kiotviet/order_update__batch-of-three")
LIST = find_fixture("nhanh/orderUpdate__list-of-orders")


def kiotviet_orders(document: dict[str, Any]) -> list[dict[str, Any]]:
    return [order for notification in document["Notifications"] for order in notification["Data"]]


def no_total(document: dict[str, Any], n: int) -> None:
    kiotviet_orders(document)[n]["Total"] = {"value": 5}


def no_id(document: dict[str, Any], n: int) -> None:
    del kiotviet_orders(document)[n]["Id"]


def odd_status(document: dict[str, Any], n: int) -> None:
    kiotviet_orders(document)[n]["Status"] = ["Phiếu tạm"]


def no_amount(document: dict[str, Any], n: int) -> None:
    document["data"][n]["payment"]["codAmount"] = "x"


def no_order(document: dict[str, Any], n: int) -> None:
    document["data"][n] = 5


def read(fixture: Fixture, request: Request) -> Reading:
    return fixture.platform.read(request, fixture.source, fixture.received_at)


CASES = [
    (THREE, no_total, "/Notifications/0/Data/{}/Total"),
    (THREE, no_id, "/Notifications/0/Data/{}/Id"),
    (THREE, odd_status, "/Notifications/0/Data/{}/Status"),
    (LIST, no_amount, "/data/{}/payment/codAmount"),
    (LIST, no_order, "/data/{}"),
]


@pytest.mark.parametrize(("fixture", "spoil", "where"), CASES)
def test_the_others_are_read_as_without_it(fixture: Fixture, spoil: Spoil, where: str) -> None:
    whole = read(fixture, fixture.request)
    assert whole.failed is None
    for n in range(len(whole.events)):
        document = json.loads(fixture.request.body)
        spoil(document, n)
        # What was asked of the shop for the one that cannot be read is no longer needed.
        found = read(fixture, with_body(fixture.request, document))
        assert found.failed is not None
        assert found.failed.startswith(where.format(n)), found.failed
        wanted = [(event.order_id, event.topic, event.order) for event in whole.events]
        del wanted[n]
        assert [(event.order_id, event.topic, event.order) for event in found.events] == wanted


@pytest.mark.parametrize(("fixture", "spoil", "where"), CASES)
def test_where_none_can_be_read_the_first_is_named(fixture: Fixture, spoil: Spoil, where: str) -> None:
    document = json.loads(fixture.request.body)
    for n in range(len(read(fixture, fixture.request).events)):
        spoil(document, n)
    with pytest.raises(BadPayload) as error:
        read(fixture, with_body(fixture.request, document))
    assert error.value.pointer.startswith(where.format(0))


def test_the_shop_is_still_asked_for_the_orders_that_can_be_read() -> None:
    fetching = THREE.platform.api
    assert fetching is not None
    document = json.loads(THREE.request.body)
    no_total(document, 1)
    request = Request("POST", "/hooks/shop", "", (), json.dumps(document).encode())
    names = [fetch.name for fetch in fetching.wanted(request, THREE.source)]
    assert names == ["order:90000001"]  # the third is cancelled


def test_an_answer_of_the_shop_that_cannot_be_read_costs_the_other_orders_nothing() -> None:
    answer = json.loads(THREE.request.fetched["order:90000001"])
    odd = {**THREE.request.fetched, "order:90000001": json.dumps({**answer, "total": {"value": 5}}).encode()}
    found = read(THREE, Request("POST", "/hooks/shop", "", (), THREE.request.body, odd))
    assert found.failed is not None
    assert found.failed.startswith("/fetched/order:90000001/total")
    assert [event.order_id for event in found.events] == ["90000002", "90000003"]


@pytest.mark.parametrize("many", [MAX_ENTRIES, MAX_ENTRIES + 1])
def test_so_many_orders_that_some_may_have_been_cut_off_are_none_that_was_read(many: int) -> None:
    """A deleted order that is not seen would be called."""
    document = {"Id": "1", "Notifications": [{"Action": "order.delete.1", "RemoveId": list(range(1, many + 1))}]}
    request = with_body(THREE.request, json.dumps(document).encode())
    with pytest.raises(BadPayload, match="999 orders"):
        THREE.platform.read(request, THREE.source, THREE.received_at)


def test_many_orders_in_one_message_are_many_orders() -> None:
    document = {"Id": "1", "Notifications": [{"Action": "order.delete.1", "RemoveId": list(range(1, MAX_ENTRIES))}]}
    request = with_body(THREE.request, json.dumps(document).encode())
    found = THREE.platform.read(request, THREE.source, THREE.received_at)
    assert len({event.order_id for event in found.events}) == MAX_ENTRIES - 1
