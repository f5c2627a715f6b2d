"""What in a source's settings can never work, or works less well than it looks."""

from __future__ import annotations

from collections.abc import Iterator

from bridge.core.model import Source
from bridge.core.platform import Flaw
from bridge.lib.jsonschema import nearest
from bridge.lib.zones import zone_names
from bridge.platforms.generic.presets import completed

_ORDER = (
    *("id", "number", "state", "status", "currency", "total", "outstanding", "created_at", "updated_at", "phone"),
    *("note", "tags", "channel", "test", "in_store", "parent"),
    *("payment.cod", "payment.paid", "payment.method", "payment.status"),
)
_ADDRESS = (
    *("name", "first_name", "last_name", "phone", "company", "address1", "address2", "ward", "district", "city"),
    *("province", "postcode", "country", "text"),
)
FIELDS = frozenset(
    [
        *_ORDER,
        *(f"order.{name}" for name in _ORDER),
        *(f"customer.{name}" for name in ("id", "name", "first_name", "last_name", "phone", "email")),
        *(f"{kind}.{name}" for kind in ("shipping", "billing") for name in _ADDRESS),
        *("items", *(f"items.{name}" for name in ("title", "quantity", "price", "total", "variant", "sku"))),
        *("topic", "event.time"),
    ]
)
CLOSING = frozenset({"order.cancelled", "order.deleted"})


def flaws(source: Source) -> Iterator[Flaw]:
    """A name in `fields` that is none of ours; an unknown zone; cancels that nothing sets apart from late ones."""
    settings = completed(source).settings
    fields = settings.get("fields", {})
    if settings.get("times_in", "UTC") not in zone_names():
        yield Flaw(("settings", "times_in"), "not a time zone; write one such as UTC", is_error=True)
    for name in fields:
        if name not in FIELDS:
            hint = nearest(name, FIELDS) or "; such as id, total, phone, customer.name, payment.method"
            yield Flaw(("settings", "fields", name), f"no field of an order has this name{hint}", is_error=True)
    closing = CLOSING & {*settings.get("topics", {}).values(), settings.get("topic")}
    if fields and closing and not fields.keys() & {"updated_at", "order.updated_at", "event.time"}:
        message = (
            f"{', '.join(sorted(closing))} without `updated_at` in fields: which message is the newer is known by its "
            "arrival alone, so that a cancelled order stays cancelled, whatever comes after"
        )
        yield Flaw(("settings", "topics" if "topics" in source.settings else "topic"), message)
