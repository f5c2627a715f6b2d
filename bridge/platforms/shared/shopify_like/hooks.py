"""Webhooks in Shopify's manner: one for each topic, at one address."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping

from bridge.core.model import BadPayload, Json, Source
from bridge.core.model.texts import Text
from bridge.core.platform import ApiRequest, Hook, Hooks
from bridge.lib.strictjson import parse_json
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


def topic_hooks(
    url: Callable[[Source], str],
    headers: Callable[[Source], Mapping[str, str]],
    more: Mapping[str, Json],
    *,
    credentials: tuple[tuple[str, ...], ...],
    permission: Text,
    topics: tuple[str, ...] = TOPICS,
    is_wrapped: bool = True,
    query: str = "",
) -> Hooks:
    """`url` lists webhooks with GET and `query`, and makes one with POST; `more`: what each says beside these two."""

    def create(source: Source, address: str, wanted: tuple[str, ...]) -> tuple[ApiRequest, ...]:
        made = [{"topic": topic, "address": address, **more} for topic in wanted]
        bodies = [json.dumps({"webhook": one} if is_wrapped else one).encode() for one in made]
        return tuple(ApiRequest("POST", url(source), {**KIND, **headers(source)}, body) for body in bodies)

    return Hooks(
        credentials=credentials,
        topics=topics,
        list=lambda source: ApiRequest("GET", url(source) + query, headers(source)),
        read=lambda body: read_hooks(body, "webhooks", "address", "topic"),
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
