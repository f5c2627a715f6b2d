"""One shop's API over HTTP: the documents that a platform wants of it, and the tokens that it lends.

Knows no table. Nothing is logged, and a failure is a reason code: neither address, credentials nor words of the shop.
"""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from urllib.parse import urlencode

from bridge import http
from bridge.document import parse_json
from bridge.http import Answer, NotSent, Unsure
from bridge.model import Api, BadPayload, CannotFetch, Fetch, Json, Login, Request, Source

CONNECT_SECONDS = 5
REQUEST_SECONDS = 10
LIMIT_BYTES = 1_048_576
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


@dataclass(frozen=True)
class Failure:
    """Why a document is missing: a reason code, and how long the shop wants to be left alone."""

    reason: str
    rest: timedelta = timedelta(0)


@dataclass(frozen=True, repr=False)
class Lent:
    """A token, or the refusal of one, until an instant of monotonic time."""

    until: float
    token: str | None = None
    failure: Failure | None = None


@dataclass
class Tokens:
    """The tokens that shops lent this process, by source and credentials; a source that is mended gets another."""

    _lent: dict[tuple[str, Login], Lent] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def get(self, source: Source, login: Login) -> Lent:
        """A token, asked for where there is none."""
        with self._lock:
            lent = self._lent.get((source.id, login))
        if lent is None or time.monotonic() >= lent.until:
            lent = _borrow(source, login)
            with self._lock:
                self._lent[source.id, login] = lent
        return lent

    def drop(self, source: Source, login: Login, token: str) -> None:
        """The shop refused it. One that another thread has borrowed since is kept."""
        with self._lock:
            lent = self._lent.get((source.id, login))
            if lent is not None and lent.token == token:
                del self._lent[source.id, login]


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


def _get(api: Api, source: Source, wanted: Fetch, tokens: Tokens, until: float) -> bytes | Failure:
    """The document, as the shop answered. A token that it refuses is replaced once."""
    login = api.login(source)
    for is_last in (False, True):
        headers = dict(wanted.headers)
        lent = tokens.get(source, login) if login else None
        if lent is not None and lent.token is None:
            return lent.failure or Failure("fetch_credentials")
        if lent is not None:
            headers["Authorization"] = f"Bearer {lent.token}"
        time.sleep(api.seconds_between)
        answer = _send("GET", wanted.url, headers, None, source, until)
        if isinstance(answer, Failure):
            return answer
        if answer.status == 401 and login and lent and lent.token and not is_last:
            tokens.drop(source, login, lent.token)
            continue
        return _judge(answer, wanted)
    raise AssertionError("the last answer is judged")


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
    method: str, url: str, headers: Mapping[str, str], body: bytes | None, source: Source, until: float
) -> Answer | Failure:
    try:
        return http.send(
            method,
            url,
            headers={"Accept": "application/json", **headers},
            body=body,
            deadline=min(time.monotonic() + REQUEST_SECONDS, until),
            connect_seconds=CONNECT_SECONDS,
            limit_bytes=LIMIT_BYTES,
            public_only=source.settings.get("allow_private_addresses") is not True,
        )
    except (NotSent, Unsure) as error:
        if error.reason in ("address_refused", "unsendable"):
            return Failure("fetch_address")
        return Failure("fetch_bad_answer" if error.reason == "too_large" else "fetch_no_answer")


def _borrow(source: Source, login: Login) -> Lent:
    asked_at = time.monotonic()
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    answer = _send("POST", login.url, headers, urlencode(login.form).encode(), source, asked_at + REQUEST_SECONDS)
    if isinstance(answer, Failure):
        return Lent(0, failure=answer)
    if answer.status in (400, 401, 403):
        return Lent(asked_at + REFUSED_SECONDS, failure=Failure("fetch_credentials"))
    document = _read_token(answer)
    token = document.get("access_token")
    if answer.status != 200 or not isinstance(token, str) or not token.isascii() or not token.isprintable():
        return Lent(
            0, failure=Failure("fetch_rate_limited" if answer.status == 429 else "fetch_no_answer", _rest(answer))
        )
    life = document.get("expires_in")
    seconds = life if isinstance(life, int) and life > 0 else TOKEN_SECONDS
    return Lent(asked_at + max(seconds - TOKEN_MARGIN_SECONDS, 1), token)


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
