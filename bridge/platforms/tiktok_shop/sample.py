"""The sample delivery of TikTok Shop."""

from __future__ import annotations

from datetime import datetime

from bridge.core.model import Json
from bridge.core.platform import Sample
from bridge.platforms.shared.sample import sample_id
from bridge.platforms.shared.thin import with_status


def order_status(now: datetime) -> dict[str, Json]:
    at = int(now.timestamp())
    return {
        "type": 1,
        "tts_notification_id": f"7{sample_id(now):018d}",
        "shop_id": "7490000000000000001",
        "timestamp": at,
        "data": {
            "order_id": f"5{sample_id(now):017d}",
            "order_status": "AWAITING_SHIPMENT",
            "is_on_hold_order": False,
            "update_time": at,
        },
    }


SAMPLE = Sample(document=order_status, named=with_status("order_status"), settings={"app_key": "68xu7ks"})
