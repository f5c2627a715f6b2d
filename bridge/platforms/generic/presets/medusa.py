"""Medusa 2, by a subscriber in the shop's own code that posts the order of the Store API."""

from bridge.platforms.generic.presets import Preset

PRESET = Preset(
    title="Medusa 2",
    maturity="documented",
    fact="docs.medusajs.com: order, subscribers (read 2026-11-29)",
    settings={
        "scheme": "standard",
        "topic": "event",
        "topics": {
            "order.placed": "order.created",
            "order.updated": "order.updated",
            "order.canceled": "order.cancelled",
            "order.completed": "order.fulfilled",
        },
        "fields": {
            "id": "data.id",
            "number": ["data.display_id", "data.id"],
            "total": "data.total",
            "currency": "data.currency_code",
            "phone": ["data.shipping_address.phone", "data.billing_address.phone", "data.customer.phone"],
            "customer.first_name": ["data.shipping_address.first_name", "data.customer.first_name"],
            "customer.last_name": ["data.shipping_address.last_name", "data.customer.last_name"],
            "customer.email": "data.email",
            "shipping.first_name": "data.shipping_address.first_name",
            "shipping.last_name": "data.shipping_address.last_name",
            "shipping.address1": "data.shipping_address.address_1",
            "shipping.city": "data.shipping_address.city",
            "shipping.province": "data.shipping_address.province",
            "payment.method": "data.payment_collections[0].payments[0].provider_id",
            "payment.status": "data.payment_status",
            "status": "data.status",
            "created_at": "data.created_at",
            "updated_at": "data.updated_at",
            "items": "data.items",
            "items.title": ["product_title", "title"],
            "items.quantity": "quantity",
            "items.price": "unit_price",
            "items.variant": "variant_title",
        },
        "cod_names": ["pp_cod"],
        "states": {"completed": "fulfilled", "canceled": "cancelled", "archived": "fulfilled"},
    },
    needs=(
        "Medusa không gửi webhook: viết một subscriber cho `order.placed`, `order.canceled`, `order.completed`, "
        "gửi `{event, data}` và ký theo Standard Webhooks (gói npm `standardwebhooks`) bằng khóa của nguồn",
        "Medusa sends no webhooks: write a subscriber for `order.placed`, `order.canceled`, `order.completed` "
        "which posts `{event, data}`, signed by Standard Webhooks (npm package `standardwebhooks`) with the "
        "source's secret",
    ),
    traps=(
        "Hãy lấy cả `items`, `shipping_address` và `payment_collections.payments` khi đọc đơn. Cách thanh toán "
        "mặc định `pp_system_default` không nói lên điều gì: nếu cửa hàng dùng nó cho COD, thêm vào `cod_names`",
        "Read the order with `items`, `shipping_address` and `payment_collections.payments`. The default payment "
        "provider `pp_system_default` says nothing: where the shop uses it for cash on delivery, add it to "
        "`cod_names`",
    ),
)
