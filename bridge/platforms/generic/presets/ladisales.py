"""LadiSales' webhook: its words for states are published, its body is not."""

from bridge.platforms.generic.presets import Preset

PRESET = Preset(
    title="LadiSales",
    maturity="documented",
    fact="LadiPage's help: tich-hop-ladisales-ladipage-ecommerce (read 2026-11-29)",
    settings={
        "scheme": "token",
        "cod_names": ["COD"],
        "states": {
            "Open": "open",
            "Cancel": "cancelled",
            "Pending": "open",
            "ReadyToPick": "open",
            "Delivering": "fulfilled",
            "Delivered": "fulfilled",
            "DeliveredToPostMan": "fulfilled",
            "Returning": "returned",
            "Returned": "returned",
            "Canceled": "cancelled",
            "Success": "paid",
        },
    },
    needs=(
        "Trong LadiSales: Cài đặt > Webhook, điền API Url là địa chỉ của nguồn và API Request Header (JSON) "
        '`{"X-Webhook-Token": "…"}` (token của nguồn). Nội dung tin không được công bố: hãy lưu tin đầu tiên ra '
        "tệp, chạy `sources learn` rồi thêm `fields` mà lệnh đề xuất",
        "In LadiSales: Cài đặt > Webhook, write the source's address as API Url and the API Request Header (JSON)"
        ' `{"X-Webhook-Token": "…"}` (its token). What it sends is not published: save the first delivery to a '
        "file, run `sources learn`, and add the `fields` that it proposes",
    ),
    traps=(
        "Khi chưa có `fields`, tin được lưu nhưng không đọc được; thêm `fields` rồi chạy `replay`",
        "Without `fields` its deliveries are kept and cannot be read; add them, then `replay`",
    ),
)
