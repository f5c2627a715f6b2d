"""The API for scripts: JSON under /api/v1, described by schemas/openapi.json, which also says what scope each needs."""

from __future__ import annotations

import re

from flask import Blueprint, Response, jsonify, request

from bridge.lib.jsonschema import openapi
from bridge.web.api import operating, posting, reading, trying
from bridge.web.api.access import Access
from bridge.web.api.body import Wrong
from bridge.web.posting import Posting

PREFIX = "/api/v1"
_CONVERTER = re.compile(r"<(?:\w+:)?(\w+)>")


def blueprint(tools: Posting, access: Access) -> Blueprint:
    """Every address of the API. An answer is 401 or 403 without a token that has the scope of its operation."""
    api = Blueprint("api", __name__, url_prefix=PREFIX)

    @api.before_request
    def authorise() -> Response | None:
        return access.refusal(_scope())

    @api.errorhandler(Wrong)
    def wrong(error: Wrong) -> Response:
        return error.answer

    @api.get("/openapi.json")
    def description() -> Response:
        return jsonify(openapi())

    reading.add_views(api, tools.store, tools.catalogs)
    posting.add_views(api, tools)
    operating.add_views(api, tools)
    trying.add_views(api, tools)
    return api


def _scope() -> str | None:
    """What scope the description wants of a token for this request. KeyError: it does not describe it."""
    rule = request.url_rule.rule if request.url_rule is not None else ""
    item = openapi()["paths"][_CONVERTER.sub(r"{\1}", rule.removeprefix(PREFIX))]
    method = {"HEAD": "get"}.get(request.method, request.method.lower())
    if method == "options":
        return None
    (scopes,) = item[method]["security"]
    return next(iter(scopes["token"]), None)
