"""What codes are called in both languages: groups, states, results, decisions, roles. In English they are the codes.

Sentences stand in `bridge.core.reasons`.
"""

from __future__ import annotations

from collections.abc import Mapping

from bridge.core.call_states import CallState
from bridge.core.model import AttemptOutcome, WriteState
from bridge.core.model.texts import Text

# Each code in Vietnamese. The balance's groups of orders, in its order:
GROUPS: Mapping[str, str] = {
    CallState.UNSURE: "chưa rõ",
    CallState.WAITING: "đang chờ",
    "called": "đã gọi",
    CallState.REFUSED: "VBot từ chối",
    CallState.EXPIRED: "hết hạn",
    CallState.CANCELLED: "đã hủy",
    "skipped": "không gọi",
}
STATES: Mapping[str, str] = {
    CallState.WAITING: "đang chờ",
    CallState.QUEUED: "sắp gọi",
    CallState.DIALING: "đang gọi",
    CallState.PLACED: "đã gửi VBot",
    CallState.FINISHED: "đã xong",
    CallState.REFUSED: "VBot từ chối",
    CallState.CANCELLED: "đã hủy",
    CallState.EXPIRED: "đã hết hạn",
    CallState.UNSURE: "chưa rõ đã gọi hay chưa",
}
RESULTS: Mapping[str, str] = {
    "confirmed": "khách xác nhận",
    "declined": "khách từ chối",
    "agent": "khách muốn gặp nhân viên",
    "answered": "khách nghe máy",
    "no_key": "khách không bấm phím",
    "no_answer": "không nghe máy",
    "busy": "máy bận",
    "failed": "không gọi được",
    "unknown": "không có kết quả",
    "unreachable": "không liên lạc được",
}
UNREACHABLE = ("no_answer", "busy", "failed")  # of the results: nobody was reached
ORDER_STATES: Mapping[str, str] = {
    "open": "đang mở",
    "draft": "nháp",
    "completed": "hoàn thành",
    "fulfilled": "đã giao",
    "failed": "thất bại",
    "refunded": "đã hoàn tiền",
    "returned": "đã hoàn hàng",
    "cancelled": "đã hủy",
    "trashed": "đã bỏ vào thùng rác",
    "deleted": "đã xóa",
}
OUTCOMES: Mapping[str, str] = {
    AttemptOutcome.ACCEPTED: "VBot đã nhận",
    AttemptOutcome.NOT_SENT: "chưa gửi đi",
    AttemptOutcome.REFUSED: "VBot từ chối",
    AttemptOutcome.UNSURE: "chưa rõ đã đến VBot hay chưa",
}
DELIVERY_STATES: Mapping[str, str] = {
    "stored": "đã lưu, chưa quyết định",
    "decided": "đã quyết định",
    "ignored": "bỏ qua",
    "failed": "không đọc được",
}
TOPICS: Mapping[str, str] = {
    "order.created": "có đơn mới",
    "order.updated": "đơn thay đổi",
    "order.paid": "đơn đã thanh toán",
    "order.cancelled": "đơn bị hủy",
    "order.fulfilled": "đơn đã giao",
    "order.deleted": "đơn bị xóa",
    "checkout.abandoned": "giỏ hàng bỏ dở",
    "delivery.out": "hàng đang đi giao",
    "delivery.failed": "giao hàng không thành",
    "delivery.returning": "hàng đang hoàn về",
    "delivery.returned": "hàng đã hoàn về",
    "delivery.delivered": "hàng đã đến tay khách",
    "test": "tin thử",
}
DECISIONS: Mapping[str, str] = {"call": "gọi", "skip": "không gọi", "cancel": "hủy cuộc gọi"}
# What the balance cannot explain.
UNEXPLAINED: Mapping[str, str] = {
    "failed_deliveries": "tin không đọc được",
    "undecided_deliveries": "tin chưa được quyết định",
    "events_without_decision": "sự kiện không có quyết định",
    "stuck_calls": "cuộc gọi đứng yên",
}
SCOPES: Mapping[str, str] = {"all": "mọi cuộc gọi", "rule": "quy tắc", "hotline": "đầu số", "source": "nguồn"}
ROLES: Mapping[str, str] = {"viewer": "người xem", "operator": "người vận hành", "admin": "quản trị viên"}

# What is written to an order at its shop, and where that stands.
WRITES: Mapping[str, Text] = {
    "note": ("ghi chú vào đơn ở cửa hàng", "note to the order at the shop"),
    "tag": ("gắn thẻ cho đơn ở cửa hàng", "tag of the order at the shop"),
    "status": ("đổi trạng thái đơn ở cửa hàng thành", "status of the order at the shop"),
    "confirm_order": ("xác nhận đơn ở cửa hàng", "confirm the order at the shop"),
    "cancel_order": ("hủy đơn ở cửa hàng", "cancel the order at the shop"),
    "redeliver": ("yêu cầu hãng vận chuyển giao lại", "ask the carrier to deliver again"),
}
WRITE_STATES: Mapping[str, str] = {
    WriteState.WAITING: "đang chờ",
    WriteState.SENDING: "đang ghi",
    WriteState.WRITTEN: "đã ghi",
    WriteState.REFUSED: "không ghi",
    WriteState.UNSURE: "chưa rõ đã ghi hay chưa",
}

