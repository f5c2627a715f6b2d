"""What BigCommerce's webhooks leave out: the order, its addresses and its products.

Source: https://docs.bigcommerce.com, REST management API, orders v2 (read 2026-11-23). Not documented: how soon after
an event the API shows its change. So an order that is older than its event is requested again.
"""

from __future__ import annotations

from datetime import timedelta
from functools import partial
from urllib.parse import quote

from bridge.core.model import CannotFetch, Event, Json, Order, Request, Source
from bridge.core.platform import Fetch
from bridge.lib.strictjson import parse_json
from bridge.platforms.bigcommerce.order import NEEDS, find_time, read_order
from bridge.platforms.bigcommerce.reading import TOPICS, event_time, missing_documents
from bridge.platforms.shared.around import read_around
from bridge.platforms.shared.values import find_text, get_id, get_object

API = "https://api.bigcommerce.com"

# Two clocks of BigCommerce: one of the event, one of the order.
SKEW = timedelta(seconds=30)


def wanted(request: Request, source: Source) -> tuple[Fetch, ...]:
    """What the shop's API must still answer about this order: the order, then its addresses and products."""
    document = get_object(parse_json(request.body))
    scope = find_text(document, "scope") or ""
    if TOPICS.get(scope, "order.deleted") == "order.deleted":
        return ()
    order_id = get_id(document, "data", "id")
    missing = missing_documents(request.fetched, _known_order(document, request, source))
    if not missing:
        return ()
    shop, token = source.settings.get("store_hash"), source.settings.get("access_token")
    if not shop or not token:
        raise CannotFetch("fetch_no_credentials")
    base = str(source.settings.get("api_url") or API).rstrip("/")
    order_url = f"{base}/stores/{quote(str(shop), safe='')}/v2/orders/{quote(order_id, safe='')}"
    every = {
        "order": Fetch("order", order_url, check=partial(_check_order, document)),
        "shipping_addresses": Fetch(
            "shipping_addresses", f"{order_url}/shipping_addresses?limit=50", check=_check_list, optional=True
        ),
        "products": Fetch("products", f"{order_url}/products?limit=250", check=_check_list, optional=True),
    }
    headers = (("X-Auth-Token", str(token)),)
    return tuple(Fetch(one.name, one.url, headers, one.check, one.optional) for one in map(every.__getitem__, missing))


def _known_order(document: dict[str, Json], request: Request, source: Source) -> Order | None:
    if "order" not in request.fetched:
        return None
    raw = {**document, "fetched": {"order": parse_json(request.fetched["order"])}}
    found: list[Order] = []

    def read_events() -> tuple[Event, ...]:
        found.append(read_order(raw, source))
        return ()

    read_around(raw, "bigcommerce", NEEDS, read_events)
    return found[-1]


def _check_order(event: Json, body: bytes) -> str | None:
    """Whether this is the event's order, and not older than the event."""
    order = parse_json(body)
    if find_text(order, "id") != find_text(event, "data", "id"):
        return "fetch_bad_answer"
    at, changed = event_time(event), find_time(order, "date_modified")
    if at is None or changed is None:
        return None
    previous = find_text(event, "data", "status", "previous_status_id")
    new = find_text(event, "data", "status", "new_status_id")
    is_before = previous != new and previous is not None and find_text(order, "status_id") == previous and changed <= at
    return "fetch_stale" if is_before or changed < at - SKEW else None


def _check_list(body: bytes) -> str | None:
    return None if isinstance(parse_json(body), list) else "fetch_bad_answer"
