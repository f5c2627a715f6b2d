"""Names of payment methods, and whether they mean that the buyer pays at the door."""

from __future__ import annotations

import json
import time
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.core.model import Source
from bridge.platforms.shared.payment import is_cod
from tests.platforms.wire import FOLDER

SHOP = Source("shop", "shopify")
GROUPS: list[dict[str, Any]] = json.loads((FOLDER / "payment_names.json").read_text(encoding="utf-8"))
REAL = [(name, answer == "cod") for group in GROUPS for answer in ("cod", "other") for name in group[answer]]
ON_DELIVERY = [
    "COD", "cod", "C.O.D", "C.O.D.", "Cash on Delivery (COD)", "thanh toán trực tiếp khi giao hàng",
    "thu tiền khi giao hàng", "trả tiền lúc nhận hàng", "nhận hàng rồi thanh toán", "Thanh toán khi giao hàng (COD)",
    "Nhận hàng > Thanh toán tiền (COD)", "Giao tiền khi nhận sản phẩm", "Thanh toán trực tiếp khi nhận hàng",
    "PAYMENT_ON_DELIVERY", "Direct payment upon receipt", "Pay when you receive your order",
    "Pay with cash upon delivery.", "Pay for your order in cash when it is delivered to your doorstep.",
    "CASH_ON_DELIVERY", "CASH_ON_DELIVARY", "CREDIT_CARD_ON_DELIVERY",
    "Bạn có thể thanh toán bằng tiền mặt khi nhận hàng tại nhà", "Giao hàng ra chành xe rồi thu tiền tại chành xe",
    "Thanh toán sau khi nhận hàng", "Đưa tiền cho shipper",
    "Giao hàng trước trả tiền sau", "Ship COD", "cashondelivery", "ps_cashondelivery", "Pay by Cash on Delivery",
    "Trả tiền mặt khi nhận hàng", "Thanh toán bằng tiền mặt khi giao nhận hàng",
    "Thanh toán tiền mặt ngay sau khi nhận sản phẩm", "Thanh toán trực tiếp tại nhà khi nhận được sản phẩm",
    "Nhận tiền mặt khi giao hàng", "Đặt cọc 30%, còn lại thanh toán khi nhận hàng", "Kiểm tra hàng rồi thanh toán",
    "Được kiểm tra hàng trước khi thanh toán", "COD - không đồng kiểm", "COD (Không cho xem hàng)",
    "Thanh toán khi nhận hàng (không chuyển khoản)", "COD không cho thử", "Paid by cash(COD)", "TT khi nhận hàng",
    "Thu hộ", "COD/Chuyển khoản", "Thanh toán tại nhà", "Trả tiền cho shipper", "Phí COD 20k",
    "COD (Cash on Delivery)", "Giao hàng thu tiền tận nơi", "CashOnDelivery", "Nachnahme", "Quẹt thẻ khi nhận hàng",
    "Giao hàng & thu tiền", "Giao hàng không tiếp xúc, thanh toán khi nhận hàng", "Payment is due upon delivery",
    "collect on delivery", "Cash on arrival", "Không chuyển khoản, thanh toán khi nhận hàng",
    "Không cần thanh toán trước, COD", "Không cần trả trước - COD", "Free COD", "COD toàn quốc", "Chỉ nhận COD",
    "COD hoặc chuyển khoản", "Thanh toán COD hoặc chuyển khoản trước", "trả tiền khi nhận", "giao hàng trả tiền",
    "đưa tiền cho shipper khi nhận hàng", "nhận hàng và thanh toán tại nhà", "nhận hàng mới thanh toán",
    "Thanh toán lúc nhận", "thu tiền tận nhà", "thanh toán khi shipper giao tới", "Trả tiền mặt lúc giao hàng",
    "Tiền mặt (khi nhận hàng)", "Cash (on delivery)", "Pay cash at the door", "Pay at delivery",
    "Payment at the time of delivery", "cod_gateway", "Thanh toán khi nhận hàng - COD",
    "Kiểm hàng trước, thanh toán sau", "khi nhận hàng thanh toán", "Khi nhận hàng mới trả tiền",
    "Sau khi nhận hàng sẽ thanh toán", "Nhận hàng xong thanh toán", "Giao hàng tận nơi, thu tiền tại nhà",
    "Trả tiền khi giao", "THANH TOÁN KHI GIAO HÀNG TẬN NƠI", "Thanh toán sau (COD)",
    "Thanh toán khi nhận hàng bằng tiền mặt", "Thanh toán bằng tiền mặt khi nhận được hàng",
    "COD Thanh toán khi nhận hàng freeship", "Tiền mặt khi nhận hàng", "Thanh toán tiền mặt cho nhân viên giao hàng",
    "Thanh toán khi hàng đến", "GHTK COD", "Giao hàng COD", "COD (phí 30k)", "Cash payment on delivery",
    "Pay in cash on delivery", "Pay with card on delivery", "Paying on delivery", "Giao hàng nhận tiền",
    "Nhận hàng trả tiền", "Thanh toan khi nhan duoc hang", "thanh toán ngay khi nhận hàng",
]  # fmt: skip
ELSEWHERE = [
    "no-cod", "không COD", "Converted from COD", "chuyển khoản trước (không nhận COD)", "Converted from COD #1052",
    "Non-COD", "Chuyển khoản ngân hàng", "Bank Deposit", "Money Order", "Thanh toán trước khi giao hàng",
    "Thanh toán trước khi nhận hàng", "Chuyển khoản trước khi giao hàng", "Thanh toán trực tuyến", "VNPAY",
    "Ví MoMo", "BUY_ONLINE_PAY_AT_STORE", "Pay at store", "Thanh toán tại cửa hàng", "Tiền mặt", "Cash",
    "Mua trước trả sau", "Thanh toán online (miễn phí thu hộ)", "COD không áp dụng", "COD not available",
    "COD (không áp dụng)", "COD → chuyển khoản", "Chuyển từ COD sang chuyển khoản", "COD to prepaid",
    "instead of COD", "Trả góp 0%", "cash on pickup", "Prepaid", "Pay before delivery", "Payment prior to delivery",
    "code", "Trả sau Kredivo", "Klarna - Pay after delivery", "Không thu tiền khi giao hàng",
    "Thanh toán sau khi xác nhận", "Chuyển khoản sau khi nhận báo giá", "COD: 0đ", "COD 0", "ko ship COD", "k COD",
    "Thu học phí", "Thanh toán qua VNPAY khi đặt hàng", "Giao hàng nhanh - thanh toán online", "COD đã chuyển khoản",
    "was COD", "COD cancelled", "thay vì COD", "COD unavailable", "chưa hỗ trợ COD",
    "Không áp dụng thanh toán khi nhận hàng", "No cash on delivery", "Nhận tại cửa hàng",
    "Thanh toán khi đến lấy hàng tại shop", "Pay in 14 days after delivery", "Không thanh toán trước",
    "Nhận hàng tại cửa hàng", "Chuyển khoản trước, nhận hàng sau", "Thanh toán trước, nhận hàng sau", "Trả trước",
    "Thanh toán ngay", "Thanh toán qua thẻ", "Thẻ tín dụng", "Thanh toán VietQR", "Internet Banking",
    "Trả tiền trước khi nhận hàng", "Trả tiền rồi nhận hàng", "Chuyển khoản rồi giao hàng", "Thu tiền rồi giao hàng",
    "Thanh toán xong mới giao hàng", "Đã thanh toán", "Miễn phí giao hàng", "Giao hàng tận nơi",
    "Thanh toán chuyển khoản và nhận hàng tại shop", "Không hỗ trợ thanh toán khi nhận hàng", "Khong nhan ship COD",
    "not cod", "NO COD ❌", "Ngừng COD", "Đổi từ COD", "COD->CK", "COD sang chuyển khoản", "ex-COD", "Tắt COD",
    "Không phải COD", "Đơn không COD", "Do not COD", "COD is not available for this order", "No C.O.D.",
    "COD refused", "COD chưa áp dụng", "Không thu hộ", "Không thu hộ (đã chuyển khoản)",
    "Không thu tiền (đã chuyển khoản)", "Thanh toán khi đặt hàng", "Pay on pickup", "Pay on account",
    "Payment on account", "Cash at counter", "Bank transfer on order", "Pay now", "Pay upon invoice",
    "Payment after receiving invoice", "cash register", "Zalopay", "Momo QR", "Thanh toán bằng ví ShopeePay",
    "Trả góp qua thẻ khi nhận hàng", "Store credit", "gift_card", "manual", "shopify_payments",
]  # fmt: skip


