"""What codes are called in both languages: the balance's groups, states, results, decisions, roles. Not sentences."""

from __future__ import annotations

from collections.abc import Mapping

from bridge.core.call_states import CallState
from bridge.core.model.texts import Language, Text

# The balance's groups of orders, in its order.
GROUPS: Mapping[str, Text] = {
    CallState.UNSURE: ("chưa rõ", "unsure"),
    CallState.WAITING: ("đang chờ", "waiting"),
    "called": ("đã gọi", "called"),
    CallState.REFUSED: ("bị từ chối", "refused"),
    CallState.EXPIRED: ("hết hạn", "expired"),
    CallState.CANCELLED: ("đã hủy", "cancelled"),
    "skipped": ("không gọi", "skipped"),
}
STATES: Mapping[str, Text] = {
    CallState.WAITING: ("đang chờ", "waiting"),
    CallState.QUEUED: ("sắp gọi", "queued"),
    CallState.DIALING: ("đang gửi", "dialing"),
    CallState.PLACED: ("VBot đã nhận", "placed"),
    CallState.FINISHED: ("đã xong", "finished"),
    CallState.REFUSED: ("bị từ chối", "refused"),
    CallState.CANCELLED: ("đã hủy", "cancelled"),
    CallState.EXPIRED: ("hết hạn", "expired"),
    CallState.UNSURE: ("chưa rõ", "unsure"),
}
RESULTS: Mapping[str, Text] = {
    "confirmed": ("khách xác nhận", "confirmed"),
    "declined": ("khách không nhận", "declined"),
    "agent": ("khách muốn gặp người", "wants a person"),
    "answered": ("đã nghe và bấm phím", "answered"),
    "no_key": ("nghe mà không bấm phím", "no key pressed"),
    "no_answer": ("không nghe máy", "no answer"),
    "busy": ("máy bận", "busy"),
    "failed": ("không gọi được", "failed"),
    "unknown": ("không có kết quả", "unknown"),
}
DECISIONS: Mapping[str, Text] = {
    "call": ("gọi", "call"),
    "skip": ("không gọi", "skip"),
    "cancel": ("hủy cuộc gọi", "cancel"),
}
# What the balance cannot explain.
UNEXPLAINED: Mapping[str, Text] = {
    "failed_deliveries": ("tin không đọc được", "deliveries that cannot be read"),
    "undecided_deliveries": ("tin chưa được quyết định", "deliveries that are not decided"),
    "events_without_decision": ("sự kiện không có quyết định", "events without a decision"),
    "stuck_calls": ("cuộc gọi đứng yên", "calls that stand still"),
}
SCOPES: Mapping[str, Text] = {
    "all": ("mọi cuộc gọi", "all calls"),
    "rule": ("quy tắc", "rule"),
    "hotline": ("đầu số", "hotline"),
    "source": ("nguồn", "source"),
}
ROLES: Mapping[str, Text] = {
    "viewer": ("người xem", "viewer"),
    "operator": ("người vận hành", "operator"),
    "admin": ("quản trị viên", "admin"),
}


def word(words: Mapping[str, Text], code: str | None, language: Language) -> str:
    """What this code is called; the code itself where it is not known, "" for none."""
    if code is None:
        return ""
    return words[code][0 if language == "vi" else 1] if code in words else code
