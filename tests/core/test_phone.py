import re
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.core.phone import REASONS, choose_phone, first_phone, read_phone, read_phones
from bridge.lib.masking import mask_phone

MOBILE = "0912345678"

WRITTEN = [
    "0912345678", "84912345678", "+84912345678", "0084912345678", "912345678", "+84 (0)912345678", "+840912345678",
    "840912345678", "84 0912345678", "(+84)912345678", "(+84)0912.345.678", "+ 84 912 345 678", "0912.345.678",
    "0912-345-678", "0912–345–678", "09 12 34 56 78", "0912\u00a0345\u00a0678", "０９１２３４５６７８", "٠٩١٢٣٤٥٦٧٨",
    "tel:0912345678", "tel:+84-912-345-678", "sdt 0912345678", "SĐT:0912345678", "SDT0912345678", "ĐT-0912345678",
    "Zalo 0912 345 678, gọi sau 17h", "https://zalo.example.test/0912345678", "'0912345678", '="0912345678"',
    "0912345678\u200b", "\u202a0912345678\u202c", "\ufeff0912\u200d345678", "0912345678.0", "0912345678.00",
    "912345678.0", "0912,345,678", "912,345,678.00", "O912345678", "09l2345678", "0912 345 67B 0912345678",
    "0912345678 (Anh Ba)", "0912 345 678 (chị Hoa)", "(chị Hoa) 0912345678", "Hoa0912345678", "0912345678Hoa",
    "0912345678 (18h)", "0912345678 2 giờ chiều", "0912345678 1.250.000", "Ba 2000 0912345678", "12A-05 0912345678",
    "+84-0912345678", "(84) 912345678", "ngày 15/01/2031 gọi 0912345678", 912345678, 84912345678, 912345678.0,
    Decimal("912345678"), Decimal("912345678.00"),
]  # fmt: skip


@pytest.mark.parametrize("value", WRITTEN, ids=repr)
def test_one_mobile_number_is_read_however_it_is_written(value):
    assert read_phone(value, "VN").number == MOBILE


TWO_NUMBERS = [
    "0912345678 / 0987654321", "0912345678/0987654321", "0912345678-0987654321", "0912345678 - 0987654321",
    "0912345678, 0987654321", "0912345678;0987654321", "0912345678|0987654321", "0912345678\n0987654321",
    "0912345678\next 12", "0912345678\nx 12", "0912345678 0987654321", "0912 345 678 0987 654 321",
    "0912.345.678 - 0987.654.321", "0912345678 hoặc 0987654321", "0912345678+84987654321", "0912345678/79",
    "0912345678 - 79", "0912 345 678 - 79", "0912.345.678 – 987654321", "0912345678 (0987654321)",
    "SĐT1: 0912345678 SĐT2: 0987654321", "09123456789 / 0912345678",
    "1. 0912345678 2. 0987654321", "(1) 0912345678 (2) 0987654321", "0912****78 / 0912345678",
    "19001234 / 0912345678", "1900 1234 hoặc 0912 345 678", "+1 650 253 0000, 0912345678",
    "0912 345 678 84987654321", "0912.345.678 (84987654321)", "34 0912 345 678", "Số 31-0912.345.678",
    "028 3812 3456 máy lẻ 12 / 0912345678", "0992345678 / 0912345678 / 0987654321",
]  # fmt: skip


@pytest.mark.parametrize("text", TWO_NUMBERS)
def test_of_two_numbers_in_a_field_the_first_that_can_be_dialled_is_taken(text):
    assert read_phone(text, "VN").number == MOBILE


@pytest.mark.parametrize(
    ("value", "numbers"),
    [
        ("0912345678 / 0987654321", (MOBILE, "0987654321")),
        ("Nam 0912.345.678, Hoa 0987 654 321", (MOBILE, "0987654321")),
        ("0912345678 hoặc +84 912 345 678", (MOBILE,)),
        ("0912****78 / 0912345678 / 19001234", (MOBILE,)),
        ("01684567890/028 3812 3456", ("0384567890", "02838123456")),
        ("0912345678 - 79", (MOBILE,)),
        ("+1 650 253 0000 / 0912345678", (MOBILE,)),
        (912345678, (MOBILE,)),
        ("", ()),
        ("n/a", ()),
        (None, ()),
        (True, ()),
        ([MOBILE], ()),
    ],
)
def test_both_numbers_of_a_field_are_known(value, numbers):
    assert read_phones(value, "VN") == numbers


