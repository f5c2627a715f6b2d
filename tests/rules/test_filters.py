"""Filters: exact amounts, texts and lists, bounded and never quoting a value."""

from __future__ import annotations

import re
from decimal import ROUND_CEILING, ROUND_FLOOR, ROUND_HALF_UP, Decimal, localcontext

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from bridge.core.model import BadRule, Json
from bridge.rules import filters
from bridge.rules.filters.values import MAX_LIST, MAX_TEXT, is_blank, same, text_of
from bridge.rules.liquid import evaluate, parse_text

FILTERS = {name: each.work for name, each in filters.FILTERS.items()}
AMOUNTS = st.decimals(min_value=-(10**15), max_value=10**15, places=4)
ITEMS = [
    {"title": "Áo", "quantity": Decimal(2), "gift": True},
    {"title": "Nón", "quantity": Decimal(1), "gift": False},
    {"title": "Vớ", "quantity": Decimal("10")},
]


@given(AMOUNTS, AMOUNTS)
def test_plus_minus_and_times_are_those_of_exact_decimals(left: Decimal, right: Decimal) -> None:
    with localcontext(prec=100):
        assert FILTERS["plus"](left, right) == left + right
        assert FILTERS["minus"](left, right) == left - right
        assert FILTERS["times"](left, right) == left * right


@given(st.lists(AMOUNTS))
def test_a_sum_is_exact_with_and_without_a_field(amounts: list[Decimal]) -> None:
    with localcontext(prec=100):
        assert FILTERS["sum"](amounts) == sum(amounts, Decimal(0))
        assert FILTERS["sum"]([{"total": amount} for amount in amounts], "total") == sum(amounts, Decimal(0))


@given(AMOUNTS, AMOUNTS)
def test_a_quotient_is_right_to_28_digits_and_modulo_takes_the_sign_of_the_divisor(
    left: Decimal, right: Decimal
) -> None:
    assume(right != 0)
    with localcontext(prec=28, rounding=ROUND_HALF_UP):
        assert FILTERS["divided_by"](left, right) == left / right
    rest = FILTERS["modulo"](left, right)
    with localcontext(prec=100):
        assert rest == 0 or (rest < 0) == (right < 0)
        assert abs(rest) < abs(right)
        assert (left - rest) % right == 0


@given(AMOUNTS, st.integers(min_value=0, max_value=6))
def test_rounding_is_half_up_and_floor_and_ceil_are_whole(amount: Decimal, places: int) -> None:
    step = Decimal(1).scaleb(-places)
    assert FILTERS["round"](amount, places) == amount.quantize(step, rounding=ROUND_HALF_UP)
    assert FILTERS["floor"](amount) == amount.to_integral_value(rounding=ROUND_FLOOR)
    assert FILTERS["ceil"](amount) == amount.to_integral_value(rounding=ROUND_CEILING)


@given(AMOUNTS, AMOUNTS)
def test_the_bounds_and_the_absolute_value_are_exact(left: Decimal, right: Decimal) -> None:
    assert FILTERS["at_least"](left, right) == max(left, right)
    assert FILTERS["at_most"](left, right) == min(left, right)
    assert FILTERS["abs"](left) == left.copy_abs()


def test_whole_numbers_are_divided_as_amounts_are() -> None:
    assert FILTERS["divided_by"](7, 2) == Decimal("3.5")
    assert FILTERS["divided_by"](Decimal("1250000.00"), 2) == 625000


def test_an_absolute_value_keeps_every_digit() -> None:
    long = Decimal("-1234567890123456789012345678901234567890.12")
    assert FILTERS["abs"](long) == long.copy_abs()


def test_a_sum_that_cannot_be_exact_is_refused() -> None:
    with pytest.raises(ArithmeticError):
        FILTERS["plus"](Decimal("1E+90"), Decimal("1E-90"))


NUMBER_FILTERS = {
    **dict.fromkeys(["plus", "minus", "times", "divided_by", "modulo", "at_least", "at_most"], (1,)),
    **dict.fromkeys(["round", "floor", "ceil", "abs", "vnd", "vnd_words"], ()),
}


@pytest.mark.parametrize("name", NUMBER_FILTERS)
@pytest.mark.parametrize(
    "value", [None, "", " ", "12.5", "abc", True, [], {}, ITEMS, Decimal("NaN"), Decimal("1E+101")]
)
def test_what_is_no_number_is_refused_and_not_quoted(name: str, value: Json) -> None:
    with pytest.raises(ValueError, match=r"^needs a number") as caught:
        FILTERS[name](value, *NUMBER_FILTERS[name])
    assert "12.5" not in str(caught.value)
    assert "abc" not in str(caught.value)


