"""Every 4xx and 5xx of ours: application/problem+json (RFC 9457) with a sentence that says what to do."""

from __future__ import annotations

import json
import logging
from http import HTTPStatus

from flask import Flask, Response
from werkzeug.exceptions import HTTPException

from bridge.core.model import Json, StoreDown

log = logging.getLogger(__name__)

_SENTENCES = {
    400: "The request cannot be read. Check its form and send it again.",
    401: "Not authorised. Check the secret or the token.",
    404: "There is nothing at this address. Check the path.",
    405: "This address does not take this method. The header Allow names those that it takes.",
    408: "The request did not arrive in time. Send it again.",
    413: "The body is larger than 1 MB. Send less in one request.",
    500: "The bridge failed on this request. It is logged; send the request again later.",
    503: "The database cannot be reached now and nothing was stored. Send the request again.",
}


def problem(status: int, detail: str | None = None, **members: Json) -> Response:
    """A problem document. `detail` must hold no value of the request."""
    body = {
        "type": "about:blank",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "detail": detail or _SENTENCES.get(status, HTTPStatus(status).phrase),
        **members,
    }
    return Response(json.dumps(body, ensure_ascii=False), status, content_type="application/problem+json")


def register(app: Flask) -> None:
    """Errors that no view answers itself become problem documents too."""
    app.register_error_handler(HTTPException, _known)
    app.register_error_handler(StoreDown, _store_down)
    app.register_error_handler(Exception, _unknown)


def _known(error: HTTPException) -> Response:
    response = problem(error.code or 500)
    if error.code == HTTPStatus.METHOD_NOT_ALLOWED:
        response.headers.extend(error.get_headers())
        response.content_type = "application/problem+json"
    return response


def _store_down(error: StoreDown) -> Response:
    log.error("database down reason=%s", error)
    response = problem(503)
    response.headers["Retry-After"] = "30"
    return response


def _unknown(error: Exception) -> Response:
    log.error("request failed", exc_info=error)
    return problem(500)
