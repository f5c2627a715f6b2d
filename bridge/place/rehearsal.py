"""Rehearse a call: the words that a rule has for a stored order, to be rung on one's own number by hand."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from bridge.core.model import BadPayload, BadRule, Json, KnownOrder
from bridge.core.reasons import sentence
from bridge.decide.rule_input import newest_event, rule_input, with_buyer, with_custom_fields
from bridge.place.manual import Refused
from bridge.rules.evaluate import mapping_failed, words_of
from bridge.rules.rule import Rule
from bridge.store import Connection
from bridge.store.calls import rules_that_called
from bridge.store.configuration.catalog import Catalog
from bridge.store.orders import find_order
from bridge.store.reports.views import find_orders


@dataclass(frozen=True, repr=False)
class Rehearsal:
    """What is said of an order, and the rule that says it."""

    order: KnownOrder
    rule: Rule
    datas: Mapping[str, Json]


def rehearse(
    conn: Connection, catalog: Catalog, order: str, source_id: str | None = None, rule_name: str | None = None
) -> Rehearsal:
    """What would be said of this order (an id or a number) as it is now known. Whether it would be called is not asked.

    rule_name  None: the rule of the order's newest call, else the only one that listens to its source
    Errors     Refused, at `order`, `source` or `rule`
    """
    known = _known(conn, order, source_id)
    rule = _rule(conn, catalog, known, rule_name)
    shop = catalog.sources.get(known.source_id)
    if shop is None:
        raise Refused(("order",), "its source is gone", vietnamese="nguồn của đơn này không còn")
    try:
        newest = newest_event(conn, catalog, known)
    except BadPayload:
        newest = None
    if newest is None or newest.order is None or newest.incomplete:
        reason = "erased" if newest is None else "not_fetched"
        raise Refused(("order",), sentence(reason, "en"), reason, sentence(reason, "vi"))
    question = with_custom_fields(rule_input(catalog, shop, known, newest, newest), catalog, rule)
    try:
        datas, _ = words_of(rule, with_buyer(conn, question, rule))
    except BadRule as error:
        facts = mapping_failed(error).facts
        said = {language: sentence("mapping_failed", language, **facts) for language in ("en", "vi")}
        raise Refused(("order",), said["en"], "mapping_failed", said["vi"]) from None
    return Rehearsal(known, rule, datas)


def _known(conn: Connection, order: str, source_id: str | None) -> KnownOrder:
    found = find_orders(conn, order, source_id)
    if len(found) > 1:
        names = ", ".join(sorted({one["source"] for one in found}))
        problem = f"several orders have this number, of {names}: name the source, or the order's id"
        vietnamese = f"có nhiều đơn mang số này, của {names}: hãy nêu nguồn, hoặc id của đơn"
        raise Refused(("source",), problem, vietnamese=vietnamese)
    known = find_order(conn, found[0]["source"], found[0]["order_id"]) if found else None
    if known is None:
        raise Refused(("order",), "no order has this id or number", vietnamese="không có đơn nào có id hoặc số này")
    return known


def _rule(conn: Connection, catalog: Catalog, known: KnownOrder, name: str | None) -> Rule:
    listening = {rule.name: rule for rule in catalog.rules if rule.listens(known.source_id)}
    if name is None:
        called = [one for one in rules_that_called(conn, known.source_id, known.order_id) if one in listening]
        name = called[-1] if called else next(iter(listening), None) if len(listening) == 1 else None
    rule = catalog.rule(name) if name is not None else None
    if rule is None:
        names = ", ".join(listening) or "–"
        raise Refused(
            ("rule",), f"name the rule, one of: {names}", vietnamese=f"hãy nêu quy tắc, một trong các quy tắc: {names}"
        )
    return rule
