"""When a platform stops sending to an address that keeps failing.

Only what a platform says, or was seen to do: Haravan, Sapo, Pancake and SHOPLINE publish no number.
Sources: woocommerce class-wc-webhook.php, and a shop of version 9.4.3 that switched off on the 7th failure;
shopify.dev changelog updates-to-webhook-retry-mechanism; apidocs.nhanh.vn webhooks; shoplazza.dev webhook-properties;
bigcommerce/docs webhooks/overview; TikTok Shop and Lazada partner guides; docs.saleor.io asynchronous-events (read
2026-11-23)
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Patience:
    """`after` so many failures in a row the platform does what `then` says: a reason code.

    WooCommerce counts over all deliveries of a webhook, the others the tries of one: what we count, the refusals in a
    row of a whole source, reaches the number sooner than they do, never later.
    """

    after: int
    then: str


_TABLE = {
    "woocommerce": Patience(7, "platform_switches_off"),
    "shopify": Patience(8, "platform_deletes"),
    "shoplazza": Patience(20, "platform_deletes"),
    "bigcommerce": Patience(12, "platform_switches_off"),
    "nhanh": Patience(4, "platform_gives_up"),
    "tiktok_shop": Patience(5, "platform_gives_up"),
    "lazada": Patience(13, "platform_gives_up"),
    "saleor": Patience(5, "platform_gives_up"),
}


def patience_of(platform: str) -> Patience | None:
    """None where the platform says nothing."""
    return _TABLE.get(platform)