@pytest.mark.parametrize(
    "text",
    [
        "34 0912 345 045", "Số 31-0912.345.045", "70/83 0912-345-045", "233 0912.345.045", "86 0912 345 045 /5",
        "96 0912 - 345 - 045", "5174-09123 45045", "6:30 0912.345.045", "nhà 906 091 234 5045", "84 0912 345 045 93",
        "34 0912 345 04", "9 09 12 34 50 45", "0902/777/867 (09 12 34 50 45)",
    ],
)  # fmt: skip
def test_a_house_number_before_a_phone_never_makes_a_strangers_number_of_it(text):
    assert read_phones(text, "VN") in (("0912345045",), ())
    assert read_phone(text, "VN").number in ("0912345045", None)


MOVED_PREFIXES = [
    ("0120", "070"), ("0121", "079"), ("0122", "077"), ("0123", "083"), ("0124", "084"), ("0125", "085"),
    ("0126", "076"), ("0127", "081"), ("0128", "078"), ("0129", "082"), ("0162", "032"), ("0163", "033"),
    ("0164", "034"), ("0165", "035"), ("0166", "036"), ("0167", "037"), ("0168", "038"), ("0169", "039"),
    ("0186", "056"), ("0188", "058"), ("0199", "059"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("value", "number"),
    [
        ("8.4912345678E10", MOBILE),
        ("8,4912345678E+10", MOBILE),
        ("0,84912345678E+11", MOBILE),
        ("+8.4912345678e+10", MOBILE),
        ("9.12345678E8", MOBILE),
        ("9.12345678E+08", MOBILE),
        ("SĐT: 9.12345678E8, chị Hoa", MOBILE),
        ("8.49123457E10", "0912345700"),
        ("9.1234567E8", "0912345670"),
        ("849123457.0", "0849123457"),
        ("849123457,0", "0849123457"),
        ("84912345678.000", MOBILE),
        (8.4912345678e10, MOBILE),
        (Decimal("8.4912345678E+10"), MOBILE),
        ("8.49E+10 hoặc 0912345678", MOBILE),
        ("P.12E5 0912345678", MOBILE),
        ("5E10 0912345678", MOBILE),
    ],
)
def test_a_number_in_machine_notation_is_the_number_that_it_means(value, number):
    assert read_phone(value, "VN").number == number


@pytest.mark.parametrize(
    "value",
    [
        "8.49123E+10", "8.49E+10", "8,49123E+10", "0,849123457E+11", "8.49123457E+10", "9.1E8", "8.49123E10",
        "8.49123457E-3", "SĐT 8.49123E+10", Decimal("8.49123E+10"),
    ],
)  # fmt: skip
def test_a_number_whose_last_digits_are_rounded_away_is_refused_as_such(value):
    phone = read_phone(value, "VN")
    assert (phone.number, phone.reason) == (None, "phone_rounded")


@given(st.integers(10**8, 10**11), st.integers(1, 11), st.sampled_from(["E", "e", "E+", "e+0"]), st.sampled_from(".,"))
def test_of_a_number_in_machine_notation_no_other_is_ever_made(whole, kept, sign, point):
    digits = str(whole)
    text = f"{digits[0]}{point}{digits[1:kept] or '0'}{sign}{len(digits) - 1}"
    exact = read_phone(f"{digits[:kept]}{'0' * (len(digits) - kept)}", "VN").number
    assert read_phone(text, "VN").number in (exact, None)


@pytest.mark.parametrize(
    "text", ["HN\n0912345678", "Căn A1\r\n0912345678", "DH\n0912345678", "#\n0912345678", "A-\n0912345678"]
)
def test_a_phone_after_a_line_break_belongs_to_no_code_before_it(text):
    assert read_phone(text, "VN").number == MOBILE


@pytest.mark.parametrize(
    ("text", "whole"),
    [
        ("841294826 779 / 12 ngõ 5", "0824826779"),
        ("841294826 779 - 12", "0824826779"),
        ("841279778 6 99 - 12", "0819778699"),
        ("849172130 80 (12284)", "0917213080"),
        ("70/83 84 169-98-07151", "0399807151"),
        ("+84 1691746345-841.886913341", "0391746345"),
    ],
)
def test_half_of_a_number_beside_other_digits_is_no_number(text, whole):
    assert read_phone(text, "VN").number in (whole, None)


@given(st.sampled_from(MOVED_PREFIXES), st.integers(0, 10**7 - 1), st.data())
def test_half_of_an_old_number_of_eleven_digits_is_no_number(prefixes, tail, data):
    old, new = prefixes
    rest, groups = f"{old}{tail:07}", []
    while rest:
        size = data.draw(st.integers(1, len(rest)))
        groups.append(rest[:size])
        rest = rest[size:]
    before = data.draw(st.sampled_from(["", "34 ", "Số 31-", "SĐT: ", "+84 ", "70/83 "]))
    behind = data.draw(st.sampled_from(["", " 7", " (12", " -345", " / 68", " chị Hoa"]))
    text = before + data.draw(st.sampled_from([" ", ".", "-", " - "])).join(groups) + behind
    assert set(read_phones(text, "VN")) <= {f"{new}{tail:07}"}, text


BEFORE = st.sampled_from(["", "{} ", "Số {} ", "nhà {}-", "{}/{} ", "{}h{} ", "P.{} - ", "{}:{} "])
SPLIT = st.sampled_from([(10,), (4, 3, 3), (3, 3, 4), (5, 5), (4, 6), (2, 2, 2, 2, 2)])


@given(
    BEFORE, st.integers(1, 9999), st.sampled_from(["091", "038", "070"]), st.integers(0, 10**7 - 1), SPLIT, st.data()
)
def test_of_one_written_number_no_other_is_ever_made(before, house, prefix, tail, split, data):
    number, rest, groups = f"{prefix}{tail:07}", f"{prefix}{tail:07}", []
    for size in split:
        groups.append(rest[:size])
        rest = rest[size:]
    behind = data.draw(st.sampled_from(["", " 7", " (12", " -345", " 9h", " / 68"]))
    text = before.format(house, house % 60) + data.draw(st.sampled_from([" ", ".", "-", " - "])).join(groups) + behind
    if read_phone(number, "VN").number == number:
        assert set(read_phones(text, "VN")) <= {number}, text


def test_foreign_numbers_are_among_them_only_abroad():
    assert read_phones("+1 650 253 0000 / 0912345678", "VN", abroad=True) == ("+16502530000", MOBILE)


@pytest.mark.parametrize("number", ["0592345678", "0872345678", "0522345678", "0562345678", "0332345678", "0702345678"])
def test_newer_ranges_of_mobile_numbers_are_dialled(number):
    assert read_phone(number, "VN").number == number


@pytest.mark.parametrize(
    ("text", "country", "number"),
    [
        ("0917 123 4567", "PH", "+639171234567"),
        ("(650) 253-0000", "US", "+16502530000"),
        ("0162 345 6789", "DE", "+491623456789"),
        ("6123 4567", "SG", "+6561234567"),
        ("+84 912 345 678", "PH", MOBILE),
    ],
)
def test_a_number_is_read_in_the_country_of_its_shop(text, country, number):
    assert read_phone(text, country, abroad=True).number == number
    assert read_phone(text, country).number == (MOBILE if number == MOBILE else None)


@pytest.mark.parametrize(("old", "new"), MOVED_PREFIXES)
def test_a_prefix_of_before_2018_becomes_its_new_one(old, new):
    assert read_phone(f"{old}8654321", "VN").number == f"{new}8654321"
    assert read_phone(f"+84{old[1:]}8654321", "VN").number == f"{new}8654321"
    assert read_phone(f"{old} 865 4321", "VN").number == f"{new}8654321"


@pytest.mark.parametrize("value", ["1234567890", 1234567890, 1682345678, 1731400000, "1731400000000"])
def test_a_prefix_of_before_2018_is_not_guessed_where_the_zero_is_missing(value):
    assert read_phone(value, "VN").reason == "phone_impossible"


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("02838123456", "02838123456"),
        ("(028) 3812-3456", "02838123456"),
        ("+84 24 3825 1234", "02438251234"),
        ("028 3812 0456", "02838120456"),
        ("0203 3812 345", "02033812345"),
        (2838123456, "02838123456"),
        ("0838123456", "0838123456"),
    ],
)
def test_landlines_of_eleven_digits_are_dialled(text, number):
    assert read_phone(text, "VN").number == number