# What people did, as the audit names it, after their name.
ACTS: Mapping[str, Text] = {
    "alarm seen": ("đã xem cảnh báo", "acknowledged the alarm"),
    "backup": ("đã sao lưu sổ", "backed the ledger up"),
    "batch": ("đã cho gọi một danh sách", "had a list called"),
    "fields forget": ("đã bỏ các biến của một kịch bản", "forgot a template's custom fields"),
    "rules save": ("đã lưu quy tắc", "saved rules"),
    "apply": ("đã áp dụng tệp cấu hình", "applied configuration files"),
    "dnc add": ("đã thêm vào danh sách không gọi", "added to the do-not-call list"),
    "dnc import": ("đã nhập danh sách không gọi", "imported the do-not-call list"),
    "dnc remove": ("đã bỏ khỏi danh sách không gọi", "removed from the do-not-call list"),
    "forget": ("đã xóa dữ liệu của một người", "erased a person"),
    "hotline limits": ("đã đổi giới hạn của đầu số", "changed a hotline's limits"),
    "pause": ("đã tạm dừng", "paused"),
    "restore": ("đã khôi phục bản sao lưu", "restored a backup"),
    "resume": ("đã chạy lại", "resumed"),
    "rules rollback": ("đã quay về quy tắc cũ", "went back to earlier rules"),
    "show phones": ("đã xem số điện thoại đầy đủ", "looked at whole phone numbers"),
    "sign in": ("đã đăng nhập", "signed in"),
    "source add": ("đã thêm nguồn", "added the source"),
    "source add secret": ("đã thêm khóa bí mật cho nguồn", "added a secret to the source"),
    "source remove secret": ("đã bỏ một khóa bí mật của nguồn", "removed a secret of the source"),
    "source settings": ("đã đổi thiết lập của nguồn", "changed the source's settings"),
    "source switch off": ("đã tắt nguồn", "switched the source off"),
    "source switch on": ("đã bật nguồn", "switched the source on"),
    "tokens add": ("đã tạo token", "made a token"),
    "tokens revoke": ("đã thu hồi token", "revoked a token"),
    "users add": ("đã thêm người dùng", "added a user"),
    "users remove": ("đã xóa người dùng", "removed a user"),
    "users reset": ("đã đặt lại mật khẩu", "reset a password"),
    "users role": ("đã đổi quyền", "changed a role"),
    "acknowledge": ("đã đóng tin này", "closed this delivery"),
    "call": ("đã đặt cuộc gọi này", "asked for this call"),
    "cancel": ("đã hủy cuộc gọi", "cancelled the call"),
    "replay": ("đã cho quyết định lại", "decided it again"),
    "resolve again": ("đã cho gọi lại", "let it ring again"),
    "resolve leave": ("đã để nguyên là chưa rõ", "left it unsure"),
    "resolve rang": ("đã kết luận là có đổ chuông", "settled that it rang"),
    "show raw": ("đã xem nguyên văn", "read its bytes"),
    "tell": ("đã cho báo lại cho cửa hàng", "told the shop again"),
}

# On what people act, as it is recorded: "call:4711", "dnc".
SUBJECTS: Mapping[str, Text] = {
    "alarm": ("cảnh báo", "alarm"),
    "all": ("tất cả", "all"),
    "batch": ("danh sách", "list"),
    "call": ("cuộc gọi", "call"),
    "calls": ("các cuộc gọi", "calls"),
    "channel": ("kênh báo", "channel"),
    "deliveries": ("số tin", "deliveries"),
    "delivery": ("tin", "delivery"),
    "dnc": ("danh sách không gọi", "do-not-call list"),
    "holidays": ("ngày nghỉ", "holidays"),
    "hotline": ("đầu số", "hotline"),
    "order": ("đơn", "order"),
    "person": ("một người", "a person"),
    "records": ("nhật ký cuộc gọi của VBot", "VBot's records"),
    "revision": ("bản quy tắc số", "revision"),
    "rule": ("quy tắc", "rule"),
    "reports": ("báo cáo", "reports"),
    "rules": ("các quy tắc", "rules"),
    "source": ("nguồn", "source"),
    "template": ("kịch bản", "template"),
    "templates": ("các kịch bản", "templates"),
    "token": ("token", "token"),
    "user": ("người dùng", "user"),
    "webhook": ("webhook", "webhook"),
}

# What a token of the API may do.
TOKEN_SCOPES: Mapping[str, Text] = {
    "read": (
        "xem tin, đơn, cuộc gọi, nguồn và báo cáo; số điện thoại bị che",
        "read deliveries, orders, calls, sources and reports; phone numbers are masked",
    ),
    "phones": ("thấy đầy đủ số điện thoại trong những gì được xem", "see whole phone numbers in what is read"),
    "call": ("gọi một cuộc", "place a call"),
    "replay": ("xử lý lại một tin đã lưu", "decide a stored delivery again"),
    "operate": (
        "hủy cuộc gọi, kết luận cuộc chưa rõ, tạm dừng, chạy lại, và sửa danh sách không gọi",
        "cancel calls, settle unsure ones, pause and resume, and change the do-not-call list",
    ),
    "rules": (
        "xem thử quy tắc, cả quy tắc chưa lưu, trên những tin đã lưu: thấy được mọi lời mà quy tắc ấy đọc ra từ đơn",
        "try rules, also changed ones, on stored deliveries: it sees whatever such a rule would say of an order",
    ),
    "metrics": ("đọc `/metrics`", "read `/metrics`"),
}


def word(words: Mapping[str, str], code: str | None, language: str) -> str:
    """What this code is called, in English the code itself as words; "" for none."""
    if code is None:
        return ""
    return words.get(code, code) if language == "vi" else code.replace("_", " ")
