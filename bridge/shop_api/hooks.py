"""List and register a shop's webhooks through its API."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

from bridge.core.model import BadPayload, Json, Source
from bridge.core.platform import Api, ApiRequest, Hook, Hooks
from bridge.lib.http import Answer
from bridge.shop_api.send import Failure, rest_of
from bridge.shop_api.tokens import Tokens, send_with_token

MOST_PAGES = 50
_STATUSES = {401: "hooks_credentials", 403: "hooks_scope", 404: "hooks_not_found", 429: "hooks_rate_limited"}
_REASONS = {
    "fetch_address": "hooks_address",
    "fetch_no_answer": "hooks_unreachable",
    "fetch_bad_answer": "hooks_bad_answer",
}


@dataclass(frozen=True)
class Standing:
    """How a source's webhooks stand at its shop.

    address   where they should lead
    present   topics whose webhook leads there and is switched on
    off       webhooks that lead there, and are switched off
    elsewhere  webhooks that lead to this source's path on another host
    missing   topics that no webhook brings here
    """

    address: str
    present: frozenset[str]
    off: tuple[Hook, ...]
    elsewhere: tuple[Hook, ...]
    missing: tuple[str, ...]


def list_hooks(
    hooks: Hooks, api: Api | None, source: Source, tokens: Tokens, until: float
) -> tuple[Hook, ...] | Failure:
    """Return the webhooks that these credentials may see, of all pages. `until`: an instant of monotonic time."""
    found: dict[Hook, None] = {}
    page: Json = None
    for _ in range(MOST_PAGES):
        answer = _send(hooks.list(source, page), hooks, api, source, tokens, until)
        if isinstance(answer, Failure):
            return answer
        try:
            here = hooks.read(answer.body)
        except BadPayload:
            return Failure("hooks_bad_answer")
        new = [hook for hook in here if hook not in found]
        found |= dict.fromkeys(new)
        page = hooks.next(len(here), answer.headers, page)
        # A shop that knows no pages answers with its first one again.
        if page is None or not new:
            return tuple(found)
    return Failure("hooks_bad_answer")


def register(
    hooks: Hooks, api: Api | None, source: Source, standing: Standing, tokens: Tokens, until: float
) -> Failure | None:
    """Switch on what is off, and make what is missing; None once all is there, the first failure otherwise."""
    requests = [request for hook in standing.off for request in hooks.renew(source, hook)]
    renewed = {topic for hook in standing.off for topic in hook.topics} if requests else set()
    missing = tuple(topic for topic in standing.missing if topic not in renewed)
    made = hooks.create(source, standing.address, missing) if missing else ()
    for request in (*requests, *made):
        answer = _send(request, hooks, api, source, tokens, until)
        if isinstance(answer, Failure):
            return answer
    return None


def stand(found: Sequence[Hook], address: str, source_id: str, topics: Sequence[str]) -> Standing:
    """Return how these webhooks stand to what is wanted. A shop that does not say where one leads is believed."""
    ours = [hook for hook in found if hook.address is None or same_address(hook.address, address)]
    elsewhere = [hook for hook in found if hook.address and hook not in ours and leads_to(hook.address, source_id)]
    present = frozenset(topic for hook in ours if hook.is_active for topic in hook.topics)
    return Standing(
        address,
        present,
        tuple(hook for hook in ours if not hook.is_active and not hook.topics <= present),
        tuple(elsewhere),
        tuple(topic for topic in topics if topic not in present),
    )


def leads_to(address: str, source_id: str) -> bool:
    """Whether this address is that of the source, on whatever host and below whatever path."""
    return urlsplit(address).path.rstrip("/").endswith(f"/hooks/{source_id}")


def same_address(one: str, other: str) -> bool:
    """Whether two addresses are one; a slash at the end and the query, which may hold a token, make no difference."""
    first, second = urlsplit(one), urlsplit(other)
    return (first.scheme, first.netloc.lower(), first.path.rstrip("/")) == (
        second.scheme,
        second.netloc.lower(),
        second.path.rstrip("/"),
    )


def _send(
    request: ApiRequest, hooks: Hooks, api: Api | None, source: Source, tokens: Tokens, until: float
) -> Answer | Failure:
    login = api if hooks.needs_login else None
    answer = send_with_token(request, login, source, tokens, until, seconds=math.inf, reasons=_REASONS)
    if isinstance(answer, Failure):
        return answer
    if answer.status not in (200, 201, 202, 204):
        # A request that would change something is not sent again to where an answer points.
        default = "hooks_unreachable" if answer.status >= 500 else "hooks_refused"
        default = "fetch_redirected" if 300 <= answer.status < 400 else default
        return Failure(_STATUSES.get(answer.status, default), rest_of(answer))
    try:
        problem = hooks.problem(answer.body)
    except BadPayload:
        problem = "hooks_bad_answer"
    return Failure(problem) if problem else answer
