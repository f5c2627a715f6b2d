"""What a person who connects a Nhanh.vn shop has to know."""

from __future__ import annotations

from bridge.core.platform import TRY, About, RetrySchedule, Step

# Source: apidocs.nhanh.vn webhooks (read 2026-11-23)
RETRY_SCHEDULE = RetrySchedule(failures=4, then="platform_gives_up")

ABOUT = About(
    whose_key="own",
    proof=(
        "verify token ở `Authorization`, `verifyToken` hoặc trong nội dung",
        "the verify token, in `Authorization`, `verifyToken` or the body",
    ),
    needs=(
        "Webhook verify token của ứng dụng. Tại open.nhanh.vn, cho ứng dụng quyền xem danh sách đơn, rồi bật webhook "
        "thêm, sửa và xóa đơn",
        "The app's webhook verify token. At open.nhanh.vn give the app the right to list orders, then its webhooks: "
        "add, update and delete of orders",
    ),
    resends=(
        f"{RETRY_SCHEDULE.failures - 1} lần, sau 5, 10 và 30 phút; chỉ nhận 200",
        f"{RETRY_SCHEDULE.failures - 1} times, after 5, 10 and 30 minutes; takes nothing but 200",
    ),
    traps=(
        "Nhanh không ký; token không bao giờ được lưu. Chỉ đơn giao hàng và đơn đặt trước mới được gọi, không gọi đơn "
        "bán tại quầy, cũng không gọi đơn tách hay chép từ một đơn khác (trừ khi đơn gốc bị hủy trước khi gọi). "
        "Đơn chưa ai xác nhận (trạng thái 54, 55, 57) là `order.created`, một lần. `codAmount` là "
        "`order.outstanding`; cộng với tiền cọc, chuyển khoản và quẹt thẻ là `order.total`. Đơn của Shopee, "
        "Lazada, Tiki và TikTok cũng đến, có tên sàn trong `order.channel`. Bản v2, ngừng sau 30/11/2026, không "
        "được đọc. Tài liệu của Nhanh không có API liệt kê webhook: bridge không đăng ký hộ và không biết khi nào "
        "webhook mất, chỉ báo khi nguồn im lặng",
        "Nhanh signs nothing; the token is never kept. Only orders to be delivered and pre-orders ring, no sale at "
        "the counter, and no order that is split off or copied from another (unless that one was cancelled before "
        "it rang). What nobody has confirmed (status 54, 55, 57) is `order.created`, once. `codAmount` is "
        "`order.outstanding`; with deposit, transfer and card it is `order.total`. Orders from Shopee, Lazada, "
        "Tiki and TikTok come too, with their name in `order.channel`. Its v2, which ends on 30 November 2026, is "
        "not read. Nhanh documents no API that lists webhooks: they are neither registered nor watched, and one that "
        "is gone shows only as silence",
    ),
    steps=(
        Step(
            "Tại open.nhanh.vn, cho ứng dụng quyền xem danh sách đơn, rồi chép lại mã xác thực webhook (verify token) "
            "của nó.",
            "At open.nhanh.vn give the app the right to list orders, then copy its webhook verify token.",
        ),
        Step(
            'Trong `shops.yaml`: `platform: nhanh` và `secrets: ["${NHANH_VERIFY_TOKEN}"]`; rồi chạy `check` và '
            "`apply`. Hãy làm bước này trước: Nhanh gửi một tin ngay khi webhook được bật, và không bật nếu tin ấy bị "
            "từ chối.",
            'In `shops.yaml`: `platform: nhanh` and `secrets: ["${NHANH_VERIFY_TOKEN}"]`; then `check` and `apply`. '
            "Do this first: Nhanh sends a message when the webhooks are switched on, and leaves them off if it is "
            "refused.",
            here=True,
        ),
        Step(
            "Trong ứng dụng, ghi địa chỉ `https://HOST/hooks/ID` rồi bật webhook thêm, sửa và xóa đơn hàng.",
            "In the app, enter the address `https://HOST/hooks/ID` and switch on the webhooks: add, update and delete "
            "of orders.",
        ),
        TRY,
    ),
)
