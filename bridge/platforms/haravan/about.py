"""What a person who connects a Haravan shop has to know."""

from __future__ import annotations

from bridge.core.platform import About

ABOUT = About(
    proof=(
        "`X-Haravan-Hmacsha256`: HMAC-SHA256 của nội dung, base64",
        "`X-Haravan-Hmacsha256`: HMAC-SHA256 of the body, base64",
    ),
    needs=(
        "Chuỗi xác thực webhook, hoặc client secret của ứng dụng. README có mục riêng chỉ từng bước",
        "The webhook authentication string, or the app's client secret. Its own section of the README has the steps",
    ),
    resends=(
        "không thấy tài liệu",
        "not documented",
    ),
    traps=(
        "Bắt tay bằng GET trước khi đăng ký. Tin không có mã: nội dung là khóa chống trùng",
        "A GET handshake before an app subscribes. A delivery has no id: its body is the key",
    ),
)
