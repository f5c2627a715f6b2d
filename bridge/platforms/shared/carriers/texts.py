"""What a person has to know of every carrier that leaves the buyer to the shop's order."""

from __future__ import annotations

from bridge.core.model.texts import Text
from bridge.core.platform import Step

# The last step of connecting one.
LOOK = Step(
    "Khi một kiện đổi trạng thái, chạy `python -m bridge sources`: dòng của nguồn cho biết bao nhiêu kiện đã tìm được "
    "đơn.",
    "When a parcel has changed its status, run `python -m bridge sources`: the line of the source says for how many "
    "parcels the order was found.",
    page=(
        "Khi một kiện đổi trạng thái, xem trang của nguồn: tin có đến không.",
        "When a parcel has changed its status, look at the source's page: did a message come?",
    ),
)
KEPT: Text = (
    "Tin không có số của người mua: khách được gọi theo đơn mà cửa hàng đã gửi, tìm bằng mã đơn ghi trên vận đơn. "
    "Kiện chưa rõ thuộc đơn nào được giữ lại, không gọi, và được đếm trong `sources`",
    "A delivery holds no number of the buyer: the buyer of the shop's order is called, found by the order number on "
    "the waybill. A parcel of no known order is kept, not called, and counted in `sources`",
)
