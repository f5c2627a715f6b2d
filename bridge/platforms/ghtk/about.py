"""What a person who connects GHTK has to know."""

from __future__ import annotations

from bridge.core.platform import About, Step
from bridge.platforms.shared.carriers.texts import KEPT, LOOK

ABOUT = About(
    proof=(
        "GHTK không ký gì: một từ do bạn đặt trong địa chỉ, `?hash=`",
        "GHTK signs nothing: a word of your own in the address, `?hash=`",
    ),
    needs=(
        "Khai địa chỉ webhook với GHTK. Ghi mã đơn của cửa hàng vào `partner_id` khi tạo vận đơn",
        "Give GHTK the address. Write the shop's order number into `partner_id` when the waybill is made",
    ),
    resends=(
        "một lần, theo tài liệu mới nhất",
        "once, by the newest page",
    ),
    traps=(
        KEPT[0]
        + (
            ". GHTK gửi dạng form, dù tài liệu viết JSON. Trạng thái 45, 49 và 410 là lời của bưu tá, trước khi GHTK "
            "đối soát"
        ),
        KEPT[1]
        + (
            ". GHTK sends a form, though its pages show JSON. The statuses 45, 49 and 410 are the courier's word, "
            "before GHTK has settled it"
        ),
    ),
    whose_key="own",
    steps=(
        Step(
            'Trong `shops.yaml`: `platform: ghtk`, `secrets: ["${GHTK_WORD}"]` và `settings: {orders_of: '
            "[lan-shop]}`; rồi chạy `check` và `apply`. Khóa là một từ dài do bạn đặt.",
            'In `shops.yaml`: `platform: ghtk`, `secrets: ["${GHTK_WORD}"]` and `settings: {orders_of: '
            "[lan-shop]}`; then `check` and `apply`. The secret is a long word of your own.",
            here=True,
        ),
        Step(
            "Gửi cho GHTK địa chỉ `https://HOST/hooks/ID?hash=` kèm từ đó.",
            "Give GHTK the address `https://HOST/hooks/ID?hash=` with that word.",
        ),
        LOOK,
    ),
)
