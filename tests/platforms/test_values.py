"""Names, phones, addresses and payment methods as they come."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from bridge.core.folding import fold
from bridge.core.model import Source
from bridge.platforms.shared.payment import is_cod
from bridge.platforms.shared.people import first_phone, given_phones, join_address, spoken_name
from bridge.platforms.shared.values import join_key, parse_instant

SHOP = Source("shop", "shopify")


@pytest.mark.parametrize(
    "text",
    [
        "COD",
        "cod",
        "Ship COD",
        "Cash on Delivery (COD)",
        "CASH ON DELIVERY",
        "cashondelivery",
        "releasit_cod_form",
        "Thanh toán khi nhận hàng",
        "THANH TOÁN KHI NHẬN HÀNG",
        "Thanh toan khi giao hang",
        "Trả tiền mặt khi nhận hàng",
        "Trả tiền khi nhận hàng",
        "Thu hộ",
        "thu-hộ (COD)",
        "Giao hàng thu tiền",
        "Thanh toán khi nhận hàng",
    ],
)
def test_names_of_cash_on_delivery(text: str) -> None:
    assert is_cod([None, text], SHOP)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "visa",
        "manual",
        "Chuyển khoản ngân hàng",
        "CODE20",
        "decode",
        "codex",
        "Thu học phí",
        "PayPal",
        "bank_transfer",
    ],
)
def test_names_that_are_not(text: str) -> None:
    assert not is_cod([text], SHOP)


def test_a_shop_adds_names_of_its_own() -> None:
    source = Source("shop", "shopify", settings={"cod_names": ["Giao Tận Nơi", "代金引換", "TM", "", " - "]})
    for text in ("giao tan noi - nội thành", "代金引換決済", "TM", "cod"):
        assert is_cod([text], source)
    for text in ("HTM", "visa", "", "-"):
        assert not is_cod([text], source)


def test_folding_drops_case_accents_and_signs() -> None:
    assert fold("Đường  Trần-Hưng_ĐẠO (Q.1)") == "duong tran hung dao q 1"
    assert fold("ｃｏｄ") == "cod"


@pytest.mark.parametrize(
    ("first", "last", "whole", "country", "name"),
    [
        ("Thị Mẫu", "Nguyễn", "Thị Mẫu Nguyễn", "VN", "Nguyễn Thị Mẫu"),
        ("Thị Mẫu", "Nguyễn", None, "vn", "Nguyễn Thị Mẫu"),
        ("Anna", "Ng", "x", "US", "Anna Ng"),
        (None, "Nguyễn Thị Mẫu", None, "VN", "Nguyễn Thị Mẫu"),
        ("Nguyễn Thị Mẫu", None, None, "VN", "Nguyễn Thị Mẫu"),
        ("Nguyễn Thị Mẫu", ".", None, "VN", "Nguyễn Thị Mẫu"),
        ("-", "Nguyễn Thị Mẫu", None, "VN", "Nguyễn Thị Mẫu"),
        ("Nguyễn Thị Mẫu", "Nguyễn Thị Mẫu", None, "VN", "Nguyễn Thị Mẫu"),
        (None, None, "Nguyễn Thị Mẫu", "VN", "Nguyễn Thị Mẫu"),
        (".", None, None, "VN", None),
        (None, None, None, None, None),
    ],
)
def test_a_name_is_said_as_people_of_its_country_say_it(
    first: str | None, last: str | None, whole: str | None, country: str | None, name: str | None
) -> None:
    assert spoken_name(first, last, whole, country) == name


def test_the_first_number_that_can_be_dialled_is_the_phone() -> None:
    for candidates, phone in [
        ([None, "-", "không có", "0900 000 001", "2"], "0900 000 001"),
        ([None, "******12"], "******12"),
        ([None, "-", "x"], "-"),
        ([], None),
    ]:
        assert first_phone(given_phones(*candidates), SHOP) == phone


def test_an_address_is_one_line_without_repeats_and_area_numbers() -> None:
    assert join_address("1 Đường A", None, "26734", "760HH", "79TTT", "Hà Nội", "Hà Nội") == "1 Đường A, Hà Nội"
    assert join_address("12", None) is None
    assert join_address(None) is None


def test_keys_differ_wherever_their_parts_do() -> None:
    keys = [join_key("a", "b"), join_key("a|b"), join_key("ab", ""), join_key("", "ab"), join_key("a", "b", "")]
    assert len(set(keys)) == len(keys)
    for part in ("\x00", "\udcff", "x" * 10_000, "é", " "):
        key = join_key("a", part)
        assert key.isascii()
        assert key.isprintable()
        assert len(key) < 100


@pytest.mark.parametrize(
    ("text", "instant"),
    [
        ("2026-11-23T05:28:00.123456789Z", datetime(2026, 11, 23, 5, 28, 0, 123456, tzinfo=UTC)),
        ("2026-11-23T12:28:00+07:00", datetime(2026, 11, 23, 5, 28, tzinfo=UTC)),
        ("2026-11-23T12:28:00+0700", datetime(2026, 11, 23, 5, 28, tzinfo=UTC)),
        ("2026-11-23 05:28:00", datetime(2026, 11, 23, 5, 28, tzinfo=UTC)),
        ("2026-11-23", datetime(2026, 11, 23, tzinfo=UTC)),
        ("0001-01-01T00:00:00Z", None),
        ("9999-12-31T23:59:59Z", None),
        ("9999-12-31T23:59:59-23:59", None),
    ],
)
def test_instants(text: str, instant: datetime | None) -> None:
    assert parse_instant(text) == instant


@pytest.mark.parametrize(
    "text",
    [
        "",
        "now",
        "2026-W01-1",
        "20261123T052800Z",
        "2026-13-01",
        "2026-11-23T25:00:00Z",
        "٢٠٢٦-11-23",
        "2026-11-23T05:28:00.123Z\n\x00",
    ],
)
def test_what_is_no_instant(text: str) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        parse_instant(text)
