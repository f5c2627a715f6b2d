"""A call with the rule and the source behind it: what it is placed and settled by."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date

from bridge.core.model import DEFAULT_ZONE, MANUAL, Call, Json, Source
from bridge.core.schedule import ALWAYS
from bridge.rules.rule import Rule, parse_rule
from bridge.store.configuration.catalog import Catalog


@dataclass(frozen=True, repr=False)
class CallContext:
    """A call, its rule, and when the rule may ring.

    source    None of a manual call, and where the source was removed
    zone      the source's time zone
    holidays  on which this call does not ring
    carriers  the sources that may tell of the order's parcels
    """

    call: Call
    rule: Rule
    source: Source | None
    zone: str
    holidays: Collection[date]
    carriers: tuple[str, ...] = ()

    @property
    def is_manual(self) -> bool:
        return bool(self.call.rule == MANUAL)

    @property
    def is_enabled(self) -> bool:
        """Whether an enabled rule and an enabled source stand behind the call; behind a manual call always."""
        if self.is_manual:
            return True
        if self.source is None or not self.source.enabled:
            return False
        return any(map(self.rule.listens, (self.source.id, *self.carriers)))


def call_context(catalog: Catalog, call: Call, rule: Rule | None = None) -> CallContext | None:
    """The call with what stands behind it in this catalog; None where its rule is gone.

    rule   the rule behind the call where it is known already, for compiling that of a manual call takes time
    """
    rule = rule or rule_behind(catalog, call.rule, call.manual)
    if rule is None:
        return None
    source = catalog.sources.get(call.source_id) if call.source_id is not None else None
    zone = source.timezone if source else DEFAULT_ZONE
    carriers = catalog.carriers_of(source.id) if source else ()
    return CallContext(call, rule, source, zone, holidays_for(catalog, rule), carriers)


def rule_behind(catalog: Catalog, name: str, manual: Json) -> Rule | None:
    """The rule of a call: the catalog's of this name, or of a manual call the one that is stored with it.

    None where it was removed, or erased with its person.
    """
    if name == MANUAL:
        return parse_rule(manual) if manual else None
    return catalog.rule(name)


def holidays_for(catalog: Catalog, rule: Rule) -> Collection[date]:
    """A person who opened the window for a manual call meant today, whatever day it is."""
    return () if rule.name == MANUAL and rule.windows == ALWAYS else catalog.holidays
