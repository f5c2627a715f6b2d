"""What a person who connects Viettel Post has to know."""

from __future__ import annotations

from bridge.core.platform import ADDRESS, SECRET, About, Screen, Step
from bridge.platforms.shared.carriers.texts import LOOK

ABOUT = About(
    whose_key="own",
    proof=(
        "khóa bí mật khai ở trang của Viettel Post, trong header `Authorization`; hoặc `TOKEN` trong nội dung",
        "the secret written in Viettel Post's portal, in the header `Authorization`; or `TOKEN` in the body",
    ),
    needs=(
        "Một từ dài do bạn đặt, viết vào ô Secret của *Cấu hình webhook* trên trang viettelpost.vn. Mã đơn của cửa "
        "hàng phải được ghi vào vận đơn, làm mã tham chiếu",
        "A long word of your own, written into the field Secret of *Cấu hình webhook* at viettelpost.vn. The shop's "
        "order number must stand on the waybill, as its reference",
    ),
    resends=(
        "không thấy tài liệu",
        "not documented",
    ),
    traps=(
        "Tin không có số của người mua: khách được gọi theo đơn mà cửa hàng đã gửi, tìm bằng mã tham chiếu. Số trong "
        "tin là của bưu tá và không bao giờ được gọi. Kiện chưa rõ thuộc đơn nào được giữ lại, không gọi, và được "
        "đếm trong `sources`. Nghĩa của 505 và 506 đã thay đổi; bưu tá ghi khách hẹn ngày thì không gọi",
        "A delivery holds no number of the buyer: the buyer of the shop's order is called, found by the reference. "
        "The number in it is the courier's, and is never called. A parcel of no known order is kept, not called, and "
        "counted in `sources`. What 505 and 506 mean has changed; where the courier notes that the buyer has set a "
        "day, nobody is called",
    ),
    steps=(
        Step(
            'Trong `shops.yaml`: `platform: viettel_post`, `secrets: ["${VIETTEL_POST_SECRET}"]` và `settings: '
            "{orders_of: [lan-shop]}`; rồi chạy `check` và `apply`.",
            'In `shops.yaml`: `platform: viettel_post`, `secrets: ["${VIETTEL_POST_SECRET}"]` and `settings: '
            "{orders_of: [lan-shop]}`; then `check` and `apply`.",
            here=True,
        ),
        Step(
            "Trên viettelpost.vn, *Cấu hình webhook*: ghi địa chỉ `https://HOST/hooks/ID` và khóa bí mật đó vào ô "
            "Secret.",
            "At viettelpost.vn, *Cấu hình webhook*: enter the address `https://HOST/hooks/ID`, and that secret as "
            "Secret.",
            screen=Screen(
                ("viettelpost.vn", "Cấu hình webhook"),
                ((("Địa chỉ", "Address"), ADDRESS), ("Secret", SECRET)),
            ),
        ),
        LOOK,
    ),
)
