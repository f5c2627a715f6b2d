"""What a person who connects a Haravan shop has to know."""

from __future__ import annotations

from bridge.core.platform import ADDRESS, COPY, TRY, About, Screen, Step

ABOUT = About(
    proof=(
        "`X-Haravan-Hmacsha256`: HMAC-SHA256 của nội dung, base64",
        "`X-Haravan-Hmacsha256`: HMAC-SHA256 of the body, base64",
    ),
    needs=(
        "Chuỗi xác thực webhook, hoặc client secret của ứng dụng",
        "The webhook authentication string, or the app's client secret",
    ),
    resends=(
        "không thấy tài liệu",
        "not documented",
    ),
    traps=(
        "Xác minh bằng GET trước khi đăng ký. Tin không có mã: nội dung là khóa chống trùng. Tin từ nút gửi thử "
        "(`X-Haravan-Test`) và đơn bán tại quầy (POS) không được gọi. Với đơn đã đặt cọc, phần còn phải trả "
        "(`order.outstanding`) tính từ các giao dịch ghi trong đơn",
        "A GET handshake before an app subscribes. A delivery has no id: its body is the key. What the test button "
        "sends (`X-Haravan-Test`) and sales of the point of sale do not ring. After a deposit, what is left to pay "
        "(`order.outstanding`) is reckoned from the transactions in the order",
    ),
    steps=(
        Step(
            "Trong trang quản trị: *Cài đặt (Settings) → Thông báo (Notifications) → Webhook*. *Chuỗi xác thực "
            "webhook* hiện ở đó chính là khóa bí mật; với webhook do ứng dụng tạo, đó là client secret của ứng dụng.",
            "In the admin: *Cài đặt (Settings) → Thông báo (Notifications) → Webhook*. The *webhook authentication "
            "string* shown there is the secret; for a webhook made by an app, it is the app's client secret.",
            screen=Screen(
                ("Cài đặt (Settings)", "Thông báo (Notifications)", "Webhook"), (("Chuỗi xác thực webhook", COPY),)
            ),
        ),
        Step(
            'Trong `shops.yaml`: `platform: haravan` và `secrets: ["${HARAVAN_SECRET}"]`; rồi chạy `check` và `apply`.',
            'In `shops.yaml`: `platform: haravan` and `secrets: ["${HARAVAN_SECRET}"]`; then `check` and `apply`.',
            here=True,
        ),
        Step(
            "Thêm địa chỉ `https://HOST/hooks/ID` cho các loại tin `orders/create`, `orders/updated`, `orders/paid`, "
            "`orders/cancelled`, `orders/fulfilled` và `orders/delete`.",
            "Add the address `https://HOST/hooks/ID` for the topics `orders/create`, `orders/updated`, "
            "`orders/paid`, `orders/cancelled`, `orders/fulfilled` and `orders/delete`.",
            screen=Screen(
                ("Cài đặt (Settings)", "Thông báo (Notifications)", "Webhook"),
                ((("Sự kiện", "Event"), "orders/create"), ("URL", ADDRESS)),
            ),
        ),
        TRY,
    ),
)
