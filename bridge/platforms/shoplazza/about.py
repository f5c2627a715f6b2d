"""What a person who connects a Shoplazza shop has to know."""

from __future__ import annotations

from bridge.core.platform import About, RetrySchedule

# Source: shoplazza.dev webhook-properties (read 2026-11-23)
RETRY_SCHEDULE = RetrySchedule(failures=20, then="platform_deletes")

ABOUT = About(
    proof=(
        "`X-Shoplazza-Hmac-Sha256`: HMAC-SHA256 của nội dung, base64",
        "`X-Shoplazza-Hmac-Sha256`: HMAC-SHA256 of the body, base64",
    ),
    needs=(
        "Client secret của ứng dụng; `orders/create`, `orders/update`, `orders/paid`, `orders/cancelled`, "
        "`orders/fulfilled`, `orders/delete`",
        "The app's client secret; `orders/create`, `orders/update`, `orders/paid`, `orders/cancelled`, "
        "`orders/fulfilled`, `orders/delete`",
    ),
    resends=(
        f"{RETRY_SCHEDULE.failures - 1} lần trong 2 ngày, rồi xóa webhook",
        f"{RETRY_SCHEDULE.failures - 1} times in 2 days, then the webhook is deleted",
    ),
    traps=(
        "Đơn mới mở mà chưa đặt (`opened`, không có `placed_at`) thì không gọi; khi được đặt nó là `order.created`. "
        "Cách thanh toán mang tên riêng thì ghi vào `cod_names`. Tài liệu không nêu dấu hiệu của tin thử",
        "An order that was begun and not placed (`opened`, without `placed_at`) does not ring; once it is placed it "
        "is `order.created`. If the payment method has a name of its own, write it in `cod_names`. No mark of a test "
        "message is documented",
    ),
)
