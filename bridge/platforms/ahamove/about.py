"""What a person who connects Ahamove has to know."""

from __future__ import annotations

from bridge.core.platform import About, Step

ABOUT = About(
    proof=(
        "header do bạn chọn: `apikey`, Bearer, hoặc Basic với `user:password`",
        "a header of your choice: `apikey`, Bearer, or Basic with `user:password`",
    ),
    needs=(
        "Nhân viên Ahamove khai địa chỉ và header",
        "Ahamove's staff enter the address and the header",
    ),
    resends=(
        "không thấy tài liệu; ở staging có thể gửi lại bằng tay",
        "not documented; on staging by hand",
    ),
    traps=(
        "Mỗi điểm giao là một kiện, có số của người mua, nên gọi được mà không cần đơn của cửa hàng: quy tắc ghi "
        "nguồn này trong `sources`. Điểm lấy hàng (`path[0]`) và tài xế không bao giờ được gọi. Tài liệu không nói "
        "giờ của trạng thái: lấy lúc tin đến",
        "Each stop is a parcel with the buyer's number, so it rings without an order of the shop: a rule names this "
        "source in `sources`. Where the goods are fetched (`path[0]`) and the driver are never called. No time of a "
        "status is documented: it begins when it arrives",
    ),
    whose_key="own",
    steps=(
        Step(
            'Trong `shops.yaml`: `platform: ahamove` và `secrets: ["${AHAMOVE_KEY}"]`; rồi chạy `check` và '
            "`apply`. Khóa là một từ dài do bạn đặt.",
            'In `shops.yaml`: `platform: ahamove` and `secrets: ["${AHAMOVE_KEY}"]`; then `check` and `apply`. The '
            "secret is a long word of your own.",
            here=True,
        ),
        Step(
            "Gửi cho Ahamove địa chỉ `https://HOST/hooks/ID` và header `apikey` mang từ đó.",
            "Give Ahamove the address `https://HOST/hooks/ID`, and the header `apikey` with that word.",
        ),
        Step(
            "Khi một chuyến đang giao, chạy `python -m bridge deliveries`.",
            "When a trip is under way, run `python -m bridge deliveries`.",
        ),
    ),
)
