"""What EasyStore's messages may leave out: the order. Asked for only where the source has a token.

Source: EasyStore's API 3.0, orders, as a sync in use asks for them (read 2026-11-30)
"""

from __future__ import annotations

from urllib.parse import quote

from bridge.core.model import CannotFetch, Request, Source
from bridge.core.platform import Fetch
from bridge.lib.strictjson import parse_json
from bridge.platforms.easystore.reading import ORDER, TOPICS, lacks_order, order_name
from bridge.platforms.easystore.signature import TOPIC_HEADER
from bridge.platforms.shared.topic_header import fold_topic
from bridge.platforms.shared.values import find, find_text, get_object


def api_base(source: Source) -> str:
    """Where the shop's API is."""
    return str(source.settings.get("api_url") or f"https://{source.settings['shop_domain']}").rstrip("/") + "/api/3.0"


def api_headers(source: Source) -> dict[str, str]:
    return {"EasyStore-Access-Token": str(source.settings["access_token"])}


def wanted(request: Request, source: Source) -> tuple[Fetch, ...]:
    """The order that the message names alone."""
    topic = fold_topic(request.header(TOPIC_HEADER)) or ""
    document = get_object(parse_json(request.body))
    if topic not in TOPICS or ORDER in request.fetched or not lacks_order(document, topic):
        return ()
    name, settings = order_name(document, topic), source.settings
    if not settings.get("access_token") or not (settings.get("shop_domain") or settings.get("api_url")):
        raise CannotFetch("fetch_no_credentials")

    def check(body: bytes) -> str | None:
        answer = parse_json(body)
        order = find(answer, "order") or answer
        is_it = find_text(order, "id") == name and find(order, "total_price") is not None
        return None if is_it else "fetch_bad_answer"

    url = f"{api_base(source)}/orders/{quote(name, safe='')}.json"
    return (Fetch(ORDER, url, tuple(api_headers(source).items()), check),)
