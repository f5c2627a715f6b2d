"""What a person who connects a KiotViet shop has to know."""

from __future__ import annotations

from bridge.core.platform import COPY, TRY, About, Screen, Step

ABOUT = About(
    whose_key="own",
    proof=(
        "`X-Hub-Signature`: HMAC-SHA256 của nội dung, dạng nào cũng nhận; hoặc `?token=`",
        "`X-Hub-Signature`: HMAC-SHA256 of the body, in each form that is in use; or `?token=`",
    ),
    needs=(
        "Chuỗi đã đăng ký làm `Secret` của webhook; nếu không có, một từ dài do bạn đặt, ghi trong địa chỉ. *Thiết "
        "lập → Kết nối API*: lấy client id và mã bảo mật, đăng ký webhook `order.update`. Số điện thoại được hỏi qua "
        'API: `settings: {retailer: …, client_id: "${KIOTVIET_CLIENT_ID}", client_secret: '
        '"${KIOTVIET_CLIENT_SECRET}"}`',
        "The text that was registered as the webhook's `Secret`; without one a long word of your own in the address. "
        "*Thiết lập → Kết nối API*: the client id and its secret; register a webhook `order.update`. The API is "
        'asked for the phone: `settings: {retailer: …, client_id: "${KIOTVIET_CLIENT_ID}", client_secret: '
        '"${KIOTVIET_CLIENT_SECRET}"}`',
    ),
    resends=(
        "số lần không thấy tài liệu; phải trả lời trong 5 giây",
        "how often is not documented; wants its answer within 5 seconds",
    ),
    traps=(
        "Gặp một lỗi 4xx là ngừng gửi hẳn, nên tin sai chữ ký cũng được trả lời 200 rồi bỏ đi: hãy xem `doctor`. Tin "
        "đầu tiên về một đơn đặt hàng còn mở là `order.created`. Bán tại quầy là hóa đơn: `invoice.update` không được "
        "đọc nên không gọi. `order.total` là số khách cần trả, `order.outstanding` là phần chưa trả",
        "One 4xx answer and it never sends again, so what is not signed is answered 200 too, and dropped: look at "
        "`doctor`. The first message about an open order is `order.created`. A sale at the counter is an invoice: "
        "`invoice.update` is not read and does not ring. `order.total` is what the customer is to pay, "
        "`order.outstanding` what is not paid yet",
    ),
    steps=(
        Step(
            "Trong KiotViet: *Thiết lập → Kết nối API*. Chép lại client id và mã bảo mật.",
            "In KiotViet: *Thiết lập → Kết nối API*. Copy the client id and its secret.",
            screen=Screen(("Thiết lập", "Kết nối API"), (("Client ID", COPY), ("Mã bảo mật", COPY))),
        ),
        Step(
            'Trong `shops.yaml`: `platform: kiotviet`, `secrets: ["${KIOTVIET_SECRET}"]` và `settings: {retailer: …, '
            'client_id: "${KIOTVIET_CLIENT_ID}", client_secret: "${KIOTVIET_CLIENT_SECRET}"}`; rồi chạy `check` và '
            "`apply`. Khóa là một từ dài do bạn đặt.",
            'In `shops.yaml`: `platform: kiotviet`, `secrets: ["${KIOTVIET_SECRET}"]` and `settings: {retailer: …, '
            'client_id: "${KIOTVIET_CLIENT_ID}", client_secret: "${KIOTVIET_CLIENT_SECRET}"}`; then `check` and '
            "`apply`. The secret is a long word of your own.",
            here=True,
        ),
        Step(
            "Đăng ký webhook `order.update` qua API của KiotViet, với địa chỉ `https://HOST/hooks/ID` và từ đó làm "
            "`Secret`. Nếu không dùng `Secret`, hãy ghi từ đó vào cuối địa chỉ: `?token=…`.",
            "Register a webhook `order.update` through KiotViet's API, with the address `https://HOST/hooks/ID` and "
            "that word as its `Secret`. Without a `Secret`, write the word at the end of the address: `?token=…`.",
        ),
        TRY,
    ),
)
