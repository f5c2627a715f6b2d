"""Tell a shop of any kind the result of a call: one signed request for each action, which its own program carries out.

By Standard Webhooks: `webhook-id` is the same however often a write is sent, so that a program does each once. What
the order is by now is known from the shop's own messages alone.
Source: standard-webhooks 1.0.0
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial

from bridge.core.model import Json, Source, Write
from bridge.core.platform import ApiRequest, Echo, Refusal, Standing, WriteBack
from bridge.lib.signing import sign_standard
from bridge.platforms.shared.write_back import judge_status

TYPE = "order.write_back"


def look(source: Source, write: Write, again: bool) -> tuple[ApiRequest, ...]:
    return ()


def stand(source: Source, write: Write, answers: tuple[bytes, ...]) -> Standing:
    return Standing("open", False)


def requests(source: Source, write: Write, answers: tuple[bytes, ...]) -> tuple[ApiRequest, ...]:
    data = {
        "source": write.source_id,
        "order_id": write.order_id,
        "call_id": write.call_id,
        "result": write.result,
        "action": write.kind,
        "value": write.value or None,
        "text": write.text or None,
        "marker": write.marker,
        "instead": list(write.instead),
    }
    # With the instant, for after a restore numbers come again.
    webhook_id = f"write_{write.id}_{int(write.created_at.timestamp())}"
    document = {"type": TYPE, "timestamp": write.created_at.isoformat(), "data": data}
    return (_message(source, webhook_id, document),)


def judge(status: int, headers: Mapping[str, str], body: bytes) -> Refusal | None:
    """As usual, whatever the body of a 2xx is; 410 means that the address is gone, not the order."""
    return Refusal("write_address", "410") if status == 410 else judge_status(status, headers, body)


def proves(write: Write, body: bytes) -> bool:
    return True


def probe(source: Source) -> ApiRequest:
    """A signed message of the type `test`, which means nothing."""
    return _message(source, "write_test", {"type": "test", "data": {}})


def _message(source: Source, webhook_id: str, document: Json) -> ApiRequest:
    body = json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode()
    headers = {"Content-Type": "application/json; charset=utf-8"}
    sign = partial(_sign, webhook_id, str(source.settings["write_back_secret"]))
    return ApiRequest("POST", str(source.settings["write_back_url"]), headers, body, sign)


def _sign(webhook_id: str, secret: str, request: ApiRequest, seconds: int, nonce: str) -> ApiRequest:
    now = datetime.fromtimestamp(seconds, UTC)
    signed = sign_standard(request.body or b"", webhook_id, secret, now)
    return replace(request, headers={**request.headers, **dict(signed)}, sign=None)


WRITE_BACK = WriteBack(
    does={
        "note": ("`action: note` với `text`", "`action: note` with its `text`"),
        "tag": ("`action: tag` với `value`; `instead`: thẻ phải bỏ", "`action: tag` with its `value`; `instead` go"),
        "status": ("`action: status` với `value`", "`action: status` with its `value`"),
        "confirm_order": ("`action: confirm_order`", "`action: confirm_order`"),
        "cancel_order": ("`action: cancel_order`", "`action: cancel_order`"),
    },
    credentials=(("write_back_url", "write_back_secret"),),
    look=look,
    read=stand,
    requests=requests,
    judge=judge,
    proves=proves,
    probe=probe,
    scopes=(
        "một chương trình của bạn nhận POST đã ký theo Standard Webhooks",
        "a program of yours that takes a POST signed by Standard Webhooks",
    ),
    again=("gửi lại với cùng `webhook-id`", "it is sent again under the same `webhook-id`"),
    echoes=("tùy chương trình của bạn", "as your program does"),
    echo=Echo(
        stamps=("/topic", "/event", "/type", "/timestamp", "/updated_at", "/order/updated_at"),
        tags=("/tags", "/order/tags"),
        notes=("/note", "/order/note"),
        states=("/status", "/order/status", "/order/state"),
    ),
)
