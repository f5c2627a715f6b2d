"""The provinces of today, found by new and old names."""

from __future__ import annotations

import json

import pytest

from bridge.core.vietnamese.regions import PROVINCES, find_region, region_of
from bridge.lib.jsonschema import schema

OLD = {
    *("Hà Giang", "Yên Bái", "Bắc Kạn", "Vĩnh Phúc", "Hòa Bình", "Bắc Giang", "Thái Bình", "Hải Dương", "Hà Nam"),
    *("Nam Định", "Quảng Bình", "Quảng Nam", "Kon Tum", "Bình Định", "Ninh Thuận", "Đắk Nông", "Bình Thuận"),
    *("Phú Yên", "Bình Dương", "Bà Rịa - Vũng Tàu", "Bình Phước", "Long An", "Sóc Trăng", "Hậu Giang", "Bến Tre"),
    *("Trà Vinh", "Tiền Giang", "Bạc Liêu", "Kiên Giang"),
}


def test_there_are_34_of_today_and_63_of_before() -> None:
    """Resolution 202/2025/QH15: 63 became 34. Thừa Thiên Huế had become Huế on 1 January 2025."""
    assert len(PROVINCES) == 34
    parts = {part for parts in PROVINCES.values() for part in parts} - {"Thừa Thiên Huế"}
    assert parts == OLD
    assert len(parts) + len(PROVINCES) == 63


@pytest.mark.parametrize("province", PROVINCES)
def test_each_name_is_found_in_any_spelling(province: str) -> None:
    for name in (province, *PROVINCES[province]):
        for written in (name, name.upper(), f"Tỉnh {name}", f"TP. {name}", f"{name} City", name.replace(" ", "")):
            assert find_region(written) == province, written


@pytest.mark.parametrize(
    ("written", "province"),
    [
        ("TP.HCM", "Hồ Chí Minh"),
        ("TPHCM", "Hồ Chí Minh"),
        ("Ho Chi Minh City", "Hồ Chí Minh"),
        ("Sài Gòn", "Hồ Chí Minh"),
        ("Bắc Cạn", "Thái Nguyên"),
        ("BÀ RỊA VŨNG TÀU", "Hồ Chí Minh"),
        ("Hanoi", "Hà Nội"),
        ("Thành phố Hà Nội", "Hà Nội"),
        ("Đăk Lăk", "Đắk Lắk"),
        ("Thừa Thiên - Huế", "Huế"),
        ("Bangkok", None),
        ("Quận 1", None),
        ("", None),
        (None, None),
        ("x" * 5_000, None),
    ],
)
def test_what_people_write(written: str | None, province: str | None) -> None:
    assert find_region(written) == province


@pytest.mark.parametrize(
    ("address", "province"),
    [
        (("Bình Dương", "Thủ Dầu Một", None), "Hồ Chí Minh"),
        ((None, "Đà Nẵng", None), "Đà Nẵng"),
        ((None, None, "12 Lê Lợi, P. Bến Nghé, Q.1, TP.HCM"), "Hồ Chí Minh"),
        ((None, None, "Xóm 3, xã Hải Hậu, Nam Định, Việt Nam"), "Ninh Bình"),
        (("không rõ", None, "Số 5, Hội An, Quảng Nam"), "Đà Nẵng"),
        ((None, "Huyện Hòa Vang", None), None),
        ((None, None, None), None),
    ],
)
def test_an_address_names_its_province(
    address: tuple[str | None, str | None, str | None], province: str | None
) -> None:
    assert region_of(*address) == province


def test_the_schema_lists_them_so_that_check_refuses_another_name() -> None:
    listed = schema("event")["$defs"]["address"]["properties"]["region"]["enum"]
    assert listed == [*PROVINCES, None]
    assert json.dumps(listed)
