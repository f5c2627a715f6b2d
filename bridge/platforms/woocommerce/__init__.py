"""WooCommerce: orders in the shape of its REST API, signed with one secret per webhook.

The body is the order at the time of delivery, not of the event; failed deliveries are never sent again.
Sources: woocommerce/woocommerce plugins/woocommerce/includes/class-wc-webhook.php and wc-webhook-functions.php;
woocommerce-rest-api-docs wp-api-v3/_orders.md; requests captured from version 9.4.3 (read 2026-11-23)
"""

from __future__ import annotations

from bridge.core.platform import Platform
from bridge.platforms.shared.order_ids import id_of_document
from bridge.platforms.woocommerce.about import ABOUT, RETRY_SCHEDULE
from bridge.platforms.woocommerce.hooks import HOOKS
from bridge.platforms.woocommerce.poll import POLL
from bridge.platforms.woocommerce.reading import NEEDS, TOPIC_HEADER, TOPICS, dedup_key, read
from bridge.platforms.woocommerce.sample import SAMPLE
from bridge.platforms.woocommerce.signature import handshake, sign, verify
from bridge.platforms.woocommerce.write_back import WRITE_BACK

PLATFORM = Platform(
    name="woocommerce",
    title="WooCommerce",
    maturity="captured",
    topics=TOPICS,
    verify=verify,
    dedup_key=dedup_key,
    read=read,
    order_id=id_of_document,
    sign=sign,
    sample=SAMPLE,
    about=ABOUT,
    handshake=handshake,
    retry_schedule=RETRY_SCHEDULE,
    poll=POLL,
    write_back=WRITE_BACK,
    topic_header=TOPIC_HEADER,
    needs=NEEDS,
    names={"order.date_paid": "order.payment.paid", "order.created_via": "order.channel", "order.meta_data": "raw"},
    hooks=HOOKS,
)
