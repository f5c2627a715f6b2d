"""What was refused under /hooks/ is counted, and a platform that gives up on a 4xx gets its own refusal instead.

Such a platform stops sending for good after one, so that an order would be lost for each mistake that is mended
later. What was cut short on its way is requested again.
"""

from __future__ import annotations

import logging
import re
from datetime import UTC, datetime
from urllib.parse import unquote

from flask import Flask, Response, request

from bridge.core.model import StoreDown
from bridge.core.platform import Platform
from bridge.platforms import find_platform
from bridge.store import Connection, Store
from bridge.store.configuration.documents import find_platform_of
from bridge.store.shops.refusals import count_misaddressed, count_refusal
from bridge.web.problems import problem

log = logging.getLogger(__name__)

_CUT_SHORT = (400, 408)
_HOOKS = "/hooks/"

# What may be kept of an address: whatever follows may be a secret.
_NAME = re.compile(r"[A-Za-z0-9._-]{0,64}")


def register(app: Flask, store: Store) -> None:
    """Every answer under /hooks passes here, also those that no view gave."""

    @app.after_request
    def soften(response: Response) -> Response:
        if not (400 <= response.status_code < 500 and request.path.startswith(_HOOKS)):
            return response
        name = unquote(request.path.removeprefix(_HOOKS)).partition("/")[0]
        try:
            with store.read() as conn:
                kind = find_platform_of(conn, name)
            _count(store, name, kind is not None, response.status_code)
        except StoreDown as error:
            log.error("database down reason=%s", error)
            return problem(503)
        return _instead(find_platform(kind) if kind else None, response)


def _count(store: Store, name: str, is_known: bool, status: int) -> None:
    """Signatures that do not hold are counted where they are verified."""
    now, found = datetime.now(UTC), _NAME.match(name)
    shown = found[0] if found else ""
    reason = {404: "wrong_address" if is_known else "unknown_source", 405: "wrong_method"}.get(status)
    is_too_large = status == 413 and is_known

    def count(conn: Connection) -> None:
        if reason is not None:
            count_misaddressed(conn, shown, reason if is_known else "unknown_source", now)
        elif is_too_large:
            count_refusal(conn, name, "body_too_large", now)

    if reason is not None or is_too_large:
        log.warning("delivery refused source=%s reason=%s", shown, reason or "body_too_large")
        store.write_together(count)


def _instead(platform: Platform | None, response: Response) -> Response:
    if platform is None or platform.refusal is None:
        return response
    if response.status_code in _CUT_SHORT:
        return problem(503, "The request did not arrive whole. Send it again.")
    refusal = platform.refusal
    return Response(refusal.body, refusal.status, content_type=refusal.content_type)
