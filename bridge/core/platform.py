"""A kind of shop software as one value of functions and facts, and what those functions take and give.

Every function here is pure: it does no I/O and reads no clock.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from bridge.core.model import Json, Reading, Request, Source


@dataclass(frozen=True)
class Reply:
    """What a platform wants to be answered."""

    status: int = 200
    body: str = ""
    content_type: str = "text/plain; charset=utf-8"


@dataclass(frozen=True, repr=False)
class Fetch:
    """One document to be asked of the shop with GET, and the name under which it is kept.

    `check` says what is wrong with the answer's body as a reason code, or None: what is wrong is asked for again.
    `optional`: that the shop has none (204, 404) is an answer too, kept as JSON null.
    """

    name: str
    url: str
    headers: tuple[tuple[str, str], ...] = ()
    check: Callable[[bytes], str | None] = lambda body: None
    optional: bool = False


@dataclass(frozen=True, repr=False)
class Login:
    """Where a token for the shop's API is lent for client credentials (RFC 6749, section 4.4)."""

    url: str
    form: tuple[tuple[str, str], ...]
    headers: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Api:
    """How a platform is asked for what its deliveries leave out. Every function is pure.

    credentials  the settings without which nothing is asked
    wanted     (request, source) -> what is still missing; asked again with each document that was fetched.
               Raises CannotFetch, BadPayload.
    login      (source) -> where to borrow the bearer token; None: the headers of `wanted` are enough. CannotFetch.
    sample     (now) -> the shop's documents about the platform's sample order, by name
    seconds_between  two requests to one shop
    """

    credentials: tuple[str, ...]
    wanted: Callable[[Request, Source], tuple[Fetch, ...]]
    sample: Callable[[datetime], Mapping[str, Json]]
    login: Callable[[Source], Login | None] = lambda source: None
    seconds_between: float = 0.2

    def lacks(self, settings: Mapping[str, Json]) -> tuple[str, ...]:
        """The names of the credentials that these settings do not hold."""
        return tuple(name for name in self.credentials if not settings.get(name))


@dataclass(frozen=True)
class Platform:
    """A kind of shop software: a value that names its functions. Every function is pure.

    verify     (request, source, now) -> None; raises BadSignature
    dedup_key  (request, source) -> text, equal for a resend and for nothing else
    read       (request, source, received_at) -> Reading; raises BadPayload
    sign       (body, topic, source, now) -> headers, as the platform signs; topic is the platform's word
    sample     (now) -> the platform's document of a Vietnamese cash-on-delivery order just made
    without_secrets (request, source) -> the request to be kept, where a token stands in its body
    handshake  (request, source) -> Reply, answered before anything is verified, without effect; None: a delivery
    refusal    what is answered instead of any 4xx, where the platform stops sending after one
    api        how it is asked for what its deliveries leave out
    """

    name: str
    title: str
    maturity: Literal["documented", "captured", "live"]
    topics: Mapping[str, str]
    verify: Callable[[Request, Source, datetime], None]
    dedup_key: Callable[[Request, Source], str]
    read: Callable[[Request, Source, datetime], Reading]
    sign: Callable[[bytes, str, Source, datetime], tuple[tuple[str, str], ...]]
    sample: Callable[[datetime], Json]
    handshake: Callable[[Request, Source], Reply | None] = lambda request, source: None
    reply: Reply = Reply()
    secret_headers: Callable[[Source], frozenset[str]] = lambda source: frozenset()
    without_secrets: Callable[[Request, Source], Request] = lambda request, source: request
    refusal: Reply | None = None
    api: Api | None = None
