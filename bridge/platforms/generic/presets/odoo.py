"""Odoo 17 to 19: the action "Send Webhook Notification" of an automation rule on sales orders."""

from bridge.platforms.generic.presets import Preset

PRESET = Preset(
    title="Odoo 17–19",
    maturity="documented",
    fact="odoo.com/documentation: studio/automated_actions; the body by receivers' code (read 2026-11-29)",
    settings={
        "scheme": "token",
        "topic": "state",
        "topics": {"sale": "order.created", "done": "order.fulfilled", "cancel": "order.cancelled"},
        "fields": {
            "id": ["_id", "id"],
            "number": ["name", "display_name", "_id"],
            "total": "amount_total",
            "phone": ["x_phone", "x_studio_phone", "partner_phone", "phone", "x_mobile", "x_studio_mobile"],
            "customer.name": ["x_customer_name", "x_studio_customer_name", "partner_name"],
            "status": "state",
            "note": "note",
            "created_at": ["date_order", "create_date"],
            "updated_at": "write_date",
            "payment.cod": ["x_cod", "x_studio_cod"],
        },
        "states": {"sale": "open", "sent": "open", "done": "fulfilled", "cancel": "cancelled"},
        "times_in": "UTC",
    },
    needs=(
        "Trong Odoo: Automation Rules trên model `sale.order`, chạy khi trạng thái đổi thành Sales Order hoặc "
        "Cancelled, hành động Send Webhook Notification, địa chỉ của nguồn kèm `?token=`. Chọn các trường `name`,"
        " `state`, `amount_total`, `date_order`, `write_date`, `note`. Số điện thoại không nằm trên đơn: dùng "
        "Studio thêm trường liên kết `x_phone` (partner_id.phone) và `x_customer_name` (partner_id.name)",
        "In Odoo: an automation rule on the model `sale.order`, when the state is set to Sales Order or "
        "Cancelled, with the action Send Webhook Notification to the source's address with `?token=`. Choose the "
        "fields `name`, `state`, `amount_total`, `date_order`, `write_date`, `note`. The phone is not on the "
        "order: with Studio add the related fields `x_phone` (partner_id.phone) and `x_customer_name` "
        "(partner_id.name)",
    ),
    traps=(
        "Odoo chỉ chờ 1 giây và chỉ gửi một lần, không có chữ ký: tin lỡ là mất. Báo giá (draft, sent) không gọi."
        " Không có trường nào cho biết COD: thêm `payment.cod: true` nếu đơn nào cũng thu tiền khi giao",
        "Odoo waits for 1 second, sends once and signs nothing: what is missed is lost. A quotation (draft, sent)"
        " rings nobody. No field says cash on delivery: add `payment.cod: true` where every order is",
    ),
)
