"""WooCommerce's signature, and the unsigned ping when a webhook is saved.

Source: woocommerce/woocommerce plugins/woocommerce/includes/class-wc-webhook.php; requests captured from version 9.4.3
(read 2026-11-23)
"""

from __future__ import annotations

import re
from datetime import datetime

from bridge.core.model import Request, Source
from bridge.core.platform import Reply
from bridge.lib import signing
from bridge.platforms.shared.values import hash_body

PING = re.compile(rb"webhook_id=[0-9]{1,20}")
_ENTITY = re.compile(r"&(lt|gt|quot|amp|#0*(?:34|38|39|60|62)|#x0*(?:22|26|27));", re.IGNORECASE)
_NAMED = {"lt": "<", "gt": ">", "quot": '"', "amp": "&"}


def verify(request: Request, source: Source, now: datetime) -> None:
    """Return only if one of the shop's webhooks signed exactly these bytes.

    Errors   BadSignature no_secret, missing_signature, bad_signature. Nothing else escapes.
    Source   class-wc-webhook.php, generate_signature: HMAC-SHA256, base64; the key is the secret with its
             HTML entities decoded, so that a secret copied from the form or from the database both hold
    """
    secrets = signing.usable(source.secrets)
    forms = dict.fromkeys(form for secret in secrets for form in (secret, _decode_entities(secret)))
    signing.verify(request.body, request.header("x-wc-webhook-signature"), forms)


def handshake(request: Request, source: Source) -> Reply | None:
    """200 for WooCommerce's ping, which is never signed and must get exactly 200; None for all else."""
    form = (request.header("content-type") or "").lower().startswith("application/x-www-form-urlencoded")
    named = any(name.lower().startswith("x-wc-") for name, _ in request.headers)
    is_ping = request.method == "POST" and form and not named and PING.fullmatch(request.body)
    return Reply() if is_ping else None


def sign(body: bytes, topic: str, source: Source, now: datetime) -> tuple[tuple[str, str], ...]:
    """The headers that WooCommerce would send with this body, its first webhook signing."""
    secret = _decode_entities(signing.usable(source.secrets)[0])
    resource, _, event = topic.partition(".")
    return (
        ("Content-Type", "application/json"),
        ("X-WC-Webhook-Source", "https://shop.example.test/"),
        ("X-WC-Webhook-Topic", topic),
        ("X-WC-Webhook-Resource", resource),
        ("X-WC-Webhook-Event", event),
        ("X-WC-Webhook-Signature", signing.sign(body, secret.encode())),
        ("X-WC-Webhook-ID", "1"),
        ("X-WC-Webhook-Delivery-ID", hash_body(now.isoformat(timespec="seconds").encode())[:32]),
    )


def _decode_entities(secret: str) -> str:
    """As WordPress' wp_specialchars_decode with ENT_QUOTES: five characters, one pass."""
    return _ENTITY.sub(lambda match: _character(match.group(1)), secret)


def _character(entity: str) -> str:
    if not entity.startswith("#"):
        return _NAMED.get(entity, f"&{entity};")
    return chr(int(entity[2:], 16) if entity[1] in "xX" else int(entity[1:]))
