"""What a person who connects a Shopee shop has to know."""

from __future__ import annotations

from bridge.core.platform import About

ABOUT = About(
    proof=(
        "`Authorization`: HMAC-SHA256 của địa chỉ đã đăng ký, dấu gạch đứng và nội dung, hex",
        "`Authorization`: HMAC-SHA256 of the registered address, a bar and the body, hex",
    ),
    needs=(
        "Push partner key. Sau một proxy, ghi địa chỉ đúng như đã đăng ký: `settings: {callback_url: …}`",
        "The push partner key. Behind a proxy write the address as it is registered: `settings: {callback_url: …}`",
    ),
    resends=(
        "không thấy tài liệu; dưới 30 % thành công trong 6 giờ thì tắt; tin mất giữ lại 3 ngày",
        "not documented; under 30 % of success in 6 hours it is switched off; what was lost is kept for 3 days",
    ),
    traps=(
        "Không gọi được ai: tin chỉ có mã đơn và trạng thái, sàn giấu số của người mua. Điều khoản của Shopee cấm "
        "liên hệ người mua bằng dữ liệu này",
        "Nobody can be called: a delivery holds an order's id and status, the marketplace hides its buyers' numbers. "
        "Shopee's terms forbid to contact buyers with this data",
    ),
)
