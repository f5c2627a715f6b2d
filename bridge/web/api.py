"""The API for scripts, behind a bearer token: JSON, newest first. What rings somebody is in bridge.web.posting."""

from __future__ import annotations

import hmac
from datetime import UTC, datetime

from flask import Blueprint, Response, jsonify, request

from bridge.core.schedule import parse_since
from bridge.lib.jsonschema import openapi
from bridge.monitor.source_health import describe_sources
from bridge.store import Store, database_now
from bridge.store.reports.views import MOST, Filter, describe_call, describe_order, list_calls, list_deliveries
from bridge.web.posting import Posting, add_views
from bridge.web.problems import problem


class _Wrong(Exception):
    """A query parameter cannot be used; the text says what to write."""


def blueprint(posting: Posting, token: str | None) -> Blueprint:
    """/api/v1; every answer is 401 while no API_TOKEN is set."""
    api = Blueprint("api", __name__, url_prefix="/api/v1")
    require_token(api, token)
    _add_ledger(api, posting.store)
    add_views(api, posting)

    @api.errorhandler(_Wrong)
    def wrong(error: _Wrong) -> Response:
        return problem(400, str(error))

    @api.get("/sources")
    def sources() -> Response:
        with posting.store.read() as conn:
            catalog = posting.catalogs.read(conn)
            items = describe_sources(conn, catalog, database_now(conn, datetime.now(UTC)))
        return jsonify(items=items, next=None)

    @api.get("/openapi.json")
    def description() -> Response:
        return jsonify(openapi())

    return api


def require_token(api: Blueprint, token: str | None) -> None:
    """Answer 401 to a request without this bearer token."""

    @api.before_request
    def authorise() -> Response | None:
        given = request.headers.get("Authorization", "")
        expected = f"Bearer {token}"
        if token and hmac.compare_digest(given.encode(), expected.encode()):
            return None
        refused = problem(401, "Send the header Authorization: Bearer with the value of API_TOKEN.")
        refused.headers["WWW-Authenticate"] = "Bearer"
        return refused


def _add_ledger(api: Blueprint, store: Store) -> None:
    """The views of deliveries, orders and calls."""

    @api.get("/deliveries")
    def deliveries() -> Response:
        with store.read() as conn:
            page = list_deliveries(conn, _filter())
        return jsonify(items=page.items, next=page.next)

    @api.get("/calls")
    def calls() -> Response:
        with store.read() as conn:
            page = list_calls(conn, _filter(), show_phones=True)
        return jsonify(items=page.items, next=page.next)

    @api.get("/calls/<int:call_id>")
    def call(call_id: int) -> Response:
        with store.read() as conn:
            found = describe_call(conn, call_id, show_phones=True) if call_id < 2**63 else None
        return jsonify(found) if found else problem(404, "No call has this id.")

    @api.get("/orders/<source>/<path:order_id>")
    def order(source: str, order_id: str) -> Response:
        with store.read() as conn:
            found = describe_order(conn, source, order_id, show_phones=True)
        return jsonify(found) if found else problem(404, "No delivery of this source named an order with this id.")


def _filter() -> Filter:
    args = request.args
    return Filter(
        source=args.get("source") or None,
        order=args.get("order") or None,
        state=args.get("state") or None,
        since=_since(args.get("since")),
        cursor=_number("cursor", 2**63 - 1),
        limit=min(_number("limit", 10**6) or 50, MOST),
    )


def _since(text: str | None) -> datetime | None:
    if not text:
        return None
    try:
        return parse_since(text, datetime.now(UTC))
    except ValueError as error:
        raise _Wrong(f"since: {error}") from None


def _number(name: str, most: int) -> int | None:
    text = request.args.get(name)
    if not text:
        return None
    if not (text.isascii() and text.isdigit() and 0 < int(text[:20]) <= most):
        raise _Wrong(f"{name}: write a whole number above 0")
    return int(text)
