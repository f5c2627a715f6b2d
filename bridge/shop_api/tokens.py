"""The access tokens of shops' APIs: fetched for client credentials, shared by all processes, sent with each request."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from types import MappingProxyType
from typing import Protocol
from urllib.parse import urlencode

from bridge.core.model import BadPayload, Json, Source
from bridge.core.platform import ApiRequest, Login
from bridge.lib.http import Answer, Kept
from bridge.lib.shared_token import Renewed, SharedToken, TokenStore, get_token
from bridge.lib.strictjson import parse_json
from bridge.shop_api.send import LIMIT_BYTES, SHOP_REQUEST_SECONDS, Failure, rest_of, send
from bridge.store import Store
from bridge.store.db.encryption import Seal
from bridge.store.tokens import source_token_store

TOKEN_MARGIN_SECONDS = 60  # a token is renewed this long before its end
DEFAULT_TOKEN_SECONDS = 3600  # where the shop gives no time
REFUSED_SECONDS = 10  # credentials that were refused are not shown again at once

Refused = dict[tuple[str, Login], float]


class Access(Protocol):
    """How requests to a shop's API are let in: `Api` and `WriteBack` say it."""

    @property
    def login(self) -> Callable[[Source], Login | None]: ...

    @property
    def access_header(self) -> str: ...

    @property
    def seconds_between(self) -> float: ...


@dataclass(repr=False)
class Tokens:
    """The access tokens of the sources' shops.

    store    (id of a source) -> where its token stands
    refused  until which instant of monotonic time credentials are not shown again
    kept     the connection that requests to one shop share while they follow each other closely; None: each has its own
    """

    store: Callable[[str], TokenStore]
    refused: Refused = field(default_factory=dict)
    kept: Kept | None = None

    def get(self, source: Source, login: Login, refused: int | None, until: float) -> SharedToken | Failure:
        """Return a token, fetched where there is none. `refused`: the version of one that the shop did not take."""
        if time.monotonic() < self.refused.get((source.id, login), 0):
            return Failure("fetch_credentials")
        deadline = min(time.monotonic() + SHOP_REQUEST_SECONDS, until)
        store = self.store(source.id)
        found = get_token(store, refused, lambda _: _fetch_token(source, login, deadline), deadline, time.monotonic)
        if isinstance(found, Failure) and found.reason == "fetch_credentials":
            self.refused[source.id, login] = time.monotonic() + REFUSED_SECONDS
        return found or Failure("fetch_no_answer")


def share_tokens(
    store: Store, seal: Seal, now: Callable[[], datetime], refused: Refused | None = None, kept: Kept | None = None
) -> Tokens:
    """The tokens that all who use this database share. `refused`: the caller's, from one use to the next."""
    known: Refused = {} if refused is None else refused
    return Tokens(lambda source_id: source_token_store(store, seal, source_id, now), known, kept)


def send_with_token(
    request: ApiRequest,
    api: Access | None,
    source: Source,
    tokens: Tokens,
    until: float,
    *,
    limit_bytes: int = LIMIT_BYTES,
    seconds: float = SHOP_REQUEST_SECONDS,
    reasons: Mapping[str, str] = MappingProxyType({}),
) -> Answer | Failure:
    """Return the shop's answer, each request within `seconds`. A token that the shop refuses is replaced once.

    reasons  the caller's own codes for why the request failed, by those of `send`
    """
    login, refused = api.login(source) if api else None, None
    for is_last in (False, True):
        token = tokens.get(source, login, refused, until) if login else None
        if isinstance(token, Failure):
            return token
        headers = {**request.headers, **_header(api, token.access)} if api and token else request.headers
        if api is not None and api.seconds_between:
            time.sleep(api.seconds_between)
        deadline = min(time.monotonic() + seconds, until)
        answer = send(replace(request, headers=headers), source, deadline, limit_bytes, tokens.kept)
        if isinstance(answer, Failure):
            return replace(answer, reason=reasons.get(answer.reason, answer.reason))
        if answer.status != 401 or token is None or is_last:
            return answer
        refused = token.version
    raise AssertionError("the last answer is returned")


def _header(api: Access, token: str | None) -> dict[str, str]:
    return {api.access_header: f"Bearer {token}" if api.access_header == "Authorization" else f"{token}"}


def _fetch_token(source: Source, login: Login, deadline: float) -> Renewed | Failure:
    requested_at = time.monotonic()
    headers = {"Content-Type": "application/x-www-form-urlencoded", **dict(login.headers)}
    answer = send(ApiRequest("POST", login.url, headers, urlencode(login.form).encode()), source, deadline)
    if isinstance(answer, Failure):
        return answer
    if answer.status in (400, 401, 403):
        return Failure("fetch_credentials")
    document = _read_token(answer)
    token = document.get("access_token")
    if answer.status != 200 or not isinstance(token, str) or not token.isascii() or not token.isprintable():
        return Failure("fetch_rate_limited" if answer.status == 429 else "fetch_no_answer", rest_of(answer))
    life = document.get("expires_in")
    seconds = life if isinstance(life, int) and life > 0 else DEFAULT_TOKEN_SECONDS
    spent = time.monotonic() - requested_at
    return Renewed(token, None, max(seconds - TOKEN_MARGIN_SECONDS, 1) - spent)


def _read_token(answer: Answer) -> Mapping[str, Json]:
    try:
        document = parse_json(answer.body, whole=True)
    except BadPayload:
        return {}
    return document if isinstance(document, dict) else {}