MASKED = [
    "0912****78", "(+84)91*****78", "******64", "**********", "*912345678", "912 0** 678", "091234567*", "0912345678*",
    "09xx xxx 678", "09xx123678", "0912xxx678", "09XXXXXX78", "0912x45678", "09••••••12", "0912##5678", "091234567#",
    "0912…678", "0912__5678", "0912???678", "0912＊＊＊678", "849123456 **", "091 *** 5678",
]  # fmt: skip


@pytest.mark.parametrize("text", MASKED)
def test_a_masked_number_is_never_dialled(text):
    assert read_phone(text, "VN").reason == "phone_masked"


@given(st.sampled_from(["0912345678", "+84912345678", "84 912 345 678", "02838123456"]), st.data())
def test_any_hidden_digit_makes_a_number_masked(text, data):
    places = [index for index, letter in enumerate(text) if letter.isdigit()]
    hidden = data.draw(st.sets(st.sampled_from(places), min_size=1))
    mask = data.draw(st.sampled_from("*•●＊"))
    masked = "".join(mask if index in hidden else letter for index, letter in enumerate(text))
    assert read_phone(masked, "VN").reason == "phone_masked"


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        (None, "phone_missing"),
        ("", "phone_missing"),
        (" \t\u200b", "phone_missing"),
        ("-", "phone_missing"),
        ("N/A", "phone_missing"),
        ("không có", "phone_missing"),
        (float("nan"), "phone_missing"),
        (Decimal("NaN"), "phone_missing"),
        (Decimal("sNaN"), "phone_missing"),
        ("abc", "phone_impossible"),
        ("0", "phone_impossible"),
        (0, "phone_impossible"),
        (True, "phone_impossible"),
        (-912345678, "phone_impossible"),
        (912345678.5, "phone_impossible"),
        (float("inf"), "phone_impossible"),
        (Decimal("1E+999999"), "phone_impossible"),
        ([MOBILE], "phone_impossible"),
        ({"phone": MOBILE}, "phone_impossible"),
        (b"0912345678", "phone_impossible"),
        ("0912345", "phone_impossible"),
        ("09123456789", "phone_impossible"),
        ("0912 345 678 9", "phone_impossible"),
        ("0992345678", "phone_impossible"),
        ("0000000000", "phone_impossible"),
        ("9.12346E+08", "phone_rounded"),
        ("2024-11-12 09:30", "phone_impossible"),
        ("2031-01-15 10:30", "phone_impossible"),
        ("2031-01-15T10:30:00+07:00", "phone_impossible"),
        ("15/01/2031 10:30", "phone_impossible"),
        ("DH0912345678", "phone_impossible"),
        ("ORD-0912345678", "phone_impossible"),
        ("ord_0912345678", "phone_impossible"),
        ("#0912345678", "phone_impossible"),
        ("A1B0912345678", "phone_impossible"),
        ("0912345678@example.test", "phone_impossible"),
        ("113", "phone_impossible"),
        ("2838123456.50", "phone_impossible"),
        ("0283812345 I", "phone_impossible"),
        ("+1 650 253 0000", "phone_foreign"),
        ("001 650 253 0000", "phone_foreign"),
        ("+855 12 345 678", "phone_foreign"),
        ("19001234", "phone_premium"),
        ("1900 123456", "phone_premium"),
        ("18001234", "phone_premium"),
        ("+84 1900 1234", "phone_premium"),
        ("0672123456", "phone_voip"),
        ("1992000", "phone_other"),
        ("0121012345", "phone_other"),
        ("028 3812 3456 ext 2", "phone_extension"),
        ("028 3812 3456 x12", "phone_extension"),
        ("028 3812 3456 #12", "phone_extension"),
        ("028 3812 3456 máy lẻ 12", "phone_extension"),
        ("02838123456 (ext. 12)", "phone_extension"),
        ("tel:+84-28-38123456;ext=12", "phone_extension"),
    ],
)
def test_what_cannot_be_dialled_says_why(value, reason):
    phone = read_phone(value, "VN")
    assert (phone.number, phone.reason) == (None, reason)


