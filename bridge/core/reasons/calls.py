"""How a call ended, what happened on the phone, and what a waiting one waits for: code -> (Vietnamese, English)."""

from __future__ import annotations

ENDS = {
    "placed": (
        "VBot đã nhận cuộc gọi, đang chờ kết quả.",
        "VBot accepted the call; its result is awaited.",
    ),
    "accepted": (
        "VBot đã nhận cuộc gọi.",
        "VBot accepted the call.",
    ),
    "resolved_rang": (
        "Có người xác nhận máy khách đã đổ chuông[, ghi chú: {detail}].",
        "A person confirmed that the phone rang[, note: {detail}].",
    ),
    "expired": (
        "Không gọi được trong thời hạn cho phép[ (đến {not_after})], nên cuộc gọi đã hết hạn.",
        "The call could not be made in its time[ (by {not_after})] and has expired.",
    ),
    "vbot_refused": (
        "VBot từ chối cuộc gọi[: {detail}].",
        "VBot refused the call[: {detail}].",
    ),
    "vbot_system_error": (
        "VBot báo lỗi hệ thống[ ({detail})]. Cuộc gọi không tự gửi lại, để không ai bị gọi hai lần.",
        "VBot reported a system error[ ({detail})]. It is not sent again by itself, so that nobody is called twice.",
    ),
    "bad_request": (
        "VBot không nhận yêu cầu gọi vì nội dung chưa đúng[: {detail}].",
        "VBot did not take the request because its content is wrong[: {detail}].",
    ),
    "no_balance": (
        "Tài khoản VBot đã hết tiền. Hãy nạp tiền rồi cho gọi lại.",
        "The VBot account has no balance left. Top it up, then replay the call.",
    ),
}

_RINGS_VI, _RINGS_EN = "[ (lần gọi thứ {rings})]", "[ (call {rings})]"

RESULTS = {
    "confirmed": (
        f"Khách đã xác nhận[, bấm phím {{key}}]{_RINGS_VI}.",
        f"The customer confirmed[ with key {{key}}]{_RINGS_EN}.",
    ),
    "declined": (
        f"Khách đã từ chối[, bấm phím {{key}}]{_RINGS_VI}.",
        f"The customer declined[ with key {{key}}]{_RINGS_EN}.",
    ),
    "agent": (
        f"Khách muốn gặp nhân viên[, bấm phím {{key}}]{_RINGS_VI}.",
        f"The customer asks for a person[, with key {{key}}]{_RINGS_EN}.",
    ),
    "answered": (
        f"Khách đã nghe máy[ và bấm phím {{key}}, quy tắc không nói phím này nghĩa là gì]{_RINGS_VI}.",
        f"The customer answered[ and pressed {{key}}, of which the rule says nothing]{_RINGS_EN}.",
    ),
    "no_key": (
        f"Khách đã nghe máy nhưng không bấm phím nào{_RINGS_VI}.",
        f"The customer answered and pressed no key{_RINGS_EN}.",
    ),
    "no_answer": (
        f"Khách không nghe máy{_RINGS_VI}.",
        f"Nobody answered{_RINGS_EN}.",
    ),
    "busy": (
        f"Máy khách đang bận{_RINGS_VI}.",
        f"The line was busy{_RINGS_EN}.",
    ),
    "failed": (
        f"VBot không gọi được[: {{detail}}]{_RINGS_VI}.",
        f"VBot could not make the call[: {{detail}}]{_RINGS_EN}.",
    ),
    "failed_no_balance": (
        "VBot không gọi được vì tài khoản đã hết tiền hoặc hết gói[ ({detail})]. Hãy nạp tiền.",
        "VBot could not make the call: the account has no balance, or its package ended[ ({detail})]. Top it up.",
    ),
    "failed_unknown_number": (
        "VBot không gọi được số này[ ({detail})]. Hãy kiểm tra số điện thoại và đầu số gọi ra.",
        "VBot cannot call this number[ ({detail})]. Check the number and the hotline.",
    ),
    "failed_callee_refused": (
        "Khách từ chối cuộc gọi[ ({detail})] nên không gọi lại.",
        "Whoever was rung refused the call[ ({detail})], and is not rung again.",
    ),
    "failed_unknown_word": (
        "VBot trả về kết quả chưa nhận diện được[: {detail}].",
        "VBot told a result whose meaning is not known[: {detail}].",
    ),
    "unknown": (
        "VBot đã nhận cuộc gọi nhưng sau 24 giờ vẫn không báo kết quả.",
        "VBot accepted the call, and told no result for 24 hours.",
    ),
}

