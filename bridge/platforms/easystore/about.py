"""What a person who connects an EasyStore shop has to know."""

from __future__ import annotations

from bridge.core.platform import About, Step

ABOUT = About(
    proof=(
        "`Easystore-Hmac-Sha256`: HMAC-SHA256 của nội dung bằng client secret của ứng dụng, hex (base64 cũng nhận)",
        "`Easystore-Hmac-Sha256`: HMAC-SHA256 of the body by the app's client secret, hex (base64 is taken too)",
    ),
    needs=(
        "Client secret của ứng dụng (partners.easystore.co); các sự kiện của đơn hàng: tạo, cập nhật, thanh toán, hủy, "
        "giao, hoàn tiền",
        "The app's client secret (partners.easystore.co); the events of orders: created, updated, paid, cancelled, "
        "fulfilled, refunded",
    ),
    resends=(
        "không thấy tài liệu; phải trả lời trong 10 giây, và EasyStore nói rõ là không bảo đảm gửi đủ",
        "not documented; wants its answer within 10 seconds, and EasyStore says that it guarantees no delivery",
    ),
    traps=(
        "Tin hủy có khi chỉ có mã của đơn; tin giao hàng và hoàn tiền chỉ nêu mã đơn: có `access_token` và "
        "`shop_domain` thì bridge hỏi API về đơn ấy, không có thì cuộc gọi đang chờ của đơn bị hủy. Tài liệu không nêu "
        "múi giờ: giờ không có múi là UTC, trừ khi nằm trước lúc nhận tin. Cách thanh toán đọc từ `transactions`; tên "
        "riêng thì ghi vào `cod_names`. Đơn bán tại quầy (POS) không được gọi. Không có dấu hiệu của tin thử",
        "A cancel may hold the order's id alone, a fulfilment and a refund name their order: with `access_token` and "
        "`shop_domain` the API is asked for it, without them the call that waits for that order is cancelled. The zone "
        "of its times is not documented: those without one are UTC, unless they lie ahead of the message. The payment "
        "method is read from `transactions`; write a name of its own in `cod_names`. Sales of the point of sale do not "
        "ring. No mark of a test message is documented",
    ),
    steps=(
        Step(
            "Tạo một ứng dụng ở partners.easystore.co, cài vào cửa hàng bằng liên kết riêng, rồi chép lại client "
            "secret và access token.",
            "Make an app at partners.easystore.co, install it in the shop by its private link, then copy the client "
            "secret and the access token.",
        ),
        Step(
            'Trong `shops.yaml`: `platform: easystore`, `secrets: ["${EASYSTORE_CLIENT_SECRET}"]` và `settings: '
            '{access_token: "${EASYSTORE_TOKEN}", shop_domain: my-shop.easy.co}`; rồi chạy `check` và `apply`.',
            'In `shops.yaml`: `platform: easystore`, `secrets: ["${EASYSTORE_CLIENT_SECRET}"]` and `settings: '
            '{access_token: "${EASYSTORE_TOKEN}", shop_domain: my-shop.easy.co}`; then `check` and `apply`.',
            here=True,
        ),
        Step(
            "Chạy `python -m bridge sources connect easystore --url https://HOST`, rồi đặt thử một đơn.",
            "Run `python -m bridge sources connect easystore --url https://HOST`, then place a test order.",
        ),
    ),
)
