"""Why a condition is false: its parts that are not so, with the values of their paths and nothing personal."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from bridge.rules.mapping import compile_condition

DOCUMENT: dict[str, Any] = {
    "order": {
        "total": Decimal(85000),
        "weight": Decimal("1.5"),
        "number": "#1053",
        "tags": ["vip", "moi"],
        "payment": {"cod": False, "method": "Chuyển khoản 0912345678"},
        "note": "gọi chị Lan",
        "phone": "0912345678",
    },
    "customer": {"name": "Trần Thị Lan", "phone": "0912345678", "orders": 3},
    "shipping": {"province": "Hà Nội"},
    "raw": {"status": "pending", "x y": 7, "buyerName": "Lan", "buyer_phone": 912345678, "big": Decimal(10) ** 30},
}


def unmet(text: str) -> dict[str, str]:
    """The parts with the values of their paths in one text."""
    condition = compile_condition(text, "when")
    assert not condition.holds(DOCUMENT)
    shown = {}
    for part in condition.unmet(DOCUMENT):
        shown[part["text"]] = ", ".join(f"{one['path']}={one['kind']}:{one['value']}" for one in part["values"])
    return shown


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("order.total >= 100000", {"order.total >= 100000": "order.total=number:85000"}),
        (
            "order.total >= 50000 and order.payment.cod and order.number == '#7'",
            {"order.payment.cod": "order.payment.cod=truth:false", "order.number == '#7'": "order.number=text:#1053"},
        ),
        (
            "order.total > 90000 or order.payment.cod",
            {"order.total > 90000": "order.total=number:85000", "order.payment.cod": "order.payment.cod=truth:false"},
        ),
        (
            "(order.total > 90000 or order.payment.cod) and order.total > 1",
            {"order.total > 90000": "order.total=number:85000", "order.payment.cod": "order.payment.cod=truth:false"},
        ),
        ("not order.total < 90000", {"not order.total < 90000": "order.total=number:85000"}),
        (
            "not (order.total < 90000 and order.tags contains 'vip')",
            {
                "not (order.total < 90000 and order.tags contains 'vip')": "order.total=number:85000, "
                "order.tags=list:2",
            },
        ),
        ("order.discount > 0", {"order.discount > 0": "order.discount=nothing:"}),
        ("order.discount != blank", {"order.discount != blank": "order.discount=nothing:"}),
        ("raw['x y'] == 8", {"raw['x y'] == 8": "raw['x y']=number:7"}),
        ("order.weight > 2", {"order.weight > 2": "order.weight=number:1.5"}),
        ("raw.status == 'paid'", {"raw.status == 'paid'": "raw.status=text:pending"}),
        (
            "order.total < order.weight",
            {"order.total < order.weight": "order.total=number:85000, order.weight=number:1.5"},
        ),
    ],
)
def test_the_parts_that_are_not_so_are_told_as_they_are_written(text: str, parts: dict[str, str]) -> None:
    assert unmet(text) == parts


@pytest.mark.parametrize(
    "path",
    [
        "customer.name",
        "customer.phone",
        "shipping.province",
        "order.note",
        "order.phone",
        "raw.buyerName",
        "raw.buyer_phone",
    ],
)
def test_what_may_tell_who_the_buyer_is_stays_hidden(path: str) -> None:
    (output,) = unmet(f"{path} == 'x'").values()
    assert output == f"{path}=text:…"


def test_a_number_in_a_free_text_is_hidden_and_a_long_text_is_cut() -> None:
    (output,) = unmet("order.payment.method == 'COD'").values()
    assert output == "order.payment.method=text:Chuyển khoản …"
    long = {"order": {"number": "a" * 500}}
    ((part,),) = [compile_condition("order.number == 'b'", "when").unmet(long)]
    assert len(part["values"][0]["value"]) == 60


def test_a_part_behind_the_one_that_decided_is_not_judged_where_its_kinds_cannot_be_compared() -> None:
    assert list(unmet("order.payment.cod and order.number > 5")) == ["order.payment.cod"]


def test_very_many_parts_are_cut() -> None:
    assert len(unmet(" or ".join(f"order.total == {n}" for n in range(40)))) == 20


def test_a_number_of_any_size_is_a_text_that_json_takes() -> None:
    (output,) = unmet("raw.big < 5").values()
    assert output.startswith("raw.big=number:1")
