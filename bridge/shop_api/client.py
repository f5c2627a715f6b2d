"""One shop's API over HTTP: the documents that a platform wants of it, the pages of a look, the tokens that it lends.

Knows no table. Nothing is logged, and a failure is a reason code: neither address, credentials nor words of the shop.
"""

from __future__ import annotations

import math
import re
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from types import MappingProxyType
from urllib.parse import urlencode

from bridge.core.model import BadPayload, CannotFetch, Json, Request, Source
from bridge.core.platform import Api, Fetch, Login
from bridge.lib import http
from bridge.lib.http import Answer, NotSent, Unsure
from bridge.lib.shared_token import Lent, Renewed, Shelf, borrow
from bridge.lib.strictjson import parse_json
from bridge.platforms import Ask, Page, Poll

CONNECT_SECONDS = 5
REQUEST_SECONDS = 10
LIMIT_BYTES = 1_048_576
PAGE_BYTES = 8_388_608
KEYS_BYTES = 65_536
TOKEN_MARGIN_SECONDS = 60
TOKEN_SECONDS = 3600  # where the shop does not say how long
REFUSED_SECONDS = 10  # credentials that were refused are not shown again at once

# What every other request to the same shop would meet now.
SHARED = frozenset({"fetch_no_answer", "fetch_rate_limited", "fetch_credentials", "fetch_address"})

_STATUSES = {
    401: "fetch_credentials",
    403: "fetch_credentials",
    404: "fetch_not_found",
    429: "fetch_rate_limited",
}

# The same of a look, in its words.
_PAGE_STATUSES = {401: "poll_credentials", 403: "poll_credentials", 404: "poll_not_found", 429: "poll_rate_limited"}
_PAGE_WORDS = {
    "fetch_address": "poll_address",
    "fetch_no_answer": "poll_unreachable",
    "fetch_bad_answer": "poll_bad_answer",
}


@dataclass(frozen=True)
class Failure:
    """Why a document is missing: a reason code, and how long the shop wants to be left alone."""

    reason: str
    rest: timedelta = timedelta(0)


@dataclass(repr=False)
class Tokens:
    """The tokens that shops lend, each on its source's shelf.

    shelf    (id of a source) -> where its token stands
    refused  until which instant of monotonic time credentials are not shown again
    """

    shelf: Callable[[str], Shelf]
    refused: dict[tuple[str, Login], float] = field(default_factory=dict)

    def get(self, source: Source, login: Login, refused: int | None, until: float) -> Lent | Failure:
        """A token, borrowed where there is none. `refused`: the version of one that the shop did not take."""
        if time.monotonic() < self.refused.get((source.id, login), 0):
            return Failure("fetch_credentials")
        deadline = min(time.monotonic() + REQUEST_SECONDS, until)
        shelf = self.shelf(source.id)
        found = borrow(shelf, refused, lambda _: _ask_token(source, login, deadline), deadline, time.monotonic)
        if isinstance(found, Failure) and found.reason == "fetch_credentials":
            self.refused[source.id, login] = time.monotonic() + REFUSED_SECONDS
        return found or Failure("fetch_no_answer")


def fetch_documents(
    api: Api, source: Source, request: Request, tokens: Tokens, until: float
) -> tuple[Request, list[Failure]]:
    """The request with what the shop answered, and why some is missing. `until`: an instant of monotonic time.

    What one order lacks does not keep the others of the delivery from theirs.
    """
    failed: dict[str, Failure] = {}
    try:
        while missing := [each for each in api.wanted(request, source) if each.name not in failed]:
            for each in missing:
                got = _get(api, source, each, tokens, until)
                if isinstance(got, bytes):
                    request = replace(request, fetched={**request.fetched, each.name: got})
                    continue
                failed[each.name] = got
                if got.reason in SHARED:
                    return request, list(failed.values())
    except CannotFetch as error:
        failed[""] = Failure(error.reason)
    except BadPayload:
        pass  # whoever decides the delivery reads it again, and says what is wrong
    return request, list(failed.values())


def ask_page(
    poll: Poll, api: Api | None, source: Source, position: Mapping[str, Json], tokens: Tokens, until: float
) -> Page | Failure:
    """What the shop answers to this look. `position`: {since, page}, as far as the look came; `until` as above.

    Reasons   poll_*; fetch_* where the token for it is not lent
    """
    page = position.get("page")
    ask = poll.ask(source, datetime.fromisoformat(position["since"]), page)
    limit_bytes = KEYS_BYTES if poll.tells == "keys" else PAGE_BYTES
    answer = _ask(ask, api, source, tokens, until, limit_bytes, math.inf, _PAGE_WORDS)
    if isinstance(answer, Failure):
        return answer
    if answer.status == 400 and poll.tells == "events" and page is not None:
        return Failure("poll_position")
    if answer.status != 200:
        reason = "poll_redirected" if 300 <= answer.status < 400 else "poll_failed"
        return Failure(_PAGE_STATUSES.get(answer.status, reason), _rest(answer))
    try:
        return poll.read(answer.body, answer.headers, page)
    except BadPayload:
        return Failure("poll_bad_answer")


