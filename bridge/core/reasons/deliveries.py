"""What became of a delivery that held no order to decide, or was refused: reason code -> (Vietnamese, English)."""

from __future__ import annotations

DELIVERIES = {
    "unknown_topic": (
        "Bỏ qua: loại tin[ “{topic}”] của cửa hàng chưa được hỗ trợ.",
        "Ignored: the shop's message type[ “{topic}”] is not one that we read.",
    ),
    "form_captured": (
        "Bỏ qua: khách mới điền dở, chưa gửi form; ghi `capture: true` nếu muốn nhận.",
        "Ignored: the form was begun and not sent; write `capture: true` to take such forms.",
    ),
    "parcel_between": (
        "Bỏ qua: kiện hàng đang được lấy, chuyển hoặc nằm ở kho; chưa có gì để gọi.",
        "Ignored: the parcel is fetched, moved or stored; there is nothing to call about.",
    ),
    "parcel_part_return": (
        "Bỏ qua: đây là phần hàng được trả lại của một kiện đã giao.",
        "Ignored: this is the part of a delivered parcel that goes back.",
    ),
    "no_order": (
        "Bỏ qua: tin của cửa hàng không kèm đơn hàng nào.",
        "Ignored: the shop's message holds no order.",
    ),
    "other_seller": (
        "Bỏ qua: sự kiện của một nhà bán khác, theo sid trong phần settings của cửa hàng.",
        "Ignored: the event is another seller's, by sid in the settings of this shop.",
    ),
    "before_switched_on": (
        "Bỏ qua: đơn được đặt trước khi cửa hàng này được bật. Tin vẫn được lưu và có thể xử lý lại sau.",
        "Ignored: it was ordered before this shop was switched on. The message is kept and can be replayed.",
    ),
    "source_disabled": (
        "Bỏ qua: cửa hàng này đang tắt. Tin vẫn được lưu và có thể xử lý lại sau.",
        "Ignored: this shop is switched off. The message is kept and can be replayed.",
    ),
    "erased": (
        "Nội dung đã được xóa, theo yêu cầu hoặc vì hết thời hạn lưu giữ, nên không đọc lại được nữa.",
        "The content was erased, on request or because its time was over, and cannot be read again.",
    ),
    "read_around": (
        "Một phần của tin không đọc được và không cần đến nên được bỏ qua[: {detail}]. Đơn vẫn được xét.",
        "A part of the message cannot be read and is not needed, so it was left out[: {detail}]. The order is decided.",
    ),
    "unknown_state": (
        "Chưa rõ trạng thái[ “{detail}”] nghĩa là gì nên đơn được coi là đang mở. Hãy ghi ý nghĩa vào settings.states "
        "của cửa hàng.",
        "What the state[ “{detail}”] means is not known, so the order counts as open. Write its meaning into "
        "settings.states of the source.",
    ),
    "not_decided": (
        "Chưa xử lý được tin này dù cơ sở dữ liệu vẫn trả lời[: {detail}]. Tin vẫn được lưu và có thể xử lý lại.",
        "The message could not be decided although the database answers[: {detail}]. It is kept and can be replayed.",
    ),
    "bad_payload": (
        "Không đọc được tin của cửa hàng[ tại {pointer}][: {detail}].",
        "The shop's message cannot be read[ at {pointer}][: {detail}].",
    ),
}

# Requests under /hooks/ that reached no source.
MISADDRESSED = {
    "unknown_source": (
        "Không cửa hàng nào có địa chỉ {address}, nơi {times} yêu cầu đã gửi đến[; gần giống nhất là {source}]. Hãy "
        "sửa địa chỉ trong phần webhook của cửa hàng.",
        "No source has the address {address}, to which {times} request(s) went[; the nearest is {source}]. Correct it "
        "in the shop's webhook settings.",
    ),
    "wrong_address": (
        "Không có gì nằm sau {address}, nơi {times} yêu cầu đã gửi đến. Địa chỉ đúng chỉ là {address}.",
        "Nothing is below {address}, where {times} request(s) went. The address is {address} alone.",
    ),
    "wrong_method": (
        "Địa chỉ {address} nhận {times} yêu cầu không phải là POST, chẳng hạn khi mở bằng trình duyệt. Webhook của cửa "
        "hàng phải là POST.",
        "The address {address} got {times} request(s) that were no POST, as when somebody opens it in a browser. A "
        "shop's webhook must be a POST.",
    ),
}

