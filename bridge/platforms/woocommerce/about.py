"""What a person who connects a WooCommerce shop has to know."""

from __future__ import annotations

from bridge.core.platform import About, RetrySchedule

# Sources: class-wc-webhook.php (read 2026-11-23), and a shop of version 9.4.3 that switched off on the 7th failure
RETRY_SCHEDULE = RetrySchedule(failures=7, then="platform_switches_off")

ABOUT = About(
    proof=(
        "`X-WC-Webhook-Signature`: HMAC-SHA256 của nội dung, base64",
        "`X-WC-Webhook-Signature`: HMAC-SHA256 of the body, base64",
    ),
    needs=(
        "Một khóa do bạn đặt, chữ và số, cho ba webhook. README có mục riêng chỉ từng bước",
        "One secret of your own, letters and digits, for three webhooks. Its own section of the README has the steps",
    ),
    resends=(
        f"Không bao giờ gửi lại; lỗi {RETRY_SCHEDULE.failures} lần liên tiếp thì webhook bị tắt; chờ 60 giây",
        f"Never sends again; after {RETRY_SCHEDULE.failures} failures in a row the webhook is switched off; waits 60 "
        "seconds",
    ),
    traps=(
        "Coi chuyển hướng là thành công và mất đơn. WP-Cron có thể gửi trễ hàng giờ",
        "Takes a redirect for success and loses the order. WP-Cron may send hours late",
    ),
)
