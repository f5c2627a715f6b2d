"""What a person who connects a Shopify shop has to know."""

from __future__ import annotations

from bridge.core.platform import ADDRESS, COPY, About, RetrySchedule, Screen, Step

# Source: shopify.dev changelog updates-to-webhook-retry-mechanism (read 2026-11-23)
RETRY_SCHEDULE = RetrySchedule(failures=8, then="platform_deletes")

ABOUT = About(
    proof=(
        "`X-Shopify-Hmac-Sha256`: HMAC-SHA256 của nội dung, base64",
        "`X-Shopify-Hmac-Sha256`: HMAC-SHA256 of the body, base64",
    ),
    needs=(
        "Khóa ghi dưới danh sách webhook; webhook do ứng dụng tạo thì là client secret",
        "The secret shown below the list of webhooks; for webhooks that an app made, its client secret",
    ),
    resends=(
        f"{RETRY_SCHEDULE.failures} lần trong 4 giờ, rồi xóa đăng ký của ứng dụng; phải trả lời trong 5 giây",
        f"{RETRY_SCHEDULE.failures} times in 4 hours, then an app's subscription is deleted; wants its answer within "
        "5 seconds",
    ),
    traps=(
        "Hai loại khóa. Ứng dụng chưa được cấp quyền dữ liệu khách thì đơn không có số điện thoại. Tin từ nút gửi thử "
        "(`X-Shopify-Test`), đơn thử và đơn bán tại quầy (POS) không được gọi. `order.total` là số tiền sau khi sửa "
        "đơn và hoàn tiền, bằng đồng nếu cửa hàng bán bằng đồng; phần còn phải trả là `order.outstanding`",
        "Two kinds of secret. Without access to customer data an app's orders have no phone. What the test button "
        "sends (`X-Shopify-Test`), test orders and sales of the point of sale do not ring. `order.total` is the "
        "amount after edits and refunds, in dong if the shop sells in dong; what is left to pay is "
        "`order.outstanding`",
    ),
    steps=(
        Step(
            "Trong trang quản trị cửa hàng: *Settings → Notifications → Webhooks → Create webhook*. Định dạng JSON, "
            "phiên bản API mới nhất, địa chỉ `https://HOST/hooks/ID`. Tạo một webhook cho mỗi loại: *Order creation*, "
            "*Order update*, *Order payment*, *Order cancellation*, *Order fulfillment*, *Order deletion*.",
            "In the shop's admin: *Settings → Notifications → Webhooks → Create webhook*. Format JSON, the newest "
            "API version, the address `https://HOST/hooks/ID`. Make one for each of: *Order creation*, *Order "
            "update*, *Order payment*, *Order cancellation*, *Order fulfillment*, *Order deletion*.",
            screen=Screen(
                ("Settings", "Notifications", "Webhooks", "Create webhook"),
                (("Event", "Order creation"), ("Format", "JSON"), ("URL", ADDRESS)),
                "Save",
            ),
        ),
        Step(
            "Bên dưới danh sách, Shopify cho biết các webhook này được ký bằng khóa bí mật nào. Đó là "
            "`SHOPIFY_SECRET`.",
            "Below the list, Shopify names the secret that signs these webhooks. That is `SHOPIFY_SECRET`.",
            screen=Screen(("Settings", "Notifications", "Webhooks"), (("Your webhooks will be signed with", COPY),)),
        ),
        Step(
            'Trong `shops.yaml`: `platform: shopify` và `secrets: ["${SHOPIFY_SECRET}"]`; rồi chạy `check` và `apply`.',
            'In `shops.yaml`: `platform: shopify` and `secrets: ["${SHOPIFY_SECRET}"]`; then `check` and `apply`.',
            here=True,
        ),
        Step(
            "Bấm *Send test notification* rồi xem: `python -m bridge deliveries --source lan-shop`. Đơn thử được lưu "
            "và không gọi, với lý do `test_message`; nó không bao giờ làm điện thoại đổ chuông. `python -m bridge "
            "sources` cho biết tin nào đã đến, và tin nào bị từ chối vì sai chữ ký.",
            "Press *Send test notification*, then look: `python -m bridge deliveries --source lan-shop`. The test "
            "order is kept and skipped as `test_message`; it never rings. `python -m bridge sources` shows what "
            "came, and what was refused for its signature.",
            page=(
                "Bấm *Send test notification*. Trang của nguồn cho biết tin thử đã đến; tin này không bao giờ làm điện "
                "thoại đổ chuông.",
                "Press *Send test notification*. The source's page tells that it came; it never rings.",
            ),
        ),
    ),
)
