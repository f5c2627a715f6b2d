"""What a person who connects a Lazada shop has to know."""

from __future__ import annotations

from bridge.core.platform import About, RetrySchedule

# Source: Lazada partner guide (read 2026-11-23)
RETRY_SCHEDULE = RetrySchedule(failures=13, then="platform_gives_up")

ABOUT = About(
    proof=(
        "`Authorization`: HMAC-SHA256 của app key và nội dung, hex",
        "`Authorization`: HMAC-SHA256 of the app's key and the body, hex",
    ),
    needs=(
        "App secret của ứng dụng, và `settings: {app_key: …}`. Chứng chỉ loại OV hoặc EV: loại DV (như Let's "
        "Encrypt) có thể bị từ chối",
        "The app's secret, and `settings: {app_key: …}`. A certificate of the kind OV or EV: DV, such as Let's "
        "Encrypt's, may be refused",
    ),
    resends=(
        f"{RETRY_SCHEDULE.failures - 1} lần, mỗi 30 phút; phải trả lời trong nửa giây; quá nửa số tin bị lỗi thì "
        "ngừng gửi",
        f"{RETRY_SCHEDULE.failures - 1} times, every 30 minutes; wants its answer within half a second; stops where "
        "more than half of them fail",
    ),
    traps=(
        "Không gọi được ai: tin chỉ có mã đơn và trạng thái, sàn giấu số của người mua. Mỗi dòng hàng là một tin",
        "Nobody can be called: a delivery holds an order's id and status, the marketplace hides its buyers' numbers. "
        "Each line of an order is a delivery",
    ),
)
