"""Who may ask what of the API: a bearer token, its standing, and the scope that the address needs."""

from __future__ import annotations

import hmac
import logging
from dataclasses import dataclass
from datetime import UTC, datetime

from flask import Response, g, request

from bridge.core.model import StoreDown
from bridge.core.words import TOKEN_SCOPES
from bridge.store import Store, database_now
from bridge.store.people.api_tokens import ApiToken, find_token, needs_use_noted, note_use
from bridge.web.problems import problem

log = logging.getLogger(__name__)

_REFUSED = {
    "token_missing": "Send the header Authorization: Bearer with a token of `bridge tokens add`, or the API_TOKEN.",
    "token_unknown": "This is no token of the API, nor the API_TOKEN. Make one with: python -m bridge tokens add",
    "token_expired": "This token has expired. Make another with: python -m bridge tokens add",
    "token_revoked": "This token was revoked. Make another with: python -m bridge tokens add",
}


@dataclass(frozen=True)
class Caller:
    """Who asks. `who`: as the audit names them; `keys`: what their idempotency keys begin with in the store."""

    who: str
    keys: str
    scopes: frozenset[str]

    @property
    def shows_phones(self) -> bool:
        return "phones" in self.scopes


_OWNER = Caller("API_TOKEN", "", frozenset(TOKEN_SCOPES))


@dataclass(frozen=True)
class Access:
    """Who gets in: tokens that this database holds, and `api_token`, which has every scope (None: there is none)."""

    store: Store
    api_token: str | None

    def refusal(self, scope: str | None) -> Response | None:
        """Why this request is not answered: 401 without a token that holds, 403 without the scope. None: it is.

        From then on `caller` returns who asks. `scope` None: any token will do.
        """
        found = self._caller()
        if isinstance(found, str):
            refused = problem(401, _REFUSED[found], reason=found)
            refused.headers["WWW-Authenticate"] = "Bearer"
            return refused
        if scope is not None and scope not in found.scopes:
            detail = f"This token lacks the scope {scope}. Make one that has it: python -m bridge tokens add"
            refused = problem(403, detail, reason="scope_missing", scope=scope)
            refused.headers["WWW-Authenticate"] = f'Bearer error="insufficient_scope", scope="{scope}"'
            return refused
        g.api_caller = found
        return None

    def _caller(self) -> Caller | str:
        """Who asks, or why nobody does."""
        kind, _, given = request.headers.get("Authorization", "").partition(" ")
        if kind.lower() != "bearer" or not given:
            return "token_missing"
        if self.api_token and hmac.compare_digest(given.encode(), self.api_token.encode()):
            return _OWNER
        with self.store.read() as conn:
            found, now = find_token(conn, given), database_now(conn, datetime.now(UTC))
        if found is None:
            return "token_unknown"
        standing = found.standing(now)
        if standing != "valid":
            return "token_revoked" if standing == "revoked" else "token_expired"
        if needs_use_noted(found, now):
            self._note(found, now)
        return Caller(f"token:{found.name}", f"{found.id}\n", found.scopes)

    def _note(self, token: ApiToken, now: datetime) -> None:
        try:
            self.store.write_together(lambda conn: note_use(conn, token.id, now))
        except StoreDown as error:  # on a full disk the API still reads
            log.error("use of a token not noted reason=%s", error)


def caller() -> Caller:
    """Who asks: `Access.refusal` let them in."""
    found: Caller = g.api_caller
    return found
