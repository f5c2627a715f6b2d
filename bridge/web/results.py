"""Where VBot knocks: POST /vbot/results."""

from __future__ import annotations

import hmac
import logging
from datetime import UTC, datetime

from flask import Blueprint, Response, request

from bridge.store import Store
from bridge.store.results import store_result
from bridge.web.problems import problem

log = logging.getLogger(__name__)


def blueprint(store: Store, webhook_auth: str) -> Blueprint:
    """Takes whatever comes with this Authorization value; a worker settles it."""
    results = Blueprint("results", __name__)

    @results.post("/vbot/results")
    def take() -> Response:
        given = request.headers.get("Authorization", "")
        if not hmac.compare_digest(given.encode(), webhook_auth.encode()):
            log.warning("result refused reason=%s", "authorization_wrong" if given else "authorization_missing")
            return problem(401, "Authorization is not the value of VBOT_WEBHOOK_AUTH. Write that value at VBot too.")
        body, now = request.get_data(), datetime.now(UTC)
        stored = store.write_together(lambda conn: store_result(conn, body, now))
        log.info("result %s result=%d", "stored" if stored.is_new else "repeated", stored.id)
        return Response("", 200, content_type="text/plain; charset=utf-8")

    return results
