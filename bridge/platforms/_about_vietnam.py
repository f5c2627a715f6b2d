"""Platforms of Vietnam, and marketplaces: name -> proof, needs, again, traps, each (Vietnamese, English)."""

from __future__ import annotations

Text = tuple[str, str]

VIETNAM: dict[str, tuple[Text, Text, Text, Text]] = {
    "haravan": (
        (
            "`X-Haravan-Hmacsha256`: HMAC-SHA256 của nội dung, base64",
            "`X-Haravan-Hmacsha256`: HMAC-SHA256 of the body, base64",
        ),
        (
            "Chuỗi xác thực webhook, hoặc client secret của ứng dụng. README có mục riêng chỉ từng bước",
            "The webhook authentication string, or the app's client secret. Its own section of the README has the "
            "steps",
        ),
        (
            "không thấy tài liệu",
            "not documented",
        ),
        (
            "Bắt tay bằng GET trước khi đăng ký. Tin không có mã: nội dung là khóa chống trùng",
            "A GET handshake before an app subscribes. A delivery has no id: its body is the key",
        ),
    ),
    "sapo": (
        (
            "`X-Sapo-Hmac-SHA256`: HMAC-SHA256 của nội dung, base64; tin không ký thì `?token=`",
            "`X-Sapo-Hmac-SHA256`: HMAC-SHA256 of the body, base64; of what is not signed, `?token=`",
        ),
        (
            "Khóa bí mật (secret key) của ứng dụng; với webhook mà Sapo không ký, một từ do bạn đặt, ghi trong "
            "địa chỉ. Sapo Web: `orders/create`, `orders/updated`, `orders/paid`, `orders/cancelled`, "
            "`orders/fulfilled`, `orders/delete`, dạng JSON. Sapo GO: `orders/update`",
            "The app's secret key; for a webhook that Sapo does not sign, a word of your own in the address. Sapo "
            "Web: `orders/create`, `orders/updated`, `orders/paid`, `orders/cancelled`, `orders/fulfilled`, "
            "`orders/delete`, as JSON. Sapo GO: `orders/update`",
        ),
        (
            "không thấy tài liệu",
            "not documented",
        ),
        (
            "Sapo GO báo đơn mới cũng như một lần cập nhật: đơn chưa đổi gì từ phút được tạo là `order.created`. "
            "Sapo GO không nêu cách thanh toán: thu tiền khi giao là số tiền ghi trên kiện hàng, hoặc thẻ COD; "
            "nếu không, hãy dùng `order.payment.paid == false`",
            "Sapo GO tells a new order as an update too: what is unchanged since the minute it was made is "
            "`order.created`. It names no payment method: cash on delivery is what a parcel collects, or a tag "
            "COD; else ask for `order.payment.paid == false`",
        ),
    ),
    "kiotviet": (
        (
            "`X-Hub-Signature`: HMAC-SHA256 của nội dung, dạng nào cũng nhận; hoặc `?token=`",
            "`X-Hub-Signature`: HMAC-SHA256 of the body, in each form that is in use; or `?token=`",
        ),
        (
            "Chuỗi đã đăng ký làm `Secret` của webhook; nếu không có, một từ dài do bạn đặt, ghi trong địa chỉ. "
            "*Thiết lập → Kết nối API*: lấy client id và mã bảo mật, đăng ký webhook `order.update`. Số điện thoại "
            'được hỏi qua API: `settings: {retailer: …, client_id: "${KIOTVIET_CLIENT_ID}", client_secret: '
            '"${KIOTVIET_CLIENT_SECRET}"}`',
            "The text that was registered as the webhook's `Secret`; without one a long word of your own in the "
            "address. *Thiết lập → Kết nối API*: the client id and its secret; register a webhook `order.update`. The "
            'API is asked for the phone: `settings: {retailer: …, client_id: "${KIOTVIET_CLIENT_ID}", client_secret: '
            '"${KIOTVIET_CLIENT_SECRET}"}`',
        ),
        (
            "số lần không thấy tài liệu; phải trả lời trong 5 giây",
            "how often is not documented; wants its answer within 5 seconds",
        ),
        (
            "Gặp một lỗi 4xx là ngừng gửi hẳn, nên tin sai chữ ký cũng được trả lời 200 rồi bỏ đi: hãy xem `doctor`. "
            "Tin đầu tiên về một đơn là `order.created`. `invoice.update` không được đọc",
            "One 4xx answer and it never sends again, so what is not signed is answered 200 too, and dropped: look at "
            "`doctor`. The first message about an order is `order.created`. `invoice.update` is not read",
        ),
    ),
    "nhanh": (
        (
            "mã xác thực (verify token) ở `Authorization`, `verifyToken` hoặc trong nội dung",
            "the verify token, in `Authorization`, `verifyToken` or the body",
        ),
        (
            "Mã xác thực webhook của ứng dụng. Tại open.nhanh.vn, cho ứng dụng quyền xem danh sách đơn, rồi bật "
            "webhook thêm, sửa và xóa đơn",
            "The app's webhook verify token. At open.nhanh.vn give the app the right to list orders, then its "
            "webhooks: add, update and delete of orders",
        ),
        (
            "{resends} lần, sau 5, 10 và 30 phút; chỉ nhận 200",
            "{resends} times, after 5, 10 and 30 minutes; takes nothing but 200",
        ),
        (
            "Nhanh không ký; mã không bao giờ được lưu. Chỉ đơn giao hàng và đơn đặt trước mới được gọi, không gọi đơn "
            "bán tại quầy, cũng không gọi đơn tách hay chép từ một đơn khác (trừ khi đơn gốc bị hủy trước khi gọi). "
            "Đơn chưa ai xác nhận (trạng thái 54, 55, 57) là `order.created`, một lần. `codAmount` là "
            "`order.outstanding`; cộng với tiền cọc, chuyển khoản và quẹt thẻ là `order.total`. Đơn của Shopee, "
            "Lazada, Tiki và TikTok cũng đến, có tên sàn trong `order.channel`. Bản v2, ngừng sau 30/11/2026, không "
            "được đọc",
            "Nhanh signs nothing; the token is never kept. Only orders to be delivered and pre-orders ring, no sale at "
            "the counter, and no order that is split off or copied from another (unless that one was cancelled before "
            "it rang). What nobody has confirmed (status 54, 55, 57) is `order.created`, once. `codAmount` is "
            "`order.outstanding`; with deposit, transfer and card it is `order.total`. Orders from Shopee, Lazada, "
            "Tiki and TikTok come too, with their name in `order.channel`. Its v2, which ends on 30 November 2026, is "
            "not read",
        ),
    ),
    "pancake": (
        (
            "một từ do bạn đặt ở header `X-Webhook-Token`, hoặc `?token=`",
            "a word of your own in the header `X-Webhook-Token`, or `?token=`",
        ),
        (
            "Một từ dài do bạn đặt. *Cấu hình → Nâng cao → Kết nối bên thứ 3 → Webhook/API*: địa chỉ, chọn đơn "
            "hàng, và request header đó",
            "A long word of your own. *Cấu hình → Nâng cao → Kết nối bên thứ 3 → Webhook/API*: the address, "
            "orders, and that request header",
        ),
        (
            "không thấy tài liệu",
            "not documented",
        ),
        (
            "Pancake không ký và có rất ít tài liệu. Đơn chưa ai xác nhận (trạng thái 0 mới, 10 từ trang đích Webcake, "
            "11 chờ hàng, 17 chờ xác nhận) là `order.created`, một lần cho mỗi đơn. Số tiền thu hộ là "
            "`order.outstanding`; cộng với phần khách đã trả trước là `order.total`. Đơn khách nhận tại cửa hàng không "
            "được gọi. Trạng thái nào là hủy được khai trong `cancelled_statuses`: hãy xem các tin của chính bạn rồi "
            "ghi `settings: {cancelled_statuses: [6]}`. Cửa hàng ở nước khác thì ghi `country` và `timezone`",
            "Pancake signs nothing and documents little. An order that nobody has confirmed (status 0 new, 10 of a "
            "Webcake landing page, 11 waiting for goods, 17 waiting to be confirmed) is `order.created`, once for each "
            "order. What is collected at the door is `order.outstanding`; with what was paid before it is "
            "`order.total`. What the buyer takes at the shop does not ring. Which status is a cancel is said in "
            "`cancelled_statuses`: look at your own deliveries, write `settings: {cancelled_statuses: [6]}`. For a "
            "shop abroad write its `country` and `timezone`",
        ),
    ),
    "tiktok_shop": (
        (
            "`Authorization`: HMAC-SHA256 của app key và nội dung, hex",
            "`Authorization`: HMAC-SHA256 of the app's key and the body, hex",
        ),
        (
            "App secret của ứng dụng, và `settings: {app_key: …}`. Địa chỉ https không có cổng",
            "The app's secret, and `settings: {app_key: …}`. An https address without a port",
        ),
        (
            "{resends} lần, sau 2 và 30 phút, 3 và 12 giờ; phải trả lời trong 3 giây",
            "{resends} times, after 2 and 30 minutes, 3 and 12 hours; wants its answer within 3 seconds",
        ),
        (
            "Không gọi được ai: tin chỉ có mã đơn và trạng thái, sàn giấu số của người mua",
            "Nobody can be called: a delivery holds an order's id and status, the marketplace hides its buyers' "
            "numbers",
        ),
    ),
    "lazada": (
        (
            "`Authorization`: HMAC-SHA256 của app key và nội dung, hex",
            "`Authorization`: HMAC-SHA256 of the app's key and the body, hex",
        ),
        (
            "App secret của ứng dụng, và `settings: {app_key: …}`. Chứng chỉ loại OV hoặc EV: loại DV (như Let's "
            "Encrypt) có thể bị từ chối",
            "The app's secret, and `settings: {app_key: …}`. A certificate of the kind OV or EV: DV, such as "
            "Let's Encrypt's, may be refused",
        ),
        (
            "{resends} lần, mỗi 30 phút; phải trả lời trong nửa giây; quá nửa số tin bị lỗi thì ngừng gửi",
            "{resends} times, every 30 minutes; wants its answer within half a second; stops where more than half of "
            "them fail",
        ),
        (
            "Không gọi được ai: tin chỉ có mã đơn và trạng thái, sàn giấu số của người mua. Mỗi dòng hàng là một tin",
            "Nobody can be called: a delivery holds an order's id and status, the marketplace hides its buyers' "
            "numbers. Each line of an order is a delivery",
        ),
    ),
    "shopee": (
        (
            "`Authorization`: HMAC-SHA256 của địa chỉ đã đăng ký, dấu gạch đứng và nội dung, hex",
            "`Authorization`: HMAC-SHA256 of the registered address, a bar and the body, hex",
        ),
        (
            "Push partner key. Sau một proxy, ghi địa chỉ đúng như đã đăng ký: `settings: {callback_url: …}`",
            "The push partner key. Behind a proxy write the address as it is registered: `settings: {callback_url: …}`",
        ),
        (
            "không thấy tài liệu; dưới 30 % thành công trong 6 giờ thì tắt; tin mất giữ lại 3 ngày",
            "not documented; under 30 % of success in 6 hours it is switched off; what was lost is kept for 3 days",
        ),
        (
            "Không gọi được ai: tin chỉ có mã đơn và trạng thái, sàn giấu số của người mua. Điều khoản của Shopee "
            "cấm liên hệ người mua bằng dữ liệu này",
            "Nobody can be called: a delivery holds an order's id and status, the marketplace hides its buyers' "
            "numbers. Shopee's terms forbid to contact buyers with this data",
        ),
    ),
    "tiki": (
        (
            "không có webhook: hàng đợi sự kiện được hỏi mỗi phút bằng token của ứng dụng",
            "no webhook: its queue of events is asked each minute, under a token that the app is lent",
        ),
        (
            "Một ứng dụng in-house tại open.tiki.vn (token endpoint auth method: client_secret_basic), một hàng đợi do "
            "ứng dụng tạo, đăng ký `ORDER_CREATED_SUCCESSFULLY` và `ORDER_STATUS_UPDATED`, không đăng ký gì khác: "
            '`settings: {client_id: "${TIKI_CLIENT_ID}", client_secret: "${TIKI_CLIENT_SECRET}", queue: …}`. Không cần '
            "`secrets`, không cần địa chỉ",
            "An in-house app at open.tiki.vn (token endpoint auth method: client_secret_basic), and a queue that the "
            "app made, subscribed to `ORDER_CREATED_SUCCESSFULLY` and `ORDER_STATUS_UPDATED`, and to nothing else: "
            '`settings: {client_id: "${TIKI_CLIENT_ID}", client_secret: "${TIKI_CLIENT_SECRET}", queue: …}`. No '
            "`secrets`, no address",
        ),
        (
            "hàng đợi kể lại đến khi đã lưu xong, và giữ 7 ngày",
            "the queue tells again until it is stored, and keeps events for 7 days",
        ),
        (
            "Chỉ đơn do nhà bán tự giao (`seller_delivery`) mới có số điện thoại; các đơn khác không gọi được. Hàng "
            "đợi phải là của riêng bridge. Hàng đợi có nhiều nhà bán thì ghi `sid`. Tài liệu không nói múi giờ (lấy "
            "`timezone` của nguồn) và người mua trả số nào (lấy `grand_total`)",
            "Only orders that the seller delivers (`seller_delivery`) have a phone; nobody else can be called. The "
            "queue must be the bridge's alone. Where it tells of several sellers, write `sid`. Not documented: the "
            "zone of times (the source's `timezone` is taken), and what the buyer pays (`grand_total` is taken)",
        ),
    ),
}
