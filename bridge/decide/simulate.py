"""Simulate: what other rules would have made of the stored deliveries. Nothing is stored, and nobody is called.

Deliveries are read in the order in which they came, each with the order's newest state of then, once under the rules
that stand and once under those that are tried. A call of either side waits until its first permitted moment; what comes
before that ends it or changes its words, as at dialling. Left out is what depends on what else rang: limits, rests,
pauses, redials, results.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from bridge.core.model import BadPayload, Delivery, Event, Json, KnownOrder, Occasion, Source
from bridge.core.model.order_states import OrderState
from bridge.decide.rule_input import newest_event, rule_input, with_buyer, with_custom_fields, without_fallen_whole
from bridge.decide.subject import known_subject, with_told_parcel
from bridge.receive.stored import open_delivery
from bridge.rules.custom_fields import misfits
from bridge.rules.evaluate import Question, Verdict, consider, holds
from bridge.rules.rule import Rule
from bridge.store import Connection, Store
from bridge.store.configuration.catalog import Catalog
from bridge.store.db.chunks import chunks
from bridge.store.deliveries import read_deliveries
from bridge.store.orders import find_order, is_newer, state_of, was_created_before
from bridge.store.people.dnc import listed_among

OrderKey = tuple[str, str]  # source, order id
CallKey = tuple[str, str]  # rule, once_per key


@dataclass(frozen=True, slots=True, repr=False)
class PlannedCall:
    """A call that a side's rules make. `not_before`: its first permitted moment."""

    rule: str
    source_id: str
    order_id: str
    number: str
    timezone: str
    phone: str
    template: str
    datas: Mapping[str, Json]
    not_before: datetime
    occasion: Occasion

    @property
    def is_about(self) -> tuple[str, str, str, str]:
        """What tells it among the calls of the other side: its rule, order and topic."""
        return self.rule, self.source_id, self.order_id, self.occasion.topic


@dataclass(repr=False)
class Side:
    """One set of rules, the calls that they have made so far, and why they made none.

    made      the keys of all calls, also of those that ended: a rule calls one key once
    by_order  the keys of an order's calls
    reasons   by (rule, source, order, topic): why the newest answer was none, or why the call ended
    """

    catalog: Catalog
    calls: dict[CallKey, PlannedCall] = field(default_factory=dict)
    made: set[CallKey] = field(default_factory=set)
    by_order: dict[OrderKey, set[CallKey]] = field(default_factory=lambda: defaultdict(set))
    reasons: dict[tuple[str, str, str, str], str] = field(default_factory=dict)


@dataclass(slots=True, repr=False)
class _State:
    """The newest state of an order as it was then."""

    number: str
    state: OrderState
    state_at: datetime
    closedness: int
    delivery_id: int
    event_n: int
    region: str | None = None
    deleted: bool = False
    created: bool = False


@dataclass(repr=False)
class Simulation:
    """Both sides over the same deliveries. `events` were looked at; `skipped` deliveries cannot be read any more."""

    before: Side
    after: Side
    events: int = 0
    skipped: int = 0
    orders: dict[OrderKey, _State] = field(default_factory=dict)


def start(catalog: Catalog, rules: Sequence[Rule]) -> Simulation:
    """A simulation of these rules beside those of the catalog. A rule that is the same is asked once for both."""
    standing = {rule.name: rule for rule in catalog.rules}
    same = [
        standing[rule.name] if rule.name in standing and standing[rule.name].document == rule.document else rule
        for rule in rules
    ]
    unfit = {
        rule.name: wrong
        for rule in same
        if rule.enabled
        and (wrong := misfits(rule.document.get("datas", {}), rule.template, catalog.templates.get(rule.template)))
    }
    return Simulation(Side(catalog), Side(replace(catalog, rules=tuple(same), misfits=unfit)))


def run(store: Store, simulation: Simulation, ids: Sequence[int]) -> Iterator[int]:
    """Take these deliveries, oldest first; yield how many were taken, now and then. What it read it forgets again."""
    done = 0
    for some in chunks(ids):
        with store.read() as conn:
            for row in read_deliveries(conn, some):
                _take(conn, simulation, row)
        done += len(some)
        yield done
    with store.read() as conn:
        _leave_out_listed(conn, simulation)


def _take(conn: Connection, simulation: Simulation, row: Delivery) -> None:
    catalog = simulation.before.catalog
    stored = None if row.is_erased else open_delivery(conn, catalog, row)
    try:
        reading = stored.read() if stored else None
    except BadPayload:
        reading = None
    if stored is None or reading is None:
        simulation.skipped += 1
        return
    for n, event in enumerate(reading.events):
        simulation.events += 1
        if event.parcel is None:
            _take_event(conn, simulation, stored.source, row, n, event)
        else:
            _take_parcel(conn, simulation, stored.source, row, event)


def _take_event(conn: Connection, simulation: Simulation, source: Source, row: Delivery, n: int, event: Event) -> None:
    key = (source.id, event.order_id)
    before = simulation.orders.get(key)
    event = _with_topic(conn, before, source, row, n, event)
    known = simulation.orders[key] = _next_state(before, event, row, n)
    is_newest = (known.delivery_id, known.event_n) == (row.id, n)
    order = KnownOrder(
        source.id,
        event.order_id,
        known.number,
        known.state,
        known.deleted,
        known.delivery_id,
        known.event_n,
        known.state_at,
    )
    newest = event if is_newest else _read_again(conn, simulation.before.catalog, order)
    if newest is None:
        return
    newest = without_fallen_whole(conn, source, newest)
    occasion = Occasion(event.topic, event.platform_topic, event.occurred_at)
    question = rule_input(simulation.before.catalog, source, order, newest, occasion)
    shared_verdicts: dict[int, Verdict] = {}
    for side in (simulation.before, simulation.after):
        if event.incomplete or newest.incomplete:
            _end_waiting(side, key, row.received_at, "not_fetched")
            continue
        _answer(conn, side, key, question, occasion, order.number, row.received_at, shared_verdicts)
        _ask_waiting_again(conn, side, key, source, order, newest, row.received_at)


