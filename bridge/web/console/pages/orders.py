"""Orders: found by number, phone or name, or by how they stand."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from flask import Response, request, url_for

from bridge.core.model import DEFAULT_ZONE, OrderKey
from bridge.core.phone import read_phone
from bridge.core.reasons import sentence
from bridge.core.words import GROUPS, RESULTS, STATES, word
from bridge.lib.masking import mask_phone
from bridge.store import Connection
from bridge.store.configuration.outline import Outline, read_outline
from bridge.store.people.names import are_all_known
from bridge.store.people.order_search import Found, find_by_name, find_by_phone
from bridge.store.reports.order_list import ListedOrder, OrderFilter, list_orders
from bridge.store.reports.views import find_orders
from bridge.web.console.language import text
from bridge.web.console.pages.today import SPANS, begin_of, spans
from bridge.web.console.visit import Page, Visit, Wrong, get

MOST_LETTERS = 200
LEAST_NAME = 2


def show(visit: Visit) -> str | Response:
    wanted = " ".join(request.args.get("q", "").split())[:MOST_LETTERS]
    with visit.store.read() as conn:
        outline = read_outline(conn)
        asked = _filter(visit, conn, span := _span(wanted), outline)
        by, found, is_read = "", Found([], is_all=True), True
        if wanted:
            by, found = _find(conn, wanted, asked)
            if by == "number" and len(found.keys) == 1:
                return visit.go(url_for("order.show", source=found.keys[0][0], order_id=found.keys[0][1]))
            asked = replace(asked, among=found.keys)
            is_read = by != "name" or are_all_known(conn)
        page = list_orders(conn, asked)
    return visit.show(
        "orders.html",
        q=wanted,
        by=by,
        is_all=found.is_all,
        is_read=is_read,
        span=span,
        spans=spans(),
        asked=asked,
        sources=sorted(outline.sources),
        groups=[(code, word(GROUPS, code, visit.language)) for code in GROUPS],
        results=[(code, word(RESULTS, code, visit.language)) for code in RESULTS],
        orders=[_row(order, outline, visit) for order in page.orders],
        older=_older(page.orders) if page.has_more else None,
    )


PAGE = Page("orders", ("Đơn hàng", "Orders"), place=20, routes=(get("/console/orders", show),))


def _span(wanted: str) -> str:
    """What is looked for by its number is looked for at all times."""
    span = request.args.get("span", "")
    return span if span in SPANS else "30d" if not wanted else ""


def _filter(visit: Visit, conn: Connection, span: str, outline: Outline) -> OrderFilter:
    args = request.args
    return OrderFilter(
        since=begin_of(span, visit.now(conn)) if span else None,
        source=args.get("source") if args.get("source") in outline.sources else None,
        group=args.get("group") if args.get("group") in GROUPS else None,
        result=args.get("result") if args.get("result") in RESULTS else None,
        reason=args.get("reason") if args.get("reason", "").replace("_", "").isalnum() or "reason" in args else None,
        after=_after(args.get("after")),
    )


def _after(written: str | None) -> tuple[datetime, str, str] | None:
    if not written:
        return None
    at, _, rest = written.partition("|")
    source, _, order_id = rest.partition("|")
    try:
        instant = datetime.fromisoformat(at)
    except ValueError:
        instant = None
    if instant is None or instant.tzinfo is None or "\0" in rest:
        raise Wrong("Địa chỉ của trang sau không đọc được.", "The address of the next page cannot be read.", 400)
    return instant, source, order_id


def _older(found: Sequence[ListedOrder]) -> str:
    last = found[-1]
    after = f"{last.first_seen_at.isoformat()}|{last.source}|{last.order_id}"
    kept = [(name, value) for name, value in request.args.items() if name != "after"]
    return f"{url_for('orders.show')}?{urlencode([*kept, ('after', after)])}"


def _find(conn: Connection, wanted: str, asked: OrderFilter) -> tuple[str, Found]:
    """By what it was found, and the orders: a number or id first, then a phone, then a name."""
    if "\0" in wanted:
        return "number", Found([], is_all=True)
    named = find_orders(conn, wanted, asked.source)
    if named:
        return "number", Found([OrderKey(one["source"], one["order_id"]) for one in named], is_all=True)
    phone = read_phone(wanted, "VN", abroad=True).number
    if phone is not None:
        return "phone", find_by_phone(conn, phone)
    letters = sum(letter.isalpha() for letter in wanted)
    if letters < LEAST_NAME:
        return "name", Found([], is_all=True)
    return "name", find_by_name(conn, wanted, since=asked.since, source=asked.source)


def _row(order: ListedOrder, outline: Outline, visit: Visit) -> dict[str, Any]:
    shop = outline.sources.get(order.source)
    zone = shop.timezone if shop else DEFAULT_ZONE
    call, language = order.call, visit.language
    facts = {"rule": order.rule, "timezone": zone, **order.facts}
    if call is None:
        badge = ("skipped", word(GROUPS, "skipped", language))
    elif call.result:
        badge = (call.result, word(RESULTS, call.result, language))
    else:
        badge = (call.state, word(STATES, call.state, language))
    return {
        "number": order.number,
        "source": order.source,
        "order_id": order.order_id,
        "at": order.first_seen_at,
        "zone": zone,
        "phone": mask_phone(call.phone) if call else "",
        "badge": badge,
        "why": sentence(order.reason, language, **facts)
        if order.reason
        else ""
        if call
        else text("Chưa quy tắc nào xét.", "No rule was asked."),
    }