def test_the_table_holds_at_least_120_real_names_and_says_where_each_group_was_read() -> None:
    assert len(set(REAL)) >= 120
    assert all(group["source"] for group in GROUPS)


@pytest.mark.parametrize(("name", "answer"), REAL)
def test_a_real_name_has_its_answer(name: str, answer: bool) -> None:
    for form in (name, name.upper(), f"  {name} "):
        assert is_cod([form], SHOP) is answer


@pytest.mark.parametrize("name", ON_DELIVERY)
def test_whatever_its_word_order_a_name_of_payment_on_delivery_is_known(name: str) -> None:
    assert is_cod([None, name], SHOP)


@pytest.mark.parametrize("name", ELSEWHERE)
def test_a_word_with_its_negation_is_the_opposite(name: str) -> None:
    assert not is_cod([name], SHOP)


def test_what_one_text_denies_no_other_affirms() -> None:
    assert is_cod(["Cash on Delivery (COD)", "vip", "gấp"], SHOP)
    assert not is_cod(["Cash on Delivery (COD)", "Converted from COD"], SHOP)
    assert not is_cod(["cod", "Chuyển khoản trước (không nhận COD)"], SHOP)


def test_the_shops_own_names_win() -> None:
    own = replace(SHOP, settings={"cod_names": ["Không COD", "Trả sau Kredivo", "Giao Tận Nơi"]})
    for text in ("không cod", "TRẢ SAU KREDIVO", "Giao tận nơi nội thành"):
        assert is_cod([text], own)
        assert is_cod([text, "no-cod"], own)
    assert not is_cod(["Không giao tận nơi"], own)


WORDS = ["thanh toan", "tra", "khi", "nhan", "hang", "giao", "cod", "khong", ",", "truoc", "pay", "on", "delivery", "("]


@given(st.one_of(st.text(), st.lists(st.sampled_from(WORDS), max_size=80).map(" ".join)))
def test_any_text_is_read_at_once(text: str) -> None:
    start = time.perf_counter()
    assert is_cod([text], SHOP) in (True, False)
    assert time.perf_counter() - start < 1


@pytest.mark.parametrize("word", [*WORDS, "a", "tra tien cho", "nhan hang roi", "khong nhan", " ,"])
def test_a_long_text_is_read_at_once(word: str) -> None:
    start = time.perf_counter()
    is_cod([f"{word} " * 2000], SHOP)
    assert time.perf_counter() - start < 1
