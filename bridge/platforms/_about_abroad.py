"""Platforms from abroad, and senders of one's own: name -> proof, needs, again, traps, each (Vietnamese, English)."""

from __future__ import annotations

Text = tuple[str, str]

ABROAD: dict[str, tuple[Text, Text, Text, Text]] = {
    "shopify": (
        (
            "`X-Shopify-Hmac-Sha256`: HMAC-SHA256 của nội dung, base64",
            "`X-Shopify-Hmac-Sha256`: HMAC-SHA256 of the body, base64",
        ),
        (
            "Khóa ghi dưới danh sách webhook; webhook do ứng dụng tạo thì là client secret. README có mục riêng "
            "chỉ từng bước",
            "The secret shown below the list of webhooks; for those that an app made, its client secret. Its own "
            "section of the README has the steps",
        ),
        (
            "{after} lần trong 4 giờ, rồi xóa đăng ký của ứng dụng; phải trả lời trong 5 giây",
            "{after} times in 4 hours, then an app's subscription is deleted; wants its answer within 5 seconds",
        ),
        (
            "Hai loại khóa. Ứng dụng chưa được cấp quyền dữ liệu khách thì đơn không có số điện thoại",
            "Two kinds of secret. Without access to customer data an app's orders have no phone",
        ),
    ),
    "woocommerce": (
        (
            "`X-WC-Webhook-Signature`: HMAC-SHA256 của nội dung, base64",
            "`X-WC-Webhook-Signature`: HMAC-SHA256 of the body, base64",
        ),
        (
            "Một khóa do bạn đặt, chữ và số, cho ba webhook. README có mục riêng chỉ từng bước",
            "One secret of your own, letters and digits, for three webhooks. Its own section of the README has "
            "the steps",
        ),
        (
            "Không bao giờ gửi lại; lỗi {after} lần liên tiếp thì webhook bị tắt; chờ 60 giây",
            "Never sends again; after {after} failures in a row the webhook is switched off; waits 60 seconds",
        ),
        (
            "Coi chuyển hướng là thành công và mất đơn. WP-Cron có thể gửi trễ hàng giờ",
            "Takes a redirect for success and loses the order. WP-Cron may send hours late",
        ),
    ),
    "bigcommerce": (
        (
            "`webhook-signature` của Standard Webhooks; hoặc một từ do bạn đặt, trong header `X-Webhook-Token`",
            "`webhook-signature` of Standard Webhooks; or a word of your own in the header `X-Webhook-Token`",
        ),
        (
            "Client secret của tài khoản API đã tạo webhook. Webhook `store/order/created`, "
            "`store/order/statusUpdated`, `store/order/updated`, `store/order/archived`. Tin chỉ nêu mã đơn, phần còn "
            'lại được hỏi qua API: `settings: {store_hash: …, access_token: "${BIGCOMMERCE_TOKEN}"}`, với quyền chỉ '
            "đọc đơn hàng",
            "The client secret of the API account that made the webhook. Webhooks `store/order/created`, "
            "`store/order/statusUpdated`, `store/order/updated`, `store/order/archived`. A delivery names only the "
            'order, the API is asked for the rest: `settings: {store_hash: …, access_token: "${BIGCOMMERCE_TOKEN}"}`, '
            "with the right to read orders only",
        ),
        (
            "{resends} lần trong 48 giờ, rồi webhook bị tắt",
            "{resends} times in 48 hours, then the webhook is switched off",
        ),
        (
            "Đơn chưa đặt xong (trạng thái 0) không gọi; khi rời trạng thái 0 nó mới là `order.created`, nên cần "
            "`statusUpdated`. Cách thanh toán mang tên riêng thì ghi vào `cod_names`",
            "An order that was never finished (status 0) does not ring; it is `order.created` when it leaves status "
            "0, so `statusUpdated` is needed. If the payment method has a name of its own, write it in `cod_names`",
        ),
    ),
    "shoplazza": (
        (
            "`X-Shoplazza-Hmac-Sha256`: HMAC-SHA256 của nội dung, base64",
            "`X-Shoplazza-Hmac-Sha256`: HMAC-SHA256 of the body, base64",
        ),
        (
            "Client secret của ứng dụng; `orders/create`, `orders/update`, `orders/paid`, `orders/cancelled`, "
            "`orders/fulfilled`, `orders/delete`",
            "The app's client secret; `orders/create`, `orders/update`, `orders/paid`, `orders/cancelled`, "
            "`orders/fulfilled`, `orders/delete`",
        ),
        (
            "{resends} lần trong 2 ngày, rồi xóa webhook",
            "{resends} times in 2 days, then the webhook is deleted",
        ),
        (
            "Đơn mới mở mà chưa đặt (`opened`, không có `placed_at`) thì không gọi. Cách thanh toán mang tên "
            "riêng thì ghi vào `cod_names`",
            "An order that was begun and not placed (`opened`, without `placed_at`) does not ring. If the payment "
            "method has a name of its own, write it in `cod_names`",
        ),
    ),
    "shopline": (
        (
            "`X-Shopline-Hmac-Sha256`: HMAC-SHA256 của nội dung, base64 hoặc hex",
            "`X-Shopline-Hmac-Sha256`: HMAC-SHA256 of the body, base64 or hex",
        ),
        (
            "Khóa bí mật của ứng dụng; các sự kiện của đơn hàng: tạo, cập nhật, sửa, thanh toán, hủy, giao, xóa",
            "The app's secret; the events of orders: created, updated, edited, paid, cancelled, fulfilled, deleted",
        ),
        (
            "không thấy tài liệu",
            "not documented",
        ),
        (
            "Đây là developer.shopline.com; SHOPLINE kia (Hồng Kông, Đài Loan) ký cách khác nên không đọc được. "
            "Cách thanh toán mang tên riêng thì ghi vào `cod_names`",
            "This is developer.shopline.com; the other SHOPLINE (Hong Kong, Taiwan) signs in another way and is "
            "not read. If the payment method has a name of its own, write it in `cod_names`",
        ),
    ),
    "saleor": (
        (
            "`Saleor-Signature`: HMAC-SHA256 của nội dung, hex; hoặc chữ ký RS256 (JWS) bằng khóa của cửa hàng",
            "`Saleor-Signature`: HMAC-SHA256 of the body, hex; or RS256 (a detached JWS) under the shop's own keys",
        ),
        (
            "Secret key của webhook; nếu để trống, Saleor ký bằng khóa của cửa hàng: `settings: {api_url: …}` là địa "
            "chỉ của cửa hàng, worker tự lấy khóa ở `/.well-known/jwks.json`; hoặc chép những gì địa chỉ đó cho thấy "
            "vào `jwks`, khi ấy chỉ khóa chép tay được dùng. Webhook của một ứng dụng, không có subscription query; "
            "hoặc query có `id`, `number`, `created`, `updatedAt`, `status`, `total`, hai địa chỉ kèm `phone`, `lines`",
            "The webhook's secret key; without one Saleor signs with the shop's keys: `settings: {api_url: …}` is the "
            "shop's address, and the worker asks its `/.well-known/jwks.json` for them; or copy what that shows into "
            "`jwks`, which then counts alone. An app's webhook without a subscription query; or one whose query asks "
            "for `id`, `number`, `created`, `updatedAt`, `status`, `total`, both addresses with `phone`, `lines`",
        ),
        (
            "{resends} lần trong 3 phút, chỉ khi không nhận được trả lời hoặc gặp 5xx",
            "{resends} times in 3 minutes, only after no answer or a 5xx",
        ),
        (
            "Gặp 4xx là Saleor bỏ tin đó: hãy sửa rồi gọi `eventDeliveryRetry` ở cửa hàng trong 14 ngày. Khi cửa hàng "
            "đổi khóa, tin được trả lời 503 đến khi worker lấy được khóa mới; khóa chép tay vào `jwks` thì phải chép "
            "lại. Saleor không nêu cách thanh toán: để thu tiền khi giao, đặt khóa `payment_method` trong metadata "
            "của đơn, hoặc dùng `order.payment.paid == false`",
            "After a 4xx Saleor gives the message up: mend it, then call `eventDeliveryRetry` in the shop within 14 "
            "days. When the shop changes its keys, its messages are answered 503 until the worker has the new ones; "
            "those in `jwks` must be copied again. Saleor names no payment method: for cash on delivery give the "
            "order's metadata a key `payment_method`, or ask for `order.payment.paid == false`",
        ),
    ),
    "generic": (
        (
            "Standard Webhooks; hoặc HMAC trong một header; hoặc mã (token) ở header hay `?token=`",
            "Standard Webhooks; or an HMAC in a header; or a token in a header or `?token=`",
        ),
        (
            "Một khóa chung; `settings` nói cách ký và chỗ của từng trường. README có ví dụ",
            "A shared secret; `settings` say how it is signed and where each field stands. The README has an example",
        ),
        (
            "tùy bên gửi; chữ ký Standard Webhooks có hiệu lực 5 phút",
            "as the sender does; a signature of Standard Webhooks holds for 5 minutes",
        ),
        (
            "Số tiền có thể hiểu hai cách thì bị từ chối. Một loại tin lạ thì được lưu và bỏ qua",
            "An amount that may mean two things is refused. An unknown topic is kept and ignored",
        ),
    ),
}
