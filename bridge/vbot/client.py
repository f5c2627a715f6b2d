"""Place one call at VBot, and ask it for lists. Every request goes through `bridge.http`; nothing is logged.

Source: VBot's public API documentation; what an answer means is the table `POLICY` in `bridge.vbot.dialects`.
"""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Callable
from urllib.parse import urlencode, urlsplit

from bridge import http
from bridge.http import Answer, NotSent, Unsure
from bridge.model import Json
from bridge.schema import Problem, problems
from bridge.vbot import Account, CallRequest, Outcome, VBotError
from bridge.vbot.dialects import (
    DIALECTS,
    Dialect,
    auth_headers,
    identity,
    insert_body,
    message_of,
    parse_json,
    read_insert,
)
from bridge.vbot.token import Token

__all__ = ["Account", "CallRequest", "Client", "Outcome", "VBotError", "describe"]

_ACCEPT = {"Accept": "application/json"}
_JSON = {"Content-Type": "application/json", **_ACCEPT}
_LIST_BYTES = 1_000_000


def describe(account: Account, request: CallRequest) -> dict[str, Json]:
    """The request that `Client.place` would send: {method, path, headers, body}; the token is shown as `…`."""
    dialect = DIALECTS[account.generation]
    return {
        "method": "POST",
        "path": urlsplit(account.url).path.rstrip("/") + dialect.insert_path,
        "headers": _JSON | auth_headers(dialect, "…"),
        "body": insert_body(dialect, account, request),
    }


class Client:
    """One account, for any number of threads. Deadlines are instants of `monotonic`."""

    def __init__(self, account: Account, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._account = account
        self._dialect: Dialect = DIALECTS[account.generation]
        self._token = Token(account, self._dialect, monotonic)
        self._monotonic = monotonic

    @property
    def account_id(self) -> str:
        """The same for all workers with these credentials, and another as soon as one of them is mended."""
        account = self._account
        parts = (account.url, account.vbot_id, account.project_code, account.token, account.username, account.password)
        return hashlib.sha256(repr(parts).encode()).hexdigest()[:16]

    @property
    def renews(self) -> bool:
        """Whether a refused token is replaced by the next `prepare`; a fixed one is not."""
        return self._account.token is None

    def prepare(self, deadline: float) -> Outcome | None:
        """None when `place` has what it needs, else a not_sent Outcome. To be called before an attempt is opened."""
        return self._token.prepare(deadline)

    def place(self, request: CallRequest, deadline: float) -> Outcome:
        """Ask VBot once for one call, and say what that meant. Never raises, never sends twice.

        refused "bad_request": our own schema refuses the request and nothing was sent; `message` names the place.
        not_sent "token_refused": VBot wants another token; the next `prepare` fetches it.
        not_sent "token_missing": `prepare` was not asked, or failed.
        """
        body = insert_body(self._dialect, self._account, request)
        found = problems(body, f"{self._dialect.schemas}/insert.request")
        payload = None if found else _encode(body)
        if payload is None:
            return Outcome("refused", "bad_request", message=_locate(found))
        token = self._token.get()
        if token is None:
            return Outcome("not_sent", "token_missing")
        try:
            answer = self._send("POST", self._dialect.insert_path, token, payload, deadline)
        except NotSent as error:
            return Outcome("not_sent", error.reason)
        except Unsure as error:
            return Outcome("unsure", error.reason)
        outcome = read_insert(self._dialect, answer, (*self._account.secrets(), token))
        if outcome.detail == "token_refused":
            self._token.drop(token)
        return outcome

    def custom_fields(self, template: str, deadline: float) -> list[dict[str, Json]]:
        """The template's custom fields as VBot lists them, each with at least a `cfkey`. Raises VBotError."""
        path = self._dialect.custom_fields_path
        return self._list(path, {"template_script_code": template}, "custom_fields.answer", deadline)

    def hotlines(self, deadline: float) -> list[dict[str, Json]]:
        """The account's hotlines as VBot lists them, each with at least a `hotline_code`. Raises VBotError."""
        return self._list(self._dialect.hotlines_path, {}, "hotlines.answer", deadline)

    def _list(self, path: str, query: dict[str, Json], name: str, deadline: float) -> list[dict[str, Json]]:
        path = f"{path}?{urlencode(identity(self._dialect, self._account) | query)}"
        answer = self._ask(path, deadline)
        if answer.status == 401 and not self._account.token:
            answer = self._ask(path, deadline)
        document = parse_json(answer)
        if answer.status != 200 or problems(document, f"{self._dialect.schemas}/{name}"):
            words = message_of(self._dialect, document, self._account.secrets())
            raise VBotError(
                _list_code(answer, document), words or f"VBot answered HTTP {answer.status} without the list"
            )
        entries: list[dict[str, Json]] = document["data"]
        return entries

    def _ask(self, path: str, deadline: float) -> Answer:
        failure = self.prepare(deadline)
        token = self._token.get()
        if failure or token is None:
            raise VBotError(failure.detail if failure else "token_missing", "no token could be had from VBot")
        try:
            answer = self._send("GET", path, token, None, deadline, _LIST_BYTES)
        except (NotSent, Unsure) as error:
            raise VBotError(error.reason, "VBot could not be reached, or did not answer in full") from None
        if answer.status == 401:
            self._token.drop(token)
        return answer

    def _send(
        self, method: str, path: str, token: str, body: bytes | None, deadline: float, limit_bytes: int = 65536
    ) -> Answer:
        return http.send(
            method,
            self._account.url.rstrip("/") + path,
            headers=(_JSON if body else _ACCEPT) | auth_headers(self._dialect, token),
            body=body,
            deadline=deadline,
            limit_bytes=limit_bytes,
            monotonic=self._monotonic,
        )


def _encode(body: Json) -> bytes | None:
    try:
        return json.dumps(body, ensure_ascii=False, allow_nan=False).encode()
    except (TypeError, ValueError):
        return None


def _locate(found: list[Problem]) -> str:
    if not found:
        return "/datas: holds a value that JSON in UTF-8 cannot say"
    return f"{found[0].pointer or '/'}: {found[0].problem}"


def _list_code(answer: Answer, document: Json) -> str:
    if answer.status == 401:
        return "token_refused"
    if answer.status == 429:
        return "rate_limited"
    if isinstance(document, dict) and "status" in document:
        return "vbot_refused"
    return "wrong_url" if answer.status in (404, 405) else "bad_answer"
