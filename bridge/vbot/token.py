"""The access token of one account: fetched once for all who share its store, renewed before it ends. Never logged.

Source: VBot's public API documentation, generations 1 and 2, POST /token.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from urllib.parse import urlencode

from bridge.core.model import AttemptOutcome, Json
from bridge.lib import http
from bridge.lib.http import Answer, NotSent, Unsure
from bridge.lib.jsonschema import problems
from bridge.lib.shared_token import MemoryTokenStore, Renewed, SharedToken, TokenStore, get_token
from bridge.vbot import Account, Outcome
from bridge.vbot.answers import message_of, parse_json, retry_after
from bridge.vbot.dialects import Operation

# Renewed this long before its end, or a fifth of its life before, so that it outlives the request it is fetched for.
TOKEN_MARGIN_SECONDS = 60

_REFUSED = "credentials_refused"
_DETAILS = {200: "token_bad_answer", 404: "wrong_url", 405: "wrong_url", 429: "rate_limited"}


class Token:
    """What stands in the authorization header: the account's fixed token, or one that VBot issues for a while.

    login  how one is requested; None: this generation issues none
    store  where it stands, for all who share it; None: in this process alone

    `refusals` counts the issued tokens that VBot refused since it took one; each is counted once.
    """

    def __init__(
        self,
        account: Account,
        login: Operation | None,
        monotonic: Callable[[], float] = time.monotonic,
        store: TokenStore | None = None,
    ) -> None:
        self._account = account
        self._login = login
        self._monotonic = monotonic
        self._store = store or MemoryTokenStore(monotonic)
        self._lock = threading.Lock()
        self._fetches = 0
        self._failure: Outcome | None = None
        self._refused: int | None = None
        self.refusals = 0
        # The token, the instant to renew it, and its version: one value, so that no thread sees half of it.
        self._current: tuple[str, float, int] | None = (account.token, float("inf"), 0) if account.token else None

    def get(self) -> str | None:
        """The token to send now, or None until `prepare` has fetched one."""
        current = self._current
        return current[0] if current else None

    def prepare(self, deadline: float) -> Outcome | None:
        """None when a token is at hand for the next request, else a not_sent Outcome with the reason why there is none.

        One thread of one process asks VBot; those that come meanwhile wait and share its answer. StoreDown from a
        token store in a database. Details beside those of `lib.http`: credentials_refused (no name and password, or
        VBot refuses them), rate_limited, wrong_url, token_unavailable (VBot's token service is out of order, or the
        renewal by another process takes too long), token_bad_answer.
        """
        seen = self._fetches
        if self.is_fresh():
            return None
        if not self._lock.acquire(timeout=max(deadline - self._monotonic(), 0)):
            return Outcome(AttemptOutcome.NOT_SENT, "token_unavailable")
        try:
            if self.is_fresh():
                return None
            if self._fetches == seen or self._failure is None:
                self._failure = self._obtain(deadline)
                self._fetches += 1
            return self._failure
        finally:
            self._lock.release()

    def drop(self, value: str) -> None:
        """Forget this token: VBot refused it. A fixed one is kept, and so is one that was fetched since."""
        current = self._current
        # Without the lock, which a slow fetch may hold: at worst a token of this very instant is fetched again.
        # The token store learns of it at the next `prepare`, by its version: what VBot answered to a call must not wait
        # for a database.
        if current and current[0] == value and not self._account.token:
            self._refused = current[2]
            self._current = None
            self.refusals += 1

    def is_fresh(self) -> bool:
        """Whether a token is at hand that need not be renewed yet."""
        current = self._current
        return current is not None and self._monotonic() < current[1]

    def _obtain(self, deadline: float) -> Outcome | None:
        account, login = self._account, self._login
        if login is None or not account.username or not account.password:
            return Outcome(AttemptOutcome.NOT_SENT, _REFUSED)
        found = get_token(
            self._store,
            self._refused,
            lambda refresh: self._fetch(login, refresh, deadline),
            deadline,
            self._monotonic,
        )
        if not isinstance(found, SharedToken):
            return found or Outcome(AttemptOutcome.NOT_SENT, "token_unavailable")
        if found.access is not None:
            self._current = (found.access, self._monotonic() + found.fresh_seconds, found.version)
        return None

    def _fetch(self, login: Operation, refresh: str | None, deadline: float) -> Renewed | Outcome:
        if refresh:
            answer = self._ask(login, {"grant_type": "refresh_token", "refresh_token": refresh}, deadline)
            if isinstance(answer, Renewed) or answer.detail != _REFUSED:
                return answer
        form = {"grant_type": "password", "username": self._account.username, "password": self._account.password}
        return self._ask(login, form, deadline)

    def _ask(self, login: Operation, form: dict[str, str | None], deadline: float) -> Renewed | Outcome:
        requested_at = self._monotonic()
        try:
            answer = http.send(
                "POST",
                self._account.url.rstrip("/") + login.path,
                headers={"Content-Type": "application/x-www-form-urlencoded", "Accept": "application/json"},
                body=urlencode(form).encode(),
                deadline=deadline,
                monotonic=self._monotonic,
            )
        except (NotSent, Unsure) as error:
            # No call hangs on a lost answer here: nothing was placed.
            return Outcome(AttemptOutcome.NOT_SENT, error.reason)
        document = parse_json(answer)
        if answer.status != 200 or problems(document, f"{login.schema}.answer"):
            return self._explain(answer, document)
        life = document["expires_in"]
        fresh_until = requested_at + life - min(TOKEN_MARGIN_SECONDS, life / 5)
        return Renewed(document["access_token"], document.get("refresh_token") or None, fresh_until - self._monotonic())

    def _explain(self, answer: Answer, document: Json) -> Outcome:
        is_no = isinstance(document, dict) and (document.get("status") == 0 or bool(document.get("error")))
        detail = "token_unavailable"
        if answer.status in (400, 401, 403) or (answer.status == 200 and is_no):
            detail = _REFUSED
        elif answer.status in _DETAILS:
            detail = _DETAILS[answer.status]
        message = message_of(document, self._account.secrets())
        return Outcome(AttemptOutcome.NOT_SENT, detail, answer.status, None, message, retry_after(answer))
