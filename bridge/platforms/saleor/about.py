"""What a person who connects a Saleor shop has to know."""

from __future__ import annotations

from bridge.core.platform import About, RetrySchedule

# Source: docs.saleor.io asynchronous-events (read 2026-11-23)
RETRY_SCHEDULE = RetrySchedule(failures=5, then="platform_gives_up")

ABOUT = About(
    whose_key="optional",
    proof=(
        "`Saleor-Signature`: HMAC-SHA256 của nội dung, hex; hoặc chữ ký RS256 (JWS) bằng khóa của cửa hàng",
        "`Saleor-Signature`: HMAC-SHA256 of the body, hex; or RS256 (a detached JWS) under the shop's own keys",
    ),
    needs=(
        "Secret key của webhook; nếu để trống, Saleor ký bằng khóa của cửa hàng: `settings: {api_url: …}` là địa chỉ "
        "của cửa hàng, worker tự lấy khóa ở `/.well-known/jwks.json`; hoặc chép những gì địa chỉ đó cho thấy vào "
        "`jwks`, khi ấy chỉ khóa chép tay được dùng. Webhook của một ứng dụng, không có subscription query; hoặc "
        "query có `id`, `number`, `created`, `updatedAt`, `status`, `total`, hai địa chỉ kèm `phone`, `lines`",
        "The webhook's secret key; without one Saleor signs with the shop's keys: `settings: {api_url: …}` is the "
        "shop's address, and the worker asks its `/.well-known/jwks.json` for them; or copy what that shows into "
        "`jwks`, which then counts alone. An app's webhook without a subscription query; or one whose query asks for "
        "`id`, `number`, `created`, `updatedAt`, `status`, `total`, both addresses with `phone`, `lines`",
    ),
    resends=(
        f"{RETRY_SCHEDULE.failures - 1} lần trong 3 phút, chỉ khi không nhận được trả lời hoặc gặp 5xx",
        f"{RETRY_SCHEDULE.failures - 1} times in 3 minutes, only after no answer or a 5xx",
    ),
    traps=(
        "Gặp 4xx là Saleor bỏ tin đó: hãy sửa rồi gọi `eventDeliveryRetry` ở cửa hàng trong 14 ngày. Khi cửa hàng đổi "
        "khóa, tin được trả lời 503 đến khi worker lấy được khóa mới; khóa chép tay vào `jwks` thì phải chép lại. "
        "Saleor không nêu cách thanh toán: để thu tiền khi giao, đặt khóa `payment_method` trong metadata của đơn, "
        "hoặc dùng `order.payment.paid == false`. Muốn biết phần còn phải trả của đơn trả một phần, hãy hỏi thêm "
        "`totalCharged { amount }`; để không gọi đơn làm lại (REISSUE), hỏi thêm `origin` và `original`",
        "After a 4xx Saleor gives the message up: mend it, then call `eventDeliveryRetry` in the shop within 14 days. "
        "When the shop changes its keys, its messages are answered 503 until the worker has the new ones; those in "
        "`jwks` must be copied again. Saleor names no payment method: for cash on delivery give the order's metadata "
        "a key `payment_method`, or ask for `order.payment.paid == false`. To know what is left of an order that is "
        "paid in part, ask for `totalCharged { amount }`; so that an order made anew (REISSUE) does not ring, ask for "
        "`origin` and `original`",
    ),
)
