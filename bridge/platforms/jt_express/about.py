"""What a person who connects J&T Express has to know."""

from __future__ import annotations

from bridge.core.platform import About, Step
from bridge.platforms.shared.carriers.texts import KEPT, LOOK

ABOUT = About(
    proof=(
        "một từ do bạn đặt trong địa chỉ, `?token=`; có `private_key` thì kiểm tra thêm `digest` của J&T",
        "a word of your own in the address, `?token=`; with `private_key` J&T's `digest` is verified too",
    ),
    needs=(
        "Nhân viên J&T khai địa chỉ webhook. Ghi mã đơn của cửa hàng vào `txlogisticId` khi tạo vận đơn",
        "J&T's staff enter the address. Write the shop's order number into `txlogisticId` when the waybill is made",
    ),
    resends=(
        "không thấy tài liệu",
        "not documented",
    ),
    traps=(
        KEPT[0]
        + (
            ". Số trong `scanByContact` là của bưu tá và không bao giờ được gọi. J&T chờ câu trả lời có `code` là 1. "
            "Tin không có số tiền thu hộ. Tài liệu không nói rõ tin nào cũng có `digest`: chỉ ghi `private_key` khi đã "
            "thấy header đó trong một tin thật; nếu vẫn bị từ chối, thử `digest_form`"
        ),
        KEPT[1]
        + (
            ". The number in `scanByContact` is the courier's, and is never called. J&T wants an answer whose `code` "
            "is 1. No amount to collect is told. That every delivery has a `digest` is not documented: write "
            "`private_key` once you have seen that header in a real one; if it is refused all the same, try "
            "`digest_form`"
        ),
    ),
    whose_key="own",
    steps=(
        Step(
            'Trong `shops.yaml`: `platform: jt_express`, `secrets: ["${JT_WORD}"]` và `settings: {orders_of: '
            "[lan-shop]}`; rồi chạy `check` và `apply`. Khóa là một từ dài do bạn đặt.",
            'In `shops.yaml`: `platform: jt_express`, `secrets: ["${JT_WORD}"]` and `settings: {orders_of: '
            "[lan-shop]}`; then `check` and `apply`. The secret is a long word of your own.",
            here=True,
        ),
        Step(
            "Gửi cho J&T địa chỉ `https://HOST/hooks/ID?token=` kèm từ đó.",
            "Give J&T the address `https://HOST/hooks/ID?token=` with that word.",
        ),
        LOOK,
    ),
)
