"""What a person who connects a Shopify shop has to know."""

from __future__ import annotations

from bridge.core.platform import About, RetrySchedule

# Source: shopify.dev changelog updates-to-webhook-retry-mechanism (read 2026-11-23)
RETRY_SCHEDULE = RetrySchedule(failures=8, then="platform_deletes")

ABOUT = About(
    proof=(
        "`X-Shopify-Hmac-Sha256`: HMAC-SHA256 của nội dung, base64",
        "`X-Shopify-Hmac-Sha256`: HMAC-SHA256 of the body, base64",
    ),
    needs=(
        "Khóa ghi dưới danh sách webhook; webhook do ứng dụng tạo thì là client secret. README có mục riêng chỉ từng "
        "bước",
        "The secret shown below the list of webhooks; for those that an app made, its client secret. Its own section "
        "of the README has the steps",
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
)