_CHECK_VI = "Chưa rõ máy khách đã đổ chuông hay chưa, nên không tự gọi lại. Hãy kiểm tra trên VBot."
_CHECK_EN = "Whether the phone rang is unknown, so it is not called again by itself. Please check in VBot."

UNSURE = {
    "read_timeout": (
        f"VBot không trả lời kịp. {_CHECK_VI}",
        f"VBot did not answer in time. {_CHECK_EN}",
    ),
    "reset": (
        f"Mất kết nối với VBot sau khi đã gửi yêu cầu. {_CHECK_VI}",
        f"The connection to VBot broke after the request was sent. {_CHECK_EN}",
    ),
    "cut_short": (
        f"Câu trả lời của VBot bị ngắt giữa chừng. {_CHECK_VI}",
        f"VBot's answer was cut short. {_CHECK_EN}",
    ),
    "bad_answer": (
        f"Không hiểu được câu trả lời của VBot. {_CHECK_VI}",
        f"VBot's answer could not be understood. {_CHECK_EN}",
    ),
    "count_differs": (
        f"VBot đã nhận nhiều cuộc gọi trong một lần gửi nhưng báo một con số khác. {_CHECK_VI}",
        f"VBot took several calls at once, and told another number of them. {_CHECK_EN}",
    ),
    "too_large": (
        f"Câu trả lời của VBot dài bất thường. {_CHECK_VI}",
        f"VBot's answer was too long to read. {_CHECK_EN}",
    ),
    "server_error": (
        f"Máy chủ VBot báo lỗi[ ({{detail}})]. {_CHECK_VI}",
        f"VBot's server reported an error[ ({{detail}})]. {_CHECK_EN}",
    ),
    "left_unsure": (
        "Chưa rõ máy khách đã đổ chuông hay chưa; đã có người xem và để nguyên[, ghi chú: {detail}].",
        "Whether the phone rang is unknown; a person has looked and left it so[, note: {detail}].",
    ),
    "lease_over": (
        f"Chương trình bị dừng trong lúc đang gửi cuộc gọi. {_CHECK_VI}",
        f"The program was stopped while it was sending the call. {_CHECK_EN}",
    ),
    "bad_http": (
        f"VBot trả lời sai giao thức. {_CHECK_VI}",
        f"VBot's answer broke the protocol. {_CHECK_EN}",
    ),
}

