"""What a person who connects a Sapo shop has to know."""

from __future__ import annotations

from bridge.core.platform import TRY, About, Step

ABOUT = About(
    proof=(
        "`X-Sapo-Hmac-SHA256`: HMAC-SHA256 của nội dung, base64; tin không ký thì `?token=`",
        "`X-Sapo-Hmac-SHA256`: HMAC-SHA256 of the body, base64; of what is not signed, `?token=`",
    ),
    needs=(
        "Khóa bí mật (secret key) của ứng dụng; với webhook mà Sapo không ký, một từ do bạn đặt, ghi trong địa chỉ. "
        "Sapo Web: `orders/create`, `orders/updated`, `orders/paid`, `orders/cancelled`, `orders/fulfilled`, "
        "`orders/delete`, dạng JSON. Sapo GO: `orders/update`",
        "The app's secret key; for a webhook that Sapo does not sign, a word of your own in the address. Sapo Web: "
        "`orders/create`, `orders/updated`, `orders/paid`, `orders/cancelled`, `orders/fulfilled`, `orders/delete`, "
        "as JSON. Sapo GO: `orders/update`",
    ),
    resends=(
        "không thấy tài liệu",
        "not documented",
    ),
    traps=(
        "Sapo GO báo đơn mới cũng như một lần cập nhật: lần đầu thấy một đơn còn mở là `order.created`, một lần cho "
        "mỗi đơn. Sapo GO không nêu cách thanh toán: thu tiền khi giao là số tiền ghi trên kiện hàng (cũng là "
        "`order.outstanding`), hoặc thẻ COD; nếu không, hãy dùng `order.payment.paid == false`. Tin thử "
        "(`X-Sapo-Test`), đơn bán tại quầy và đơn khách đến lấy không được gọi",
        "Sapo GO reports a new order as an update too: the first message about an order that is still open is "
        "`order.created`, once for each order. It names no payment method: cash on delivery is what its parcels "
        "collect (`order.outstanding` too), or a tag COD; else ask for `order.payment.paid == false`. Test messages "
        "(`X-Sapo-Test`), sales over the counter and what the buyer comes to fetch do not ring",
    ),
    steps=(
        Step(
            "Chép lại khóa bí mật (secret key) của ứng dụng. Với webhook tạo bằng tay, không qua ứng dụng, hãy tự đặt "
            "một từ dài.",
            "Copy the app's secret key. For a webhook that is made by hand, without an app, think of a long word of "
            "your own.",
        ),
        Step(
            'Trong `shops.yaml`: `platform: sapo` và `secrets: ["${SAPO_SECRET}"]`; rồi chạy `check` và `apply`.',
            'In `shops.yaml`: `platform: sapo` and `secrets: ["${SAPO_SECRET}"]`; then `check` and `apply`.',
            here=True,
        ),
        Step(
            "Tạo webhook dạng JSON tới `https://HOST/hooks/ID`. Sapo Web: `orders/create`, `orders/updated`, "
            "`orders/paid`, `orders/cancelled`, `orders/fulfilled`, `orders/delete`. Sapo GO: `orders/update`. Với "
            "webhook tạo bằng tay, ghi từ đó vào cuối địa chỉ: `?token=…`.",
            "Make the webhooks, as JSON, to `https://HOST/hooks/ID`. Sapo Web: `orders/create`, `orders/updated`, "
            "`orders/paid`, `orders/cancelled`, `orders/fulfilled`, `orders/delete`. Sapo GO: `orders/update`. For a "
            "webhook made by hand, write that word at the end of the address: `?token=…`.",
        ),
        TRY,
    ),
)
