"""Our own writes come back: the shop sends a message about an order because a result was written to it."""

from __future__ import annotations

from bridge.core.model import BadPayload, KnownOrder
from bridge.core.model.order_states import ENDED
from bridge.decide.rule_input import newest_event
from bridge.platforms import find_platform
from bridge.platforms.shared.write_back.echo import is_echo
from bridge.store import Connection
from bridge.store.configuration.catalog import Catalog
from bridge.store.orders import Told, order_before
from bridge.store.shops.write_backs import writes_of_order


def is_own_echo(conn: Connection, catalog: Catalog, told: Told, known: KnownOrder) -> bool:
    """Whether this event says nothing of the order but what was written there for a call's result.

    The delivery before it is read anew; where that is erased, nothing is known to be an echo.
    """
    source, event = told.source, told.event
    platform = find_platform(source.platform)
    if platform is None or platform.write_back is None or event.topic == "order.created" or event.order is None:
        return False
    if not any(rule.write_back for rule in catalog.rules):
        return False
    writes = writes_of_order(conn, source.id, event.order_id)
    is_cancelled = event.topic == "order.cancelled" or event.order.state in ENDED
    if is_cancelled and any(write.kind == "cancel_order" for write in writes):
        return True
    earlier = order_before(conn, known, told.delivery.id, told.n) if writes else None
    if earlier is None:
        return False
    try:
        before = newest_event(conn, catalog, earlier)
    except BadPayload:
        return False
    return before is not None and is_echo(before.raw, event.raw, platform.write_back.echo, writes)
