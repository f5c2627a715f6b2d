"""An event as rules see it: the document of schemas/event.schema.json. Pure: no clock, no I/O."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from datetime import datetime
from functools import cache
from typing import Any
from zoneinfo import ZoneInfo

from bridge.core.model import Address, Event, Json, Order, Parcel, Payment, Person, Source
from bridge.core.vietnamese.regions import region_of
from bridge.lib.strictjson import clean_text

# What the ledger holds of a phone that was never called.
STRANGER: Mapping[str, int] = {"orders": 0, "declined": 0, "unreachable": 0}
# Parts of an order that stand beside it in the document.
_APART = ("customer", "shipping", "billing", "items")
_UNSEEN = ("phones",)  # a rule sees the one that is chosen


def event_document(event: Event, source: Source) -> dict[str, Json]:
    """The document of this event.

    Shapes   event, source, order, customer, shipping, billing, items, parcel, buyer, raw. The buyer is a
             stranger here: who knows the ledger puts in what it holds of the phone. Where the platform named only an id
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
            "hour": event.occurred_at.astimezone(zone).hour,
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
        **{name: _with_region(parts[name]) for name in ("shipping", "billing")},
        "parcel": parcel_document(event.parcel, source),
        "buyer": dict(STRANGER),
        "raw": event.raw,
    }


def parcel_document(parcel: Parcel | None, source: Source) -> dict[str, Json]:
    """What a carrier says of a parcel, and the local day of it; nulls where there is none."""
    if parcel is None:
        return {**_nulls(Parcel), "day": None}
    zone = ZoneInfo(source.timezone)
    return {**_plain(parcel, zone), "day": parcel.time.astimezone(zone).date().isoformat()}


def _with_region(address: Mapping[str, Json]) -> dict[str, Json]:
    """The address with the province of today that it names."""
    return {**address, "region": region_of(address["province"], address["city"], address["text"])}


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


def _nulls(kind: type[Payment | Person | Address | Parcel]) -> dict[str, Json]:
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
        return {name: _plain(getattr(value, name), zone) for name in _names(value.__class__)}
    return value


@cache
def _names(kind: type[Any]) -> tuple[str, ...]:
    return tuple(field.name for field in fields(kind))
