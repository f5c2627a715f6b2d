"""IKITECH (myiki.vn): a header Token, and the order under `data`."""

from bridge.platforms.generic.presets import Preset

PRESET = Preset(
    title="IKITECH (myiki.vn)",
    maturity="documented",
    fact="tailieuweb.myiki.vn/khac/web-hook (read 2026-11-29): header, envelope and types; not the names inside data",
    settings={
        "scheme": "token",
        "token_header": "Token",
        "topic": "type",
        "topics": {"NEW_ORDER": "order.created", "UPDATE_ORDER": "order.updated", "DELETE_ORDER": "order.deleted"},
        "fields": {
            "id": ["data.order_code", "data.id"],
            "number": ["data.order_code", "data.id"],
            "total": ["data.total_final", "data.total"],
            "phone": ["data.customer_phone", "data.customer_address.phone", "data.phone"],
            "customer.name": ["data.customer_name", "data.customer_address.name", "data.name"],
            "shipping.text": ["data.customer_address_detail", "data.customer_address.address_detail", "data.address"],
            "payment.method": ["data.payment_method_name", "data.payment_method"],
            "status": ["data.order_status_name", "data.order_status_code", "data.status"],
            "note": ["data.customer_note", "data.note"],
            "created_at": "data.created_at",
            "updated_at": "data.updated_at",
        },
    },
    needs=(
        "Trong trang quản trị của IKITECH, phần Webhook: điền địa chỉ của nguồn và Token là token của nguồn",
        "In IKITECH's administration, under Webhook: write the source's address, and its token as Token",
    ),
    traps=(
        "Tên các trường trong `data` không được công bố: so tin đầu tiên bằng `sources learn` trước khi bật quy tắc",
        "The names inside `data` are not published: compare the first delivery with `sources learn` before a rule"
        " is on",
    ),
)
