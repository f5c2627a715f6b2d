"""What a person who connects a sender of webhooks has to know."""

from __future__ import annotations

from bridge.core.platform import About

ABOUT = About(
    whose_key="own",
    title=("Nguồn gửi webhook bất kỳ", "Any sender of webhooks"),
    proof=(
        "Standard Webhooks; hoặc HMAC trong một header; hoặc token ở header hay `?token=`",
        "Standard Webhooks; or an HMAC in a header; or a token in a header or `?token=`",
    ),
    needs=(
        "Một khóa chung; `settings` nói cách ký và chỗ của từng trường",
        "A shared secret; `settings` say how it is signed and where each field stands",
    ),
    resends=(
        "tùy bên gửi; chữ ký Standard Webhooks có hiệu lực 5 phút",
        "as the sender does; a signature of Standard Webhooks holds for 5 minutes",
    ),
    traps=(
        "Số tiền có thể hiểu hai cách thì bị từ chối. Một loại tin lạ thì được lưu và bỏ qua",
        "An amount that may mean two things is refused. An unknown topic is kept and ignored",
    ),
)
