"""The sample delivery of J&T Express: a parcel that is out for delivery."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from urllib.parse import urlencode

from bridge.core.model import Json
from bridge.core.platform import Sample
from bridge.platforms.shared.carriers.statuses import sample_reference
from bridge.platforms.shared.sample import VIETNAM, sample_id


def status_document(now: datetime) -> dict[str, Json]:
    scan = {
        "scanTime": now.astimezone(VIETNAM).strftime("%Y-%m-%d %H:%M:%S"),
        "scanTypeCode": "112",
        "scanTypeName": "Giao hàng",
        "desc": "Đang giao hàng",
        "scanByName": "Bưu tá Mẫu",
        "scanByContact": "0900000999",
    }
    return {"billCode": f"JT{sample_id(now)}", "txlogisticId": sample_reference(now), "details": scan}


def encode(document: Mapping[str, Json]) -> bytes:
    return urlencode({"bizContent": json.dumps(document)}).encode()


SAMPLE = Sample(
    document=status_document,
    named=lambda document, word: {**document, "details": {**document["details"], "scanTypeCode": word}},
    encode=encode,
)