def _take_parcel(conn: Connection, simulation: Simulation, carrier: Source, row: Delivery, event: Event) -> None:
    """A carrier's status, on what is known of its order by now; of none, where the order is not known."""
    catalog = simulation.before.catalog
    source, told = known_subject(conn, catalog, carrier, event)
    order = find_order(conn, source.id, told.order_id)
    if told.order is None or order is None:
        return
    occasion = Occasion(told.topic, told.platform_topic, told.occurred_at)
    question = with_told_parcel(rule_input(catalog, source, order, told, occasion), told)
    shared_verdicts: dict[int, Verdict] = {}
    for side in (simulation.before, simulation.after):
        key = (source.id, told.order_id)
        _answer(conn, side, key, question, occasion, order.number, row.received_at, shared_verdicts)


def _with_topic(conn: Connection, before: _State | None, source: Source, row: Delivery, n: int, event: Event) -> Event:
    """As when it was decided: the platform's word alone does not tell a new order from a changed one."""
    if not event.later_topic:
        return event
    created = before.created if before else was_created_before(conn, source.id, event.order_id, row.id, n)
    return replace(event, topic=event.later_topic) if created else event


def _next_state(before: _State | None, event: Event, row: Delivery, n: int) -> _State:
    fresh = state_of(event, row.id, n, row.received_at)
    known = before or _State(**fresh)
    if before and event.order is not None and is_newer(event.order, event, fresh, before, row.received_at):
        known = _State(**{**fresh, "state_at": max(fresh["state_at"], before.state_at)})
        known.deleted, known.created = before.deleted, before.created
    if event.topic == "order.deleted":
        known.deleted = True
    elif event.restored:
        known.deleted = False
    known.created = known.created or event.topic == "order.created"
    return known


def _read_again(conn: Connection, catalog: Catalog, order: KnownOrder) -> Event | None:
    try:
        return newest_event(conn, catalog, order)
    except BadPayload:
        return None


def _answer(
    conn: Connection,
    side: Side,
    key: OrderKey,
    question: Question,
    occasion: Occasion,
    number: str,
    at: datetime,
    shared_verdicts: dict[int, Verdict],
) -> None:
    """What each rule of a side says to this event. `shared_verdicts`: those of rules that stand on both sides."""
    for rule in side.catalog.rules:
        if not rule.listens(question.source.id):
            continue
        if question.topic in rule.on:
            verdict = shared_verdicts.get(id(rule))
            if verdict is None:
                subject = with_buyer(conn, with_custom_fields(question, side.catalog, rule), rule, at)
                verdict = shared_verdicts[id(rule)] = consider(rule, subject, at)
            _keep(side, key, rule, question, occasion, number, verdict)
        elif question.topic in rule.cancel_on:
            _end_waiting(side, key, at, question.topic.replace(".", "_"), rule.name)


def _keep(
    side: Side, key: OrderKey, rule: Rule, question: Question, occasion: Occasion, number: str, verdict: Verdict
) -> None:
    if verdict.decision != "call" or verdict.not_before is None:
        side.reasons[(rule.name, *key, occasion.topic)] = verdict.reason
        return
    made = (rule.name, verdict.once_key)
    if made in side.made:
        return
    side.made.add(made)
    side.by_order[key].add(made)
    side.calls[made] = PlannedCall(
        rule.name,
        *key,
        number,
        question.source.timezone,
        verdict.phone,
        rule.template,
        dict(verdict.datas),
        verdict.not_before,
        occasion,
    )


def _end_waiting(side: Side, key: OrderKey, at: datetime, reason: str, rule: str | None = None) -> None:
    """The calls for this order that have not reached their moment yet end; what rang stays."""
    for made in list(side.by_order.get(key, ())):
        call = side.calls.get(made)
        if call is not None and call.not_before > at and rule in (None, call.rule):
            side.reasons[call.is_about] = reason
            del side.calls[made]


def _ask_waiting_again(
    conn: Connection, side: Side, key: OrderKey, source: Source, order: KnownOrder, newest: Event, at: datetime
) -> None:
    """Each call that still waits, on the newest state: it rings with today's words, or not at all."""
    for made in list(side.by_order.get(key, ())):
        call, rule = side.calls.get(made), side.catalog.rule(made[0])
        if call is None or rule is None or call.not_before <= at:
            continue
        if call.occasion.occurred_at == newest.occurred_at and call.occasion.topic == newest.topic:
            continue  # made by this very event
        question = rule_input(side.catalog, source, order, newest, call.occasion)
        verdict = holds(rule, with_buyer(conn, with_custom_fields(question, side.catalog, rule), rule, at))
        if verdict.decision == "call":
            side.calls[made] = replace(call, phone=verdict.phone, datas=dict(verdict.datas))
        else:
            side.reasons[call.is_about] = verdict.reason
            del side.calls[made]


def _leave_out_listed(conn: Connection, simulation: Simulation) -> None:
    """Numbers of the do-not-call list are called by neither side."""
    for side in (simulation.before, simulation.after):
        listed = listed_among(conn, sorted({call.phone for call in side.calls.values()}))
        for made, call in [(made, call) for made, call in side.calls.items() if call.phone in listed]:
            side.reasons[call.is_about] = "do_not_call"
            del side.calls[made]
