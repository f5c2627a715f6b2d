"""One look at what a shop has to tell when it is asked: a request out, an answer in. Pure: nothing is sent here."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from bridge.core.model import Json, Order, Request, Source


@dataclass(frozen=True, repr=False)
class Ask:
    """One request to the shop."""

    method: str
    url: str
    headers: Mapping[str, str]
    body: bytes | None = None


@dataclass(frozen=True, repr=False)
class Page:
    """What a shop answered.

    texts  orders, or events, as the shop wrote them
    next   the platform's word for the page behind, None on the last one; of a queue, up to where it is read
    keys   the shop's public keys, a JSON Web Key Set
    """

    texts: tuple[str, ...] = ()
    next: Json = None
    keys: Json = None


@dataclass(frozen=True)
class Poll:
    """How one platform is asked.

    credentials  settings that must be there, in any of these groups: without them nothing is asked
    ask          (source, since, page) -> Ask; `page` is None, or what `read` gave as `next`
    read         (body, headers, page) -> Page; raises BadPayload
    unless       a setting by which there is nothing left to ask for
    tells        changed orders, beside the webhooks; the events of a queue, which nothing else tells; or the keys that
                 verify webhooks
    every        from one look to the next
    request      (source, order or event, platform's topic) -> the request that the shop would have sent
    topics       (the order as read, is it new) -> the platform's topics that tell of it
    names_new    the platform has a word for a new order. Without one an order from before the first look is left out:
                 it would pass for new.
    """

    credentials: tuple[tuple[str, ...], ...]
    ask: Callable[[Source, datetime, Json], Ask]
    read: Callable[[bytes, Mapping[str, str], Json], Page]
    unless: str = ""
    tells: Literal["orders", "events", "keys"] = "orders"
    every: timedelta = timedelta(minutes=5)
    request: Callable[[Source, str, str], Request] = lambda source, text, topic: plain_request(source, text.encode())
    topics: Callable[[Order, bool], tuple[str, ...]] = lambda order, is_new: ()
    names_new: bool = True

    def is_on(self, source: Source) -> bool:
        if source.settings.get(self.unless):
            return False
        return any(all(source.settings.get(name) for name in group) for group in self.credentials)


def plain_request(source: Source, body: bytes, *named: tuple[str, str]) -> Request:
    """Unsigned: nobody sent it."""
    return Request("POST", f"/hooks/{source.id}", "", (("Content-Type", "application/json"), *named), body)


def base_url(source: Source, default: str = "") -> str:
    return str(source.settings.get("api_url") or default).rstrip("/")
