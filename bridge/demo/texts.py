"""The texts of the demo, in Vietnamese and in English."""

from __future__ import annotations

from bridge.core.model.texts import Language


def say(name: str, language: Language, **facts: object) -> str:
    """The sentence of this name with its facts."""
    return _TEXTS[name][0 if language == "vi" else 1].format(**facts)


_TEXTS = {
    # What is special about an order
    "ordinary": ("đơn thu tiền khi nhận hàng", "an order to be paid on delivery"),
    "updated_first": (
        "tin “cập nhật” đến trước tin “tạo đơn”",
        "its update arrived before its creation",
    ),
    "cancelled": ("khách hủy ngay sau khi đặt", "cancelled right after it was made"),
    "resent": ("cửa hàng gửi cùng một tin hai lần", "the shop sent the same delivery twice"),
    "card": ("trả bằng thẻ; quy tắc chỉ gọi đơn COD", "paid by card; the rule wants cash on delivery"),
    "masked": ("số điện thoại bị che", "its phone number is masked"),
    "foreign": ("số điện thoại nước ngoài", "its phone number is foreign"),
    "forged": (
        "kẻ lạ gửi tin giả chữ ký trước (401), rồi cửa hàng gửi tin thật",
        "first a stranger forged it (401), then the shop sent it",
    ),
    # How it ended
    "called": ("ĐÃ GỌI", "CALLED"),
    "confirmed": ("KHÁCH ĐỒNG Ý", "CONFIRMED"),
    "declined": ("KHÁCH TỪ CHỐI", "DECLINED"),
    "agent": ("CẦN NHÂN VIÊN", "AGENT"),
    "answered": ("ĐÃ NGHE MÁY", "ANSWERED"),
    "unreached": ("KHÔNG GẶP ĐƯỢC", "UNREACHED"),
    "redial": ("GỌI LẠI", "AGAIN"),
    "skipped": ("KHÔNG GỌI", "SKIPPED"),
    "cancelled_end": ("ĐÃ HỦY", "CANCELLED"),
    "refused": ("BỊ TỪ CHỐI", "REFUSED"),
    "too_late": ("HẾT HẠN", "EXPIRED"),
    "unsure": ("CHƯA RÕ", "UNSURE"),
    "unexplained": ("KHÔNG RÕ LÝ DO", "UNEXPLAINED"),
    "attempts": ("Lần thử thứ {count}; lần đầu: {first}", "Attempt {count}; the first: {first}"),
    # What VBot is about to do
    "rate_limited": (
        "(VBot sẽ trả lời 429 “quá nhiều yêu cầu” cho lần gọi kế tiếp)",
        "(VBot will answer the next call with 429, too many requests)",
    ),
    "refuse": ("(VBot sẽ từ chối lần gọi kế tiếp)", "(VBot will refuse the next call)"),
    "reset_after": (
        "(câu trả lời của VBot cho lần gọi kế tiếp sẽ bị mất giữa đường)",
        "(VBot's answer to the next call will be lost on its way)",
    ),
    "reset_before": (
        "(kết nối sẽ đứt trước khi VBot kịp nhận cuộc gọi kế tiếp)",
        "(the connection will break before VBot has taken the next call)",
    ),
    # Around it
    "start": (
        "VBot Bridge chạy thử: mọi thứ nằm trên máy này, không ai bị gọi. Đang khởi động …",
        "VBot Bridge demo: all of it on this machine, and nobody's phone rings. Starting …",
    ),
    "addresses": (
        "  Trang quản lý      {web}/   (tên: admin, mật khẩu: {password})\n"
        "  Cửa hàng gửi đến   {web}/hooks/<nguồn>   ({sources})\n"
        "  VBot giả           {vbot}   (đã nhận gọi: {vbot}/_fake/calls)\n"
        "  Thư mục            {folder}   (bridge.yaml, bridge.db, bridge.log)\n",
        "  Console         {web}/   (name: admin, password: {password})\n"
        "  Shops send to   {web}/hooks/<source>   ({sources})\n"
        "  Fake VBot       {vbot}   (what it accepted: {vbot}/_fake/calls)\n"
        "  Folder          {folder}   (bridge.yaml, bridge.db, bridge.log)\n",
    ),
    "look": (
        "Mở cửa sổ khác để hỏi:  (set -a; . {settings}; cd {root}; {python} -m bridge explain MÃ_ĐƠN)\n"
        "Ctrl-C để dừng.\n",
        "Ask it in another window:  (set -a; . {settings}; cd {root}; {python} -m bridge explain ORDER)\n"
        "Ctrl-C ends it.\n",
    ),
    "all_sent": ("Đã gửi đủ {orders} đơn. Ctrl-C để dừng.", "All {orders} orders are sent. Ctrl-C ends it."),
    "balance": ("\nBảng đối soát (python -m bridge balance):", "\nThe balance (python -m bridge balance):"),
    "agrees": (
        "Sổ của VBot giả khớp: đã nhận {rung} cuộc gọi, không ai bị gọi hai lần, chỉ gọi lại khi chưa ai nghe máy.",
        "The fake VBot agrees: it accepted {rung} calls, and nobody was called twice, but where nobody had answered.",
    ),
    "stopping": ("\nĐang dừng …", "\nStopping …"),
    "stopped": ("đã dừng trước khi xong", "stopped before its end"),
    "no_start": (
        "không khởi động được; những dòng cuối của nhật ký ở trên",
        "it did not start; its last log lines are above",
    ),
    "died": (
        "chương trình đã tự dừng; những dòng cuối của nhật ký ở trên",
        "the bridge ended by itself; its last log lines are above",
    ),
    "bad_answer": (
        "{source} gửi một tin và nhận {got} thay vì {wanted}",
        "a delivery of {source} was answered {got} instead of {wanted}",
    ),
    "too_slow": (
        "quá {seconds} giây mà các đơn này chưa kết thúc: {orders}",
        "after {seconds} s these orders have not come to their end: {orders}",
    ),
    "no_answer": (
        "lệnh {command} không trả lời trong {seconds} giây",
        "the command {command} did not answer within {seconds} s",
    ),
    "unbalanced": ("sổ cân đối có đơn không rõ lý do", "the balance holds something unexplained"),
}
