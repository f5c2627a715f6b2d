"""Preview: what a rule, saved or not, would say to a stored order, had it been there when the order's event came."""

from __future__ import annotations

from dataclasses import dataclass, replace

from bridge.core.model import BadPayload, KnownOrder, Occasion
from bridge.decide.rule_input import newest_event, rule_input, with_buyer, without_fallen_whole
from bridge.rules.evaluate import Verdict, consider
from bridge.rules.rule import Rule
from bridge.store import Connection
from bridge.store.configuration.catalog import Catalog
from bridge.store.orders import occasions_of


@dataclass(frozen=True, repr=False)
class Preview:
    """The verdict on this topic. `happened`: the order had such an event; else it is as if its newest had been one."""

    topic: str
    happened: bool
    verdict: Verdict


def preview(conn: Connection, catalog: Catalog, rule: Rule, known: KnownOrder) -> Preview | None:
    """None where the order's bytes cannot be read any more, or were erased."""
    source = catalog.sources.get(known.source_id)
    try:
        newest = newest_event(conn, catalog, known) if source else None
    except BadPayload:
        newest = None
    if source is None or newest is None:
        return None
    newest = without_fallen_whole(conn, source, newest)
    found = occasions_of(conn, known.source_id, known.order_id)
    own = next((occasion for occasion in found if occasion.topic in rule.on), None)
    occasion = own or Occasion(min(rule.on), newest.platform_topic, newest.occurred_at)
    if not rule.listens(source.id):
        return Preview(occasion.topic, own is not None, Verdict("skip", "no_rule", {"topic": occasion.topic}))
    if newest.incomplete:
        return Preview(occasion.topic, own is not None, Verdict("skip", "not_fetched"))
    question = replace(
        rule_input(catalog, source, known, newest, occasion), fields=catalog.templates.get(rule.template)
    )
    verdict = consider(rule, with_buyer(conn, question, rule), occasion.occurred_at)
    return Preview(occasion.topic, own is not None, verdict)
