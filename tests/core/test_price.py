"""What the next calls will probably cost, by what the last ones did."""

from __future__ import annotations

from collections import Counter
from decimal import Decimal

from bridge.core.reports.figures import Charge
from bridge.core.reports.price import Price, average
from bridge.core.vietnamese.hearing import read_rate

RATE = read_rate({"rate": {"price": 700, "per": "1m"}})


def charges(*each: Charge) -> Counter[Charge]:
    return Counter(each)


def test_calls_that_nobody_took_cost_nothing_and_count() -> None:
    found = average(charges(("answered", "600", 20), ("no_answer", None, 0), ("busy", None, 0)), None, "T")
    assert found == Price(Decimal(200), 3, 1, "T")
    assert found.of(7) == Decimal(1400)


def test_what_vbot_charges_for_an_unanswered_call_counts() -> None:
    found = average(charges(("answered", "600", 20), ("no_answer", "100", 0)), None, None)
    assert found is not None and (found.each, found.answered) == (Decimal(350), 1)


def test_an_answered_call_without_a_price_costs_as_much_as_the_others() -> None:
    found = average(charges(("answered", "600", 20), ("answered", None, 20), ("no_answer", None, 0)), None, "T")
    assert found is not None and found.each == Decimal(400)


def test_where_vbot_says_no_price_the_persons_rate_does() -> None:
    assert RATE is not None
    found = average(charges(("answered", None, 61)), RATE, "T")
    assert found is not None and found.each == Decimal(1400)


def test_nothing_is_known_where_no_answered_call_says_what_it_cost() -> None:
    for none in (
        charges(),
        charges(("no_answer", None, 0)),
        charges(("answered", None, None)),
        charges((None, None, 3)),
    ):
        assert average(none, None, "T") is None


def test_an_amount_is_a_whole_number_of_dong() -> None:
    found = average(charges(("answered", "100", 1), ("busy", None, 0), ("failed", None, 0)), None, "T")
    assert found is not None and str(found.of(1)) == "33" and str(found.of(2)) == "67"
