"""How each platform's shops are asked for what they have to tell. Pure: requests out, pages in; nothing is sent here.

An order that is found is wrapped as the request that the shop would have sent, its bytes as the shop wrote them, so
that the platform's own `read` reads it.
Sources: woocommerce-rest-api-docs wp-api-v3 orders; shopify.dev rest/resources/order and pagination; Haravan omni-apis
orders; Sapo's and Nhanh's public clients for modified_on_min, updatedAtFrom and the paginator; KiotViet's public API
documentation 2.5.1 as public mirrors keep it; open.tiki.vn event-queue-api, and public clients for the bodies of
events/pull; docs.saleor.io payload-signature (read 2026-11-23)
"""

from __future__ import annotations

import json
import re
from base64 import b64encode
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, quote, urlencode, urlsplit
from zoneinfo import ZoneInfo

from bridge.core.model import BadPayload, Json, Order, Request, Source
from bridge.lib.strictjson import parse_json
from bridge.platforms.saleor.jws import read_keys
from bridge.platforms.shared.poll import Ask, Page, Poll, base_url, plain_request
from bridge.platforms.shared.texts import entries, members, skip_blanks
from bridge.platforms.shared.values import find, find_text, get_id, get_object

PAGE = 50
SHOPIFY_VERSION = "2026-10"

_NEXT = re.compile(r'<([^<>]*)>\s*;\s*rel="?next"?')


def poll_of(platform: str) -> Poll | None:
    """None where a platform has nothing that could be asked for, or where it is not written yet."""
    return _TABLE.get(platform)


def _ask_woocommerce(source: Source, since: datetime, page: Json) -> Ask:
    settings = source.settings
    wanted = {
        "modified_after": since.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S"),
        "dates_are_gmt": "true",
        "status": "any",
        "orderby": "modified",
        "order": "asc",
        "per_page": PAGE,
        "page": page or 1,
    }
    login = _basic(settings["consumer_key"], settings["consumer_secret"])
    return Ask("GET", f"{base_url(source)}/wp-json/wc/v3/orders?{urlencode(wanted)}", login)


def _ask_shopify(source: Source, since: datetime, page: Json) -> Ask:
    wanted = {"limit": PAGE, "page_info": page}
    if page is None:
        wanted = {"limit": PAGE, "status": "any", "order": "updated_at asc", "updated_at_min": _zulu(since)}
    base = source.settings.get("api_url") or f"https://{source.settings['shop_domain']}"
    url = f"{base.rstrip('/')}/admin/api/{SHOPIFY_VERSION}/orders.json?{urlencode(wanted)}"
    return Ask("GET", url, {"X-Shopify-Access-Token": source.settings["access_token"]})


def _ask_haravan(source: Source, since: datetime, page: Json) -> Ask:
    wanted = {"updated_at_min": _zulu(since), "order": "updated_at asc", "status": "any", "limit": PAGE}
    url = f"{base_url(source, 'https://apis.haravan.com')}/com/orders.json?{urlencode(wanted | {'page': page or 1})}"
    return Ask("GET", url, {"Authorization": f"Bearer {source.settings['access_token']}"})


def _ask_sapo(source: Source, since: datetime, page: Json) -> Ask:
    settings = source.settings
    wanted = {"modified_on_min": _zulu(since), "status": "any", "limit": PAGE, "page": page or 1}
    token = settings.get("access_token")
    login = {"X-Sapo-Access-Token": token} if token else _basic(settings["api_key"], settings["api_secret"])
    return Ask("GET", f"{base_url(source)}/admin/orders.json?{urlencode(wanted)}", login)


def _ask_nhanh(source: Source, since: datetime, page: Json) -> Ask:
    settings = source.settings
    paginator = {"size": PAGE, "sort": {"id": "asc"}, **({"next": page} if page is not None else {})}
    wanted = {"filters": {"updatedAtFrom": int(since.timestamp())}, "paginator": paginator}
    who = urlencode({"appId": settings["app_id"], "businessId": settings["business_id"]})
    headers = {"Authorization": str(settings["access_token"]), "Content-Type": "application/json"}
    url = f"{base_url(source, 'https://pos.open.nhanh.vn')}/v3.0/order/list?{who}"
    return Ask("POST", url, headers, json.dumps(wanted).encode())


