"""A webhook request becomes a stored delivery, or a refusal. Nothing is answered before it is committed."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from urllib.parse import unquote, unquote_plus

from bridge.core.model import BadPayload, BadSignature, Request, Source
from bridge.core.platform import Platform, Reply, Shop
from bridge.engine import DECIDE, Submit, lose
from bridge.lib.compression import unpack
from bridge.store import Connection, Store
from bridge.store.configuration.catalog import Catalog, Catalogs
from bridge.store.deliveries import store_delivery
from bridge.store.shops.polls import hasten_poll
from bridge.store.shops.refusals import count_refusal

_TOKEN_NAMES = ("token", "hub.verify_token")
_NEVER_KEPT = frozenset({"cookie", "referer", "proxy-authorization"})
_SHORTEST_FOUND = 8  # characters of a secret that is looked for: a shorter one stands in a text by chance


class UnknownSource(Exception):
    """No source has this id: the sender uses a wrong address."""


class LockedSource(Exception):
    """No key of today opens this source's secrets, so nothing of it can be verified: it must be sent again."""

    reason = "secrets_locked"
    later = False


class NoDelivery(Exception):
    """Neither a POST nor a handshake of this platform: no shop sends such a request."""


@dataclass(frozen=True)
class Received:
    """What to answer. `delivery_id` is None where nothing was stored (a handshake), `order_id` where the delivery is
    not plainly about one order."""

    reply: Reply
    delivery_id: int | None = None
    is_new: bool = False
    order_id: str | None = None


def receive(
    store: Store,
    catalogs: Catalogs,
    source_id: str,
    request: Request,
    now: datetime,
    submit: Submit = lose,
) -> Received:
    """Store the delivery, unless it is stored already; return the platform's own answer once that is committed.

    1. Find the source; a switched-off one receives too, and its deliveries are ignored.
    2. Let the platform answer a handshake, without effect; anything else must be a POST.
    3. Verify the bytes as they came, and as they were before the sender compressed them, with every secret.
    4. Store once by the platform's dedup key; a resend adds to `repeats`.

    Errors   BodyTooLarge; BodyCut; UnknownSource; LockedSource; NoDelivery; BadSignature (counted by source and
             reason); StoreDown: nothing was stored.
    """
    sent, request = request, unpack(request)
    shop, reply = _verify(store, catalogs, source_id, (request, sent), now)
    if reply is not None:
        return Received(reply)
    source, platform = shop.source, shop.platform
    key, order_id = _dedup_key(platform, request, source), platform.order_id(request, source)
    kept, reply = _without_tokens(platform, request, source), platform.answer(request, source) or platform.reply

    def keep(conn: Connection) -> Received:
        state = "stored" if source.enabled else "ignored"
        stored = store_delivery(conn, source.id, key, kept, state, now, order_id)
        if stored.is_new and source.enabled:
            submit(conn, DECIDE, [stored.id])
        return Received(reply, stored.id, stored.is_new, order_id)

    return store.write_together(keep)


def _verify(
    store: Store, catalogs: Catalogs, source_id: str, forms: tuple[Request, Request], now: datetime
) -> tuple[Shop, Reply | None]:
    """`_admit` by the catalog as it was a moment ago; a refusal is given by the catalog of this moment only."""
    try:
        return _admit(catalogs.recent(store, now), source_id, forms, now)
    except (UnknownSource, LockedSource, BadSignature):
        catalogs.forget()
    try:
        return _admit(catalogs.recent(store, now), source_id, forms, now)
    except (LockedSource, BadSignature) as refusal:
        reason, later = refusal.reason, refusal.later

        def note(conn: Connection) -> None:
            count_refusal(conn, source_id, reason, now)
            if later:
                hasten_poll(conn, source_id, now)

        store.write_together(note)
        raise


def _admit(
    catalog: Catalog, source_id: str, forms: tuple[Request, Request], now: datetime
) -> tuple[Shop, Reply | None]:
    """The verified sender; with a reply, a handshake that is answered without effect.

    forms  the request with its body unpacked, and as it was sent: a sender may have signed either
    """
    request, sent = forms
    shop = catalog.shop(source_id)
    if shop is None:
        raise UnknownSource
    source, platform = shop.source, shop.platform
    if source.is_locked:
        raise LockedSource
    reply = platform.handshake(request, source)
    if reply is None:
        if request.method != "POST":
            raise NoDelivery
        try:
            platform.verify(request, source, now)
        except BadSignature:
            if sent is request:
                raise
            platform.verify(sent, source, now)
    return shop, reply


def _dedup_key(platform: Platform, request: Request, source: Source) -> str:
    try:
        return platform.dedup_key(request, source)
    except BadPayload:
        return "body:" + hashlib.sha256(request.body).hexdigest()


def _without_tokens(platform: Platform, request: Request, source: Source) -> Request:
    """A static token is the whole secret, so it is not stored; signatures are, for they prove one body only."""
    request = platform.without_secrets(request, source)
    hidden = _NEVER_KEPT | {name.lower() for name in platform.secret_headers(source)}
    secrets = [secret for secret in source.secrets if len(secret) >= _SHORTEST_FOUND]

    def is_hidden(name: str, value: str) -> bool:
        return name.lower() in hidden or _holds(value, secrets)

    headers = tuple((name, "…" if is_hidden(name, value) else value) for name, value in request.headers)
    query = "&".join(_without_token(parameter, secrets) for parameter in request.query.split("&"))
    return replace(request, headers=headers, query=query)


def _without_token(parameter: str, secrets: Sequence[str]) -> str:
    """A parameter of the query, its value hidden where it is a secret, or its name, in any spelling, one of a token."""
    name, equals, value = parameter.partition("=")
    if unquote_plus(name).lower() in _TOKEN_NAMES or _holds(value, secrets):
        return f"{name}=…" if equals else name
    return "…" if _holds(name, secrets) else parameter


def _holds(value: str, secrets: Sequence[str]) -> bool:
    """Whether a secret stands in this value, plainly or as an address writes it: proxies repeat whole addresses."""
    return any(secret in form for secret in secrets for form in (value, unquote(value), unquote_plus(value)))
