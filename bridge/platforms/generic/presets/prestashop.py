"""PrestaShop 8 and 9, by a module that posts the Webservice's order, its delivery address and its customer."""

from bridge.platforms.generic.presets import Preset

PRESET = Preset(
    title="PrestaShop 8–9",
    maturity="documented",
    fact="PrestaShop/docs: webservice/resources/orders, addresses (read 2026-11-23)",
    settings={
        "scheme": "hmac",
        "header": "X-Signature",
        "encoding": "base64",
        "fields": {
            "id": ["order.id", "id"],
            "number": ["order.reference", "reference"],
            "total": ["order.total_paid", "total_paid"],
            "currency": ["currency.iso_code", "currency"],
            "phone": [
                "address.phone_mobile",
                "address.phone",
                "address.mobilePhone",
                "address.homePhone",
                "phone_mobile",
                "phone",
            ],
            "customer.first_name": ["customer.firstname", "address.firstname"],
            "customer.last_name": ["customer.lastname", "address.lastname"],
            "customer.email": "customer.email",
            "shipping.address1": "address.address1",
            "shipping.city": "address.city",
            "payment.method": ["order.module", "module"],
            "status": ["order.current_state", "current_state"],
            "note": ["order.note", "note"],
            "created_at": ["order.date_add", "date_add"],
            "updated_at": ["order.date_upd", "date_upd"],
            "items": ["order.associations.order_rows", "associations.order_rows"],
            "items.title": "product_name",
            "items.quantity": "product_quantity",
            "items.price": "unit_price_tax_incl",
            "items.sku": "product_reference",
        },
        "cod_names": ["ps_cashondelivery", "cashondelivery", "codfee"],
        # PS_OS_* of a fresh installation, as PrestaShop's own modules list them: paid, shipping, delivered, canceled,
        # refund, error. A shop that changed its list teaches its own.
        "states": {
            "2": "paid",
            "4": "fulfilled",
            "5": "fulfilled",
            "6": "cancelled",
            "7": "cancelled",
            "8": "cancelled",
        },
    },
    needs=(
        "PrestaShop không có webhook đơn hàng: cần một module nhỏ, gắn vào `actionValidateOrder` và "
        "`actionOrderStatusPostUpdate`, gửi `{order, address, customer, currency}` như Webservice trả về, ký "
        "HMAC-SHA256 (base64) của nội dung vào header `X-Signature`",
        "PrestaShop has no webhooks for orders: a small module on `actionValidateOrder` and "
        "`actionOrderStatusPostUpdate` posts `{order, address, customer, currency}` as the Webservice gives them,"
        " with the HMAC-SHA256 (base64) of the body in the header `X-Signature`",
    ),
    traps=(
        "Trạng thái là số riêng của từng cửa hàng; preset dùng số của bản cài mới. Xem lại trong Cài đặt đơn hàng"
        " > Trạng thái, và ghi khác biệt vào `states`",
        "A state is a number of this shop's own; the preset has those of a fresh installation. Compare them under"
        " Shop Parameters > Order Settings > Statuses, and write what differs into `states`",
    ),
)
