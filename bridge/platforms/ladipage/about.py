"""What a person who connects LadiPage has to know."""

from __future__ import annotations

from bridge.core.platform import ADDRESS, SECRET, TICK, About, Screen, Step

ABOUT = About(
    proof=(
        "một từ do bạn đặt ở header `X-Webhook-Token`; tin do trình duyệt của khách gửi thẳng bị từ chối",
        "a word of your own in the header `X-Webhook-Token`; what the buyer's browser sends by itself is refused",
    ),
    needs=(
        "Một từ dài do bạn đặt. *Tích hợp → Tài khoản liên kết → API*: địa chỉ, header đó (viết dạng JSON), và tên các "
        "trường. Hãy tích *Gửi API qua LadiPage*",
        "A long word of your own. *Tích hợp → Tài khoản liên kết → API*: the address, that header (written as JSON), "
        "and the names of the fields. Tick *Gửi API qua LadiPage*",
    ),
    resends=("không thấy tài liệu", "not documented"),
    traps=(
        "Form không có số đơn: một form, một số điện thoại và một ngày là một đơn, nên gửi hai lần vẫn chỉ gọi một "
        "lần. Form nháp (capture) được bỏ qua trừ khi ghi `capture: true`; khi đó là `checkout.abandoned`. Form OTP "
        "chưa xác thực mang thẻ `otp-unverified`. Tên trường khác lạ thì khai trong `fields`. Đơn giả là có thật: hãy "
        "đặt `max_per_day`. Webcake và các trang của Pancake đồng bộ vào Pancake POS: dùng `platform: pancake`",
        "A form has no number: one form, phone and day is one order, so a form that comes twice rings once. Capture "
        "forms are left out unless you write `capture: true`; they are then `checkout.abandoned`. An OTP form that was "
        "not verified has the tag `otp-unverified`. Name unusual fields in `fields`. False orders are real: set "
        "`max_per_day`. Webcake and Pancake's pages go into Pancake POS: use `platform: pancake`",
    ),
    whose_key="own",
    steps=(
        Step(
            'Trong `shops.yaml`: `platform: ladipage` và `secrets: ["${LADIPAGE_WORD}"]`; rồi chạy `check` và `apply`. '
            "Khóa là một từ dài do bạn đặt.",
            'In `shops.yaml`: `platform: ladipage` and `secrets: ["${LADIPAGE_WORD}"]`; then `check` and `apply`. The '
            "secret is a long word of your own.",
            here=True,
        ),
        Step(
            "Trong LadiPage: *Tích hợp → Tài khoản liên kết → API*. Ghi địa chỉ `https://HOST/hooks/ID`, header "
            "`X-Webhook-Token` mang từ đó, và tích *Gửi API qua LadiPage*.",
            "In LadiPage: *Tích hợp → Tài khoản liên kết → API*. Enter the address `https://HOST/hooks/ID`, the header "
            "`X-Webhook-Token` with that word, and tick *Gửi API qua LadiPage*.",
            screen=Screen(
                ("Tích hợp", "Tài khoản liên kết", "API"),
                (("API URL", ADDRESS), ("Header X-Webhook-Token", SECRET), ("Gửi API qua LadiPage", TICK)),
            ),
        ),
        Step(
            "Chọn tài khoản đó trong cấu hình lưu dữ liệu của form, điền thử một form, rồi chạy `python -m bridge "
            "deliveries`.",
            "Choose that account where the form stores its data, fill in a form, then `python -m bridge deliveries`.",
        ),
    ),
)
