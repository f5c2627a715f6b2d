"""Tiki: no webhook, but a queue of events that is polled; each names an order, and its API holds the rest.

Sources: open.tiki.vn event-queue-api, guides/event-queues, tiki-theory/event-type, order-api-v2,
oauth-2-0/auth-flows/client-credentials, commons/common-exceptions; public clients for the events as they come
(read 2026-11-23). Not documented: how soon after an event the API shows its change, and what a pull without
`ack_id` gives once something was taken. So a place in the queue is given up only where Tiki refuses it.
"""

from __future__ import annotations

from bridge.core.platform import Api, Platform
from bridge.platforms.tiki.about import ABOUT
from bridge.platforms.tiki.api import login, wanted
from bridge.platforms.tiki.poll import POLL
from bridge.platforms.tiki.reading import NEEDS, TOPICS, dedup_key, read
from bridge.platforms.tiki.sample import SAMPLE
from bridge.platforms.tiki.signature import sign, verify

PLATFORM = Platform(
    name="tiki",
    title="Tiki",
    maturity="documented",
    topics=TOPICS,
    verify=verify,
    dedup_key=dedup_key,
    read=read,
    sign=sign,
    sample=SAMPLE,
    about=ABOUT,
    needs=NEEDS,
    api=Api(credentials=("client_id", "client_secret"), wanted=wanted, login=login),
    poll=POLL,
    no_write_back=(
        "API chỉ xác nhận “có hàng”, không phải “khách đồng ý”",
        "its API confirms that goods are there, not that the buyer agrees",
    ),
)
