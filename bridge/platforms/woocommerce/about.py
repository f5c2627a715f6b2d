"""What a person who connects a WooCommerce shop has to know."""

from __future__ import annotations

from bridge.core.platform import ADDRESS, SECRET, TRY, About, RetrySchedule, Screen, Step

# Sources: class-wc-webhook.php (read 2026-11-23), and a shop of version 9.4.3 that switched off on the 7th failure
RETRY_SCHEDULE = RetrySchedule(failures=7, then="platform_switches_off")

ABOUT = About(
    whose_key="own",
    proof=(
        "`X-WC-Webhook-Signature`: HMAC-SHA256 của nội dung, base64",
        "`X-WC-Webhook-Signature`: HMAC-SHA256 of the body, base64",
    ),
    needs=(
        "Một khóa do bạn đặt, chữ và số, cho ba webhook",
        "One secret of your own, letters and digits, for three webhooks",
    ),
    resends=(
        f"Không bao giờ gửi lại; lỗi {RETRY_SCHEDULE.failures} lần liên tiếp thì webhook bị tắt; chờ 60 giây",
        f"Never sends again; after {RETRY_SCHEDULE.failures} failures in a row the webhook is switched off; waits 60 "
        "seconds",
    ),
    traps=(
        "Coi chuyển hướng là thành công và mất đơn. WP-Cron có thể gửi trễ hàng giờ. Đơn con do plugin sàn (Dokan, "
        "MultiVendorX…) tách ra không được gọi: khách nghe một cuộc gọi cho cả đơn. Đơn bán tại quầy (POS) không được "
        "gọi. Phần đã hoàn tiền được trừ khỏi `order.total`. Tiền đặt cọc của plugin không đọc được",
        "Takes a redirect for success and loses the order. WP-Cron may send hours late. What a marketplace's plug-in "
        "(Dokan, MultiVendorX …) splits off does not ring: the buyer hears one call about the whole order. Sales of a "
        "point of sale do not ring. What was refunded is taken off `order.total`. Deposits of a plug-in cannot be "
        "read",
    ),
    steps=(
        Step(
            'Chọn một khóa bí mật chỉ gồm chữ không dấu và chữ số, khoảng 40 ký tự. Những ký tự như `&` và `"` sẽ bị '
            "WordPress biến đổi trên đường đi.",
            'Choose one secret of about 40 letters and digits. WordPress changes signs such as `&` and `"` on the way.',
        ),
        Step(
            'Trong `shops.yaml`: `platform: woocommerce` và `secrets: ["${WOO_SECRET}"]`; rồi chạy `check` và '
            "`apply`. Hãy làm bước này trước: ngay khi lưu webhook, WooCommerce gửi một tin ping và cần được trả lời "
            "tức thì.",
            'In `shops.yaml`: `platform: woocommerce` and `secrets: ["${WOO_SECRET}"]`; then `check` and `apply`. Do '
            "this first: when you save the webhook, WooCommerce sends a ping that needs an answer at once.",
            here=True,
        ),
        Step(
            "Bằng tài khoản quản trị: *WooCommerce → Settings → Advanced → Webhooks → Add webhook*. Trạng thái "
            "*Active*, khóa bí mật ở trên, phiên bản API *WP REST API Integration v3*, địa chỉ nhận "
            "`https://HOST/hooks/ID`. Tạo **ba** webhook, mỗi loại một cái: *Order created*, *Order updated*, *Order "
            "deleted*.",
            "As an administrator: *WooCommerce → Settings → Advanced → Webhooks → Add webhook*. Status *Active*, the "
            "secret, API version *WP REST API Integration v3*, delivery address `https://HOST/hooks/ID`. Make "
            "**three**, one for each topic: *Order created*, *Order updated*, *Order deleted*.",
            screen=Screen(
                ("WooCommerce", "Settings", "Advanced", "Webhooks", "Add webhook"),
                (
                    ("Status", "Active"),
                    ("Topic", "Order created"),
                    ("Delivery URL", ADDRESS),
                    ("Secret", SECRET),
                    ("API version", "WP REST API Integration v3"),
                ),
                "Save webhook",
            ),
        ),
        TRY,
    ),
)
