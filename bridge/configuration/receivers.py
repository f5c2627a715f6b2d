"""Webhooks and channels in configuration files: their credentials, and what keeps them from ever working."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from typing import TYPE_CHECKING, Any

from bridge.configuration.lint import KEPT, PLACEHOLDER, Entry, Finding, Spot, check_zone, texts_within
from bridge.configuration.source_flaws import is_allowed
from bridge.core.model import BadSetting, Json
from bridge.lib.jsonschema import nearest, schema

if TYPE_CHECKING:
    from bridge.store.notify.receivers import Kind

# The lists of a configuration whose entries are receivers.
RECEIVERS: Mapping[str, Kind] = {"webhooks": "webhook", "notify": "channel"}

NOT_SENT = "not sent to: it must be https and public; or write allow_private_addresses: true beside it"
MEDIA = ("telegram", "email", "slack", "zalo")

_KEY_BYTES = range(24, 65)  # standard-webhooks 1.0.0, "Signature scheme"


def shown(kind: Kind, document: Json) -> Json:
    """The document without a credential in clear: ${NAME} stays, anything else is …"""
    return _hidden(document, _definitions()[kind])


def secrets_of(shown: Json, opened: Json) -> Json:
    """What a document holds beyond what is shown of it: a tree of what differs; None where nothing does."""
    if isinstance(shown, Mapping) and isinstance(opened, Mapping):
        found = {key: secrets_of(shown.get(key), part) for key, part in opened.items()}
        return {key: part for key, part in found.items() if part is not None} or None
    if isinstance(shown, list) and isinstance(opened, list) and len(shown) == len(opened):
        parts = [secrets_of(*pair) for pair in zip(shown, opened, strict=True)]
        return parts if any(part is not None for part in parts) else None
    return None if shown == opened else opened


def with_stored(document: Json, stored: Json, where: str) -> Json:
    """The document with what is stored in the place of each `…`; BadSetting where nothing is stored, or opened."""
    if isinstance(document, Mapping):
        before = stored if isinstance(stored, Mapping) else {}
        return {key: with_stored(part, before.get(key), f"{where}.{key}") for key, part in document.items()}
    if isinstance(document, list):
        old = stored if isinstance(stored, list) else []
        return [with_stored(part, (old[n : n + 1] or [None])[0], f"{where}[{n}]") for n, part in enumerate(document)]
    if document == KEPT:
        if stored is None:
            raise BadSetting(
                f"{where} is … but none is stored, or can be opened, at that place; write ${{NAME}} and set NAME"
            )
        return stored
    return document


def check_webhook(webhook: Entry, spot: Spot) -> Iterator[Finding]:
    """Whether its address may be asked, its secrets are keys, and its `${NAME}` can be read."""
    if not is_allowed(webhook["url"]) and webhook.get("allow_private_addresses") is not True:
        yield spot.below("url").finding(NOT_SENT)
    for number, secret in enumerate(webhook["secrets"]):
        if secret != KEPT and "${" not in secret and not is_key(secret):
            yield spot.below("secrets", number).finding("must be whsec_ and the base64 of 24 to 64 random bytes")
    yield from unreadable_names(webhook, spot)


def check_channel(channel: Entry, spot: Spot) -> Iterator[Finding]:
    """Whether it is one kind of channel, its address may be asked, and its hours, its zone and its `${NAME}` exist."""
    named = [name for name in MEDIA if name in channel]
    if len(named) != 1:
        yield spot.finding(f"a channel is one of {', '.join(MEDIA)}; write exactly one of them")
    for name, key in (("telegram", "api_url"), ("zalo", "api_url"), ("slack", "url")):
        address = channel.get(name, {}).get(key, KEPT)
        if address != KEPT and not is_allowed(address) and channel.get("allow_private_addresses") is not True:
            yield spot.below(name, key).finding(NOT_SENT)
    yield from check_zone(channel, spot)
    yield from unreadable_names(channel, spot)


def check_fallback(rule: Entry, spot: Spot, webhooks: Sequence[str]) -> Iterator[Finding]:
    """Whether the webhook that is told by a rule's `fallback` is in these files."""
    name = rule.get("fallback", {}).get("webhook")
    if name is not None and name not in webhooks:
        hint = nearest(name, webhooks) or f"; known are {', '.join(webhooks) or 'none'}"
        yield spot.below("fallback", "webhook").finding(f"no webhook of these files has this name{hint}", warning=True)


def check_receiver(group: str, entry: Entry, spot: Spot) -> Iterator[Finding]:
    """What is wrong with an entry of one of RECEIVERS."""
    return check_webhook(entry, spot) if group == "webhooks" else check_channel(entry, spot)


def unreadable_names(entry: Entry, spot: Spot) -> Iterator[Finding]:
    """What looks like `${NAME}` and is none."""
    for text, place in texts_within(entry, spot):
        if "${" in PLACEHOLDER.sub("", text):
            yield place.finding("not a variable; write ${NAME}, with a name of letters, digits and _")


def is_key(secret: str) -> bool:
    """Whether it is a secret of Standard Webhooks."""
    text = secret.removeprefix("whsec_")
    try:
        key = base64.b64decode(text + "=" * (-len(text) % 4), validate=True)
    except (binascii.Error, ValueError):
        return False
    return text != secret and len(key) in _KEY_BYTES


def _hidden(value: Json, about: Json) -> Json:
    if about.get("writeOnly") and not isinstance(value, list | dict):
        return value if isinstance(value, str) and PLACEHOLDER.sub("", value) == "" else KEPT
    if isinstance(value, Mapping):
        return {key: _hidden(part, _resolved(about.get("properties", {}).get(key, {}))) for key, part in value.items()}
    if isinstance(value, list):
        return [_hidden(part, _resolved(about.get("items", {}))) for part in value]
    return value


def _resolved(about: Mapping[str, Any]) -> Mapping[str, Any]:
    return _definitions()[about["$ref"].rpartition("/")[2]] if "$ref" in about else about


@cache
def _definitions() -> Mapping[str, Any]:
    found: Mapping[str, Any] = schema("config")["$defs"]
    return found
