"""The sample form of LadiPage, with the labels that a form has unless the merchant names its fields."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from urllib.parse import urlencode

from bridge.core.model import Json
from bridge.core.platform import Sample
from bridge.platforms.shared.sample import CITY, FULL_NAME, LINES, NOTE, STREET, TOTAL, VIETNAM, sample_phone


def form_document(now: datetime) -> dict[str, Json]:
    return {
        "Họ và tên": FULL_NAME,
        "Số điện thoại": sample_phone(now),
        "Địa chỉ": f"{STREET}, {CITY}",
        "Sản phẩm": ", ".join(line.title for line in LINES),
        "Tổng tiền": str(TOTAL),
        "Ghi chú": NOTE,
        "link": "https://example.test/trang-dich",
        "ladi_form_id": "FORM1",
        "message_time": now.astimezone(VIETNAM).isoformat(timespec="milliseconds"),
    }


def encode(document: Mapping[str, Json]) -> bytes:
    return urlencode(document).encode()


def with_status(document: dict[str, Json], word: str) -> dict[str, Json]:
    return {**document, "status_send": "capture form"} if word == "capture" else document


SAMPLE = Sample(document=form_document, named=with_status, encode=encode, settings={"capture": True})
