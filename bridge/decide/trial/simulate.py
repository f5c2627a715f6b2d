"""Simulate: what other rules would have made of the stored deliveries. Nothing is stored, and nobody is called.

Deliveries are read in the order in which they came, each with the order's newest state of then, once under the rules
that stand and once under those that are tried. A call of either side waits until its moment, by `hour: best` the best
one; what comes before that ends it or changes its words, as at dialling. A carrier's status is joined to its order as
it was then. Left out is what depends on what else rang: limits, rests, pauses, redials, results. Of the buyers is known
what was known then, of the hours at which people answer what is known today.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from bridge.core.model import BadPayload, Delivery, Event, Json, KnownOrder, KnownParcel, Occasion, OrderKey, Source
from bridge.core.model.order_states import OrderState
from bridge.core.reports.best_hour import Learned
from bridge.decide.rule_input import (
    known_parcels,
    newest_event,
    rule_input,
    with_buyer,
    with_custom_fields,
    with_parcels,
    without_fallen_whole,
)
from bridge.decide.subject import known_subject
from bridge.decide.trial.event import verdict_on, was_delivered, with_status
from bridge.receive.stored import open_delivery
from bridge.rules.custom_fields import misfits
from bridge.rules.evaluate import Question, Verdict, holds
from bridge.rules.rule import Rule
from bridge.store import Connection, Store
from bridge.store.configuration.catalog import Catalog
from bridge.store.db.chunks import chunks
from bridge.store.deliveries import read_deliveries
from bridge.store.orders import find_order, is_newer, order_before, state_of, was_created_before
from bridge.store.people.dnc import listed_among
from bridge.store.reports.best_hour import find_learned

STATES = ("decided", "failed", "ignored")  # of the deliveries that are taken

CallKey = tuple[str, str]  # rule, once_per key


@dataclass(frozen=True, slots=True, repr=False)
class PlannedCall:
    """A call that a side's rules make. `not_before`: the moment at which it rings."""

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


@dataclass(frozen=True, slots=True, repr=False)
class _Status:
    """A carrier's status, as its delivery told it."""

    carrier: Source
    row: Delivery
    n: int
    event: Event


@dataclass(repr=False)
class Simulation:
    """Both sides over the same deliveries. `events` were looked at; `skipped` deliveries cannot be read any more.

    parcels   of an order, as carriers had told of them by then
    early     statuses that came before their order, the newest of each parcel, by (carrier, its code)
    """

    before: Side
    after: Side
    events: int = 0
    skipped: int = 0
    orders: dict[OrderKey, _State] = field(default_factory=dict)
    parcels: dict[OrderKey, tuple[KnownParcel, ...]] = field(default_factory=dict)
    early: dict[OrderKey, dict[tuple[str, str], _Status]] = field(default_factory=lambda: defaultdict(dict))
    learned: Learned = field(default_factory=lambda: Learned({}))


@dataclass(frozen=True, repr=False)
class _Moment:
    """What happened to an order at one moment, on its newest state of then; `carrier`: who told it, of a parcel."""

    at: datetime
    source: Source
    order: KnownOrder
    newest: Event
    occasion: Occasion
    carrier: Source | None = None

    @property
    def key(self) -> OrderKey:
        return OrderKey(self.source.id, self.order.order_id)


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
    with store.read() as conn:
        simulation.learned = find_learned(conn)
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
            _take_status(conn, simulation, _Status(stored.source, row, n, event), row.received_at)


def _take_event(conn: Connection, simulation: Simulation, source: Source, row: Delivery, n: int, event: Event) -> None:
    key = OrderKey(source.id, event.order_id)
    before = simulation.orders.get(key)
    event = _with_topic(conn, before, source, row, n, event)
    known = simulation.orders[key] = _next_state(before, event, row, n)
    is_newest = (known.delivery_id, known.event_n) == (row.id, n)
    order = _order_of(key, known)
    newest = event if is_newest else _read_again(conn, simulation.before.catalog, order)
    if newest is None:
        return
    moment = _Moment(row.received_at, source, order, newest, _occasion(event))
    if event.incomplete or newest.incomplete:
        for side in (simulation.before, simulation.after):
            _end_waiting(side, key, row.received_at, "not_fetched")
    else:
        _learn_parcels(conn, simulation, order, row)
        _ask(conn, simulation, moment)
    for status in simulation.early.pop(key, {}).values():
        _take_status(conn, simulation, status, row.received_at)


def _take_status(conn: Connection, simulation: Simulation, status: _Status, at: datetime) -> None:
    """A carrier's status, on what was known of its order then. One that came before its order waits for it."""
    catalog, carrier, row, event = simulation.before.catalog, status.carrier, status.row, status.event
    source, told = known_subject(conn, catalog, carrier, event)
    if told.parcel is None or told.order is None:
        return
    key = OrderKey(source.id, told.order_id)
    if source is carrier:
        simulation.orders[key] = _next_state(simulation.orders.get(key), event, row, status.n)
    order = _order_then(conn, simulation, key, status)
    if order is None:
        _keep_early(simulation.early[key], status)
        return
    newest = told if source is carrier else _read_again(conn, catalog, order)
    if newest is None or newest.incomplete:
        return
    _learn_parcels(conn, simulation, order, row, told.parcel.code)
    names = (carrier.id, told.parcel.code, told.parcel.reference, *key)
    place = KnownParcel(*names, event.topic, event.occurred_at, row.id, status.n)
    simulation.parcels[key] = with_status(simulation.parcels[key], place)
    _ask(conn, simulation, _Moment(at, source, order, newest, _occasion(event), carrier))


def _occasion(event: Event) -> Occasion:
    code = event.parcel.code if event.parcel else None
    return Occasion(event.topic, event.platform_topic, event.occurred_at, code)