WAITS = {
    "redial": (
        "Sẽ gọi lại[ lúc {at}][. Lần trước: {because}].",
        "Will be called again[ at {at}][. The last time: {because}].",
    ),
    "resolved_again": (
        "Có người xác nhận máy khách chưa đổ chuông và yêu cầu gọi lại[, ghi chú: {detail}].",
        "A person found that the phone did not ring, and asked to call again[, note: {detail}].",
    ),
    "silence_trusted": (
        "Lịch sử cuộc gọi của VBot không có cuộc gọi này[ sau {detail}], nên được gọi lại như VBOT_TRUST_SILENCE "
        "đã cho phép.",
        "VBot's records do not hold this call[ after {detail}], so it is called again, as VBOT_TRUST_SILENCE allows.",
    ),
    "after": (
        "Đang chờ đến giờ hẹn gọi[: {at}].",
        "Waiting for the delay that the rule asks for[: until {at}].",
    ),
    "best_hour": (
        "Chờ đến giờ khách dễ nghe máy[: {at}][ ({detail} nghe máy, so với {usual} nếu gọi ngay)].",
        "Waiting for the hour at which such people answer[: until {at}][ ({detail} do, and {usual} if rung at once)].",
    ),
    "window_closed": (
        "Đang ngoài khung giờ được gọi[; sẽ gọi từ {at}].",
        "Outside the hours in which calls are allowed[; will be called from {at}].",
    ),
    "paused_all": (
        "Đang tạm dừng tất cả cuộc gọi[: {detail}].",
        "All calls are paused[: {detail}].",
    ),
    "paused_rule": (
        "Quy tắc[ “{rule}”] đang tạm dừng[: {detail}].",
        "The rule[ “{rule}”] is paused[: {detail}].",
    ),
    "paused_hotline": (
        "Đầu số gọi ra (hotline) đang tạm dừng[: {detail}].",
        "The hotline is paused[: {detail}].",
    ),
    "paused_source": (
        "Cuộc gọi của cửa hàng này đang tạm dừng[: {detail}].",
        "The calls of this shop are paused[: {detail}].",
    ),
    "undecided_delivery": (
        "Đang chờ xử lý xong các tin mới nhất của cửa hàng, phòng khi khách vừa hủy đơn.",
        "Waiting until the shop's latest messages are read, in case the order was just cancelled.",
    ),
    "hotline_busy": (
        "Đầu số gọi ra (hotline) đã hết kênh gọi; sẽ gọi ngay khi có kênh trống.",
        "All places of the hotline are taken; the call starts when one is free.",
    ),
    "gathering": (
        "Đang chờ thêm cuộc gọi để gửi chung một lần[; sẽ gọi muộn nhất lúc {at}].",
        "Waits for other calls, to be placed with one request[; will be called at {at} at the latest].",
    ),
    "hotline_rate": (
        "Đầu số gọi ra (hotline) đã đủ số cuộc gọi mỗi phút[; sẽ gọi lúc {at}].",
        "The hotline has reached its calls per minute[; will be called at {at}].",
    ),
    "backoff": (
        "Lần gửi trước chưa đến được VBot[ ({detail})][; sẽ thử lại lúc {at}].",
        "The last attempt did not reach VBot[ ({detail})][; will be tried again at {at}].",
    ),
    "vbot_unreachable": (
        "Không kết nối được với VBot[; sẽ thử lại lúc {at}].",
        "VBot cannot be reached[; will be tried again at {at}].",
    ),
    "token_refused": (
        "VBot không chấp nhận thông tin đăng nhập. Hãy kiểm tra VBOT_TOKEN, hoặc VBOT_USERNAME và VBOT_PASSWORD.",
        "VBot does not accept the credentials. Check VBOT_TOKEN, or VBOT_USERNAME and VBOT_PASSWORD.",
    ),
    "cooldown": (
        "Số này vừa được gọi; chờ một lúc để tránh làm phiền khách[, sẽ gọi lúc {at}].",
        "This number was called a short while ago; it is given a rest[ until {at}].",
    ),
    "phone_in_flight": (
        "Số này đang có một cuộc gọi khác.",
        "Another call to this number is under way.",
    ),
    "phone_daily_limit": (
        "Hôm nay số này đã được gọi đủ[ {times}] lần cho phép, tính cả gọi lại[; sẽ gọi từ {at}].",
        "This number had its[ {times}] calls of the day, redials counted[; will be called from {at}].",
    ),
    "max_per_day": (
        "Đã đủ số cuộc gọi cho phép trong ngày[; sẽ gọi từ {at}].",
        "The day's number of calls is reached[; will be called from {at}].",
    ),
    "advertised_today": (
        "Hôm nay số này đã nhận một cuộc gọi quảng cáo[; sẽ gọi từ {at}].",
        "This number had its one advertising call of the day[; will be called from {at}].",
    ),
    "line_stopped": (
        "Tạm ngừng gọi vì VBot đang gặp lỗi[ ({detail})][; sẽ gọi thử lại lúc {at}].",
        "Calls are stopped because VBot fails[ ({detail})][; one is tried again at {at}].",
    ),
    "template_unknown": (
        "Chưa biết các trường của kịch bản gọi[ “{template}”]. Hãy kiểm tra mã kịch bản và chạy lại lệnh apply.",
        "The fields of the call script[ “{template}”] are not known yet. Check its code and run apply again.",
    ),
    "template_changed": (
        "Kịch bản gọi[ “{template}”] trên VBot không còn khớp với quy tắc[, ở trường {field}], nên cuộc gọi tạm chờ. "
        "Hãy sửa quy tắc rồi chạy lệnh apply, hoặc sửa kịch bản; khi khớp lại, cuộc gọi tự đi tiếp.",
        "The call script[ “{template}”] at VBot does not fit the rule[ in its field {field}], so the call waits. "
        "Mend the rule and run apply, or mend the script; the call then goes on by itself.",
    ),
    "rate_limited": (
        "VBot đang nhận quá nhiều yêu cầu[; sẽ thử lại lúc {at}].",
        "VBot is receiving too many requests[; will be tried again at {at}].",
    ),
    "batch_refused": (
        "VBot không nhận nhiều số trong một yêu cầu như vậy; số này sẽ được gọi riêng[ lúc {at}].",
        "VBot did not take so many numbers in one request; this one is placed alone[ at {at}].",
    ),
    "name_resolution": (
        "Không tìm thấy địa chỉ máy chủ VBot[; sẽ thử lại lúc {at}]. Hãy kiểm tra VBOT_URL và đường mạng.",
        "VBot's host name cannot be found[; will be tried again at {at}]. Check VBOT_URL and the network.",
    ),
    "connect_refused": (
        "Máy chủ VBot không nhận kết nối[; sẽ thử lại lúc {at}].",
        "VBot's server takes no connections[; will be tried again at {at}].",
    ),
    "connect_timeout": (
        "Kết nối với VBot quá lâu[; sẽ thử lại lúc {at}].",
        "Connecting to VBot took too long[; will be tried again at {at}].",
    ),
    "connect_failed": (
        "Không kết nối được với VBot[; sẽ thử lại lúc {at}].",
        "VBot cannot be connected to[; will be tried again at {at}].",
    ),
    "tls_failed": (
        "Không lập được kết nối bảo mật với VBot[; sẽ thử lại lúc {at}]. Hãy kiểm tra VBOT_URL.",
        "No secure connection to VBot could be made[; will be tried again at {at}]. Check VBOT_URL.",
    ),
    "deadline": (
        "Hết thời gian trước khi gửi được cuộc gọi đến VBot[; sẽ thử lại lúc {at}].",
        "Time ran out before the call was sent to VBot[; will be tried again at {at}].",
    ),
    "unsendable": (
        "Không gửi được yêu cầu đến VBot[; sẽ thử lại lúc {at}]. Hãy kiểm tra VBOT_URL và thông tin đăng nhập.",
        "The request to VBot cannot be sent[; will be tried again at {at}]. Check VBOT_URL and the credentials.",
    ),
    "late_start": (
        "Máy quá bận nên chưa kịp gửi cuộc gọi[; sẽ thử lại lúc {at}].",
        "This machine was too busy to send the call in time[; will be tried again at {at}].",
    ),
    "token_expired": (
        "Phiên đăng nhập VBot đã hết hạn; đang đăng nhập lại rồi gọi.",
        "The VBot session has ended; the call follows after a new login.",
    ),
    "token_missing": (
        "Chưa đăng nhập được vào VBot[; sẽ thử lại lúc {at}].",
        "There is no VBot session yet[; will be tried again at {at}].",
    ),
    "token_unavailable": (
        "Hiện chưa đăng nhập được vào VBot[; sẽ thử lại lúc {at}].",
        "VBot gives no session now[; will be tried again at {at}].",
    ),
    "token_bad_answer": (
        "Không hiểu được câu trả lời của VBot khi đăng nhập[; sẽ thử lại lúc {at}].",
        "VBot's answer to the login could not be understood[; will be tried again at {at}].",
    ),
    "credentials_refused": (
        "VBot không chấp nhận tên đăng nhập hoặc mật khẩu. Hãy kiểm tra VBOT_USERNAME và VBOT_PASSWORD.",
        "VBot does not accept the user name or the password. Check VBOT_USERNAME and VBOT_PASSWORD.",
    ),
    "wrong_url": (
        "Địa chỉ VBot không đúng. Hãy kiểm tra VBOT_URL và VBOT_API.",
        "The address of VBot is wrong. Check VBOT_URL and VBOT_API.",
    ),
}
