"""Rows of the history list of VBot's older generations, as records of the newest one. Pure.

Source: vbotdevteam.github.io/vbot-documentation/open-api/call-transaction (read 2026-11-29). The date is month, day and
year without a zone, read here in Vietnam's; no row names an id of ours. That automatic calls stand in the list is
likely, and not documented.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import datetime
from zoneinfo import ZoneInfo

from bridge.core.model import DEFAULT_ZONE, Json


def read_row(row: Mapping[str, Json], phone: str) -> Iterator[dict[str, Json]]:
    """The record of each side of the call on which this number was called; of none where the number called itself.

    Errors   ValueError: the date cannot be read
    """
    at = datetime.strptime(str(row.get("date_create")).strip(), "%m/%d/%Y %H:%M:%S")  # noqa: DTZ007  its zone follows
    made = int(at.replace(tzinfo=ZoneInfo(DEFAULT_ZONE)).timestamp() * 1000)
    for leg in row.get("callee") or ():
        if _national(leg.get("phone")) == _national(phone):
            answered = str(leg.get("disposition")).strip().lower() == "answer"
            yield {
                # The list holds no keys: that none was pressed would be a guess, and may ring again.
                **({"inputLog": "?"} if answered else {}),
                "phone": phone,
                "hotlineCode": row.get("hotline_number"),
                "disposition": leg.get("disposition"),
                "duration": leg.get("time_call"),
                "billsec": leg.get("duration_call"),
                "postage": leg.get("postage"),
                "createAt": made,
            }


def created_at(record: Mapping[str, Json]) -> datetime:
    """When the call of such a record began."""
    return datetime.fromtimestamp(record["createAt"] / 1000, ZoneInfo("UTC"))


def _national(value: Json) -> str:
    digits = re.sub(r"[^0-9]", "", str(value or ""))
    return f"0{digits[2:]}" if re.fullmatch(r"84[0-9]{9,10}", digits) else digits
