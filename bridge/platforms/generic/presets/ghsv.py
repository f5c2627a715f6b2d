"""GHSV, a Vietnamese carrier, whose status messages hold the buyer's name and phone."""

from bridge.platforms.generic.presets import Preset

PRESET = Preset(
    title="GHSV",
    maturity="documented",
    fact="developer.ghsv.vn (read 2026-11-29)",
    settings={
        "scheme": "token",
        "topic": "status",
        "topics": {
            "Đang Giao Hàng": "delivery.out",
            "Giao Hàng Thất Bại": "delivery.failed",
            "Không Giao Được": "delivery.failed",
            "Hoãn Giao Hàng": "delivery.failed",
            "Đang Hoàn Hàng": "delivery.returning",
            "Đã Hoàn Hàng": "delivery.returned",
            "Đã Giao Hàng": "delivery.delivered",
            "Giao Hàng Thành Công": "delivery.delivered",
            "Đã Hủy": "order.cancelled",
        },
        "fields": {
            "id": ["required_code", "client_code"],
            "number": ["client_code", "required_code"],
            "total": "cod",
            "phone": "to_phone",
            "customer.name": "to_name",
            "shipping.name": "to_name",
            "shipping.text": "to_address",
            "payment.cod": "cod",
        },
        "answer": '{"success":true,"msg":""}',
    },
    needs=(
        "Đăng ký địa chỉ của nguồn kèm `?token=` với GHSV: tin không có chữ ký",
        "Register the source's address with `?token=` at GHSV: its messages are not signed",
    ),
    traps=(
        "Trạng thái là chữ tự do: chỉ “Đang Giao Hàng” có trong tài liệu. `sources` cho biết những chữ chưa rõ "
        "nghĩa; thêm vào `topics`. Tin không ghi giờ nên thứ tự theo lúc nhận",
        "The status is free text, of which only “Đang Giao Hàng” is documented: add the words that you see to "
        "`topics`. Without a time in it, the order of messages is that of their arrival",
    ),
)
