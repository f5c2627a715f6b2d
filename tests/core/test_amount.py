"""Amounts as people write them."""

from __future__ import annotations

from decimal import Decimal

import pytest

from bridge.core.amount import parse_amount_text


@pytest.mark.parametrize(
    ("text", "currency", "amount"),
    [
        ("320000", "VND", "320000"),
        ("320.000", "VND", "320000"),
        ("320,000", "VND", "320000"),
        ("1.250.000 ₫", "VND", "1250000"),
        ("1,250,000 VND", "VND", "1250000"),
        ("420.000đ", "VND", "420000"),
        ("1 250 000", "VND", "1250000"),
        ("1,250,000.50", "USD", "1250000.50"),
        ("$1,999.50", "USD", "1999.50"),
        ("1.999,50 €", "EUR", "1999.50"),
        ("12,5", "USD", "12.5"),
        ("-5000", "VND", "-5000"),
        ("420k", "VND", "420000"),
        ("420K", "VND", "420000"),
        ("420 k đ", "VND", "420000"),
        ("1.250k", "VND", "1250000"),
        ("12,5k", "VND", "12500"),
        ("1500k", "VND", "1500000"),
        ("420 ngàn", "VND", "420000"),
        ("420 nghìn đồng", "VND", "420000"),
        ("1,5tr", "VND", "1500000"),
        ("1.25 triệu đồng", "VND", "1250000"),
        ("2tr", "VND", "2000000"),
        ("1tr5", "VND", "1500000"),
        ("1tr05", "VND", "1050000"),
        ("1TR250", "VND", "1250000"),
        ("1 triệu 250", "VND", "1250000"),
    ],
)
def test_both_groupings_are_read_where_they_mean_one_number(text: str, currency: str, amount: str) -> None:
    assert parse_amount_text(text, currency) == Decimal(amount)


@pytest.mark.parametrize(
    ("text", "currency"),
    [
        ("1.250", "USD"),
        ("1,250", "EUR"),
        ("1.250", ""),
        ("1.25.000", "VND"),
        ("$20", "VND"),
        ("420.000đ", "USD"),
        ("hai trăm", "VND"),
        ("", "VND"),
        ("12 34", "VND"),
        ("1" * 50, "VND"),
        ("320k", "USD"),
        ("320k", ""),
        ("1.250tr", "VND"),
        ("1,250 triệu", "VND"),
        ("1tr5k", "VND"),
        ("1tr5tr", "VND"),
        ("k", "VND"),
        ("tr", "VND"),
        ("-5k", "VND"),
        ("12.34k", "VND"),
        ("420kg", "VND"),
        ("1 tr 2500", "VND"),
        ("2k5", "VND"),
    ],
)
def test_what_may_mean_two_numbers_or_is_of_another_currency_is_refused(text: str, currency: str) -> None:
    with pytest.raises(ValueError, match=r"not an amount|thousands|groups|digits"):
        parse_amount_text(text, currency)
