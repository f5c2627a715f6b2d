"""Why the shop was not asked, or did not tell: reason code -> (Vietnamese, English)."""

from __future__ import annotations

FETCHES = {
    "fetching": (
        "Đang hỏi cửa hàng phần còn thiếu của đơn[; lần trước: {because}].",
        "The shop is being asked for what its message leaves out[; last time: {because}].",
    ),
    "not_fetched": (
        "Không gọi: tin của cửa hàng không kèm đủ đơn hàng, và hỏi lại cửa hàng không được[: {because}]. "
        "Khi đã sửa, hãy chạy lại tin này bằng lệnh replay.",
        "Not called: the shop's message leaves out parts of the order, and the shop did not give them[: {because}]. "
        "Once that is mended, replay the delivery.",
    ),
    "fetch_no_credentials": (
        "Cấu hình của cửa hàng chưa có thông tin truy cập API.",
        "The settings of this shop lack the credentials of its API.",
    ),
    "fetch_credentials": (
        "Cửa hàng từ chối thông tin truy cập API trong cấu hình.",
        "The shop refused the API credentials in its settings.",
    ),
    "fetch_not_found": (
        "Cửa hàng trả lời là không có đơn này (404).",
        "The shop answered that it has no such order (404).",
    ),
    "fetch_rate_limited": (
        "Cửa hàng báo đã hỏi quá nhiều lần (429).",
        "The shop said that it was asked too often (429).",
    ),
    "fetch_no_answer": (
        "Máy chủ của cửa hàng không trả lời, hoặc đang lỗi.",
        "The shop's server did not answer, or is out of order.",
    ),
    "fetch_bad_answer": (
        "Cửa hàng trả lời một nội dung không đọc được.",
        "The shop answered something that cannot be read.",
    ),
    "fetch_stale": (
        "Cửa hàng vẫn trả về đơn ở trạng thái cũ hơn tin đã gửi.",
        "The shop kept giving the order as it was before its own message.",
    ),
    "fetch_address": (
        "Địa chỉ API của cửa hàng không được phép: phải là https và không phải địa chỉ nội bộ.",
        "The address of the shop's API is not allowed: it must be https and not a local one.",
    ),
    "address_refused": (
        "Địa chỉ không được phép: phải là https và không phải địa chỉ nội bộ.",
        "The address is not allowed: it must be https and not a local one.",
    ),
    "hooks_credentials": (
        "Cửa hàng từ chối thông tin truy cập API trong cấu hình.",
        "The shop refused the API credentials in its settings.",
    ),
    "hooks_scope": (
        "Thông tin truy cập API chưa có quyền đăng ký webhook.",
        "The API credentials lack the permission to register webhooks.",
    ),
    "hooks_not_found": (
        "Không có API webhook ở địa chỉ này (404): hãy xem lại api_url hoặc tên cửa hàng.",
        "There is no API of webhooks at this address (404): look at api_url or the shop's name.",
    ),
    "hooks_rate_limited": (
        "Cửa hàng báo đã hỏi quá nhiều lần (429).",
        "The shop said that it was asked too often (429).",
    ),
    "hooks_refused": (
        "Cửa hàng không nhận webhook này; địa chỉ phải là https và gọi được từ Internet.",
        "The shop refused this webhook; its address must be https and reachable from the Internet.",
    ),
    "hooks_unreachable": (
        "Máy chủ của cửa hàng không trả lời, hoặc đang lỗi.",
        "The shop's server did not answer, or is out of order.",
    ),
    "hooks_bad_answer": (
        "Cửa hàng trả lời một nội dung không đọc được.",
        "The shop answered something that cannot be read.",
    ),
    "hooks_address": (
        "Địa chỉ API của cửa hàng không được phép: phải là https và không phải địa chỉ nội bộ.",
        "The address of the shop's API is not allowed: it must be https and not a local one.",
    ),
    "fetch_redirected": (
        "Địa chỉ API của cửa hàng chuyển hướng sang nơi khác; hãy ghi đúng địa chỉ cuối.",
        "The address of the shop's API redirects elsewhere; write the final address.",
    ),
}
