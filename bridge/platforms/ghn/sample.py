"""The sample delivery of GHN: a parcel that is out for delivery."""

from __future__ import annotations

from datetime import datetime

from bridge.core.model import Json
from bridge.core.platform import Sample
from bridge.platforms.shared.carriers.statuses import sample_reference
from bridge.platforms.shared.sample import TOTAL, sample_id, with_word, zulu_millis


def status_document(now: datetime) -> dict[str, Json]:
    return {
        "CODAmount": TOTAL,
        "ClientOrderCode": sample_reference(now),
        "Description": "Đơn hàng đang được giao",
        "OrderCode": f"GHN{sample_id(now)}",
        "Reason": "",
        "ReasonCode": "",
        "ShopID": 81558,
        "Status": "delivering",
        "Time": zulu_millis(now),
        "Type": "switch_status",
        "Warehouse": "Bưu cục Mẫu",
    }


SAMPLE = Sample(document=status_document, named=with_word("Status"))