REFUSED = {
    "missing_signature": (
        "Từ chối tin: không có chữ ký của cửa hàng.",
        "Refused: the message carries no signature of the shop.",
    ),
    "bad_signature": (
        "Từ chối tin: chữ ký không khớp. Hãy kiểm tra khóa bí mật (secrets) của cửa hàng.",
        "Refused: the signature does not match. Check the secrets of this shop.",
    ),
    "secrets_locked": (
        "Chưa nhận tin: BRIDGE_SECRET_KEY không mở được khóa bí mật của cửa hàng này. Nơi gửi được yêu cầu gửi lại.",
        "Not taken: BRIDGE_SECRET_KEY does not open the secrets of this shop. The sender was asked to send again.",
    ),
    "no_secret": (
        "Từ chối tin: cửa hàng này chưa có khóa bí mật (secrets) trong cấu hình.",
        "Refused: this shop has no secrets in the configuration.",
    ),
    "bad_timestamp": (
        "Từ chối tin: không đọc được thời điểm ký.",
        "Refused: the time of signing cannot be read.",
    ),
    "stale_timestamp": (
        "Từ chối tin: thời điểm ký lệch quá xa so với bây giờ. Hãy kiểm tra đồng hồ của máy.",
        "Refused: the time of signing is too far from now. Check this machine's clock.",
    ),
    "missing_body": (
        "Từ chối tin: tin không có nội dung.",
        "Refused: the message has no body.",
    ),
    "unknown_hash": (
        "Từ chối tin: cấu hình của cửa hàng ghi một thuật toán băm không được hỗ trợ.",
        "Refused: the settings of this shop name a hash that is not supported.",
    ),
    "wrong_shop": (
        "Từ chối tin: tin này của một cửa hàng khác.",
        "Refused: the message is from another shop.",
    ),
    "no_webhook": (
        "Từ chối tin: nền tảng này không gửi webhook; đơn của nó được lấy từ hàng đợi.",
        "Refused: this platform sends no webhooks; its orders are taken from its queue.",
    ),
    "no_app_key": (
        "Từ chối tin: cấu hình của cửa hàng chưa ghi khóa ứng dụng. Hãy thêm app_key vào settings.",
        "Refused: the settings of this shop do not say the app's key. Write app_key into settings.",
    ),
    "no_jwks": (
        "Từ chối tin: cửa hàng ký bằng khóa riêng của mình. Hãy ghi địa chỉ cửa hàng vào settings.api_url, hoặc chép "
        "nội dung /.well-known/jwks.json của cửa hàng vào settings.jwks.",
        "Refused: the shop signs with its own keys. Write the shop's address into settings.api_url, or copy what its "
        "/.well-known/jwks.json shows into settings.jwks.",
    ),
    "keys_awaited": (
        "Chưa nhận tin: chữ ký không khớp các khóa đã lấy của cửa hàng. Khóa được hỏi lại ngay, và cửa hàng "
        "sẽ gửi lại.",
        "Not taken yet: the signature fits none of the keys that the shop showed. They are asked for again at once, "
        "and the shop sends again.",
    ),
    "bad_jwks": (
        "Từ chối tin: settings.jwks không có khóa RSA nào dùng được. Hãy chép lại /.well-known/jwks.json của cửa hàng.",
        "Refused: settings.jwks holds no RSA key that can be used. Copy the shop's /.well-known/jwks.json again.",
    ),
    "unknown_key": (
        "Từ chối tin: cửa hàng ký bằng một khóa chưa có trong settings.jwks. Hãy chép lại /.well-known/jwks.json.",
        "Refused: the shop signed with a key that settings.jwks does not hold. Copy its /.well-known/jwks.json again.",
    ),
    "sent_by_browser": (
        "Từ chối tin: trình duyệt của khách gửi thẳng, nên ai cũng đọc được token; hãy để máy chủ gửi.",
        "Refused: a browser sent it, where anybody can read the token; let the shop's server send it.",
    ),
    "missing_token": (
        "Từ chối tin: không có mã xác thực (token) của cửa hàng.",
        "Refused: the message carries no token of the shop.",
    ),
    "bad_token": (
        "Từ chối tin: mã xác thực (token) không khớp. Hãy kiểm tra khóa bí mật (secrets) của cửa hàng.",
        "Refused: the token does not match. Check the secrets of this shop.",
    ),
    "bad_verify_token": (
        "Từ chối xác nhận địa chỉ: verify_token không khớp với cấu hình của cửa hàng.",
        "The address was not confirmed: the verify_token is not the one in the settings of this shop.",
    ),
    "body_too_large": (
        "Từ chối tin: nội dung lớn hơn 1 MB.",
        "Refused: the body is larger than 1 MB.",
    ),
    "unknown_scheme": (
        "Từ chối tin: cấu hình của cửa hàng ghi một cách xác thực (scheme) không được hỗ trợ.",
        "Refused: the settings of this shop name a scheme that is not supported.",
    ),
}

