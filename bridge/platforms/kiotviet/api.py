"""What KiotViet's webhooks leave out, asked of its API: the order with its delivery, the customer, the sales channels.

Source: KiotViet's public API documentation, orders, customers, sale channels, as its public mirrors keep it (read
2026-11-23)
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from functools import partial
from urllib.parse import quote
from zoneinfo import ZoneInfo

from bridge.core.model import CannotFetch, Json, Request, Source
from bridge.core.platform import Fetch, Login
from bridge.lib.strictjson import parse_json
from bridge.platforms.kiotviet.notifications import (
    CHANNELS,
    customer_of,
    order_at,
    read_orders,
)
from bridge.platforms.kiotviet.order import delivery_phone, find_time, unnamed_channel, with_answer
from bridge.platforms.shared.around import Path
from bridge.platforms.shared.values import find, find_text, get_id, get_object

API, TOKENS = "https://public.kiotapi.com", "https://id.kiotviet.vn"


def wanted(request: Request, source: Source) -> tuple[Fetch, ...]:
    """For each order that is still open: itself, its customer where it has no phone, the name of its channel."""
    document = get_object(parse_json(request.body))
    fetched = {name: parse_json(body) for name, body in request.fetched.items()}
    raw = {**document, "fetched": fetched}
    if find(document, "Notifications") is None:
        return ()
    places = read_orders(raw, source)
    missing: dict[str, Fetch] = {}
    for place in places:
        for each in missing_documents(raw, place, source):
            missing.setdefault(each.name, each)
    if not missing and _needs_channels(raw, places, source):
        missing[CHANNELS] = Fetch(
            CHANNELS, f"{_base(source)}/salechannel?pageSize=100", _headers(source), optional=True
        )
    if missing and not _credentials(source):
        raise CannotFetch("fetch_no_credentials")
    return tuple(missing.values())


def login(source: Source) -> Login:
    """Where a token is issued, for a day. CannotFetch."""
    found = _credentials(source)
    if found is None:
        raise CannotFetch("fetch_no_credentials")
    form = {"scopes": "PublicApi.Access", "grant_type": "client_credentials", **found}
    base = str(source.settings.get("api_url") or TOKENS).rstrip("/")
    return Login(f"{base}/connect/token", tuple(form.items()))


def missing_documents(raw: Json, place: Path, source: Source) -> tuple[Fetch, ...]:
    """What the API must still answer about the order at this place; nothing for an order that has ended."""
    order_id = get_id(raw, *place, "Id")
    fetched: Mapping[str, Json] = find(raw, "fetched") or {}
    order = order_at(raw, place, order_id, source)
    if order.state != "open":
        return ()  # nobody is rung, and what happened is known
    base, headers = _base(source), _headers(source)
    name = f"order:{order_id}"
    if name not in fetched:
        since = find_time(find(raw, *place), "ModifiedDate", ZoneInfo(source.timezone))
        check = partial(_check_order, order_id, since, source)
        return (Fetch(name, f"{base}/orders/{quote(order_id, safe='')}", headers, check),)
    customer = customer_of(raw, place, fetched[name])
    if delivery_phone(fetched[name]) or customer is None or f"customer:{customer}" in fetched:
        return ()
    url = f"{base}/customers/{quote(customer, safe='')}"
    return (Fetch(f"customer:{customer}", url, headers, partial(_check_customer, customer), optional=True),)


def _needs_channels(raw: Json, places: tuple[Path, ...], source: Source) -> bool:
    """Whether an open order names its channel by number alone. Without the list of them it is decided all the same."""
    fetched: Mapping[str, Json] = find(raw, "fetched") or {}
    return CHANNELS not in fetched and any(
        unnamed_channel(with_answer(find(raw, *place), fetched.get(f"order:{order_id}"))) is not None
        for place in places
        if order_at(raw, place, order_id := get_id(raw, *place, "Id"), source).state == "open"
    )


def _base(source: Source) -> str:
    return str(source.settings.get("api_url") or API).rstrip("/")


def _headers(source: Source) -> tuple[tuple[str, str], ...]:
    return (("Retailer", str(source.settings.get("retailer", ""))),)


def _check_order(order_id: str, since: datetime | None, source: Source, body: bytes) -> str | None:
    """Whether this is the order, and not older than it was in the delivery."""
    answer = parse_json(body)
    if find_text(answer, "id") != order_id:
        return "fetch_bad_answer"
    changed = find_time(answer, "modifiedDate", ZoneInfo(source.timezone))
    # The two are written with different digits after the second.
    is_older = (
        since is not None and changed is not None and changed.replace(microsecond=0) < since.replace(microsecond=0)
    )
    return "fetch_stale" if is_older else None


def _check_customer(customer: str, body: bytes) -> str | None:
    return None if find_text(parse_json(body), "id") == customer else "fetch_bad_answer"


def _credentials(source: Source) -> dict[str, str] | None:
    names = ("client_id", "client_secret")
    found = {name: str(source.settings.get(name) or "") for name in names}
    return found if all(found.values()) and source.settings.get("retailer") else None