def test_a_value_of_any_size_is_read_at_once():
    assert read_phone(10**5000, "VN").reason == "phone_impossible"
    assert read_phone("9" * 100_000, "VN").reason == "phone_impossible"
    assert read_phone("0912" + " -." * 100_000 + "345678", "VN").reason == "phone_impossible"
    assert read_phone("(+" * 100_000, "VN").reason == "phone_missing"


def test_foreign_numbers_are_dialled_in_e164_only_where_the_rule_says_abroad():
    assert read_phone("+1 (650) 253-0000", "VN", abroad=True).number == "+16502530000"
    assert read_phone("98123 45678", "IN").reason == "phone_foreign"
    assert read_phone("98123 45678", "IN", abroad=True).number == "+919812345678"
    assert read_phone("+1 900 555 0123", "VN", abroad=True).reason == "phone_premium"
    assert read_phone("+1 650 253 0000 ext 4", "VN", abroad=True).reason == "phone_extension"
    assert read_phone("+1 650 253", "VN", abroad=True).reason == "phone_impossible"


@pytest.mark.parametrize("country", ["IN", "US", "vn", "ZZ", "", "\x00"])
@pytest.mark.parametrize("abroad", [True, False])
def test_a_vietnamese_number_is_dialled_nationally_from_any_country(country, abroad):
    assert read_phone("+84 912 345 678", country, abroad).number == MOBILE
    assert read_phone("+84 168 865 4321", country, abroad).number == "0388654321"