def _ask_kiotviet(source: Source, since: datetime, page: Json) -> Ask:
    """The token is lent: whoever sends this adds it. Times are the shop's own, without a zone."""
    at = since.astimezone(ZoneInfo(source.timezone)).strftime("%Y-%m-%dT%H:%M:%S")
    wanted = {
        "lastModifiedFrom": at,
        "orderBy": "id",
        "orderDirection": "Asc",
        "pageSize": 100,
        "currentItem": page or 0,
    }
    url = f"{base_url(source, 'https://public.kiotapi.com')}/orders?{urlencode(wanted)}"
    return Ask("GET", url, {"Retailer": str(source.settings["retailer"])})


def _ask_tiki(source: Source, since: datetime, page: Json) -> Ask:
    """The token is lent. Naming up to where the queue is read takes the events before it out: there is no other ack."""
    queue = quote(str(source.settings["queue"]), safe="")
    url = f"{base_url(source, 'https://api.tiki.vn')}/integration/v1/queues/{queue}/events/pull"
    return Ask("POST", url, {"Content-Type": "application/json"}, json.dumps({"ack_id": page}).encode())


def _ask_saleor(source: Source, since: datetime, page: Json) -> Ask:
    return Ask("GET", f"{base_url(source).removesuffix('/graphql')}/.well-known/jwks.json", {})


def _read_saleor(body: bytes, headers: Mapping[str, str], page: Json) -> Page:
    return Page(keys=read_keys(body))


def _read_kiotviet(body: bytes, headers: Mapping[str, str], page: Json) -> Page:
    """`{"total": …, "data": […]}`; a page begins at an item's number."""
    orders, start = _texts(body, "data"), page or 0
    total = find_text(parse_json(body), "total") or ""
    more = start + len(orders) < int(total) if re.fullmatch("[0-9]{1,9}", total) else len(orders) == 100
    return Page(orders, start + len(orders) if more and orders else None)


def _read_list(body: bytes, headers: Mapping[str, str], page: Json) -> Page:
    """A bare list, in numbered pages."""
    orders = _texts(body, None)
    pages = headers.get("x-wp-totalpages", "")
    number = page or 1
    more = number < int(pages) if re.fullmatch("[0-9]{1,9}", pages) else len(orders) == PAGE
    return Page(orders, number + 1 if more and orders else None)


def _read_orders(body: bytes, headers: Mapping[str, str], page: Json) -> Page:
    """`{"orders": […]}`, in numbered pages."""
    orders = _texts(body, "orders")
    return Page(orders, (page or 1) + 1 if len(orders) == PAGE else None)


def _read_linked(body: bytes, headers: Mapping[str, str], page: Json) -> Page:
    """`{"orders": […]}`; the header Link names the page behind."""
    link = _NEXT.search(headers.get("link", ""))
    token = parse_qs(urlsplit(link[1]).query).get("page_info", [None])[0] if link else None
    return Page(_texts(body, "orders"), token)


def _read_nhanh(body: bytes, headers: Mapping[str, str], page: Json) -> Page:
    """`{"code": 1, "data": […], "paginator": {"next": …}}`; a refusal is a 200 with code 0."""
    document = parse_json(body)
    if find_text(document, "code") != "1":
        raise BadPayload("/code", "is not 1")
    following = find(document, "paginator", "next")
    return Page(_texts(body, "data") if find(document, "data") else (), following or None)


def _read_tiki(body: bytes, headers: Mapping[str, str], page: Json) -> Page:
    """`{"events": […], "ack_id": "…"}`, oldest first; a queue without news may say null for both."""
    document = get_object(parse_json(body))
    if "events" not in document:
        raise BadPayload("/events", "is missing")
    texts = _texts(body, "events") if document["events"] is not None else ()
    if not texts and document.get("ack_id") is None:
        return Page((), page)
    return Page(texts, get_id(document, "ack_id"))


def _request_woocommerce(source: Source, order: str, topic: str) -> Request:
    resource, _, event = topic.partition(".")
    named = (("X-WC-Webhook-Topic", topic), ("X-WC-Webhook-Resource", resource), ("X-WC-Webhook-Event", event))
    return plain_request(source, order.encode(), *named)


def _request_with(header: str) -> Callable[[Source, str, str], Request]:
    return lambda source, order, topic: plain_request(source, order.encode(), (header, topic))