@pytest.mark.parametrize("value", [[None], ["5"], [Decimal(1), None], [{"total": 1}]])
def test_a_sum_of_what_is_no_number_is_refused(value: Json) -> None:
    with pytest.raises(ValueError, match=r"^needs a number"):
        FILTERS["sum"](value)


@pytest.mark.parametrize("name", ["divided_by", "modulo"])
def test_nothing_is_divided_by_zero(name: str) -> None:
    with pytest.raises(ValueError, match="zero"):
        FILTERS[name](Decimal(1), Decimal("0.00"))


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, ""),
        (True, "true"),
        (False, "false"),
        (5, "5"),
        (Decimal("1250000.00"), "1250000"),
        (Decimal("1250000.50"), "1250000,50"),
        (Decimal("1.25E+6"), "1250000"),
        (Decimal("1E-7"), "0,0000001"),
        (Decimal("-0.00"), "0"),
        (0.1, "0,1"),
        (["a", 1], "a1"),
        ("nửa \ud83d cặp", "nửa  cặp"),
    ],
)
def test_a_value_has_one_text(value: Json, text: str) -> None:
    assert text_of(value) == text


@pytest.mark.parametrize("value", [{}, ITEMS, [["a"]], Decimal("Infinity"), "x" * (MAX_TEXT + 1)])
def test_what_has_no_text_is_refused(value: Json) -> None:
    with pytest.raises(ValueError, match=r"needs|works|cannot"):
        text_of(value)


@pytest.mark.parametrize(
    ("name", "arguments", "result"),
    [
        ("default", (None, "x"), "x"),
        ("default", (" \u200b", "x"), "x"),
        ("default", ([], "x"), "x"),
        ("default", (False, "x"), "x"),
        ("default", (False, "x", True), False),
        ("default", (Decimal(0), "x"), Decimal(0)),
        ("replace", ("a-a", "a", "b"), "b-b"),
        ("replace", ("abc", "", "x"), "abc"),
        ("remove", ("#DH-1", "#"), "DH-1"),
        ("append", (Decimal("5.00"), " đồng"), "5 đồng"),
        ("prepend", ("5", "số "), "số 5"),
        ("upcase", ("đức",), "ĐỨC"),
        ("downcase", ("ĐỨC",), "đức"),
        ("capitalize", ("đỨC",), "Đức"),
        ("strip", (" a ",), "a"),
        ("lstrip", (" a ",), "a "),
        ("rstrip", (" a ",), " a"),
        ("strip_newlines", ("a\r\nb\n",), "ab"),
        ("truncate", ("abcdef", 5), "ab..."),
        ("truncate", ("abcde", 5), "abcde"),
        ("truncate", ("abcdef", 3, ""), "abc"),
        ("truncatewords", ("a b c", 2), "a b..."),
        ("truncatewords", ("a b", 2), "a b"),
        ("split", ("a, b", ", "), ["a", "b"]),
        ("split", ("ab", ""), ["a", "b"]),
        ("split", (None, ","), []),
        ("join", (["a", Decimal("2.00")], ", "), "a, 2"),
        ("join", (None,), ""),
        ("first", (["a", "b"],), "a"),
        ("first", ([],), None),
        ("last", (["a", "b"],), "b"),
        ("last", ("ab",), None),
        ("size", ("abc",), 3),
        ("size", (ITEMS,), 3),
        ("size", (Decimal(5),), 0),
        ("slice", ("abcdef", 1, 3), "bcd"),
        ("slice", ("abcdef", -2, 2), "ef"),
        ("slice", ("abc", -5, 2), ""),
        ("slice", ([1, 2, 3], 1, 9), [2, 3]),
        ("map", (ITEMS, "title"), ["Áo", "Nón", "Vớ"]),
        ("map", (ITEMS, "no"), [None, None, None]),
        ("where", (ITEMS, "title", "Nón"), [ITEMS[1]]),
        ("where", (ITEMS, "gift"), [ITEMS[0]]),
        ("where", (ITEMS, "quantity", 2), [ITEMS[0]]),
        ("reject", (ITEMS, "gift"), ITEMS[1:]),
        ("reject", (ITEMS, "gift", True), ITEMS[1:]),
        ("sort", ([Decimal(10), None, 9],), [9, Decimal(10), None]),
        ("sort", (ITEMS, "quantity"), [ITEMS[1], ITEMS[0], ITEMS[2]]),
        ("uniq", (["a", "b", "a", 1, Decimal("1.0"), True],), ["a", "b", 1, True]),
        ("uniq", (ITEMS, "nothing"), [ITEMS[0]]),
        ("compact", (["a", None, False],), ["a", False]),
        ("compact", (ITEMS, "gift"), ITEMS[:2]),
        ("reverse", ([1, 2],), [2, 1]),
        ("concat", ([1], [2, 3]), [1, 2, 3]),
        ("clean", ("1️⃣ áo\u200b",), "1 áo"),
        ("clean", (None,), None),
        ("clean", ("🔥",), None),
        ("name_vi", ("chị lan",), "Chị Lan"),
        ("name_vi", ("@lan",), None),
        ("name_vi", (None,), None),
        ("code_spell", (Decimal("2068"),), "hai không sáu tám"),
        ("vnd", (Decimal("1250000.00"),), "1.250.000 đồng"),
        ("vnd_words", (5000,), "năm nghìn đồng"),
        ("item_list", (ITEMS,), "2 Áo, 1 Nón, 10 Vớ"),
        ("item_list", (ITEMS, 2), "2 Áo, 1 Nón và 1 sản phẩm khác"),
        ("item_list", (None,), None),
    ],
)
def test_a_filter_does_what_its_name_says(name: str, arguments: tuple[Json, ...], result: Json) -> None:
    found = FILTERS[name](*arguments)
    assert found == result
    assert type(found) is type(result)


