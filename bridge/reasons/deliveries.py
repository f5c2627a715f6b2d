"""What became of a delivery that held no order to decide, or was refused: reason code -> (Vietnamese, English)."""

from __future__ import annotations

DELIVERIES = {
    "unknown_topic": (
        "Bỏ qua: loại tin[ “{topic}”] của cửa hàng chưa được hỗ trợ.",
        "Ignored: the shop's message type[ “{topic}”] is not one that we read.",
    ),
    "no_order": (
        "Bỏ qua: tin của cửa hàng không kèm đơn hàng nào.",
        "Ignored: the shop's message holds no order.",
    ),
    "source_disabled": (
        "Bỏ qua: cửa hàng này đang tắt. Tin vẫn được lưu và có thể xử lý lại sau.",
        "Ignored: this shop is switched off. The message is kept and can be replayed.",
    ),
    "erased": (
        "Nội dung đã được xóa, theo yêu cầu hoặc vì hết thời hạn lưu giữ, nên không đọc lại được nữa.",
        "The content was erased, on request or because its time was over, and cannot be read again.",
    ),
    "bad_payload": (
        "Không đọc được tin của cửa hàng[ tại {pointer}][: {detail}].",
        "The shop's message cannot be read[ at {pointer}][: {detail}].",
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
