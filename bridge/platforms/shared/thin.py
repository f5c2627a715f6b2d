"""Marketplaces: their deliveries name an order that changed, and nothing of its buyer, whose number they hide.

Each delivery names one order and its status in the marketplace's word. The event holds no order: there is
none in the delivery, and a rule answers it with the marketplace's reason.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime

from bridge.core.model import BadPayload, BadSignature, Event, Json, Request, Source
from bridge.lib import jsonschema as schema
from bridge.lib import signing
from bridge.platforms.shared.times import parse_time
from bridge.platforms.shared.values import find, find_text, get_id

Path = tuple[str, ...]


SAMPLE_KEY = "app-key"


def verify_keyed(request: Request, source: Source, now: datetime) -> None:
    """Return only if the app's secret signed its key and exactly these bytes: HMAC-SHA256, hex, in Authorization.

    Errors   BadSignature no_secret, no_app_key (the settings name none), missing_signature, bad_signature.
    """
    secrets, key = signing.usable(source.secrets), _app_key(source)
    if not key:
        raise BadSignature("no_app_key")
    signing.verify(key.encode() + request.body, request.header("authorization"), secrets, encoding="hex")


def sign_keyed(body: bytes, topic: str, source: Source, now: datetime) -> tuple[tuple[str, str], ...]:
    """The headers that such a marketplace would send; under a key that no app has, where the settings say none."""
    secret = signing.usable(source.secrets)[0]
    content = (_app_key(source) or SAMPLE_KEY).encode() + body
    return (
        ("Content-Type", "application/json"),
        ("Authorization", signing.sign(content, secret.encode(), encoding="hex")),
    )


def thin_event(
    document: Json, topics: Mapping[str, str], order: Path, status: Path, times: tuple[Path, ...], received_at: datetime
) -> Event:
    """The event of the order at the path `order`; its status at `status` is the platform's topic.

    A status that is not in `topics` is a change like any other. The first of the times that is there counts.
    Errors   BadPayload: no order, no status, or a time that is none
    """
    order_id, word = get_id(document, *order), find_text(document, *status)
    if word is None:
        raise BadPayload(schema.pointer(status), "is missing")
    topic = topics.get(word, topics.get(word.upper(), topics.get(word.lower(), "order.updated")))
    found = (_find_time(document, path) for path in times)
    at = next((time for time in found if time), received_at)
    return Event(topic, word, at, order_id, None, document)


def with_status(key: str) -> Callable[[dict[str, Json], str], dict[str, Json]]:
    """Topics that stand in the document's `data`, under this key, as the order's status."""
    return lambda document, word: {**document, "data": {**document["data"], key: word}}


def _app_key(source: Source) -> str:
    return str(source.settings.get("app_key") or "").strip()


def _find_time(document: Json, path: Path) -> datetime | None:
    value = find(document, *path)
    try:
        return None if value is None else parse_time(value, UTC)
    except ValueError:
        raise BadPayload(schema.pointer(path), "is not a time: seconds or milliseconds since 1970") from None
