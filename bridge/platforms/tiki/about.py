"""What a person who connects a Tiki shop has to know."""

from __future__ import annotations

from bridge.core.platform import About, Step

ABOUT = About(
    whose_key="optional",
    proof=(
        "không có webhook: hàng đợi sự kiện được hỏi mỗi phút bằng token của ứng dụng",
        "no webhook: its event queue is asked every minute, with a token of the app",
    ),
    needs=(
        "Một ứng dụng in-house tại open.tiki.vn (token endpoint auth method: client_secret_basic), một hàng đợi do "
        "ứng dụng tạo, đăng ký `ORDER_CREATED_SUCCESSFULLY` và `ORDER_STATUS_UPDATED`, không đăng ký gì khác: "
        '`settings: {client_id: "${TIKI_CLIENT_ID}", client_secret: "${TIKI_CLIENT_SECRET}", queue: …}`. Không cần '
        "`secrets`, không cần địa chỉ",
        "An in-house app at open.tiki.vn (token endpoint auth method: client_secret_basic), and a queue that the app "
        "made, subscribed to `ORDER_CREATED_SUCCESSFULLY` and `ORDER_STATUS_UPDATED`, and to nothing else: "
        '`settings: {client_id: "${TIKI_CLIENT_ID}", client_secret: "${TIKI_CLIENT_SECRET}", queue: …}`. No '
        "`secrets`, no address",
    ),
    resends=(
        "hàng đợi gửi lại cho đến khi bridge lưu xong, và giữ 7 ngày",
        "the queue sends an event again until it is stored, and keeps events for 7 days",
    ),
    traps=(
        "Chỉ đơn do nhà bán tự giao (`seller_delivery`) mới có số điện thoại; các đơn khác không gọi được. Hàng đợi "
        "phải là của riêng bridge. Hàng đợi có nhiều nhà bán thì ghi `sid`. Tài liệu không nói múi giờ (lấy "
        "`timezone` của nguồn) và người mua trả số nào (lấy `grand_total`); số tiền thu hộ (`collectible_amount`) là "
        "`order.outstanding`",
        "Only orders that the seller delivers (`seller_delivery`) have a phone; nobody else can be called. The queue "
        "must be the bridge's alone. Where it holds several sellers, write `sid`. Not documented: the zone of times "
        "(the source's `timezone` is taken), and what the buyer pays (`grand_total` is taken); what is collected "
        "(`collectible_amount`) is `order.outstanding`",
    ),
    steps=(
        Step(
            "Tạo một ứng dụng in-house tại open.tiki.vn, với token endpoint auth method là `client_secret_basic`.",
            "Make an in-house app at open.tiki.vn, with `client_secret_basic` as its token endpoint auth method.",
        ),
        Step(
            "Bằng ứng dụng đó, tạo một hàng đợi chỉ đăng ký `ORDER_CREATED_SUCCESSFULLY` và `ORDER_STATUS_UPDATED`. "
            "Không để chương trình nào khác đọc hàng đợi này.",
            "With the app, make a queue that is subscribed to `ORDER_CREATED_SUCCESSFULLY` and `ORDER_STATUS_UPDATED` "
            "alone. No other program may read this queue.",
        ),
        Step(
            'Trong `shops.yaml`: `platform: tiki` và `settings: {client_id: "${TIKI_CLIENT_ID}", client_secret: '
            '"${TIKI_CLIENT_SECRET}", queue: …}`; rồi chạy `check` và `apply`. Không có địa chỉ nào phải đăng ký.',
            'In `shops.yaml`: `platform: tiki` and `settings: {client_id: "${TIKI_CLIENT_ID}", client_secret: '
            '"${TIKI_CLIENT_SECRET}", queue: …}`; then `check` and `apply`. There is no address to register.',
            here=True,
        ),
        Step(
            "Sau một phút, chạy `python -m bridge sources`: dòng của cửa hàng cho biết hàng đợi đã đọc được chưa.",
            "After a minute, `python -m bridge sources`: the line of the shop shows whether the queue could be read.",
            page=(
                "Sau một phút, trang của nguồn cho biết hàng đợi đã đọc được chưa.",
                "After a minute the source's page shows whether the queue could be read.",
            ),
        ),
    ),
)
