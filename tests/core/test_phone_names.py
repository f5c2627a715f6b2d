"""Which attribute of an order holds the buyer's phone."""

from __future__ import annotations

import unicodedata

import pytest

from bridge.core.phone_names import is_phone_name

NAMES = [
    "Phone", "phoneNumber", "phone_number", "Phone number", "Mobile", "mobile_no", "Cell", "Cellphone", "Tel", "TEL.",
    "Telephone", "SĐT", "sđt người nhận", "SDT", "Số ĐT", "so dt", "Điện thoại", "Số điện thoại", "DIEN THOAI", "ĐT",
    "ĐTDĐ", "Di động", "Số di động", "Zalo", "Số Zalo", "zalo_phone", "WhatsApp", "Whats App", "whatsapp-number",
    "Viber", "Số liên hệ", "Số liên lạc", "Liên hệ", "Contact number", "Contact No.", "_billing_phone_2",
    "billing_mobile", "Số máy", "Recipient phone",
]  # fmt: skip
OTHERS = [
    "", None, "Tên", "Ghi chú", "Hotel", "Size", "Màu", "Telegram", "Mã giảm giá", "Thời gian liên hệ", "Hotline",
    "SĐT shop", "Phone model", "Dòng điện thoại", "Số điện thoại người giới thiệu", "SĐT nhân viên tư vấn", "Fax",
    "Số lượng", "cancelled", "excellent", "Add-on", "width", "Người gửi", "SĐT người gửi", "Ốp điện thoại",
]  # fmt: skip


@pytest.mark.parametrize("name", NAMES)
def test_a_name_that_means_the_buyers_phone_is_known_in_every_spelling(name: str) -> None:
    for form in ("NFC", "NFD"):
        assert is_phone_name(unicodedata.normalize(form, name))
    assert is_phone_name(name.upper())


@pytest.mark.parametrize("name", OTHERS)
def test_another_name_is_none(name: str | None) -> None:
    assert not is_phone_name(name)


def test_a_shop_may_teach_its_own_names() -> None:
    assert not is_phone_name("Gọi cho em nhé")
    assert is_phone_name("Gọi cho em nhé", ["goi-cho-em nhe"])
    assert is_phone_name("SĐT shop", ["SĐT shop"])
    assert not is_phone_name("", ["", "-"])
