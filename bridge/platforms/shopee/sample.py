"""The sample delivery of Shopee."""

from __future__ import annotations

from datetime import UTC, datetime

from bridge.core.model import Json
from bridge.core.platform import Sample
from bridge.platforms.shared.sample import sample_id
from bridge.platforms.shared.thin import with_status


def order_status(now: datetime) -> dict[str, Json]:
    at = int(now.timestamp())
    return {
        "code": 3,
        "shop_id": 100000001,
        "timestamp": at,
        "data": {
            "ordersn": f"{now.astimezone(UTC):%y%m%d}{sample_id(now) % 10**8:08d}",
            "status": "READY_TO_SHIP",
            "update_time": at,
            "completed_scenario": "",
            "items": [],
        },
    }


SAMPLE = Sample(document=order_status, named=with_status("status"))
