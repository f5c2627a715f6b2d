"""What an Idempotency-Key is for: a request that comes twice does its work once, and is answered alike."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from datetime import UTC, datetime

from flask import request

from bridge.core.model import Json
from bridge.store import Connection, Store, database_now
from bridge.store.operation.idempotency import Kept, find_key, keep_answer, take_key
from bridge.web.api.access import caller
from bridge.web.api.body import Wrong, idempotency_key
from bridge.web.problems import problem


def once(
    store: Store, wanted: Mapping[str, Json], work: Callable[[Connection, datetime], Mapping[str, Json]]
) -> tuple[Mapping[str, Json], bool]:
    """What `work` returns, and True; what it returned the first time, and False, where the request comes again.

    `work` runs in the transaction that takes the key. What it raises undoes both: the key is free again. What it
    returns is kept for 48 h: ids and codes, nothing personal. Errors: Wrong (422), the key is another request's.
    """
    key, digest = stored_key(), digest_of(wanted)
    with store.write() as conn:
        at = database_now(conn, datetime.now(UTC))
        if not take_key(conn, key, digest, at):
            return answer_kept(find_key(conn, key), digest), False
        answer = work(conn, at)
        keep_answer(conn, key, answer)
    return answer, True


def stored_key() -> str:
    """The request's key as it is stored: two tokens may use the same. Errors: Wrong (400)."""
    return f"{caller().keys}{idempotency_key()}"


def digest_of(wanted: Mapping[str, Json]) -> str:
    """Of the address, with or without a slash at its end, and the document: its members may stand in any order."""
    written = json.dumps(wanted, sort_keys=True, default=str)
    return hashlib.sha256(f"{request.path.rstrip('/')}\n{written}".encode()).hexdigest()


def answer_kept(kept: Kept | None, digest: str) -> Mapping[str, Json]:
    """What was answered first. Errors: Wrong (422), to another request."""
    if kept is None or kept.digest != digest:
        raise Wrong(
            problem(422, "This Idempotency-Key was used for another request. Write a new key for each new request.")
        )
    return kept.answer
