"""The sample delivery of Viettel Post: a parcel that is out for delivery."""

from __future__ import annotations

from datetime import datetime

from bridge.core.model import Json
from bridge.core.platform import Sample
from bridge.platforms.shared.carriers.statuses import sample_reference
from bridge.platforms.shared.sample import FULL_NAME, TOTAL, VIETNAM, sample_id


def status_document(now: datetime) -> dict[str, Json]:
    data = {
        "ORDER_NUMBER": f"VTP{sample_id(now)}",
        "ORDER_REFERENCE": sample_reference(now),
        "ORDER_STATUSDATE": now.astimezone(VIETNAM).strftime("%d/%m/%Y %H:%M:%S"),
        "ORDER_STATUS": 500,
        "STATUS_NAME": "Giao bưu tá đi phát",
        "LOCALION_CURRENTLY": "Bưu cục Mẫu",
        "NOTE": "",
        "MONEY_COLLECTION": TOTAL,
        "RECEIVER_FULLNAME": FULL_NAME,
        "EMPLOYEE_NAME": "Bưu tá Mẫu",
        "EMPLOYEE_PHONE": "84900000999",
    }
    return {"DATA": data}


SAMPLE = Sample(
    document=status_document,
    named=lambda document, word: {"DATA": {**document["DATA"], "ORDER_STATUS": int(word)}},
)
