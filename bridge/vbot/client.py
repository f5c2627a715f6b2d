"""Place calls at VBot, and read its lists. Every request goes through `bridge.lib.http`; nothing is logged.

Source: VBot's public API documentation; what an answer means is the table `POLICY` in `bridge.vbot.answers`.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from functools import cached_property, partial
from urllib.parse import urlencode, urlsplit

from bridge.core.model import AttemptOutcome, Json
from bridge.lib import http
from bridge.lib.http import Answer, NotSent, Unsure
from bridge.lib.jsonschema import Problem, problems
from bridge.lib.shared_token import TokenStore
from bridge.vbot import Account, CallRequest, Outcome, Records, VBotError
from bridge.vbot.answers import failure_code, message_of, parse_json, read_insert, read_list
from bridge.vbot.dialects import (
    Dialect,
    Operation,
    auth_headers,
    find_dialect,
    identity,
    insert_body,
    is_carried,
    list_body,
)
from bridge.vbot.history import created_at, read_row
from bridge.vbot.token import Token

_Reader = Callable[[Dialect, Answer, tuple[str, ...]], tuple[Outcome, bool]]

__all__ = ["Account", "CallRequest", "Client", "Outcome", "Records", "VBotError", "describe"]

_ACCEPT = {"Accept": "application/json"}
_JSON = {"Content-Type": "application/json", **_ACCEPT}
_LIST_BYTES = 1_000_000
# For the question after a refusal. With the placing deadline it stays within the lease of the call.
_BALANCE_SECONDS = 5
# A page that lists nothing new is the last one, whatever size VBot makes its pages.
_PAGE_SIZE = 50
_MOST_PAGES = 100
# More records than these are read in two halves of their time.
_MOST_AT_ONCE = 500
_SHORTEST_SPAN = timedelta(minutes=5)


def describe(account: Account, request: CallRequest) -> dict[str, Json]:
    """The request that `Client.place` would send: {method, path, headers, body}; the token is shown as `…`."""
    dialect = find_dialect(account)
    return {
        "method": "POST",
        "path": urlsplit(account.url).path.rstrip("/") + dialect.insert.path,
        "headers": _JSON | auth_headers(dialect, "…"),
        "body": insert_body(dialect, account, request),
    }


class Client:
    """One account, for any number of threads. Deadlines are instants of `monotonic`.

    token_store  (account's id) -> where its access token stands for all processes; None: each has its own
    """

    def __init__(
        self,
        account: Account,
        monotonic: Callable[[], float] = time.monotonic,
        token_store: Callable[[str], TokenStore] | None = None,
    ) -> None:
        self._account = account
        self._dialect: Dialect = find_dialect(account)
        shared = token_store(self.account_id) if token_store else None
        self._token = Token(account, self._dialect.login, monotonic, shared)
        self._monotonic = monotonic

    @cached_property
    def account_id(self) -> str:
        """The same for all workers with these credentials, and another as soon as one of them is mended."""
        return self._account.id

    @property
    def renews(self) -> bool:
        """Whether a refused token is replaced by the next `prepare`; a fixed one is not."""
        return self._account.token is None and self._dialect.login is not None

    @property
    def is_locked_out(self) -> bool:
        """VBot refused one token after the other: the next would fare no better."""
        return self._token.refusals > 1

    @property
    def has_balance(self) -> bool:
        """Whether this generation reports the account's balance."""
        return self._dialect.balance is not None

    @property
    def is_ready(self) -> bool:
        """Whether `prepare` would return at once, with a token at hand."""
        return self._token.is_fresh()

    def prepare(self, deadline: float) -> Outcome | None:
        """None when `place` has what it needs, else a not_sent Outcome. To be called before an attempt is opened."""
        return self._token.prepare(deadline)

    def place(self, request: CallRequest, deadline: float) -> Outcome:
        """Ask VBot once for one call, and return what that meant. Never raises, never sends twice.

        refused "bad_request": our own schema refuses the request and nothing was sent; `message` names the place.
        not_sent "token_refused": VBot wants another token; the next `prepare` fetches it.
        not_sent "token_missing": `prepare` was not called, or failed.
        refused "no_balance": VBot gave no reason, and its account, read once after the deadline's work, is empty.
        """
        body = insert_body(self._dialect, self._account, request)
        return self._place(self._dialect.insert, body, read_insert, deadline)

    @property
    def most_in_batch(self) -> int | None:
        """How many phones one request may hold in this generation; None without a limit."""
        return self._dialect.batch.most

    def carries(self, request: CallRequest) -> bool:
        """Whether a batch can carry all that this call needs: the older generations' has no `datas` and no limits."""
        return is_carried(self._dialect, request)

    def place_batch(self, requests: Sequence[CallRequest], deadline: float) -> Outcome:
        """As `place`, once for all of these calls: of one hotline, template and limits, each of another phone.

        The Outcome is that of each of them. unsure "count_differs": VBot took more or fewer than were sent, and
        does not name them.
        """
        if len({request.phone for request in requests}) != len(requests):
            return Outcome(AttemptOutcome.REFUSED, "bad_request", message="a phone stands twice in one batch")
        body = list_body(self._dialect, self._account, requests)
        read = partial(read_list, phones=len(requests))
        return self._place(self._dialect.batch.operation, body, read, deadline)

    def _place(self, operation: Operation, body: dict[str, Json], read: _Reader, deadline: float) -> Outcome:
        found = problems(body, f"{operation.schema}.request")
        payload = None if found else _encode(body)
        if payload is None:
            return Outcome(AttemptOutcome.REFUSED, "bad_request", message=_locate(found))
        token = self._token.get()
        if token is None:
            return Outcome(AttemptOutcome.NOT_SENT, "token_missing")
        try:
            answer = self._send("POST", operation.path, token, payload, deadline)
        except NotSent as error:
            return Outcome(AttemptOutcome.NOT_SENT, error.reason)
        except Unsure as error:
            return Outcome(AttemptOutcome.UNSURE, error.reason)
        outcome, explained = read(self._dialect, answer, (*self._account.secrets(), token))
        if outcome.detail == "token_refused":
            self._token.drop(token)
        else:
            self._token.refusals = 0
        if not explained and self._is_empty():
            return replace(outcome, detail="no_balance")
        return outcome

    def custom_fields(self, template: str, deadline: float) -> list[dict[str, Json]]:
        """The template's custom fields as VBot lists them, each with at least a `cfkey`. Raises VBotError."""
        query = {"template_script_code": template}
        fields: list[dict[str, Json]] = self._read(self._dialect.custom_fields, query, deadline)
        return fields

    def hotlines(self, deadline: float) -> list[dict[str, Json]]:
        """The account's hotlines as VBot lists them, each with at least a `hotline_code`. Raises VBotError."""
        hotlines: list[dict[str, Json]] = self._read(self._dialect.hotlines, {}, deadline)
        return hotlines

    def balance(self, deadline: float) -> Decimal:
        """The account's balance, in dong. Raises VBotError, "not_offered" where the generation reports none."""
        data = self._read(self._offered(self._dialect.balance), {}, deadline)
        return Decimal(str(data["balance"] if isinstance(data, dict) else data))

    def templates(self, deadline: float) -> list[dict[str, Json]]:
        """The account's voice scripts, each with at least a `code`. Raises VBotError, "not_offered" as `balance`."""
        operation = self._offered(self._dialect.templates)
        found: dict[str, dict[str, Json]] = {}
        for page in range(1, _MOST_PAGES + 1):
            query = {"is_bot": -1, "page": page, "size": _PAGE_SIZE}
            entries = {entry["code"]: entry for entry in self._read(operation, query, deadline)}
            if entries.keys() <= found.keys():
                break
            found |= entries
        return list(found.values())

    def branches(self, template: str, deadline: float) -> list[dict[str, Json]]:
        """The tree of a voice script's branches: `NumberKey` is the key to press, `subItems` what lies behind it."""
        operation = self._offered(self._dialect.branches)
        tree: list[dict[str, Json]] = self._read(operation, {"template_script_code": template}, deadline)
        return tree

    @property
    def has_records(self) -> bool:
        """Whether this generation lists its calls and how they ended: v3 alone names our ids in it."""
        return self._dialect.records is not None

    def records(self, since: datetime, until: datetime, deadline: float, phone: str | None = None) -> Records:
        """The calls made in that span by VBot's clock, of one phone or of all. Raises VBotError.

        "not_offered" where the generation has no records, "not_allowed" where this account may not read them.
        """
        pages, count = self._offered(self._dialect.records), self._offered(self._dialect.records_count)
        query: dict[str, Json] = {"start_date": _milliseconds(since), "end_date": _milliseconds(until)}
        query |= {"key_search": phone} if phone else {}
        if until - since > _SHORTEST_SPAN and self._read(count, query, deadline) > _MOST_AT_ONCE:
            middle = since + (until - since) / 2
            halves = [self.records(*span, deadline, phone) for span in ((since, middle), (middle, until))]
            both = {json.dumps(record, sort_keys=True): record for half in halves for record in half.records}
            return Records(list(both.values()), all(half.is_whole for half in halves))
        found: dict[str, dict[str, Json]] = {}
        for page in range(1, _MOST_PAGES + 1):
            listed = self._read(pages, query | {"page": page, "size": _PAGE_SIZE}, deadline)
            entries = {json.dumps(entry, sort_keys=True): entry for entry in listed}
            if entries.keys() <= found.keys():
                break
            found |= entries
        # Counted after the pages: a call that ends meanwhile may push another from page to page, past our eyes.
        return Records(list(found.values()), len(found) >= self._read(count, query, deadline))

    @property
    def has_history(self) -> bool:
        """Whether this generation lists the calls of a number, without ids of ours: v1 and v2 do."""
        return self._dialect.history is not None

    def history(self, since: datetime, deadline: float, phone: str) -> Records:
        """The calls to this number since then, in the shape of `records` but without an id. Raises VBotError.

        Not whole: there were more pages than are read, or a date that cannot be read.
        """
        operation, found, is_whole = self._offered(self._dialect.history), {}, True
        for page in range(1, _MOST_PAGES + 1):
            rows = self._read(operation, {"phone": phone, "page": page, "size": _PAGE_SIZE}, deadline) or []
            fresh = [row for row in rows if json.dumps(row, sort_keys=True) not in found]
            if not fresh:
                break
            oldest = None
            for row in fresh:
                try:
                    records = list(read_row(row, phone))
                except ValueError:
                    records, is_whole = [], False
                found[json.dumps(row, sort_keys=True)] = records
                oldest = min((created_at(record) for record in records), default=oldest)
            if oldest is not None and oldest < since:
                break
        else:
            is_whole = False
        made = [record for records in found.values() for record in records]
        return Records([record for record in made if created_at(record) >= since], is_whole)

    def _offered(self, operation: Operation | None) -> Operation:
        if operation is None:
            generation = self._dialect.generation
            raise VBotError(
                "not_offered",
                f"VBot does not offer this in generation {generation}",
                f"VBot không có chức năng này ở phiên bản API {generation}",
            )
        return operation

    def _is_empty(self) -> bool:
        if self._dialect.balance is None:
            return False
        try:
            return self.balance(self._monotonic() + _BALANCE_SECONDS) <= 0
        except VBotError:
            return False

    def _read(self, operation: Operation, query: dict[str, Json], deadline: float) -> Json:
        """The `data` of VBot's answer, which holds under the operation's schema."""
        query = identity(self._dialect, self._account) | query
        path = f"{operation.path}?{urlencode(query)}" if query else operation.path
        answer = self._ask(path, deadline)
        if answer.status == 401 and self.renews:
            answer = self._ask(path, deadline)
        document = parse_json(answer)
        if answer.status != 200 or problems(document, f"{operation.schema}.answer"):
            words = message_of(document, self._account.secrets())
            code = failure_code(self._dialect, operation, answer, document)
            raise VBotError(
                code,
                words or f"VBot answered HTTP {answer.status} without what was requested",
                words or f"VBot trả lời HTTP {answer.status} mà không có nội dung được hỏi",
            )
        return document["data"]

    def _ask(self, path: str, deadline: float) -> Answer:
        failure = self.prepare(deadline)
        token = self._token.get()
        if failure or token is None:
            raise VBotError(
                failure.detail if failure else "token_missing",
                "no token could be had from VBot",
                "không lấy được token từ VBot",
            )
        try:
            answer = self._send("GET", path, token, None, deadline, _LIST_BYTES)
        except (NotSent, Unsure) as error:
            raise VBotError(
                error.reason,
                "VBot could not be reached, or did not answer in full",
                "không kết nối được VBot, hoặc VBot trả lời không đầy đủ",
            ) from None
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
            quick=True,
            monotonic=self._monotonic,
        )


def _milliseconds(at: datetime) -> int:
    return int(at.timestamp() * 1000)


def _encode(body: Json) -> bytes | None:
    try:
        return json.dumps(body, ensure_ascii=False, allow_nan=False).encode()
    except (TypeError, ValueError):
        return None


def _locate(found: list[Problem]) -> str:
    if not found:
        return "/datas: holds a value that JSON in UTF-8 cannot hold"
    return f"{found[0].pointer or '/'}: {found[0].problem}"
