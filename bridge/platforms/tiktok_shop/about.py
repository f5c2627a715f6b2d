"""What a person who connects a TikTok Shop shop has to know."""

from __future__ import annotations

from bridge.core.platform import About, RetrySchedule

# Source: TikTok Shop partner guide (read 2026-11-23)
RETRY_SCHEDULE = RetrySchedule(failures=5, then="platform_gives_up")

ABOUT = About(
    proof=(
        "`Authorization`: HMAC-SHA256 của app key và nội dung, hex",
        "`Authorization`: HMAC-SHA256 of the app's key and the body, hex",
    ),
    needs=(
        "App secret của ứng dụng, và `settings: {app_key: …}`. Địa chỉ https không có cổng",
        "The app's secret, and `settings: {app_key: …}`. An https address without a port",
    ),
    resends=(
        f"{RETRY_SCHEDULE.failures - 1} lần, sau 2 và 30 phút, 3 và 12 giờ; phải trả lời trong 3 giây",
        f"{RETRY_SCHEDULE.failures - 1} times, after 2 and 30 minutes, 3 and 12 hours; wants its answer within 3 "
        "seconds",
    ),
    traps=(
        "Không gọi được ai: tin chỉ có mã đơn và trạng thái, sàn giấu số của người mua",
        "Nobody can be called: a delivery holds an order's id and status, the marketplace hides its buyers' numbers",
    ),
)
