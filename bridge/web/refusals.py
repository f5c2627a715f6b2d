"""What a platform that gives up on a 4xx is answered instead: its own refusal, wherever the refusal comes from.

It stops sending for good after one, so that an order would be lost for each mistake that is mended later. What was
too large, or not signed, is counted by source; what was cut short on its way is asked for again.
"""

from __future__ import annotations

import logging
from datetime import UTC, datetime
from urllib.parse import unquote

from flask import Flask, Response, request

from bridge.core.model import StoreDown
from bridge.platforms import find_platform
from bridge.store import Store
from bridge.store.configuration.documents import find_platform_of
from bridge.store.shops.refusals import count_refusal
from bridge.web.problems import problem

log = logging.getLogger(__name__)

_CUT_SHORT = (400, 408)
_HOOKS = "/hooks/"


def register(app: Flask, store: Store) -> None:
    """Every answer under /hooks passes here, also those that no view gave."""

    @app.after_request
    def soften(response: Response) -> Response:
        if not (400 <= response.status_code < 500 and request.path.startswith(_HOOKS)):
            return response
        source_id = unquote(request.path.removeprefix(_HOOKS)).partition("/")[0]
        try:
            return _instead(store, source_id, response)
        except StoreDown as error:
            log.error("database down reason=%s", error)
            return problem(503)


def _instead(store: Store, source_id: str, response: Response) -> Response:
    with store.read() as conn:
        name = find_platform_of(conn, source_id)
    platform = find_platform(name) if name else None
    if platform is None or platform.refusal is None:
        return response
    if response.status_code in _CUT_SHORT:
        return problem(503, "The request did not arrive whole. Send it again.")
    if response.status_code == 413:
        log.warning("delivery refused source=%s reason=body_too_large", source_id)
        now = datetime.now(UTC)
        store.write_together(lambda conn: count_refusal(conn, source_id, "body_too_large", now))
    refusal = platform.refusal
    return Response(refusal.body, refusal.status, content_type=refusal.content_type)
