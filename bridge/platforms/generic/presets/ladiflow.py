"""LadiFlow's action "HTTP Request", which sends the parameters that the merchant names."""

from bridge.platforms.generic.presets import Preset

PRESET = Preset(
    title="LadiFlow (HTTP Request)",
    maturity="ours",
    fact="LadiPage's help: flows/flow/hanh-dong-action/http-request (read 2026-11-29)",
    settings={
        "scheme": "token",
        "topic": "event",
        "fields": {
            "id": "order_id",
            "number": ["order_number", "order_id"],
            "total": "total",
            "phone": "phone",
            "customer.name": "name",
            "customer.email": "email",
            "shipping.text": "address",
            "payment.method": "payment_method",
            "payment.status": "payment_status",
            "status": "status",
            "note": "note",
            "created_at": "created_at",
            "updated_at": "updated_at",
        },
        "states": {"Open": "open", "Cancel": "cancelled"},
    },
    needs=(
        "Trong luồng của LadiFlow, thêm hành động HTTP Request (POST) cho từng sự kiện của đơn. Đặt header "
        "`X-Webhook-Token` là token của nguồn, và đặt tên tham số như bảng dưới đây; `event` ghi `order.created`,"
        " `order.updated`, `order.cancelled` hoặc `order.paid`. Cách này nhận được đơn của LadiSales, Shopify, "
        "Haravan, Sapo, WooCommerce, Nhanh.vn và KiotViet",
        "In a flow of LadiFlow, add the action HTTP Request (POST) for each event of an order. Set the header "
        "`X-Webhook-Token` to the source's token, and name the parameters as in the table below; write "
        "`order.created`, `order.updated`, `order.cancelled` or `order.paid` into `event`. It reaches orders of "
        "LadiSales, Shopify, Haravan, Sapo, WooCommerce, Nhanh.vn and KiotViet",
    ),
    traps=(
        "LadiFlow nhận diện khách theo email của đơn: đơn không có email có thể không chạy luồng. Đơn đã gửi bằng"
        " webhook của chính cửa hàng thì đừng gửi thêm bằng luồng: hai nguồn là hai đơn",
        "LadiFlow knows customers by the order's e-mail: an order without one may start no flow. What the shop's "
        "own webhook sends must not come by a flow too: two sources are two orders",
    ),
)
