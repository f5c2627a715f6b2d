"""What rules would do: one rule on one stored delivery, and heard; changed rules on all of them. Nothing is stored."""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping
from datetime import UTC, datetime

from flask import Blueprint, Response, jsonify

from bridge.configuration.apply import merge_rules
from bridge.configuration.editing import read_draft
from bridge.core.model import BadPayload, BadRule, Event, Json, Source
from bridge.core.schedule import parse_since
from bridge.core.vietnamese.hearing import read_rate
from bridge.decide.seen import documents_seen
from bridge.decide.trial.difference import pairs, samples, summarize
from bridge.decide.trial.event import describe_verdict, try_event
from bridge.decide.trial.simulate import STATES, run, start
from bridge.lib.jsonschema import Problem, nearest
from bridge.lib.masking import mask_phone
from bridge.monitor.hearing import ASK_SECONDS, describe_spoken, find_content
from bridge.receive.stored import open_delivery
from bridge.rules.rule import Rule, parse_rule
from bridge.store import Connection, Store, database_now
from bridge.store.configuration.catalog import Catalog
from bridge.store.configuration.documents import read_documents, read_group
from bridge.store.deliveries import Span, find_delivery, ids_of_span
from bridge.store.shops.fetches import why_not_fetched
from bridge.web.api.access import caller
from bridge.web.api.body import Wrong, problems, read_document
from bridge.web.api.reading import MOST_ID
from bridge.web.posting import Posting
from bridge.web.problems import problem

MOST_SIMULATED = 1_000  # deliveries of one request: some seconds
SAMPLES = 3


def add_views(api: Blueprint, posting: Posting) -> None:
    """Both take no Idempotency-Key: asked again they answer again."""
    one_at_a_time = threading.Lock()

    @api.post("/rules/try")
    def attempt() -> Response:
        return jsonify(items=_try(posting, read_document("NewTrial")), next=None)

    @api.post("/rules/simulate")
    def simulate() -> Response:
        wanted = read_document("NewSimulation")
        if not one_at_a_time.acquire(blocking=False):
            busy = problem(503, "Another simulation is under way. Send the same request again in some seconds.")
            busy.headers["Retry-After"] = "5"
            return busy
        try:
            return jsonify(_simulate(posting.store, posting, wanted))
        finally:
            one_at_a_time.release()


def _try(posting: Posting, wanted: Mapping[str, Json]) -> list[dict[str, Json]]:
    at = _time(wanted.get("at"))
    with posting.store.read() as conn:
        catalog = posting.catalogs.read(conn)
        rules = _rules(conn, catalog, wanted) if "file" in wanted else catalog.rules
        rule = next((one for one in rules if one.name == wanted["rule"]), None)
        if rule is None:
            near = nearest(wanted["rule"], [one.name for one in rules])
            raise Wrong(problems(422, [Problem("/rule", f"no rule has this name{near}")]))
        source, events = _events(conn, catalog, wanted["delivery"])
        missing = why_not_fetched(conn, wanted["delivery"]) if any(event.incomplete for event in events) else None
        verdicts = [try_event(conn, catalog, rule, source, event, at, missing) for event in events]
        rate = read_rate(read_group(conn, "reports"))
    content = find_content(posting.store, posting.client, rule.template, time.monotonic() + ASK_SECONDS)
    how = {name: wanted[name] for name in ("speed", "longest") if name in wanted}
    items = [describe_verdict(rule, verdict) for verdict in verdicts]
    for item in items:
        item["spoken"] = describe_spoken(content, item["datas"], rate, **how) if item["datas"] is not None else None
        if item["phone"] is not None and not caller().shows_phones:
            item["phone"] = mask_phone(item["phone"])
    return items


def _events(conn: Connection, catalog: Catalog, delivery_id: int) -> tuple[Source, list[Event]]:
    """What the delivery holds. Errors: Wrong, 404 where there is none, 409 where it cannot be read."""
    row = find_delivery(conn, delivery_id) if delivery_id <= MOST_ID else None
    if row is None:
        raise Wrong(problem(404, "No delivery has this id."))
    stored = None if row.is_erased else open_delivery(conn, catalog, row)
    if stored is None:
        detail = "The delivery was erased, or its source is gone."
        raise Wrong(problem(409, detail, reason="erased" if row.is_erased else "source_removed"))
    try:
        return stored.source, list(stored.read().events)
    except BadPayload:
        detail = "The delivery cannot be read; the list of deliveries says where."
        raise Wrong(problem(409, detail, reason="unreadable")) from None


def _rules(conn: Connection, catalog: Catalog, wanted: Mapping[str, Json], *, prune: bool = False) -> list[Rule]:
    """The rules as they would stand with those of the file. Errors: Wrong (422), with each mistake at its line."""
    live = read_documents(conn)
    draft = read_draft(wanted["file"], live, documents_seen(conn, catalog), rules_alone=False)
    wrong = [Problem("/file", finding.said("en")) for finding in draft.findings if not finding.warning]
    if wrong:
        raise Wrong(problems(422, wrong))
    try:
        return [parse_rule(document) for document in merge_rules(live["rules"], draft.documents, prune=prune)]
    except BadRule as error:
        raise Wrong(problems(422, [Problem("/file", f"{error.where}: {error.problem}")])) from None


def _simulate(store: Store, posting: Posting, wanted: Mapping[str, Json]) -> dict[str, Json]:
    with store.read() as conn:
        catalog = posting.catalogs.read(conn)
        source = wanted.get("source")
        if source is not None and source not in catalog.sources:
            near = nearest(source, catalog.sources)
            raise Wrong(problems(422, [Problem("/source", f"no source has this id{near}")]))
        since = parse_since(wanted.get("since", "7d"), database_now(conn, datetime.now(UTC)))
        ids = ids_of_span(conn, Span(since, source, STATES))
        simulation = start(catalog, _rules(conn, catalog, wanted, prune=wanted.get("prune", False)))
        rate, texts = read_rate(read_group(conn, "reports")), read_group(conn, "templates")
    taken = ids[-MOST_SIMULATED:]
    for _ in run(store, simulation, taken):
        pass
    found = list(pairs(simulation))
    return {
        "since": since.isoformat(),
        "deliveries": len(taken),
        "left_out": len(ids) - len(taken),
        **summarize(simulation, found, texts, rate),
        "samples": [
            pair.as_json(show_phones=caller().shows_phones) for pair in samples(found, wanted.get("samples", SAMPLES))
        ],
    }


def _time(text: str | None) -> datetime | None:
    try:
        return datetime.fromisoformat(text) if text is not None else None
    except ValueError:
        detail = "write a time with its zone, such as 2026-11-23T08:00:00+07:00"
        raise Wrong(problems(422, [Problem("/at", detail)])) from None
