"""What a person who connects a SHOPLINE shop has to know."""

from __future__ import annotations

from bridge.core.platform import About

ABOUT = About(
    proof=(
        "`X-Shopline-Hmac-Sha256`: HMAC-SHA256 của nội dung, base64 hoặc hex",
        "`X-Shopline-Hmac-Sha256`: HMAC-SHA256 of the body, base64 or hex",
    ),
    needs=(
        "Khóa bí mật của ứng dụng; các sự kiện của đơn hàng: tạo, cập nhật, sửa, thanh toán, hủy, giao, xóa",
        "The app's secret; the events of orders: created, updated, edited, paid, cancelled, fulfilled, deleted",
    ),
    resends=(
        "không thấy tài liệu",
        "not documented",
    ),
    traps=(
        "Đây là developer.shopline.com; SHOPLINE kia (Hồng Kông, Đài Loan) ký cách khác nên không đọc được. Cách "
        "thanh toán mang tên riêng thì ghi vào `cod_names`. Đơn bán tại quầy (POS) không được gọi. Tài liệu không nêu "
        "dấu hiệu của tin thử",
        "This is developer.shopline.com; the other SHOPLINE (Hong Kong, Taiwan) signs in another way and is not read. "
        "If the payment method has a name of its own, write it in `cod_names`. Sales of the point of sale do not "
        "ring. No mark of a test message is documented",
    ),
)
