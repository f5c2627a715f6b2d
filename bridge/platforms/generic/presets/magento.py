"""Magento 2 and Adobe Commerce, by a module that posts an order as the REST API has it."""

from bridge.platforms.generic.presets import Preset

_SHIPPING = "extension_attributes.shipping_assignments[0].shipping.address"

PRESET = Preset(
    title="Magento 2",
    maturity="documented",
    fact="AdobeDocs/commerce-webapi: rest/tutorials/orders (read 2026-11-23)",
    settings={
        "scheme": "token",
        "fields": {
            "id": "entity_id",
            "number": "increment_id",
            "total": "grand_total",
            "outstanding": "total_due",
            "currency": "order_currency_code",
            "phone": [f"{_SHIPPING}.telephone", "billing_address.telephone"],
            "customer.id": "customer_id",
            "customer.first_name": ["customer_firstname", "billing_address.firstname"],
            "customer.last_name": ["customer_lastname", "billing_address.lastname"],
            "customer.email": "customer_email",
            "shipping.first_name": f"{_SHIPPING}.firstname",
            "shipping.last_name": f"{_SHIPPING}.lastname",
            "shipping.address1": f"{_SHIPPING}.street[0]",
            "shipping.city": f"{_SHIPPING}.city",
            "shipping.province": f"{_SHIPPING}.region",
            "payment.method": "payment.method",
            "status": ["state", "status"],
            "note": "customer_note",
            "created_at": "created_at",
            "updated_at": "updated_at",
            "items": "items",
            "items.title": "name",
            "items.quantity": "qty_ordered",
            "items.price": "price_incl_tax",
            "items.sku": "sku",
        },
        "cod_names": ["cashondelivery"],
        "states": {
            "new": "open",
            "pending_payment": "open",
            "processing": "open",
            "holded": "open",
            "payment_review": "open",
            "complete": "fulfilled",
            "closed": "returned",
            "canceled": "cancelled",
        },
        "times_in": "UTC",
    },
    needs=(
        "Một module gửi đơn như REST API (`GET /V1/orders/{id}`) bằng POST, kèm header `X-Webhook-Token`: ví dụ "
        "Mageplaza Webhook với mẫu Liquid của bạn. Chọn phương thức POST (mặc định là GET) và gửi bằng cron, "
        "không gửi trong lúc đặt hàng",
        "A module that posts an order as the REST API has it (`GET /V1/orders/{id}`) with the header "
        "`X-Webhook-Token`: Mageplaza Webhook with your Liquid template, for instance. Choose POST (its default "
        "is GET), and send by cron, not while the buyer orders",
    ),
    traps=(
        "Module thường gửi lại mỗi lần đơn được lưu, và có module gửi lại cả đơn cũ: để `within` ngắn. Đơn có sản"
        " phẩm cấu hình liệt kê cả dòng cha lẫn dòng con",
        "Modules send on each save of an order, and some send old orders again: keep `within` short. A "
        "configurable product is listed with its parent and its child line",
    ),
)
