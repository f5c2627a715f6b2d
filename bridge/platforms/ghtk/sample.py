"""The sample delivery of GHTK: a parcel that is out for delivery."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from urllib.parse import urlencode

from bridge.core.model import Json
from bridge.core.platform import Sample
from bridge.platforms.shared.carriers.statuses import sample_reference
from bridge.platforms.shared.sample import TOTAL, VIETNAM, sample_id, with_word

FORM = "application/x-www-form-urlencoded"


def status_document(now: datetime) -> dict[str, Json]:
    return {
        "label_id": f"S1.A1.{sample_id(now)}",
        "partner_id": sample_reference(now),
        "status_id": "4",
        "action_time": now.astimezone(VIETNAM).isoformat(timespec="seconds"),
        "reason_code": "",
        "reason": "",
        "weight": "0.5",
        "fee": "30000",
        "pick_money": str(TOTAL),
        "return_part_package": "0",
    }


def encode(document: Mapping[str, Json]) -> bytes:
    return urlencode(document).encode()


SAMPLE = Sample(document=status_document, named=with_word("status_id"), encode=encode)