def test_a_number_without_a_country_is_never_read_as_vietnamese_for_another_country():
    assert read_phone(MOBILE, "ZZ", abroad=True).reason == "phone_impossible"
    assert read_phone(MOBILE, "SG", abroad=True).number is None


ODD_TEXT = st.text(st.sampled_from("0189+()*xX#/,.;- \nOol\x1f\u200bextmáylẻ_@"), max_size=60)
ODD_VALUE = st.one_of(
    st.text(),
    ODD_TEXT,
    st.integers(),
    st.floats(),
    st.decimals(),
    st.none(),
    st.booleans(),
    st.binary(),
    st.lists(st.integers()),
    st.dictionaries(st.text(), st.text()),
)


@given(ODD_VALUE, st.sampled_from(["VN", "IN", "US", "", "ZZ"]), st.booleans())
def test_every_value_gives_a_number_in_its_form_or_a_known_reason(value, country, abroad):
    phone = read_phone(value, country, abroad)
    if phone.number is None:
        assert phone.reason in REASONS
    else:
        assert phone.reason is None
        assert re.fullmatch(r"0\d{9,10}" + (r"|\+[1-9]\d{6,14}" if abroad else ""), phone.number, re.ASCII)
        assert read_phone(phone.number, "VN", abroad) == phone
    numbers = read_phones(value, country, abroad)
    assert numbers[:1] == ((phone.number,) if phone.number else ())
    assert len(set(numbers)) == len(numbers)


@given(st.integers(0, 10**7 - 1), st.sampled_from(["091", "039", "070", "083", "056", "059"]), ODD_TEXT)
def test_a_whole_number_survives_between_other_lines(tail, prefix, noise):
    number = f"{prefix}{tail:07}"
    assert read_phone(f"{number}\n{noise}", "VN").number == number


def test_of_several_fields_the_first_that_can_be_dialled_is_taken():
    assert first_phone([None, "0912****78", "1900 1234", "0987654321", MOBILE], "VN").number == "0987654321"


@pytest.mark.parametrize(
    ("values", "reason"),
    [
        ([], "phone_missing"),
        ([None, ""], "phone_missing"),
        (["", "abc"], "phone_impossible"),
        (["abc", "0912****78", None], "phone_masked"),
        (["0912****78", "+16502530000"], "phone_foreign"),
        (["abc", "1900 1234"], "phone_premium"),
    ],
)
def test_where_no_field_can_be_dialled_the_most_telling_reason_is_given(values, reason):
    phone = first_phone(values, "VN")
    assert (phone.number, phone.reason) == (None, reason)


def test_a_phone_never_shows_its_number_in_its_repr():
    assert "912345" not in repr(read_phone(MOBILE, "VN"))


@pytest.mark.parametrize(
    ("number", "masked"),
    [
        ("0912345612", "09••••••12"),
        ("02838123456", "02•••••••56"),
        ("+84912345612", "+84•••••••12"),
        ("+15550100123", "+15•••••••23"),
        ("12345", "•••••"),
        ("", ""),
    ],
)
def test_a_shown_number_keeps_only_its_ends(number, masked):
    assert mask_phone(number) == masked


@pytest.mark.parametrize(
    ("candidates", "given", "passed"),
    [
        ([], None, ()),
        (["0912 345 678"], "0912 345 678", ()),
        (["0912****78", "0912345678"], "0912345678", ("phone_masked",)),
        (["+1 650 253 0000", "1900 1234", "0912345678"], "0912345678", ("phone_foreign", "phone_premium")),
        (["0912345678", "0987654321"], "0912345678", ()),
        (["123", "0912****78"], "123", ()),
        (["123", "+1 650 253 0000"], "123", ()),
        (["0912****78", "****", "+1 650 253 0000"], "+1 650 253 0000", ("phone_masked", "phone_masked")),
        (["0912****78", "8.49E+10", "không"], "0912****78", ()),
    ],
)
def test_a_field_that_cannot_be_dialled_never_hides_one_that_can(candidates, given, passed):
    choice = choose_phone(candidates, "VN")
    assert (choice.given, choice.passed) == (given, passed)


def test_abroad_the_same_candidates_are_measured_otherwise():
    assert choose_phone(["+1 650 253 0000", MOBILE], "VN", abroad=True).given == "+1 650 253 0000"