def _ask(
    ask: Ask,
    api: Api | None,
    source: Source,
    tokens: Tokens,
    until: float,
    limit_bytes: int = LIMIT_BYTES,
    seconds: float = REQUEST_SECONDS,
    words: Mapping[str, str] = MappingProxyType({}),
) -> Answer | Failure:
    """The shop's answer, each request within `seconds`. Where it lends tokens, one that it refuses is replaced once."""
    login, refused = api.login(source) if api else None, None
    for is_last in (False, True):
        lent = tokens.get(source, login, refused, until) if login else None
        if isinstance(lent, Failure):
            return lent
        headers = {**ask.headers, "Authorization": f"Bearer {lent.access}"} if lent else ask.headers
        time.sleep(api.seconds_between if api else 0)
        deadline = min(time.monotonic() + seconds, until)
        answer = _send(ask.method, ask.url, headers, ask.body, source, deadline, limit_bytes)
        if isinstance(answer, Failure):
            return replace(answer, reason=words.get(answer.reason, answer.reason))
        if answer.status != 401 or lent is None or is_last:
            return answer
        refused = lent.version
    raise AssertionError("the last answer is returned")


def _get(api: Api, source: Source, wanted: Fetch, tokens: Tokens, until: float) -> bytes | Failure:
    """The document, as the shop answered."""
    ask = Ask("GET", wanted.url, dict(wanted.headers))
    answer = _ask(ask, api, source, tokens, until)
    return answer if isinstance(answer, Failure) else _judge(answer, wanted)


def _judge(answer: Answer, wanted: Fetch) -> bytes | Failure:
    status = answer.status
    if status == 200:
        try:
            flaw = wanted.check(answer.body)
        except BadPayload:
            flaw = "fetch_bad_answer"
        return Failure(flaw) if flaw else answer.body
    if status in (204, 404) and wanted.optional:
        return b"null"
    if status in _STATUSES:
        return Failure(_STATUSES[status], _rest(answer))
    if 300 <= status < 400:
        return Failure("fetch_redirected")
    return Failure("fetch_no_answer" if status >= 500 else "fetch_bad_answer", _rest(answer))


def _send(
    method: str,
    url: str,
    headers: Mapping[str, str],
    body: bytes | None,
    source: Source,
    until: float,
    limit_bytes: int = LIMIT_BYTES,
) -> Answer | Failure:
    try:
        return http.send(
            method,
            url,
            headers={"Accept": "application/json", **headers},
            body=body,
            deadline=until,
            connect_seconds=CONNECT_SECONDS,
            limit_bytes=limit_bytes,
            public_only=source.settings.get("allow_private_addresses") is not True,
        )
    except (NotSent, Unsure) as error:
        if error.reason in ("address_refused", "unsendable"):
            return Failure("fetch_address")
        return Failure("fetch_bad_answer" if error.reason == "too_large" else "fetch_no_answer")


def _ask_token(source: Source, login: Login, deadline: float) -> Renewed | Failure:
    asked_at = time.monotonic()
    headers = {"Content-Type": "application/x-www-form-urlencoded", **dict(login.headers)}
    answer = _send("POST", login.url, headers, urlencode(login.form).encode(), source, deadline)
    if isinstance(answer, Failure):
        return answer
    if answer.status in (400, 401, 403):
        return Failure("fetch_credentials")
    document = _read_token(answer)
    token = document.get("access_token")
    if answer.status != 200 or not isinstance(token, str) or not token.isascii() or not token.isprintable():
        return Failure("fetch_rate_limited" if answer.status == 429 else "fetch_no_answer", _rest(answer))
    life = document.get("expires_in")
    seconds = life if isinstance(life, int) and life > 0 else TOKEN_SECONDS
    spent = time.monotonic() - asked_at
    return Renewed(token, None, max(seconds - TOKEN_MARGIN_SECONDS, 1) - spent)


def _read_token(answer: Answer) -> Mapping[str, Json]:
    try:
        document = parse_json(answer.body)
    except BadPayload:
        return {}
    return document if isinstance(document, dict) else {}


def _rest(answer: Answer) -> timedelta:
    """How long the shop wants to be left alone: `Retry-After` in seconds, or BigCommerce's reset in milliseconds."""
    after = answer.headers.get("retry-after", "")
    reset = answer.headers.get("x-rate-limit-time-reset-ms", "")
    if re.fullmatch("[0-9]{1,6}", after):
        return timedelta(seconds=int(after))
    return timedelta(milliseconds=int(reset)) if re.fullmatch("[0-9]{1,9}", reset) else timedelta(0)
