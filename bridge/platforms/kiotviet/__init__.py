"""KiotViet Retail: batches of orders without a phone, one topic for new and changed, and a sender that gives up on 4xx.

Sources: KiotViet's public API documentation (webhooks, orders, customers) as its public mirrors keep it, and public
receivers' code (read 2026-11-23). Not documented: the exact form of the signature (all that were seen are accepted),
the exact word of `Action` (read by its beginning), when a delivery is resent, and the zone of its times (the source's
is used).
"""

from __future__ import annotations

from bridge.core.platform import Api, Platform, Reply
from bridge.platforms.kiotviet.about import ABOUT
from bridge.platforms.kiotviet.api import login, wanted
from bridge.platforms.kiotviet.hooks import HOOKS
from bridge.platforms.kiotviet.notifications import NEEDS, TOPICS
from bridge.platforms.kiotviet.poll import POLL
from bridge.platforms.kiotviet.reading import dedup_key, read
from bridge.platforms.kiotviet.sample import SAMPLE
from bridge.platforms.kiotviet.signature import secret_headers, sign, verify

PLATFORM = Platform(
    name="kiotviet",
    title="KiotViet",
    maturity="documented",
    topics=TOPICS,
    verify=verify,
    dedup_key=dedup_key,
    read=read,
    sign=sign,
    sample=SAMPLE,
    about=ABOUT,
    needs=NEEDS,
    secret_headers=secret_headers,
    # KiotViet stops for good after a 4xx, so a refusal looks like any answer; it is counted.
    refusal=Reply(),
    api=Api(
        credentials=("retailer", "client_id", "client_secret"),
        wanted=wanted,
        login=login,
        seconds_between=0.5,
    ),
    poll=POLL,
    names={
        "order.usingCod": "order.payment.cod",
        "order.statusValue": "order.status",
        "order.purchaseDate": "order.created_at",
        "order.modifiedDate": "order.updated_at",
        "order.description": "order.note",
        "order.customerName": "customer.name",
        "order.orderDelivery": "shipping",
        "order.orderDetails": "items",
    },
    no_write_back=(
        "API không có trạng thái “Đã xác nhận”, cũng không có thẻ; ghi chú chỉ sửa được bằng cách "
        "gửi lại cả đơn, có thể làm mất hàng trong đơn. Hãy dùng webhook gửi đi hoặc kênh báo tin",
        "its API has neither a confirmed status nor tags, and a note changes only by sending the whole order "
        "again, which may lose lines; take an outgoing webhook, or a channel for people",
    ),
    hooks=HOOKS,
)
