"""Webhooks in Shopify's manner: one for each topic, at one address."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from urllib.parse import urlencode

from bridge.core.model import BadPayload, Json, Source
from bridge.core.model.texts import Text
from bridge.core.platform import ApiRequest, Hook, Hooks
from bridge.lib.strictjson import parse_json
from bridge.platforms.shared.poll import next_of_link
from bridge.platforms.shared.values import find, find_list, find_text

TOPICS = (
    "orders/create",
    "orders/updated",
    "orders/paid",
    "orders/cancelled",
    "orders/fulfilled",
    "orders/delete",
)
KIND = {"Content-Type": "application/json"}


@dataclass(frozen=True)
class Pages:
    """How a list comes in pages.

    query   what is asked with each page
    name    the parameter of a later page, whose value `next` gives, as of Hooks
    """

    query: Mapping[str, Json] = field(default_factory=dict)
    name: str = "page_info"
    next: Callable[[int, Mapping[str, str], Json], Json] = next_of_link

    def request(self, url: str, headers: Mapping[str, str], page: Json) -> ApiRequest:
        """The request for this page of the list."""
        asked = {**self.query, **({} if page is None else {self.name: page})}
        return ApiRequest("GET", f"{url}?{urlencode(asked)}" if asked else url, headers)


def numbered(size_name: str, size: int) -> Pages:
    """Numbered pages of so many: there is another where one is full."""
    return Pages({size_name: size}, "page", lambda count, headers, page: (page or 1) + 1 if count >= size else None)


def topic_hooks(
    url: Callable[[Source], str],
    headers: Callable[[Source], Mapping[str, str]],
    more: Mapping[str, Json],
    *,
    credentials: tuple[tuple[str, ...], ...],
    permission: Text,
    topics: tuple[str, ...] = TOPICS,
    is_wrapped: bool = True,
    pages: Pages = Pages(),
) -> Hooks:
    """`url` lists webhooks with GET, and makes one with POST; `more`: what each says beside topic and address."""

    def create(source: Source, address: str, wanted: tuple[str, ...]) -> tuple[ApiRequest, ...]:
        made = [{"topic": topic, "address": address, **more} for topic in wanted]
        bodies = [json.dumps({"webhook": one} if is_wrapped else one).encode() for one in made]
        return tuple(ApiRequest("POST", url(source), {**KIND, **headers(source)}, body) for body in bodies)

    return Hooks(
        credentials=credentials,
        topics=topics,
        list=lambda source, page: pages.request(url(source), headers(source), page),
        read=lambda body: read_hooks(body, "webhooks", "address", "topic"),
        next=pages.next,
        create=create,
        permission=permission,
    )


def read_hooks(body: bytes, name: str | None, address: str, topic: str, active: str | None = None) -> tuple[Hook, ...]:
    """The webhooks of a list: the document itself, or its member `name`. BadPayload where there is none."""
    document = parse_json(body)
    entries = document if name is None else find_list(document, name)
    if not isinstance(entries, list) or (name is not None and not (isinstance(document, dict) and name in document)):
        raise BadPayload(f"/{name}" if name else "", "is not a list")
    return tuple(
        Hook(
            find_text(entry, "id") or "",
            find_text(entry, address) or "",
            frozenset(filter(None, [find_text(entry, topic)])),
            active is None or find(entry, active) in (True, "active"),
        )
        for entry in entries
    )
