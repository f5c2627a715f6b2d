"""Saleor's webhooks, by its GraphQL API: one of ours brings all topics.

Source: docs.saleor.io api-reference/webhooks (read 2026-11-23)
"""

from __future__ import annotations

import json

from bridge.core.model import BadPayload, Source
from bridge.core.platform import ApiRequest, Hook, Hooks
from bridge.lib.strictjson import parse_json
from bridge.platforms.shared.poll import base_url
from bridge.platforms.shared.shopify_like.hooks import KIND
from bridge.platforms.shared.values import find, find_list, find_text

TOPICS = (
    *("order_created", "order_updated", "order_confirmed", "order_fully_paid", "order_fulfilled", "order_cancelled"),
    *("order_expired",),
)
_LIST = "query { app { webhooks { id targetUrl isActive asyncEvents { eventType } } } }"
_CREATE = "mutation ($input: WebhookCreateInput!) { webhookCreate(input: $input) { errors { field code } } }"
_UPDATE = "mutation ($id: ID!) { webhookUpdate(id: $id, input: {isActive: true}) { errors { field code } } }"


def _ask(source: Source, query: str, **variables: object) -> ApiRequest:
    base = base_url(source).removesuffix("/graphql")
    headers = {**KIND, "Authorization": f"Bearer {source.settings['access_token']}"}
    body = json.dumps({"query": query, "variables": variables}).encode()
    return ApiRequest("POST", f"{base}/graphql/", headers, body)


def _read(body: bytes) -> tuple[Hook, ...]:
    document = parse_json(body)
    if not isinstance(find(document, "data", "app"), dict):
        raise BadPayload("/data/app", "is missing")
    return tuple(
        Hook(
            find_text(entry, "id") or "",
            find_text(entry, "targetUrl") or "",
            frozenset((find_text(event, "eventType") or "").lower() for event in find_list(entry, "asyncEvents")),
            find(entry, "isActive") is True,
        )
        for entry in find_list(document, "data", "app", "webhooks")
    )


def _create(source: Source, address: str, topics: tuple[str, ...]) -> tuple[ApiRequest, ...]:
    """Without a subscription query the message is the whole order; signed with the source's secret where it has one."""
    wanted = {
        "name": "VBot Bridge",
        "targetUrl": address,
        "asyncEvents": [topic.upper() for topic in topics],
        "isActive": True,
    }
    secrets = [secret for secret in source.secrets if secret.strip()]
    return (_ask(source, _CREATE, input={**wanted, "secretKey": secrets[0]} if secrets else wanted),)


def _problem(body: bytes) -> str | None:
    """GraphQL answers 200 to what it refuses."""
    document = parse_json(body)
    code = find_text(document, "errors", 0, "extensions", "exception", "code") or ""
    if find_list(document, "errors"):
        return "hooks_scope" if "Permission" in code else "hooks_credentials" if "Token" in code else "hooks_refused"
    refused = [find_list(document, "data", name, "errors") for name in ("webhookCreate", "webhookUpdate")]
    return "hooks_refused" if any(refused) else None


HOOKS = Hooks(
    credentials=(("api_url", "access_token"),),
    topics=TOPICS,
    list=lambda source, page: _ask(source, _LIST),
    read=_read,
    create=_create,
    renew=lambda source, hook: (_ask(source, _UPDATE, id=hook.id),),
    permission=(
        "token của một ứng dụng có quyền MANAGE_ORDERS",
        "the token of an app with the permission MANAGE_ORDERS",
    ),
    problem=_problem,
)
