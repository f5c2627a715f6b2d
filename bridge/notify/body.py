"""What a webhook's message says, as bytes: by Standard Webhooks, or as a structured CloudEvent."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime

from bridge.core.model import Call, Json
from bridge.core.reasons import sentence
from bridge.lib.signing import sign_standard
from bridge.monitor.alarms import describe
from bridge.store.notify.messages import Message

CLOUDEVENTS = "cloudevents"
CLOUD_SOURCE = "/vbot-bridge"  # one deployment is one source of events


def make_body(message: Message, document: Mapping[str, Json], call: Call | None) -> bytes:
    """The body of this message. `call`: for a webhook with `body: full`, whose phone and custom fields it then holds.

    Source   standard-webhooks 1.0.0, "Payload structure"; CloudEvents 1.0.2 JSON format, "Structured content mode"
    """
    data = {**message.data, "seq": message.id, **_said(message.event, message.data)}
    if call is not None:
        data |= {"phone": call.phone, "datas": call.datas}
    envelope: dict[str, Json] = {"type": message.event, "timestamp": message.at.isoformat(), "data": data}
    if document.get("format") == CLOUDEVENTS:
        envelope = {
            "specversion": "1.0",
            "id": message.webhook_id,
            "source": CLOUD_SOURCE,
            "type": message.event,
            "time": message.at.isoformat(),
            "datacontenttype": "application/json",
            "data": data,
        }
    return json.dumps(envelope, ensure_ascii=False, separators=(",", ":"), default=str).encode()


def make_headers(message: Message, document: Mapping[str, Json], body: bytes, now: datetime) -> dict[str, str]:
    """Its headers, signed at this moment with each of the webhook's secrets."""
    first, *others = document["secrets"]
    kind = "application/cloudevents+json" if document.get("format") == CLOUDEVENTS else "application/json"
    return {
        "Content-Type": f"{kind}; charset=utf-8",
        **dict(sign_standard(body, message.webhook_id, first, now, *others)),
    }


def _said(event: str, data: Mapping[str, Json]) -> dict[str, Json]:
    """What happened as people read it, in Vietnamese and English."""
    if event.startswith("alarm."):
        vietnamese, english = describe(data["key"], data["facts"])
    elif event.startswith("order."):
        vietnamese, english = (sentence(data["reason"], language, **data["facts"]) for language in ("vi", "en"))
    else:
        return {}
    return {"sentence": vietnamese, "sentence_en": english}
