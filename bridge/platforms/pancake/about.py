"""What a person who connects a Pancake POS shop has to know."""

from __future__ import annotations

from bridge.core.platform import ADDRESS, SECRET, TICK, TRY, About, Screen, Step

ABOUT = About(
    whose_key="own",
    proof=(
        "một từ do bạn đặt ở header `X-Webhook-Token`, hoặc `?token=`",
        "a word of your own in the header `X-Webhook-Token`, or `?token=`",
    ),
    needs=(
        "Một từ dài do bạn đặt. *Cấu hình → Nâng cao → Kết nối bên thứ 3 → Webhook/API*: địa chỉ, chọn đơn hàng, và "
        "request header đó",
        "A long word of your own. *Cấu hình → Nâng cao → Kết nối bên thứ 3 → Webhook/API*: the address, orders, and "
        "that request header",
    ),
    resends=(
        "không thấy tài liệu",
        "not documented",
    ),
    traps=(
        "Pancake không ký và có rất ít tài liệu. Đơn chưa ai xác nhận (trạng thái 0 mới, 10 từ trang đích Webcake, "
        "11 chờ hàng, 17 chờ xác nhận) là `order.created`, một lần cho mỗi đơn. Số tiền thu hộ là "
        "`order.outstanding`; cộng với phần khách đã trả trước là `order.total`. Đơn khách nhận tại cửa hàng không "
        "được gọi. Trạng thái nào là hủy được khai trong `cancelled_statuses`: hãy xem các tin của chính bạn rồi "
        "ghi `settings: {cancelled_statuses: [6]}`. Cửa hàng ở nước khác thì ghi `country` và `timezone`",
        "Pancake signs nothing and documents little. An order that nobody has confirmed (status 0 new, 10 of a "
        "Webcake landing page, 11 waiting for goods, 17 waiting to be confirmed) is `order.created`, once for each "
        "order. What is collected at the door is `order.outstanding`; with what was paid before it is "
        "`order.total`. What the buyer takes at the shop does not ring. Which status is a cancel is said in "
        "`cancelled_statuses`: look at your own deliveries, write `settings: {cancelled_statuses: [6]}`. For a "
        "shop abroad write its `country` and `timezone`",
    ),
    steps=(
        Step(
            'Trong `shops.yaml`: `platform: pancake` và `secrets: ["${PANCAKE_TOKEN}"]`; rồi chạy `check` và `apply`. '
            "Khóa là một từ dài do bạn đặt.",
            'In `shops.yaml`: `platform: pancake` and `secrets: ["${PANCAKE_TOKEN}"]`; then `check` and `apply`. The '
            "secret is a long word of your own.",
            here=True,
        ),
        Step(
            "Trong Pancake: *Cấu hình → Nâng cao → Kết nối bên thứ 3 → Webhook/API*. Ghi địa chỉ "
            "`https://HOST/hooks/ID`, chọn đơn hàng, và thêm request header `X-Webhook-Token` mang từ đó.",
            "In Pancake: *Cấu hình → Nâng cao → Kết nối bên thứ 3 → Webhook/API*. Enter the address "
            "`https://HOST/hooks/ID`, choose orders, and add the request header `X-Webhook-Token` with that word.",
            screen=Screen(
                ("Cấu hình", "Nâng cao", "Kết nối bên thứ 3", "Webhook/API"),
                (("Webhook URL", ADDRESS), ("Dữ liệu: Đơn hàng", TICK), ("Request Headers: X-Webhook-Token", SECRET)),
            ),
        ),
        TRY,
        Step(
            "Hủy đơn đó, rồi xem trạng thái của tin vừa đến (`platform_topic`): nếu không phải 6, hãy khai báo "
            "`cancelled_statuses`.",
            "Cancel that order, then look at the status of the delivery (`platform_topic`): if it is not 6, write "
            "`cancelled_statuses`.",
        ),
    ),
)