@pytest.mark.parametrize(
    ("name", "arguments"),
    [
        ("append", ("x" * MAX_TEXT, "y")),
        ("replace", ("x" * 1000, "x", "y" * 1000)),
        ("join", (["x" * 1000] * 100,)),
        ("split", ("x," * (MAX_LIST + 1), ",")),
        ("split", ("x" * (MAX_LIST + 1), "")),
        ("concat", ([1] * MAX_LIST, [2])),
        ("upcase", ("x" * (MAX_TEXT + 1),)),
        ("round", (Decimal("1.5"), 1000)),
        ("truncate", ("abc", Decimal("1.5"))),
        ("sort", ([1, "a"],)),
        ("sort", ([{}, {"a": 1}],)),
        ("item_list", ("áo",)),
        ("date_vi", (Decimal(5),)),
    ],
)
def test_a_filter_refuses_what_is_too_much_or_of_another_kind(name: str, arguments: tuple[Json, ...]) -> None:
    source = {"source": {}} if name == "date_vi" else {}
    with pytest.raises(ValueError, match=r"needs|works|makes"):
        FILTERS[name](*arguments, **source)


def test_a_time_is_said_in_the_zone_of_its_source() -> None:
    late = "2026-11-05T20:00:00Z"
    assert FILTERS["date_vi"](late, source={"timezone": "Asia/Ho_Chi_Minh"}) == "thứ Sáu, ngày 6 tháng 11"
    assert FILTERS["date_vi"](late, source={"timezone": "UTC"}) == "thứ Năm, ngày 5 tháng 11"
    assert FILTERS["date_vi"](late, "Asia/Ho_Chi_Minh", source={"timezone": "UTC"}) == "thứ Sáu, ngày 6 tháng 11"
    assert FILTERS["date_vi"](late, source={}) == "thứ Sáu, ngày 6 tháng 11"
    assert FILTERS["date_vi"](None, source={}) is None


def test_a_phone_is_read_in_the_country_of_its_source() -> None:
    assert FILTERS["phone_vn"]("+84 912.345.678", source={"country": "VN"}) == "0912345678"
    assert FILTERS["phone_vn"]("0912***678", source={}) is None
    assert FILTERS["phone_vn"](None, source={}) is None


@pytest.mark.parametrize("value", [None, "", " \n", "\u200b", [], {}, ()])
def test_blank_is_what_nobody_can_hear(value: Json) -> None:
    assert is_blank(value)


@pytest.mark.parametrize("value", [0, False, "0", "a", [None], Decimal(0)])
def test_zero_and_false_are_not_blank(value: Json) -> None:
    assert not is_blank(value)


def test_true_is_not_one_and_text_is_no_number() -> None:
    assert same(1, Decimal("1.00"))
    assert not same(True, 1)
    assert not same(0, False)
    assert not same("1", 1)


@pytest.mark.parametrize("name", FILTERS)
def test_the_example_of_a_filter_uses_it_and_says_what_the_registry_says(name: str) -> None:
    text, said = filters.FILTERS[name].example
    assert f"| {name}" in text
    assert text_of(evaluate(parse_text(text, name), filters.EXAMPLE)) == said


