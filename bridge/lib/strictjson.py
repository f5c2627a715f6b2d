"""Documents in and out: a shop's JSON read strictly, and an event as the document that rules see.

Pure: no clock, no I/O. Numbers are exact (int or Decimal, never float), so that an amount
is spoken as the shop wrote it; text can be stored by every database.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from datetime import datetime
from decimal import Decimal
from typing import NoReturn
from zoneinfo import ZoneInfo

from bridge.core.model import Address, BadPayload, Event, Json, Order, Payment, Person, Source

MAX_DEPTH = 64
MAX_NUMBER_LENGTH = 100

_APART = ("customer", "shipping", "billing", "items")
_UNSEEN = ("phones",)  # a rule sees the one that is chosen
_TOO_LONG = f"holds a number of more than {MAX_NUMBER_LENGTH} digits"
_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")


def parse_json(body: bytes) -> Json:
    """The JSON document in these bytes, safe to compute with and to store.

    Shapes   UTF-8, a byte order mark tolerated. Whole numbers are int, others Decimal. NUL is removed
             from text, half a surrogate pair becomes U+FFFD (Postgres stores neither).
    Errors   BadPayload: not UTF-8, not JSON, a key twice in one object, NaN or Infinity, a number of more
             than 100 characters or beyond 100 decimal places, more than 64 levels deep. Nothing else escapes.
    """
    try:
        text = body.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise BadPayload("", "is not UTF-8") from None
    try:
        document = json.loads(
            text,
            parse_int=_parse_int,
            parse_float=_parse_float,
            parse_constant=_refuse_constant,
            object_pairs_hook=_parse_object,
        )
    except json.JSONDecodeError as error:
        raise BadPayload("", f"is not JSON (line {error.lineno}, column {error.colno})") from None
    except RecursionError:
        raise BadPayload("", f"is more than {MAX_DEPTH} levels deep") from None
    return _storable(document, 0)


def event_document(event: Event, source: Source) -> dict[str, Json]:
    """The event as rules see it: the shape of schemas/event.schema.json.

    Shapes   event, source, order, customer, shipping, billing, items, raw. Where the platform named only an id
             the order holds that id and nulls. Blank text is null, text is NFC; raw stays as the platform wrote it.
    Units    amounts and quantities Decimal, times ISO 8601 text with the offset of the source's time zone
    """
    zone = ZoneInfo(source.timezone)
    order = event.order
    parts = _without_values(event.order_id) if order is None else _plain(order, zone)
    return {
        "event": {
            "topic": event.topic,
            "platform_topic": _plain(event.platform_topic, zone),
            "time": _plain(event.occurred_at, zone),
            "order_id": event.order_id,
        },
        "source": {
            "id": source.id,
            "platform": source.platform,
            "timezone": source.timezone,
            "country": source.country,
        },
        "order": {name: value for name, value in parts.items() if name not in _APART + _UNSEEN},
        **{name: parts[name] for name in _APART},
        "raw": event.raw,
    }


def clean_text(text: str) -> str | None:
    """The text in NFC without NUL and outer blanks; None if nothing that can be seen is left."""
    cleaned = unicodedata.normalize("NFC", _UNSTORABLE.sub(_replace, text)).strip()
    visible = any(unicodedata.category(character) not in ("Cc", "Cf", "Zs", "Zl", "Zp") for character in cleaned)
    return cleaned if visible else None


def _without_values(order_id: str) -> dict[str, Json]:
    parts: dict[str, Json] = {field.name: None for field in fields(Order)}
    return parts | {
        "id": order_id,
        "tags": [],
        "payment": _nulls(Payment),
        "customer": _nulls(Person),
        "shipping": _nulls(Address),
        "billing": _nulls(Address),
        "items": [],
    }


def _nulls(kind: type[Payment | Person | Address]) -> dict[str, Json]:
    return {field.name: None for field in fields(kind)}


def _plain(value: Json, zone: ZoneInfo) -> Json:
    match value:
        case str():
            return clean_text(value)
        case datetime():
            return value.astimezone(zone).isoformat()
        case tuple():
            return [_plain(one, zone) for one in value]
    if is_dataclass(value):
        return {field.name: _plain(getattr(value, field.name), zone) for field in fields(value)}
    return value


def _storable(value: Json, depth: int) -> Json:
    """The document with text that databases take, refused where it is too deep to walk through."""
    if depth > MAX_DEPTH:
        raise BadPayload("", f"is more than {MAX_DEPTH} levels deep")
    match value:
        case str():
            return _UNSTORABLE.sub(_replace, value)
        case list():
            return [_storable(one, depth + 1) for one in value]
        case Mapping():
            return {name: _storable(one, depth + 1) for name, one in value.items()}
    return value


def _parse_object(pairs: list[tuple[str, Json]]) -> dict[str, Json]:
    found = {_UNSTORABLE.sub(_replace, name): value for name, value in pairs}
    if len(found) != len(pairs):
        raise BadPayload("", "names a key twice in one object")
    return found


def _parse_int(text: str) -> int:
    return int(_bounded(text))


def _parse_float(text: str) -> Decimal:
    # The exponent is bounded as text: one of a hundred digits would not even make a Decimal.
    _, _, exponent = _bounded(text).lower().partition("e")
    if len(exponent.lstrip("+-0")) > 3 or abs(int(exponent or "0")) > MAX_NUMBER_LENGTH:
        raise BadPayload("", _TOO_LONG)
    return Decimal(text)


def _bounded(text: str) -> str:
    if len(text) > MAX_NUMBER_LENGTH:
        raise BadPayload("", _TOO_LONG)
    return text


def _refuse_constant(text: str) -> NoReturn:
    raise BadPayload("", "holds NaN or Infinity")


def _replace(match: re.Match[str]) -> str:
    return "" if match.group() == "\x00" else "\ufffd"
