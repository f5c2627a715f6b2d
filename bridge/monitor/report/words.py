"""The words of a report in Vietnamese and English, and its numbers as each language writes them. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from zoneinfo import ZoneInfo

from bridge.core.model import DEFAULT_ZONE
from bridge.core.model.texts import Language, Text
from bridge.core.reports.figures import Timing
from bridge.core.schedule import DAY_NAMES

FIGURES: Mapping[str, Text] = {
    "orders": ("Đơn hàng", "Orders"),
    "called": ("Đã gọi", "Called"),
    "reached": ("Gặp được", "Reached"),
    "confirmed": ("Xác nhận", "Confirmed"),
    "declined": ("Từ chối", "Declined"),
    "agent": ("Gặp nhân viên", "Wants a person"),
    "no_key": ("Không bấm phím", "No key"),
    "answered": ("Bấm phím khác", "Other key"),
    "unreachable": ("Không gặp", "Unreachable"),
    "no_result": ("Chưa có kết quả", "No result"),
    "median_minutes": ("Phút chờ đến khi nghe máy", "Minutes to answer"),
    "cost": ("Chi phí", "Cost"),
    "cost_per_confirmed": ("Mỗi đơn xác nhận", "Per confirmed"),
    "saved_parcels": ("Kiện không phải gửi", "Parcels not sent"),
    "saved": ("Tiết kiệm", "Saved"),
}
DIMENSIONS: Mapping[str, Text] = {
    "hour": ("Giờ gọi", "Hour of the call"),
    "weekday": ("Thứ trong tuần", "Weekday of the call"),
    "day": ("Ngày đặt", "Day of the order"),
    "source": ("Cửa hàng", "Shop"),
    "rule": ("Quy tắc", "Rule"),
    "template": ("Kịch bản", "Template"),
    "hotline": ("Đầu số", "Hotline"),
    "province": ("Tỉnh, thành", "Province"),
}
WEEKDAYS: Mapping[str, Text] = dict(
    zip(
        DAY_NAMES,
        (
            ("Thứ Hai", "Monday"),
            ("Thứ Ba", "Tuesday"),
            ("Thứ Tư", "Wednesday"),
            ("Thứ Năm", "Thursday"),
            ("Thứ Sáu", "Friday"),
            ("Thứ Bảy", "Saturday"),
            ("Chủ Nhật", "Sunday"),
        ),
        strict=True,
    )
)
NOT_CALLED: Text = ("chưa gọi", "not called")
UNKNOWN: Text = ("chưa rõ", "unknown")
WORDS: Mapping[str, Text] = {
    "title": ("Báo cáo cuộc gọi", "Report of calls"),
    "span": ("{since} đến {until}", "{since} to {until}"),
    "summary": (
        "Có {orders} đơn, đã gọi {called}. Gặp được khách của {reached} đơn ({reached_share} số đơn đã gọi): "
        "{confirmed} đơn được xác nhận, {declined} đơn bị từ chối trước khi gửi hàng.",
        "{orders} orders came, and {called} were called. The buyers of {reached} were reached ({reached_share} of "
        "those called): {confirmed} confirmed, and {declined} declined before anything was sent.",
    ),
    "none_called": (
        "Có {orders} đơn; chưa gọi đơn nào.",
        "{orders} orders came; none was called.",
    ),
    "nothing": (
        "Trong khoảng này không có đơn hàng nào. Hãy chọn khoảng dài hơn, ví dụ --since 90d.",
        "No order came in this span. Choose a longer one, such as --since 90d.",
    ),
    "unfinished": (
        "Chưa đếm xong: các đơn nhận trước {at} còn đang được đếm, nên báo cáo này chưa đủ. Hãy xem lại sau ít phút.",
        "Not all is counted yet: orders that came before {at} are still being counted, so this report is not complete. "
        "Look again in a few minutes.",
    ),
    "funnel": ("Từ đơn hàng đến xác nhận", "From order to confirmation"),
    "ends": ("Các đơn đã gọi kết thúc ra sao", "How the orders that were called ended"),
    "days": ("Đơn đã gọi theo ngày đặt", "Orders that were called, by day of the order"),
    "weeks": ("Đơn đã gọi theo tuần đặt", "Orders that were called, by week of the order"),
    "heat": ("Gọi lúc nào thì gặp được", "When people answer"),
    "heat_note": (
        "Phần trăm lần gọi có người nghe máy, theo giờ gọi. Ô chữ nhạt có dưới {few} lần gọi: chưa nói lên điều gì.",
        "The share of calls that somebody answered, by the hour of the call. A pale cell has fewer than {few} calls: "
        "it says nothing yet.",
    ),
    "cell": ("{day} {hour} giờ: gọi {rung}, nghe máy {reached}", "{day} {hour}:00: {rung} called, {reached} reached"),
    "by": ("Theo {what}", "By {what}"),
    "of_called": ("{share} số đã gọi", "{share} of those called"),
    "of_orders": ("{share} số đơn", "{share} of the orders"),
    "minutes": ("{n} phút", "{n} min"),
    "best_hour": (
        "Giờ gọi tốt nhất, quy tắc {rule}: gặp được {moved} ({moved_calls} cuộc), so với {held_out} của "
        "{held_out_calls} cuộc gọi như thường: hơn {gain} điểm phần trăm (khoảng tin cậy 95%: {low} đến {high}).",
        "Best hour, rule {rule}: {moved} reached ({moved_calls} calls), and {held_out} of the {held_out_calls} calls "
        "that were held out: a gain of {gain} percentage points (95% interval: {low} to {high}).",
    ),
    "best_hour_learning": (
        "Giờ gọi tốt nhất, quy tắc {rule}: mới học từ {calls} cuộc gọi, cần {needed}; chưa thay đổi gì.",
        "Best hour, rule {rule}: learnt from {calls} calls, and {needed} are needed; it changes nothing yet.",
    ),
    "best_hour_waiting": (
        "Giờ gọi tốt nhất, quy tắc {rule}: chưa có kết quả để so sánh.",
        "Best hour, rule {rule}: there are no results to compare yet.",
    ),
    "days_long": ("{n} ngày", "{n} days"),
    "parcels": ("{n} kiện không phải gửi", "{n} parcels not sent"),
    "more": ("và {n} dòng nữa", "and {n} more"),
    "manual": ("Gọi thủ công và theo danh sách", "Calls by hand and of lists"),
    "whole": ("Tất cả", "All"),
    "note_order": (
        "Mỗi đơn được đếm một lần, theo cuộc gọi có câu trả lời rõ nhất. Theo quy tắc, kịch bản, đầu số và giờ gọi, "
        "một đơn có thể nằm ở nhiều dòng.",
        "Each order counts once, by the call with the clearest answer. By rule, template, hotline and hour an order "
        "may stand in several lines.",
    ),
    "note_minutes": (
        "Số phút là trung vị, từ lúc nhận đơn đến cuộc gọi có người nghe máy.",
        "The minutes are the median from the order's arrival to the call that was answered.",
    ),
    "note_cost": (
        "Chi phí do VBot báo; nếu VBot không báo thì tính theo reports.rate.",
        "The cost is what VBot reports; where it reports none, it is reckoned by reports.rate.",
    ),
    "note_unpriced": (
        "Chưa tính {n} cuộc gọi không rõ giá.",
        "{n} calls of unknown price are left out.",
    ),
    "note_saved": (
        "Kiện không phải gửi: {share} số đơn bị từ chối, mỗi kiện {price} (reports.parcel).",
        "Parcels not sent: {share} of the declined orders, at {price} each (reports.parcel).",
    ),
    "counted": ("Số liệu tính đến {at}.", "Counted at {at}."),
    "made": ("Lập lúc {at} bởi VBot Bridge, từ sổ ghi cuộc gọi.", "Made at {at} by VBot Bridge, from its ledger."),
}


def say(key: str, language: Language, **facts: object) -> str:
    """The text of WORDS in this language, with its facts."""
    return pick(WORDS[key], language).format(**facts)


def pick(text: Text, language: Language) -> str:
    return text[0] if language == "vi" else text[1]


def number(value: int | None, language: Language) -> str:
    """1.234 in Vietnamese, 1,234 in English; a dash for None."""
    if value is None:
        return "–"
    return f"{value:,}".replace(",", ".") if language == "vi" else f"{value:,}"


def dong(value: int | None, language: Language) -> str:
    return "–" if value is None else f"{number(value, language)} ₫"


def percent(share: float | None, language: Language) -> str:
    """Whole, and one digit behind the point below ten."""
    if share is None:
        return "–"
    text = f"{100 * share:.0f}%" if share >= 0.0995 or not share else f"{100 * share:.1f}%"
    return text.replace(".", ",") if language == "vi" else text


def timing(found: Timing, language: Language) -> str:
    """What the best hour has brought a rule, in one sentence."""
    gain = found.gain
    if found.calls < found.needed:
        return say("best_hour_learning", language, rule=found.rule, calls=found.calls, needed=found.needed)
    if gain.gain is None or gain.low is None or gain.high is None:
        return say("best_hour_waiting", language, rule=found.rule)
    points = {name: _points(getattr(gain, name), language) for name in ("gain", "low", "high")}
    sides = {"moved": gain.moved, "held_out": gain.held_out}
    shares = {name: percent(cell[1] / cell[0], language) for name, cell in sides.items()}
    calls = {f"{name}_calls": number(cell[0], language) for name, cell in sides.items()}
    return say("best_hour", language, rule=found.rule, **points, **shares, **calls)


def _points(share: float, language: Language) -> str:
    text = f"{100 * share:.1f}"
    return text.replace(".", ",") if language == "vi" else text


def shown_key(by: str, key: str | None, language: Language) -> str:
    """A line's name for people."""
    if key is None:
        return pick(UNKNOWN if by == "province" else NOT_CALLED, language)
    if by == "weekday":
        return pick(WEEKDAYS[key], language)
    if by == "hour":
        return f"{key}:00"
    return shown_day(key, language) if by == "day" else key


def shown_day(day: str, language: Language) -> str:
    """ "2026-11-23" as 23/11/2026 in Vietnamese."""
    return "/".join(reversed(day.split("-"))) if language == "vi" else day


def shown_time(at: datetime, language: Language) -> str:
    """To the minute, in Vietnam's time zone."""
    local = at.astimezone(ZoneInfo(DEFAULT_ZONE))
    return f"{local:%H:%M %d/%m/%Y}" if language == "vi" else f"{local:%Y-%m-%d %H:%M}"