@pytest.mark.parametrize("name", FILTERS)
def test_a_filter_makes_what_the_registry_says(name: str) -> None:
    entry = filters.FILTERS[name]
    kinds = {"list": list, "number": (int, Decimal), "text": str, "words": str, "any": object}
    until = re.match(rf".*\| {name}\b[^|}}]*", entry.example[0])
    assert until
    assert isinstance(evaluate(parse_text(f"{until[0].rstrip()} }}}}", name), filters.EXAMPLE), kinds[entry.returns])
    assert entry.takes in {"any", "list", "number", "phone", "text", "time"}


def test_the_registry_says_each_filter_in_both_languages_and_in_the_order_of_the_alphabet() -> None:
    entries = list(filters.FILTERS.values())
    assert [entry.name for entry in entries] == sorted(entry.name for entry in entries)
    for entry in entries:
        for text in (entry.vi, entry.en):
            assert text.endswith(".")
            assert text[0].isupper()
        assert entry.vi != entry.en


@pytest.mark.parametrize(
    ("name", "signature"),
    [
        ("vnd", "vnd"),
        ("append", "append: end"),
        ("truncate", 'truncate: length = 50, end = "..."'),
        ("date_vi", "date_vi: [timezone]"),
        ("where", "where: field, [wanted]"),
        ("default", "default: other, allow_false = false"),
    ],
)
def test_a_signature_is_written_as_a_rule_writes_it(name: str, signature: str) -> None:
    assert filters.FILTERS[name].signature == signature


@pytest.mark.parametrize("name", ["vnd", "vnd_words"])
def test_dong_are_said_of_an_order_in_dong_alone(name: str) -> None:
    for currency in ("VND", None):
        assert FILTERS[name](Decimal(5000), currency=currency).endswith("đồng")
    with pytest.raises(ValueError, match=r"^takes amounts in VND, and this order's are in USD; write money_words$"):
        FILTERS[name](Decimal("1999.50"), currency="USD")


@pytest.mark.parametrize("text", ["{{ order.total | vnd }}", "{{ raw.total | vnd }}", "{{ 5 | vnd_words }}"])
def test_the_currency_is_the_orders_own_whatever_a_rule_assigns(text: str) -> None:
    document = {**filters.EXAMPLE, "order": {**filters.EXAMPLE["order"], "currency": "USD"}, "raw": {"total": 5}}
    for before in ("", "{% assign order = shipping %}{% assign currency = 'VND' %}"):
        with pytest.raises(BadRule, match=r"VND.*USD"):
            evaluate(parse_text(before + text.replace("order.total", "raw.total"), "datas.total"), document)
    assert evaluate(parse_text("{{ order.total | money_words }}", "x"), document).endswith("đô la Mỹ")


@pytest.mark.parametrize(
    ("value", "currency", "number"),
    [
        ("320000", "VND", Decimal(320000)),
        ("320.000 đ", "VND", Decimal(320000)),
        ("1,250.50", "USD", Decimal("1250.50")),
        (5, "VND", Decimal(5)),
        (None, "VND", None),
        (" ", None, None),
    ],
)
def test_a_text_amount_becomes_a_number(value: Json, currency: str | None, number: Decimal | None) -> None:
    assert FILTERS["number"](value, currency=currency) == number


@pytest.mark.parametrize(("value", "currency"), [("1.250", "USD"), ("1.250", None), ("$5", "VND"), ("ba xu", "VND")])
def test_a_text_that_may_mean_two_numbers_is_refused_and_not_quoted(value: str, currency: str | None) -> None:
    with pytest.raises(ValueError, match="may mean two numbers") as caught:
        FILTERS["number"](value, currency=currency)
    assert value not in str(caught.value).replace("1,250.50", "")


def test_the_rest_after_a_deposit_is_said_from_the_shops_own_text() -> None:
    raw = {"meta_data": [{"id": 2, "key": "_wc_deposits_second_payment", "value": "320000"}]}
    find = "raw.meta_data | where: 'key', '_wc_deposits_second_payment' | map: 'value' | first | number"
    said = [f"{{{{ {find} | vnd_words }}}}", f"{{{{ {find} | times: 1 | vnd }}}}"]
    document = {**filters.EXAMPLE, "raw": raw}
    found = [evaluate(parse_text(text, "datas.rest"), document) for text in said]
    assert found == ["ba trăm hai mươi nghìn đồng", "320.000 đồng"]
