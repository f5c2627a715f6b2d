"""What keeps a source from ever working, though its configuration is well formed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime
from urllib.parse import urlsplit

from bridge.core.model import BadSignature, Json, Request, Source
from bridge.lib.addresses import find_flaw, is_public
from bridge.platforms import find_platform

SHARED = "source {other} has the same secret, so that whoever has it signs for both; give each its own"
SHORTEST_SECRET = 16  # characters
SHORT = f"a secret has fewer than {SHORTEST_SECRET} characters and can be guessed; let the shop use a longer one"


def flaws_of(source: Source, now: datetime) -> Iterator[tuple[tuple[str, ...], str]]:
    """What keeps a source from ever working, though it may be written so: where in its entry, and what."""
    found = find_platform(source.platform)
    if found is None or source.is_locked:
        return
    try:
        found.verify(Request("POST", "", "", (), b""), source, now)
    except BadSignature as refusal:
        if refusal.reason == "no_secret":
            yield ("secrets",), "no secret: every delivery will be refused; write the one that the shop signs with"
    if any(len(secret) < SHORTEST_SECRET and "${" not in secret for secret in _written(source)):
        yield ("secrets",), SHORT
    poll = found.poll
    lacking, what = found.api.lacks(source.settings) if found.api is not None else (), "orders cannot be fetched"
    if poll is not None and not found.sends:
        lacking, what = (
            tuple(name for name in poll.credentials[0] if not source.settings.get(name)),
            "queue cannot be read",
        )
    if lacking:
        names = ", ".join(f"settings.{name}" for name in lacking)
        yield ("settings",), f"{names} missing: its {what}, and nobody will be called"
    if not is_allowed(source.settings.get("api_url")) and source.settings.get("allow_private_addresses") is not True:
        problem = "not asked: it must be https and public; or write allow_private_addresses: true beside it"
        yield ("settings", "api_url"), problem


def shared_secrets(sources: Iterable[Source]) -> Iterator[tuple[str, str]]:
    """(id, id of an earlier source) of each source that has a secret of another: whoever has it signs for both."""
    first: dict[str, str] = {}
    for source in sources:
        others = [first[secret] for secret in _written(source) if secret in first]
        if others:
            yield source.id, others[0]
        for secret in _written(source):
            first.setdefault(secret, source.id)


def _written(source: Source) -> list[str]:
    """Its secrets but for the sign "…" that stands for the one that is stored."""
    return [secret for secret in source.secrets if secret.strip("…")]


def is_allowed(address: Json) -> bool:
    """Whether an address is https and public, as far as is known before its name is resolved, its `${NAME}` read."""
    if not isinstance(address, str) or "${" in address:
        return True
    host = (urlsplit(address).hostname or "") if find_flaw(address) is None else ""
    is_number = ":" in host or host.replace(".", "").isdigit()
    return bool(host) and (is_public(host) or not is_number)
