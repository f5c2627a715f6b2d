"""The people whom the fake VBot's calls reach: who answers, which key is pressed, and how VBot reports it. Pure.

The same seed gives the same people: what one does depends on the phone and on how often it rang before.
Source of the shapes: VBot's public API documentation, generations 1 to 3.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass

from bridge.core.model import Json

# How a call ends and which keys are pressed -> how many of a hundred calls.
ENDINGS: Mapping[tuple[str, str], int] = {
    ("ANSWER", "1"): 44,
    ("ANSWER", "2"): 12,
    ("ANSWER", "0"): 5,
    ("ANSWER", ""): 6,
    ("NOANSWER", ""): 22,
    ("BUSY", ""): 9,
    ("CANCEL", ""): 2,
}
SIP_CODES: Mapping[str, int] = {
    "ANSWER": 200,
    "NOANSWER": 480,
    "BUSY": 486,
    "CANCEL": 487,
    "NOT_MONEY": 402,
    "NOT_FOUND_PRICE": 101,
    "NOT_FOUND_TELCO": 102,
    "SERVER_ERROR": 500,
}
# The oldest generation's number for the same.
NUMBERS: Mapping[str, int] = {"ANSWER": 200, "NOANSWER": 2, "BUSY": 3, "CANCEL": 4, "NOT_MONEY": 103}
_DONG_PER_MINUTE = 600
_REPEATED, _PARTS_FIRST, _IN_PARTS = 15, 30, 50  # of a hundred


@dataclass(frozen=True, repr=False)
class People:
    """Who answers, and where VBot reports it.

    seconds     the least and the most that a call lasts, from its acceptance to its end
    results_to  the address of the results; None: they are posted to nobody, and stand in the records alone
    authorization  the value of that header with each result
    """

    seed: str = "1"
    seconds: tuple[float, float] = (1.0, 4.0)
    results_to: str | None = None
    authorization: str = ""


@dataclass(frozen=True)
class Ending:
    """How one call ends, so many seconds after its acceptance."""

    disposition: str
    keys: str
    seconds: float


def choose_ending(people: People, phone: str, ring: int) -> Ending:
    """What happens when this phone rings for the nth time, from 1."""
    hundred = [ending for ending, share in ENDINGS.items() for _ in range(share)]
    disposition, keys = hundred[_roll(f"{people.seed}:{phone}:{ring}:end", len(hundred))]
    least, most = people.seconds
    return Ending(disposition, keys, least + (most - least) * _roll(f"{people.seed}:{phone}:{ring}:time", 1000) / 1000)


def write_record(call: Mapping[str, Json], ending: Ending, created_at: float, ended_at: float) -> dict[str, Json]:
    """The record that VBot keeps of a call once it has ended; `created_at` and `ended_at` in seconds since 1970."""
    answered = ending.disposition == "ANSWER"
    length = max(ended_at - created_at, 0.0)
    talked = length * 0.6 if answered else 0.0
    return {
        "externalCallId": call.get("external_call_id"),
        "customerUid": call.get("customer_uid") or call.get("customerUid"),
        "name": call.get("name"),
        "transId": f"trans-{call['call_id']}",
        "phone": call["phone"],
        "hotlineCode": call["hotline_code"],
        "templateScriptCode": call["template_code"],
        "disposition": ending.disposition,
        "sipCode": SIP_CODES.get(ending.disposition, 500),
        "duration": round(length),
        "billsec": round(talked),
        "inputLog": ending.keys,
        "postage": round(talked / 60 * _DONG_PER_MINUTE, 1),
        "createAt": int(created_at * 1000),
        "answerAt": int((ended_at - talked) * 1000) if answered else None,
        "endCallAt": int(ended_at * 1000),
        "callCollectedData": [],
    }


def result_bodies(generation: str, record: Mapping[str, Json], seed: str) -> list[bytes]:
    """The bodies that VBot posts of an ended call, in that order; some twice, some in parts, the log last."""
    dice = f"{seed}:{record['phone']}:{record['transId']}"
    in_parts = _roll(f"{dice}:parts", 100) < _IN_PARTS
    if generation == "v3":
        bodies = _parts(record) if in_parts else [_whole(record)]
    else:
        bodies = [_oldest(record) if generation == "v1" and in_parts else _log(record)]
    if len(bodies) > 1 and _roll(f"{dice}:order", 100) < _PARTS_FIRST:
        bodies.reverse()
    if _roll(f"{dice}:again", 100) < _REPEATED:
        bodies.append(bodies[0])
    return [json.dumps(body, ensure_ascii=False).encode() for body in bodies]


def _log(record: Mapping[str, Json]) -> dict[str, Json]:
    """AUTO_CALL_LOG, in older words CAMPAIGN_CALL."""
    log = {name: value for name, value in record.items() if name not in ("customerUid", "name", "sipCode")}
    uid = record["externalCallId"] or record["customerUid"]
    return log | {"externalCallId": uid, "metaData": "{}", "callCollectedData": "[]", "serviceCharge": 0}


def _parts(record: Mapping[str, Json]) -> list[dict[str, Json]]:
    named = {"transId": record["transId"], "externalCallId": record["externalCallId"]}
    parts = [_log(record), {**named, "callCollectedData": "[]"}]
    if record["answerAt"] is not None:
        parts.append({**named, "recordUrl": f"https://records.example.test/{record['transId']}.mp3"})
    return parts


def _whole(record: Mapping[str, Json]) -> dict[str, Json]:
    log, extraction, *recording = _parts(record)
    return {
        "autoCallLog": log,
        "autoCallAIExtraction": extraction,
        "autoCallRecording": recording[0] if recording else None,
    }


def _oldest(record: Mapping[str, Json]) -> dict[str, Json]:
    """The oldest shape: numbers are text, and a number means how the call ended."""
    return {
        "campaign_id": "C-1",
        "create_at": str(record["createAt"]),
        "hotline": record["hotlineCode"],
        "phone": record["phone"],
        "name": record["name"],
        "status": str(NUMBERS.get(record["disposition"], 100)),
        "time_call": str(record["duration"]),
        "postage": str(record["postage"]),
        "action_log": record["inputLog"],
        "event_data": "CAMPAIGN_CALL",
        "external_call_id": record["externalCallId"] or record["customerUid"],
    }


def _roll(dice: str, sides: int) -> int:
    return int.from_bytes(hashlib.sha256(dice.encode()).digest()[:4]) % sides
