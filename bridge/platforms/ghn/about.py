"""What a person who connects GHN has to know."""

from __future__ import annotations

from bridge.core.platform import About, Step
from bridge.platforms.shared.carriers.texts import KEPT, LOOK

ABOUT = About(
    proof=(
        "GHN không ký gì: một từ do bạn đặt trong địa chỉ, `?token=`",
        "GHN signs nothing: a word of your own in the address, `?token=`",
    ),
    needs=(
        "Nhân viên GHN khai địa chỉ webhook cho bạn (mã khách hàng, địa chỉ, môi trường). Ghi mã đơn của cửa hàng "
        "vào `client_order_code` khi tạo vận đơn",
        "GHN's staff enter the address for you (client id, address, environment). Write the shop's order number into "
        "`client_order_code` when the waybill is made",
    ),
    resends=(
        "10 lần, cách nhau 5 giây, rồi bỏ",
        "10 times, 5 seconds apart, then never",
    ),
    traps=(
        KEPT[0]
        + (
            ". GHN bỏ một tin sau khoảng 50 giây không nhận được. Có `token` của cửa hàng thì bridge hỏi API của GHN "
            "về người mua của kiện không thuộc đơn nào; chỉ ghi khi đơn không đến bridge bằng cách khác. "
            "`waiting_to_return` là lần cuối: `parcel.return_by` cho biết lúc kiện bị chuyển hoàn (24 giờ sau, đổi "
            "bằng `return_hours`). Có `token` và `shop_id` thì bấm phím có thể yêu cầu GHN giao lại: `write_back: "
            '{confirmed: [{redeliver: true, key: "1"}]}`'
        ),
        KEPT[1]
        + (
            ". GHN drops a delivery that is not taken within about 50 seconds. With the shop's `token` the bridge "
            "asks GHN's API for the buyer of a parcel of no known order; write it only where orders reach the bridge "
            "in no other way. `waiting_to_return` is the last chance: `parcel.return_by` says when the parcel goes "
            "back (after 24 hours; `return_hours` changes that). With `token` and `shop_id` a key can ask GHN "
            "to deliver again: `write_back: "
            '{confirmed: [{redeliver: true, key: "1"}]}`'
        ),
    ),
    whose_key="own",
    steps=(
        Step(
            'Trong `shops.yaml`: `platform: ghn`, `secrets: ["${GHN_WORD}"]` và `settings: {orders_of: '
            "[lan-shop]}`; rồi chạy `check` và `apply`. Khóa là một từ dài do bạn đặt.",
            'In `shops.yaml`: `platform: ghn`, `secrets: ["${GHN_WORD}"]` and `settings: {orders_of: [lan-shop]}`; '
            "then `check` and `apply`. The secret is a long word of your own.",
            here=True,
        ),
        Step(
            "Gửi cho GHN địa chỉ `https://HOST/hooks/ID?token=` kèm từ đó, và đề nghị khai làm webhook.",
            "Send GHN the address `https://HOST/hooks/ID?token=` with that word, and ask that it becomes your webhook.",
        ),
        LOOK,
    ),
)
