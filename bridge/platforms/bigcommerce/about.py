"""What a person who connects a BigCommerce shop has to know."""

from __future__ import annotations

from bridge.core.platform import TRY, About, RetrySchedule, Step

# Source: bigcommerce/docs webhooks/overview (read 2026-11-23)
RETRY_SCHEDULE = RetrySchedule(failures=12, then="platform_switches_off")

ABOUT = About(
    proof=(
        "`webhook-signature` của Standard Webhooks; hoặc một từ do bạn đặt, trong header `X-Webhook-Token`",
        "`webhook-signature` of Standard Webhooks; or a word of your own in the header `X-Webhook-Token`",
    ),
    needs=(
        "Client secret của tài khoản API đã tạo webhook. Webhook `store/order/created`, `store/order/statusUpdated`, "
        "`store/order/updated`, `store/order/archived`. Tin chỉ nêu mã đơn, phần còn lại được hỏi qua API: "
        '`settings: {store_hash: …, access_token: "${BIGCOMMERCE_TOKEN}"}`, với quyền chỉ đọc đơn hàng',
        "The client secret of the API account that made the webhook. Webhooks `store/order/created`, "
        "`store/order/statusUpdated`, `store/order/updated`, `store/order/archived`. A delivery names only the "
        'order, the API is asked for the rest: `settings: {store_hash: …, access_token: "${BIGCOMMERCE_TOKEN}"}`, '
        "with the right to read orders only",
    ),
    resends=(
        f"{RETRY_SCHEDULE.failures - 1} lần trong 48 giờ, rồi webhook bị tắt",
        f"{RETRY_SCHEDULE.failures - 1} times in 48 hours, then the webhook is switched off",
    ),
    traps=(
        "Đơn chưa đặt xong (trạng thái 0) không gọi; khi rời trạng thái 0 nó mới là `order.created`, nên cần "
        "`statusUpdated`. Cách thanh toán mang tên riêng thì ghi vào `cod_names`. Phần đã hoàn tiền được trừ khỏi "
        "`order.total`; tiền trong tài khoản và phiếu quà tặng được trừ khỏi `order.outstanding`",
        "An order that was never finished (status 0) does not ring; it is `order.created` when it leaves status 0, so "
        "`statusUpdated` is needed. If the payment method has a name of its own, write it in `cod_names`. What was "
        "refunded is taken off `order.total`, store credit and gift certificates off `order.outstanding`",
    ),
    steps=(
        Step(
            "Tạo một tài khoản API chỉ có quyền đọc đơn hàng; chép lại store hash, access token và client secret.",
            "Make an API account that may only read orders; copy the store hash, the access token and the client "
            "secret.",
        ),
        Step(
            'Trong `shops.yaml`: `platform: bigcommerce`, `secrets: ["${BIGCOMMERCE_SECRET}"]` và `settings: '
            '{store_hash: …, access_token: "${BIGCOMMERCE_TOKEN}"}`; rồi chạy `check` và `apply`.',
            'In `shops.yaml`: `platform: bigcommerce`, `secrets: ["${BIGCOMMERCE_SECRET}"]` and `settings: '
            '{store_hash: …, access_token: "${BIGCOMMERCE_TOKEN}"}`; then `check` and `apply`.',
            here=True,
        ),
        Step(
            "Bằng chính tài khoản đó, tạo các webhook `store/order/created`, `store/order/statusUpdated`, "
            "`store/order/updated`, `store/order/archived` tới `https://HOST/hooks/ID`.",
            "With that same account, make the webhooks `store/order/created`, `store/order/statusUpdated`, "
            "`store/order/updated`, `store/order/archived` to `https://HOST/hooks/ID`.",
        ),
        TRY,
    ),
)
