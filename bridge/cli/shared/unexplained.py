"""What to do about what the balance cannot explain."""

from __future__ import annotations

from collections.abc import Mapping

from bridge.core.model.texts import Text

# Each kind of unexplained thing: what to do about it, in Vietnamese and English.
ACTS: Mapping[str, Text] = {
    "failed_deliveries": (
        "xem: python -m bridge deliveries --state failed; đóng bằng --ack ID --reason TEXT",
        "see: python -m bridge deliveries --state failed; close with --ack ID --reason TEXT",
    ),
    "undecided_deliveries": (
        "đã lưu hơn 5 phút; có worker nào đang chạy không? python -m bridge worker",
        "stored over 5 minutes ago; is a worker running? python -m bridge worker",
    ),
    "events_without_decision": (
        "xem: python -m bridge deliveries, và nhật ký của worker",
        "see: python -m bridge deliveries, and the log of the worker",
    ),
    "stuck_calls": (
        "đã quá thời điểm hoặc quá hạn giữ; có worker nào đang chạy không? python -m bridge worker",
        "past their time or their lease; is a worker running? python -m bridge worker",
    ),
}
