"""Read one of VBot's records of a call, also as a result that can be settled. Pure.

Source: VBot's public API documentation, generation 3, GET /m-auto-call/api/cdr/get-all: its fields are those of
the results. That a record is written only when its call has ended is likely, and not documented.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping

from bridge.core.model import Json
from bridge.vbot.results import Report, read_result

_DETAILS = ("said", "keys", "duration", "billed", "cost", "answered_at", "ended_at", "trans_id")
_END_FIELDS = ("disposition", "sipcode")


def read_record(record: Mapping[str, Json]) -> tuple[Report, bytes]:
    """The record's report, and its bytes as `store_result` takes them.

    A record that may be of a call that goes on proves that VBot has it, and reports no end.
    """
    body = _encode(record)
    report = read_result(body)
    if report.end is None or _has_ended(report):
        return report, body
    body = _encode({key: value for key, value in record.items() if key.replace("_", "").lower() not in _END_FIELDS})
    return read_result(body), body


def describe_record(record: Mapping[str, Json]) -> dict[str, Json]:
    """A record for people: the fields of a Report's `details`, with external_call_id, phone and created_at."""
    report, _ = read_record(record)
    made = read_result(_encode({"endCallAt": record.get("createAt")})).ended_at
    return {
        "external_call_id": report.external_call_id,
        "phone": str(record.get("phone") or ""),
        "created_at": made.isoformat() if made else None,
        **{name: report.details.get(name) for name in _DETAILS},
    }


def is_ours(external_call_id: str | None) -> bool:
    """Whether an id has the shape of those that the bridge gives to its attempts."""
    return re.fullmatch(r"[0-9a-f]{32}", external_call_id or "") is not None


def _has_ended(report: Report) -> bool:
    end = report.end
    if report.ended_at is not None or end is None:
        return True
    return bool(report.details.get("duration")) if end.word == "answered" else end.why != "unknown_word"


def _encode(record: Mapping[str, Json]) -> bytes:
    return json.dumps(record, ensure_ascii=True, sort_keys=True).encode()
