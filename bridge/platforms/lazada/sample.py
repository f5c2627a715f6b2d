"""The sample delivery of Lazada."""

from __future__ import annotations

from datetime import datetime

from bridge.core.model import Json
from bridge.core.platform import Sample
from bridge.platforms.shared.sample import sample_id
from bridge.platforms.shared.thin import with_status


def order_status(now: datetime) -> dict[str, Json]:
    order_id = sample_id(now)
    return {
        "seller_id": "1000000001",
        "message_type": 0,
        "data": {
            "order_status": "pending",
            "trade_order_id": str(order_id),
            "trade_order_line_id": f"{order_id}1",
            "status_update_time": int(now.timestamp()),
        },
        "timestamp": order_id,
        "site": "lazada_vn",
    }


SAMPLE = Sample(document=order_status, named=with_status("order_status"), settings={"app_key": "500001"})