def _request_nhanh(source: Source, order: str, topic: str) -> Request:
    business = json.dumps(source.settings["business_id"])
    return plain_request(source, f'{{"event":"{topic}","businessId":{business},"data":{order}}}'.encode())


def _request_kiotviet(source: Source, order: str, topic: str) -> Request:
    """The order's own members under the webhook's names; its lines and delivery are asked for as after a webhook."""
    decoder = json.JSONDecoder()
    found = [(name, order[at : decoder.raw_decode(order, at)[1]]) for name, at in members(order, 0)]
    renamed = ",".join(f"{json.dumps(name[:1].upper() + name[1:])}:{value}" for name, value in found)
    return plain_request(source, f'{{"Notifications":[{{"Action":"{topic}","Data":[{{{renamed}}}]}}]}}'.encode())


def _topics_woocommerce(order: Order, is_new: bool) -> tuple[str, ...]:
    told = order.payment.paid or order.state in ("cancelled", "failed", "refunded", "completed")
    if not is_new:
        return ("order.updated",)
    return ("order.created", "order.updated") if told else ("order.created",)


def _topics_nhanh(order: Order, is_new: bool) -> tuple[str, ...]:
    if is_new and order.state == "open":
        return ("orderAdd",)
    return ("orderAdd", "orderUpdate") if is_new else ("orderUpdate",)


def _topics_of_state(order: Order, is_new: bool) -> tuple[str, ...]:
    """What the order's state means: Shopify and its like have a topic for each step."""
    words = {"cancelled": "orders/cancelled", "fulfilled": "orders/fulfilled"}
    step = words.get(order.state) or ("orders/paid" if order.payment.paid and order.state == "open" else None)
    if is_new:
        return ("orders/create", step) if step else ("orders/create",)
    return (step or "orders/updated",)


def _basic(name: str, password: str) -> dict[str, str]:
    return {"Authorization": f"Basic {b64encode(f'{name}:{password}'.encode()).decode()}"}


def _zulu(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _texts(body: bytes, name: str | None) -> tuple[str, ...]:
    """The texts of the entries of a list: the document itself, or its member of this name. BadPayload."""
    document = parse_json(body)
    found = document if name is None else find(document, name)
    if not isinstance(found, list):
        raise BadPayload(f"/{name}" if name else "", "is not a list")
    text = body.decode("utf-8-sig")
    start = skip_blanks(text, 0)
    if name is not None:
        start = next(at for key, at in members(text, start) if key == name)
    return tuple(entries(text, start))


_TABLE = {
    "woocommerce": Poll(
        credentials=(("api_url", "consumer_key", "consumer_secret"),),
        ask=_ask_woocommerce,
        read=_read_list,
        request=_request_woocommerce,
        topics=_topics_woocommerce,
    ),
    "shopify": Poll(
        credentials=(("access_token", "shop_domain"), ("access_token", "api_url")),
        ask=_ask_shopify,
        read=_read_linked,
        request=_request_with("X-Shopify-Topic"),
        topics=_topics_of_state,
    ),
    "haravan": Poll(
        credentials=(("access_token",),),
        ask=_ask_haravan,
        read=_read_orders,
        request=_request_with("X-Haravan-Topic"),
        topics=_topics_of_state,
    ),
    "sapo": Poll(
        credentials=(("api_url", "access_token"), ("api_url", "api_key", "api_secret")),
        ask=_ask_sapo,
        read=_read_orders,
        request=_request_with("X-Sapo-Topic"),
        topics=_topics_of_state,
    ),
    "nhanh": Poll(
        credentials=(("app_id", "business_id", "access_token"),),
        ask=_ask_nhanh,
        read=_read_nhanh,
        request=_request_nhanh,
        topics=_topics_nhanh,
    ),
    "kiotviet": Poll(
        credentials=(("retailer", "client_id", "client_secret"),),
        ask=_ask_kiotviet,
        read=_read_kiotviet,
        request=_request_kiotviet,
        topics=lambda order, is_new: ("order.update",),
        names_new=False,
    ),
    "saleor": Poll(
        credentials=(("api_url",),),
        ask=_ask_saleor,
        read=_read_saleor,
        unless="jwks",
        tells="keys",
        every=timedelta(hours=1),
    ),
    "tiki": Poll(
        credentials=(("client_id", "client_secret", "queue"),),
        ask=_ask_tiki,
        read=_read_tiki,
        tells="events",
        every=timedelta(minutes=1),
    ),
}
