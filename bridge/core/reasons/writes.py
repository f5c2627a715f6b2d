"""What became of writing a result back to the shop: code -> (Vietnamese, English)."""

from __future__ import annotations

WRITES = {
    "write_superseded": (
        "Không ghi: cuộc gọi này sau đó có kết quả khác.",
        "Not written: the same call had another result afterwards.",
    ),
    "write_order_ended": (
        "Không ghi: đơn đã bị hủy hoặc đã kết thúc ở cửa hàng.",
        "Not written: the order is cancelled, or has ended otherwise, at the shop.",
    ),
    "write_order_moved_on": (
        "Không ghi: đơn đã được giao đi hoặc hoàn thành trong lúc này.",
        "Not written: the order has been shipped or completed meanwhile.",
    ),
    "write_order_gone": (
        "Không ghi: cửa hàng không còn đơn này.",
        "Not written: the shop has no such order any more.",
    ),
    "write_locked": (
        "Không ghi: cửa hàng không cho sửa đơn ở trạng thái này[ ({detail})].",
        "Not written: the shop does not let an order in this state be changed[ ({detail})].",
    ),
    "write_refused": (
        "Không ghi: cửa hàng từ chối[ ({detail})]. Hãy sửa `write_back` của quy tắc, hoặc cài đặt ở cửa hàng.",
        "Not written: the shop refused it[ ({detail})]. Mend the rule's `write_back`, or the setting at the shop.",
    ),
    "write_changed": (
        "Không ghi: đơn ở cửa hàng cứ thay đổi trong lúc ghi.",
        "Not written: the order kept changing at the shop while it was written.",
    ),
    "write_not_kept": (
        "Cửa hàng báo đã nhận nhưng đọc lại thì không thấy. Nên xem lại quyền của khóa API và giá trị được ghi.",
        "The shop said that it took this, and does not show it. Look at the rights of the API key and at what is "
        "written.",
    ),
    "write_unknown_name": (
        "Không ghi: cửa hàng không có tên này[ ({detail})]; hãy tạo nó ở cửa hàng.",
        "Not written: the shop has no such name[ ({detail})]; make it at the shop.",
    ),
    "write_source_gone": (
        "Không ghi: cửa hàng này không còn trong cấu hình, hoặc đã tắt.",
        "Not written: this shop is no longer in the configuration, or is switched off.",
    ),
    "write_not_possible": (
        "Không ghi: nền tảng của cửa hàng không có việc ghi này.",
        "Not written: the shop's platform has no such action.",
    ),
    "write_no_parcel": (
        "Không ghi: chưa biết kiện nào của đơn này, hoặc hãng vận chuyển không nhận yêu cầu giao lại qua API.",
        "Not written: no parcel of this order is known, or its carrier takes no such request by its API.",
    ),
    "write_no_credentials": (
        "Chưa ghi: cài đặt của cửa hàng chưa có thông tin truy cập API để ghi[: {detail}].",
        "Not written yet: the settings of this shop lack the credentials of its API[: {detail}].",
    ),
    "write_credentials": (
        "Chưa ghi: cửa hàng từ chối khóa API (401). Việc ghi cho cửa hàng này tạm dừng; hãy đặt khóa mới rồi apply.",
        "Not written yet: the shop refused the API credentials (401). All writing to it rests; apply new credentials.",
    ),
    "write_scope": (
        "Chưa ghi: khóa API không có quyền sửa đơn hàng[: {detail}]. Mọi việc ghi cho cửa hàng này tạm dừng; "
        "hãy cấp quyền.",
        "Not written yet: the API credentials may not change orders[: {detail}]. All writing to this shop rests; "
        "grant the right.",
    ),
    "write_rate_limited": (
        "Chưa ghi: cửa hàng báo đã hỏi quá nhiều lần; sẽ tự ghi lại.",
        "Not written yet: the shop said that it was asked too often; it is tried again.",
    ),
    "write_no_answer": (
        "Máy chủ của cửa hàng không trả lời, hoặc đang lỗi; sẽ đọc đơn trước rồi mới ghi lại.",
        "The shop's server did not answer, or is out of order; the order is read before it is tried again.",
    ),
    "write_bad_answer": (
        "Cửa hàng trả lời một nội dung không đọc được[ ({detail})]; sẽ đọc đơn trước rồi mới ghi lại.",
        "The shop answered something that cannot be read[ ({detail})]; the order is read before it is tried again.",
    ),
    "write_address": (
        "Chưa ghi: địa chỉ API của cửa hàng không được phép: phải là https và không phải địa chỉ nội bộ.",
        "Not written yet: the address of the shop's API is not allowed: it must be https and not a local one.",
    ),
    "write_redirected": (
        "Chưa ghi: địa chỉ API của cửa hàng chuyển hướng sang nơi khác; hãy ghi đúng địa chỉ cuối.",
        "Not written yet: the address of the shop's API redirects elsewhere; write the final address.",
    ),
    "write_given_up": (
        "Không ghi: đã thử nhiều lần trong hai ngày mà không được[: {detail}].",
        "Not written: it was tried for two days in vain[: {detail}].",
    ),
    "tell_unheard": (
        "Chưa có gì để báo cho cửa hàng: cuộc gọi chưa có kết quả.",
        "There is nothing to tell the shop yet: the call has no result.",
    ),
    "tell_by_hand": (
        "Cuộc gọi thủ công và cuộc gọi thử không ghi gì về cửa hàng.",
        "Calls by hand and test calls write nothing to the shop.",
    ),
    "tell_erased": (
        "Không báo lại: người nhận cuộc gọi này đã bị xóa.",
        "The shop is not told: the person of this call was erased.",
    ),
    "tell_nothing": (
        "Không có gì để báo: quy tắc không ghi kết quả này về cửa hàng. Muốn ghi, hãy thêm `write_back` vào quy tắc.",
        "There is nothing to tell: the rule does not write this result back. Add `write_back` to it where it should.",
    ),
    "tell_under_way": (
        "Đang ghi về cửa hàng ngay lúc này; hãy chờ một phút rồi xem lại.",
        "It is being written to the shop at this moment; look again in a minute.",
    ),
    "tell_changes_only": (
        "Không làm lại: phần còn lại thay đổi chính đơn hàng ở cửa hàng, nên chỉ làm khi được nêu rõ.",
        "Not done again: what is left changes the order itself, so that it must be asked for expressly.",
    ),
    "tell_done": (
        "Không làm lại: đơn ở cửa hàng đã được thay đổi như vậy rồi.",
        "Not done again: the order at the shop was changed so already.",
    ),
}
