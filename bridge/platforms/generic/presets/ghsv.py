"""GHSV, a Vietnamese carrier, whose status messages hold the buyer's name and phone."""

from bridge.platforms.generic.presets import Preset

PRESET = Preset(
    title="GHSV",
    maturity="documented",
    fact="developer.ghsv.vn, webhook and danh-sach-trang-thai (read 2026-11-30)",
    settings={
        "scheme": "token",
        "topic": "status",
        "topics": {
            "Đang Giao Hàng": "delivery.out",
            "Không Giao Được": "delivery.failed",
            "Hoãn Giao Hàng": "delivery.failed",
            "Xác Nhận Hoàn": "delivery.returning",
            "Đang Chuyển Kho Trả": "delivery.returning",
            "Đã Chuyển Kho Trả Toàn Bộ": "delivery.returning",
            "Đã Chuyển Kho Trả Một Phần": "delivery.returning",
            "Hoãn Trả Hàng": "delivery.returning",
            "Đã Trả Hàng Toàn Bộ": "delivery.returned",
            "Đã Trả Hàng Một Phần": "delivery.returned",
            "Đã Giao Hàng": "delivery.delivered",
            "Đã Giao Hàng Toàn Bộ": "delivery.delivered",
            "Đã Đối Soát Giao Hàng": "delivery.delivered",
            "Hủy": "order.cancelled",
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
        "Trạng thái theo danh sách của GHSV; “Đã Giao Hàng Toàn Bộ” chỉ thấy trong ví dụ của họ. Trạng thái lạ được "
        "lưu và bỏ qua; thêm vào `topics` nếu cần. Tin không ghi giờ nên thứ tự theo lúc nhận",
        "The states are those of GHSV's list; “Đã Giao Hàng Toàn Bộ” stands in its examples alone. An unknown status "
        "is kept and ignored; add it to `topics` where needed. Without a time in it, the order of messages is that of "
        "their arrival",
    ),
)
