"""SuperShip, a Vietnamese carrier, whose status messages hold the buyer's phone."""

from bridge.platforms.generic.presets import Preset

PRESET = Preset(
    title="SuperShip",
    maturity="documented",
    # The names of the 28 states: a plug-in in use, which cites the API's own list.
    fact="docs.developers.supership.vn/guide/webhooks; SuperShip's list of states (read 2026-11-30)",
    settings={
        "scheme": "token",
        "topic": "status_name",
        "topics": {
            "Đang Giao Hàng": "delivery.out",
            "Không Giao Được": "delivery.failed",
            "Hoãn Giao Hàng": "delivery.failed",
            "Xác Nhận Hoàn": "delivery.returning",
            "Đang Chuyển Kho Trả": "delivery.returning",
            "Đã Chuyển Kho Trả": "delivery.returning",
            "Đang Trả Hàng": "delivery.returning",
            "Hoãn Trả Hàng": "delivery.returning",
            "Không Trả Được": "delivery.returning",
            "Đã Trả Hàng": "delivery.returned",
            "Đã Đối Soát Trả Hàng": "delivery.returned",
            "Đã Giao Hàng": "delivery.delivered",
            "Đã Giao Hàng Toàn Bộ": "delivery.delivered",
            "Đã Giao Hàng Một Phần": "delivery.delivered",
            "Đã Đối Soát Giao Hàng": "delivery.delivered",
            "Hủy": "order.cancelled",
        },
        "fields": {
            "id": "code",
            "number": ["soc", "code"],
            "total": "amount",
            "phone": "phone",
            "customer.name": "name",
            "shipping.name": "name",
            "shipping.text": "address",
            "updated_at": "updated_at",
            "payment.cod": "amount",
        },
    },
    needs=(
        "Đăng ký địa chỉ của nguồn kèm `?token=` với SuperShip: tin không có chữ ký",
        "Register the source's address with `?token=` at SuperShip: its messages are not signed",
    ),
    traps=(
        "Số trong tin là của người nhận. Trạng thái lạ được lưu và bỏ qua; thêm vào `topics` nếu cần",
        "The number in a message is the receiver's. An unknown status is kept and ignored; add it to `topics` "
        "where needed",
    ),
)