# What a source's platform does when its webhooks keep failing.
STOPS = {
    "platform_switches_off": (
        "Sau {failures} lần lỗi nữa, {platform} sẽ tắt webhook này.",
        "After {failures} more failure(s) {platform} switches this webhook off.",
    ),
    "platform_deletes": (
        "Sau {failures} lần lỗi nữa, {platform} sẽ xóa webhook này.",
        "After {failures} more failure(s) {platform} deletes this webhook.",
    ),
    "platform_gives_up": (
        "Sau {failures} lần lỗi nữa, {platform} thôi gửi lại tin đó và đơn sẽ mất.",
        "After {failures} more failure(s) {platform} gives the message up, and its order is lost.",
    ),
    "platform_gave_up": (
        "Đã lỗi {failures} lần liên tiếp, {platform} có thể đã ngừng gửi. Hãy kiểm tra webhook ở cửa hàng và bật lại.",
        "After {failures} failures in a row {platform} may have stopped sending. Look at the webhook in the shop, and "
        "switch it on again.",
    ),
    "refused_in_a_row": (
        "Có {failures} tin liên tiếp bị từ chối. Hãy so khóa bí mật ở cửa hàng với secrets trong cấu hình.",
        "Refused in a row: {failures} message(s). Compare the shop's secret with the source's secrets.",
    ),
}

# Why a shop could not be asked for its orders.
POLLS = {
    "poll_credentials": (
        "Cửa hàng từ chối thông tin đăng nhập API. Hãy kiểm tra phần settings của cửa hàng.",
        "The shop refuses the credentials of its API. Look at the source's settings.",
    ),
    "poll_not_found": (
        "Không thấy API của cửa hàng ở địa chỉ này. Hãy kiểm tra api_url.",
        "There is no API of the shop at this address. Look at api_url.",
    ),
    "poll_redirected": (
        "API của cửa hàng chuyển sang địa chỉ khác. Hãy ghi địa chỉ https cuối cùng vào api_url.",
        "The shop's API redirects. Write the final https address as api_url.",
    ),
    "poll_address": (
        "Địa chỉ API của cửa hàng không được phép: phải là https và không phải địa chỉ nội bộ.",
        "The address of the shop's API is not allowed: it must be https and not a local one.",
    ),
    "poll_rate_limited": (
        "Cửa hàng yêu cầu hỏi chậm lại; sẽ hỏi lại sau.",
        "The shop wants to be asked less often; it will be asked again later.",
    ),
    "poll_unreachable": (
        "Không kết nối được với API của cửa hàng; sẽ hỏi lại sau.",
        "The shop's API cannot be reached; it will be asked again later.",
    ),
    "poll_position": (
        "Vị trí đọc đã lưu không còn hợp lệ với hàng đợi; sẽ đọc lại từ đầu, đơn đã lưu không bị gọi lần nữa.",
        "The queue no longer takes the place up to which it was read; it is read from its beginning again, and nothing "
        "that is stored rings twice.",
    ),
    "poll_failed": (
        "API của cửa hàng báo lỗi; sẽ hỏi lại sau.",
        "The shop's API fails; it will be asked again later.",
    ),
    "poll_bad_answer": (
        "Câu trả lời của API cửa hàng không đọc được.",
        "The answer of the shop's API cannot be read.",
    ),
}
