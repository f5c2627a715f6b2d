"""The sample delivery of Ahamove: a parcel that is on its way."""

from __future__ import annotations

from datetime import datetime

from bridge.core.model import Json
from bridge.core.platform import Sample
from bridge.platforms.shared.sample import CITY, FULL_NAME, STREET, TOTAL, sample_id, sample_phone, with_word


def order_document(now: datetime) -> dict[str, Json]:
    shop = {"address": "Kho Mẫu, Hà Nội", "name": "Cửa hàng Mẫu", "mobile": "0900000998"}
    buyer = {"address": f"{STREET}, {CITY}", "name": FULL_NAME, "mobile": sample_phone(now), "cod": TOTAL}
    return {
        "_id": f"AHA{sample_id(now)}",
        "status": "IN PROCESS",
        "supplier_id": "84900000999",
        "supplier_name": "Tài xế Mẫu",
        "create_time": sample_id(now) / 1000,
        "path": [shop, buyer],
    }


SAMPLE = Sample(document=order_document, named=with_word("status"))