def _order_of(key: OrderKey, known: _State) -> KnownOrder:
    return KnownOrder(*key, known.number, known.state, known.deleted, known.delivery_id, known.event_n, known.state_at)


def _order_then(conn: Connection, simulation: Simulation, key: OrderKey, status: _Status) -> KnownOrder | None:
    """The order as it was when this status came; None where it came later."""
    known = simulation.orders.get(key)
    if known is not None:
        return _order_of(key, known)
    order = find_order(conn, *key)
    return order_before(conn, order, status.row.id, status.n) if order is not None else None


def _keep_early(early: dict[tuple[str, str], _Status], status: _Status) -> None:
    code = status.event.parcel.code if status.event.parcel else ""
    kept = early.get((status.carrier.id, code))
    if kept is None or kept.event.occurred_at <= status.event.occurred_at:
        early[status.carrier.id, code] = status


def _learn_parcels(
    conn: Connection, simulation: Simulation, order: KnownOrder, row: Delivery, code: str | None = None
) -> None:
    """Before the first message about an order: those of its parcels of which carriers have told nothing since."""
    key = OrderKey(order.source_id, order.order_id)
    if key not in simulation.parcels:
        found = known_parcels(conn, simulation.before.catalog, order, code)
        simulation.parcels[key] = tuple(one for one in found if one.delivery_id < row.id)


def _ask(conn: Connection, simulation: Simulation, moment: _Moment) -> None:
    question, shared = _question(conn, simulation, moment, moment.occasion), dict[int, Verdict]()
    for side in (simulation.before, simulation.after):
        _answer(conn, simulation, side, moment, question, shared)
        _ask_waiting_again(conn, simulation, side, moment)


def _question(conn: Connection, simulation: Simulation, moment: _Moment, occasion: Occasion) -> Question:
    catalog = simulation.before.catalog
    newest = without_fallen_whole(conn, moment.source, moment.newest)
    question = rule_input(catalog, moment.source, moment.order, newest, occasion)
    parcels = simulation.parcels.get(moment.key, ())
    return with_parcels(conn, catalog, question, moment.order, parcels, occasion.parcel)


def _with_topic(conn: Connection, before: _State | None, source: Source, row: Delivery, n: int, event: Event) -> Event:
    """As when it was decided: the platform's word alone does not tell a new order from a changed one."""
    if not event.later_topic:
        return event
    created = before.created if before else was_created_before(conn, source.id, event.order_id, row.id, n)
    return replace(event, topic=event.later_topic) if created else event


def _next_state(before: _State | None, event: Event, row: Delivery, n: int) -> _State:
    kept = state_of(event, row.id, n, row.received_at)
    fresh = {name: kept[name] for name in _State.__slots__ if name in kept}  # its row has more, by which people look
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
    simulation: Simulation,
    side: Side,
    moment: _Moment,
    question: Question,
    shared: dict[int, Verdict],
) -> None:
    """What each rule of a side says to this. `shared`: the verdicts of rules that stand on both sides."""
    topic = moment.occasion.topic
    for rule in side.catalog.rules:
        carrier = moment.carrier
        if not rule.listens(moment.source.id) and not (carrier is not None and rule.listens(carrier.id)):
            continue
        if topic in rule.on:
            verdict = shared.get(id(rule))
            if verdict is None:
                verdict = shared[id(rule)] = _consider(conn, simulation, side, rule, question, moment)
            _keep(side, rule, question, moment, verdict)
        elif topic in rule.cancel_on:
            _end_waiting(side, moment.key, moment.at, topic.replace(".", "_"), rule.name)


def _consider(
    conn: Connection, simulation: Simulation, side: Side, rule: Rule, question: Question, moment: _Moment
) -> Verdict:
    occasion = moment.occasion
    if was_delivered(occasion.topic, occasion.occurred_at, simulation.parcels.get(moment.key, ())):
        return Verdict("skip", "order_delivered")
    return verdict_on(conn, side.catalog, rule, question, moment.at, simulation.learned, moment.at)


def _keep(side: Side, rule: Rule, question: Question, moment: _Moment, verdict: Verdict) -> None:
    if verdict.decision != "call" or verdict.not_before is None:
        side.reasons[(rule.name, *moment.key, moment.occasion.topic)] = verdict.reason
        return
    made = (rule.name, verdict.once_key)
    if made in side.made:
        return
    side.made.add(made)
    side.by_order[moment.key].add(made)
    side.calls[made] = PlannedCall(
        rule.name,
        *moment.key,
        moment.order.number,
        question.source.timezone,
        verdict.phone,
        rule.template,
        dict(verdict.datas),
        verdict.not_before,
        moment.occasion,
    )


def _end_waiting(side: Side, key: OrderKey, at: datetime, reason: str, rule: str | None = None) -> None:
    """The calls for this order that have not reached their moment yet end; what rang stays."""
    for made in list(side.by_order.get(key, ())):
        call = side.calls.get(made)
        if call is not None and call.not_before > at and rule in (None, call.rule):
            side.reasons[call.is_about] = reason
            del side.calls[made]


def _ask_waiting_again(conn: Connection, simulation: Simulation, side: Side, moment: _Moment) -> None:
    """Each call that still waits, on the newest state: it rings with today's words, or not at all."""
    for made in list(side.by_order.get(moment.key, ())):
        call, rule = side.calls.get(made), side.catalog.rule(made[0])
        if call is None or rule is None or call.not_before <= moment.at or call.occasion == moment.occasion:
            continue
        question = _question(conn, simulation, moment, call.occasion)
        verdict = holds(rule, with_buyer(conn, with_custom_fields(question, side.catalog, rule), rule, moment.at))
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
