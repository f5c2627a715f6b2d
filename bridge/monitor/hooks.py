"""Watch the webhooks that shops list: still there, switched on, leading here, with their topics. Once a day.

A webhook disappears without a word: shops delete one or switch it off after failures, and a plug-in of one platform
deletes those of everybody. A source is watched once its webhook was registered here, or was seen.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime, timedelta

from bridge.core.model import Source
from bridge.core.platform import Hook, Hooks, Shop
from bridge.shop_api.hooks import leads_to, list_hooks, stand
from bridge.shop_api.send import Failure
from bridge.shop_api.tokens import Tokens, share_tokens
from bridge.store import Store
from bridge.store.configuration.catalog import Catalogs
from bridge.store.operation.alarms import keep_alarm, list_alarms
from bridge.store.operation.turns import take_turn
from bridge.store.shops.health import read_health
from bridge.store.shops.hooks import KnownHooks, known_hooks, remember_hooks

log = logging.getLogger(__name__)

ALARM = "webhook_missing"
EVERY = timedelta(days=1)
LIST_SECONDS = 20  # that a shop is given to list its webhooks


def watch_hooks(store: Store, catalogs: Catalogs, now: datetime, monotonic: Callable[[], float]) -> int:
    """Look at each shop's list once a day, whichever worker looks; return at how many.

    What a shop does not answer leaves its alarm as it was; a source that is gone or switched off has none.
    """
    with store.write() as conn:
        if not take_turn(conn, "hooks", now, EVERY):
            return 0
    with store.read() as conn:
        catalog = catalogs.read(conn)
        known, health, alarms = known_hooks(conn), read_health(conn), list_alarms(conn)
    shops = [shop for source_id in catalog.sources if (shop := catalog.shop(source_id)) and _is_watched(shop)]
    tokens = share_tokens(store, catalogs.seal, lambda: now)
    for shop in shops:
        fares = health.get(shop.source.id)
        is_used = fares is not None and fares.last_delivery_at is not None
        look(store, shop, known.get(shop.source.id), tokens, now, monotonic() + LIST_SECONDS, is_used=is_used)
    watched = {f"{ALARM}:{shop.source.id}" for shop in shops}
    for alarm in alarms:
        if alarm["key"].startswith(f"{ALARM}:") and alarm["key"] not in watched:
            keep_alarm(store, alarm["key"], False, {}, now)
    return len(shops)


def look(
    store: Store, shop: Shop, known: KnownHooks | None, tokens: Tokens, now: datetime, until: float, *, is_used: bool
) -> None:
    """Keep the alarm of one source as its shop's list has it. `is_used`: its webhooks have brought something before."""
    source, hooks = shop.source, shop.platform.hooks
    if hooks is None:
        return
    found = list_hooks(hooks, shop.platform.api, source, tokens, until)
    if isinstance(found, Failure):
        log.warning("webhooks not listed source=%s reason=%s", source.id, found.reason)
        return
    if known is None:
        known = _seen(found, source)
        if known is not None:
            with store.write() as conn:
                remember_hooks(conn, source.id, known.address, known.topics)
    missing = _missing(found, known, source, hooks, is_used=is_used)
    keep_alarm(store, f"{ALARM}:{source.id}", bool(missing), {"source": source.id, "topics": missing}, now)


def _is_watched(shop: Shop) -> bool:
    return shop.source.enabled and shop.platform.hooks is not None and shop.platform.hooks.is_on(shop.source)


def _seen(found: tuple[Hook, ...], source: Source) -> KnownHooks | None:
    """The source's webhooks in a list that nobody here made."""
    ours = [hook for hook in found if hook.is_active and (hook.address is None or leads_to(hook.address, source.id))]
    if not ours:
        return None
    address = ours[0].address or ""
    return KnownHooks(address, tuple(sorted({topic for hook in ours for topic in hook.topics})))


def _missing(
    found: tuple[Hook, ...], known: KnownHooks | None, source: Source, hooks: Hooks, *, is_used: bool
) -> list[str]:
    """The topics that no webhook brings any more; of a list that shows everybody's, one never seen is missing."""
    if known is not None:
        return list(stand(found, known.address, source.id, known.topics).missing)
    return list(hooks.topics) if hooks.shows_all and is_used else []
