"""Shopware 6, by an app whose manifest names our address: signed, the order under `data.payload.order`."""

from bridge.platforms.generic.presets import Preset

_ORDER = "data.payload.order"
_TO = f"{_ORDER}.deliveries[0].shippingOrderAddress"

PRESET = Preset(
    title="Shopware 6",
    maturity="documented",
    fact="shopware/docs: guides/plugins/apps/webhook, lifecycle/app-registration-setup (read 2026-11-29)",
    settings={
        "scheme": "hmac",
        "header": "shopware-shop-signature",
        "topic": "data.event",
        "topics": {
            "checkout.order.placed": "order.created",
            "state_enter.order.state.cancelled": "order.cancelled",
            "state_enter.order.state.completed": "order.fulfilled",
            "state_enter.order_delivery.state.shipped": "order.fulfilled",
            "state_enter.order_transaction.state.paid": "order.paid",
        },
        "dedup": "source.eventId",
        "fields": {
            "id": f"{_ORDER}.id",
            "number": f"{_ORDER}.orderNumber",
            "total": f"{_ORDER}.amountTotal",
            "currency": f"{_ORDER}.currency.isoCode",
            "phone": [
                f"{_TO}.phoneNumber",
                f"{_ORDER}.billingAddress.phoneNumber",
                f"{_ORDER}.addresses[0].phoneNumber",
            ],
            "customer.first_name": f"{_ORDER}.orderCustomer.firstName",
            "customer.last_name": f"{_ORDER}.orderCustomer.lastName",
            "customer.email": f"{_ORDER}.orderCustomer.email",
            "shipping.first_name": f"{_TO}.firstName",
            "shipping.last_name": f"{_TO}.lastName",
            "shipping.address1": f"{_TO}.street",
            "shipping.city": f"{_TO}.city",
            "payment.method": f"{_ORDER}.transactions[0].paymentMethod.name",
            "status": f"{_ORDER}.stateMachineState.technicalName",
            "note": f"{_ORDER}.customerComment",
            "created_at": f"{_ORDER}.createdAt",
            "updated_at": "timestamp",
            "items": f"{_ORDER}.lineItems",
            "items.title": "label",
            "items.quantity": "quantity",
            "items.price": "unitPrice",
        },
        "states": {"open": "open", "in_progress": "open", "completed": "fulfilled", "cancelled": "cancelled"},
    },
    needs=(
        'Một app có `<webhook event="checkout.order.placed" onlyLiveVersion="true">` và các sự kiện trong bảng '
        "dưới đây trỏ đến địa chỉ của nguồn; `secrets` là shop-secret mà máy chủ đăng ký app của bạn đã cấp",
        'An app with `<webhook event="checkout.order.placed" onlyLiveVersion="true">`, and the events of the '
        "table below, to the source's address; `secrets` is the shop-secret that your app's registration handed "
        "out",
    ),
    traps=(
        "Bridge không phải máy chủ đăng ký của app. Tin có thể thiếu địa chỉ hoặc cách thanh toán, nên xem tin "
        "đầu tiên trước khi bật quy tắc. Thiếu tiền tệ là lỗi với cửa hàng ngoài Việt Nam",
        "The bridge is not the app's registration server. A message may lack addresses or the payment: look at "
        "the first before a rule is on. Outside Vietnam a missing currency is an error",
    ),
)
