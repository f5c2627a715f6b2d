"""The reading part of the API: what came in, what was decided, and the calls, newest first."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import fields
from datetime import UTC, datetime, timedelta

from flask import Blueprint, Response, jsonify, request

from bridge.core.reports.figures import DIMENSIONS, describe, read_terms
from bridge.core.schedule import parse_since
from bridge.monitor.source_health import describe_sources
from bridge.store import Store, database_now
from bridge.store.configuration.catalog import Catalogs
from bridge.store.configuration.documents import read_group
from bridge.store.configuration.outline import read_outline
from bridge.store.reports.balance import read_balance
from bridge.store.reports.report import Span, read_report
from bridge.store.reports.views import (
    CALL_STATES,
    DELIVERY_STATES,
    MOST,
    RESULT_WORDS,
    Filter,
    describe_call,
    describe_order,
    list_calls,
    list_deliveries,
)
from bridge.web.api.access import caller
from bridge.web.api.body import Wrong
from bridge.web.problems import problem

MOST_ID = 2**63 - 1  # that a database holds
_NAMES = frozenset(field.name for field in fields(Filter))
BALANCE_SPAN = timedelta(hours=24)
_UNESCAPED_PLUS = re.compile(r" (?=\d\d:?\d\d$)")  # +07:00 as it is pasted into an address


def add_views(api: Blueprint, store: Store, catalogs: Catalogs) -> None:
    """The lists, and what each of them holds."""
    _add_ledger(api, store)

    @api.get("/balance")
    def balance() -> Response:
        with store.read() as conn:
            now = database_now(conn, datetime.now(UTC))
            since = _since(request.args.get("since")) or now - BALANCE_SPAN
            return jsonify(read_balance(conn, since, read_outline(conn).topics(), now))

    @api.get("/sources")
    def sources() -> Response:
        with store.read() as conn:
            catalog = catalogs.read(conn)
            items = describe_sources(conn, catalog, database_now(conn, datetime.now(UTC)))
        return jsonify(items=items, next=None)

    @api.get("/reports")
    def report() -> Response:
        with store.read() as conn:
            span, by = _span(database_now(conn, datetime.now(UTC))), _by(request.args.get("by"))
            found = read_report(conn, span, by, read_terms(read_group(conn, "reports")))
        return jsonify(describe(found))


def _add_ledger(api: Blueprint, store: Store) -> None:
    """The views of deliveries, orders and calls."""

    @api.get("/deliveries")
    def deliveries() -> Response:
        with store.read() as conn:
            page = list_deliveries(conn, _filter(DELIVERY_STATES))
        return jsonify(items=page.items, next=page.next)

    @api.get("/deliveries/<int:delivery_id>")
    def delivery(delivery_id: int) -> Response:
        with store.read() as conn:
            page = list_deliveries(conn, Filter(among=[delivery_id] if delivery_id <= MOST_ID else []))
        return jsonify(page.items[0]) if page.items else problem(404, "No delivery has this id.")

    @api.get("/calls")
    def calls() -> Response:
        with store.read() as conn:
            page = list_calls(conn, _filter(CALL_STATES), show_phones=caller().shows_phones)
        return jsonify(items=page.items, next=page.next)

    @api.get("/calls/<int:call_id>")
    def call(call_id: int) -> Response:
        with store.read() as conn:
            found = describe_call(conn, call_id, show_phones=caller().shows_phones) if call_id <= MOST_ID else None
        return jsonify(found) if found else problem(404, "No call has this id.")

    @api.get("/orders/<source>/<path:order_id>")
    def order(source: str, order_id: str) -> Response:
        with store.read() as conn:
            found = describe_order(conn, source, order_id, show_phones=caller().shows_phones)
        return jsonify(found) if found else problem(404, "No delivery of this source named an order with this id.")


def _filter(states: Collection[str]) -> Filter:
    args = request.args
    repeated = [name for name, values in args.lists() if name in _NAMES and len(values) > 1]
    if repeated:
        raise Wrong(problem(400, f"{repeated[0]}: write it once"))
    return Filter(
        source=args.get("source") or None,
        order=args.get("order") or None,
        rule=args.get("rule") or None,
        result=_word("result", RESULT_WORDS),
        batch=args.get("batch") or None,
        state=_word("state", states),
        since=_since(args.get("since")),
        cursor=_number("cursor", MOST_ID),
        limit=min(_number("limit", 10**20) or 50, MOST),
    )


def _word(name: str, known: Collection[str]) -> str | None:
    text = request.args.get(name)
    if text and text not in known:
        raise Wrong(problem(400, f"{name}: write one of {', '.join(known)}"))
    return text or None


def _span(now: datetime) -> Span:
    """The orders of a report: 30 days, unless the query says otherwise."""
    since, until = _since(request.args.get("since") or "30d"), _since(request.args.get("until"), "until") or now
    if since is None or since >= until:
        raise Wrong(problem(400, "since: write a time before until"))
    return Span(since, until)


def _by(text: str | None) -> str | None:
    if text and text not in DIMENSIONS:
        raise Wrong(problem(400, f"by: write one of {', '.join(DIMENSIONS)}"))
    return text or None


def _since(text: str | None, name: str = "since") -> datetime | None:
    if not text:
        return None
    try:
        return parse_since(_UNESCAPED_PLUS.sub("+", text), datetime.now(UTC))
    except ValueError as error:
        raise Wrong(problem(400, f"{name}: {error}")) from None


def _number(name: str, most: int) -> int | None:
    text = request.args.get(name)
    if not text:
        return None
    if not (text.isascii() and text.isdigit() and 0 < int(text[:20]) <= most):
        raise Wrong(problem(400, f"{name}: write a whole number above 0"))
    return int(text)
