"""What a program does as an operator does: cancel, settle unsure calls, pause and resume, the do-not-call list."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime

from flask import Blueprint, Response, jsonify

from bridge.core.call_states import REACHED, CallState
from bridge.core.model import Json
from bridge.core.phone import read_phone
from bridge.core.reasons import sentence
from bridge.lib.jsonschema import Problem, nearest
from bridge.notify.tell_again import tell_again
from bridge.place.manual import COUNTRY
from bridge.settle.resolve import resolve_in
from bridge.store import Connection, Store
from bridge.store.calls import call_ids_of, cancel_by_person
from bridge.store.configuration.outline import read_outline
from bridge.store.configuration.pauses import pause, resume
from bridge.store.operation.actions import record_action
from bridge.store.people.dnc import add_numbers, remove_number
from bridge.store.reports.counts import hotlines_in_use
from bridge.store.reports.views import describe_call, find_orders
from bridge.web.api.access import caller
from bridge.web.api.body import Wrong, problems, read_document
from bridge.web.api.once import once
from bridge.web.api.reading import MOST_ID
from bridge.web.posting import Posting
from bridge.web.problems import problem

_NOT_SETTLED: Mapping[str, str] = {
    "not_unsure": "Only an unsure call can be resolved; this one is {state}.",
    CallState.EXPIRED: "The time of this call is over, and it is not sent again. Write rang or leave.",
    "erased": "The person of this call was erased. Write rang or leave.",
    "taken_back": "The shop took the order of this call back. Write rang or leave.",
}


def add_views(api: Blueprint, posting: Posting) -> None:
    """Each is done once by its Idempotency-Key, and recorded under who asked."""
    _add_calls(api, posting.store)
    _add_telling(api, posting)
    _add_pauses(api, posting)
    _add_numbers(api, posting.store)


def _add_calls(api: Blueprint, store: Store) -> None:
    @api.post("/calls/<int:call_id>/cancel")
    def cancel(call_id: int) -> Response:
        wanted = read_document("NewReason")

        def work(conn: Connection, at: datetime) -> dict[str, Json]:
            return _cancel(conn, [call_id] if call_id <= MOST_ID else [], _reason(wanted), at)

        once(store, wanted, work)
        return _call(store, call_id)

    @api.post("/cancel")
    def cancel_order() -> Response:
        wanted = read_document("NewCancel")

        def work(conn: Connection, at: datetime) -> dict[str, Json]:
            return _cancel(conn, _calls_of(conn, wanted), _reason(wanted), at)

        return jsonify(once(store, wanted, work)[0])

    @api.post("/calls/<int:call_id>/resolve")
    def settle(call_id: int) -> Response:
        wanted = read_document("NewResolution")
        once(store, wanted, lambda conn, at: _resolve(conn, call_id, wanted, at))
        return _call(store, call_id)


def _add_telling(api: Blueprint, posting: Posting) -> None:
    @api.post("/calls/<int:call_id>/tell")
    def tell(call_id: int) -> Response:
        wanted = read_document("NewTelling")

        def work(conn: Connection, at: datetime) -> dict[str, Json]:
            catalog, changes = posting.catalogs.read(conn), wanted.get("changes", False)
            known = call_id <= MOST_ID
            told = (
                tell_again(conn, catalog, call_id, _reason(wanted), caller().who, at, changes=changes)
                if known
                else None
            )
            if told is None:
                raise Wrong(problem(404, "No call has this id."))
            if told.refusal is not None:
                said = sentence(told.refusal.reason, "en", detail=told.refusal.detail)
                raise Wrong(problem(409, said, reason=told.refusal.reason))
            return {}

        once(posting.store, wanted, work)
        return _call(posting.store, call_id)


def _call(store: Store, call_id: int) -> Response:
    """The call as it is now."""
    with store.read() as conn:
        return jsonify(describe_call(conn, call_id, show_phones=caller().shows_phones))


def _calls_of(conn: Connection, wanted: Mapping[str, Json]) -> list[int]:
    """The calls of the order that is meant. Errors: Wrong, 422 where it is not sure which, 404 where there is none."""
    found = find_orders(conn, wanted["order"], wanted.get("source"))
    if not found:
        raise Wrong(problem(404, "No order has this id or number."))
    if len(found) > 1:
        sources = sorted({order["source"] for order in found})
        more = f"add source, one of {', '.join(sources)}" if len(sources) > 1 else "cancel its calls by their ids"
        raise Wrong(problems(422, [Problem("/order", f"several orders have this id or number: {more}")], "several"))
    return call_ids_of(conn, found[0]["source"], found[0]["order_id"], None)


def _cancel(conn: Connection, call_ids: Sequence[int], reason: str, at: datetime) -> dict[str, Json]:
    """End those that still wait. Errors: Wrong, 404 where there is no call, 409 where none waits any more."""
    answers = cancel_by_person(conn, call_ids, reason, at, who=caller().who)
    if not answers:
        raise Wrong(problem(404, "There is no call to cancel."))
    cancelled = [answer.call.id for answer in answers if answer.is_cancelled]
    late = [answer.call.id for answer in answers if not answer.is_cancelled and answer.call.state in REACHED]
    if not cancelled and late:
        raise Wrong(problem(409, "It is too late: the call was dialled already.", reason="too_late"))
    if not cancelled:
        raise Wrong(problem(409, "Nothing waits any more: the call has ended.", reason="ended"))
    return {"cancelled": cancelled, "too_late": late}


def _resolve(conn: Connection, call_id: int, wanted: Mapping[str, Json], at: datetime) -> dict[str, Json]:
    if call_id > MOST_ID:
        raise Wrong(problem(404))
    settled = resolve_in(conn, call_id, wanted["answer"], _reason(wanted), caller().who, at)
    if settled.state is None:
        raise Wrong(problem(404, "No call has this id."))
    if settled.problem is not None:
        detail = _NOT_SETTLED[settled.problem].format(state=settled.state)
        raise Wrong(problem(409, detail, reason=settled.problem))
    return {}


def _add_pauses(api: Blueprint, posting: Posting) -> None:
    store = posting.store

    def change(name: str, act: Callable[[Connection, str, str, str, datetime], object]) -> Response:
        wanted = read_document(name)

        def work(conn: Connection, at: datetime) -> dict[str, Json]:
            kind, named = _scope(conn, wanted, posting.hotline)
            act(conn, kind, named, _reason(wanted), at)
            return {}

        once(store, wanted, work)
        return pauses()

    @api.get("/pauses")
    def pauses() -> Response:
        with store.read() as conn:
            found = sorted(read_outline(conn).pauses.items())
        items = [{"of": kind, "name": name or None, "reason": reason} for (kind, name), reason in found]
        return jsonify(items=items, next=None)

    @api.post("/pause")
    def begin() -> Response:
        return change("NewPause", lambda conn, *what: pause(conn, *what, who=caller().who))

    @api.post("/resume")
    def end() -> Response:
        return change("NewPause", lambda conn, *what: resume(conn, *what, who=caller().who))


def _scope(conn: Connection, wanted: Mapping[str, Json], hotline: str | None) -> tuple[str, str]:
    """What to pause, as kind and name; 422 where the name is not known."""
    kind, name = wanted["of"], wanted.get("name") or ""
    if (kind == "all") != (name == ""):
        raise Wrong(problems(422, [Problem("/name", "write the name of the rule, hotline or source; for all, none")]))
    outline = read_outline(conn)
    named = [hotline, *(rule.get("hotline") for rule in outline.rules.values())]
    known = {"all": [""], "rule": outline.rules, "source": outline.sources}.get(kind) or hotlines_in_use(conn, named)
    if name not in known and (kind, name) not in outline.pauses:
        raise Wrong(problems(422, [Problem("/name", f"no {kind} has this name{nearest(name, known)}")]))
    return kind, name


def _add_numbers(api: Blueprint, store: Store) -> None:
    @api.post("/dnc")
    def forbid() -> Response:
        wanted = read_document("NewNumber")
        number = _number(wanted)

        def work(conn: Connection, at: datetime) -> dict[str, Json]:
            new = add_numbers(conn, [number], _reason(wanted), at)
            record_action(conn, "dnc add", "dnc", _reason(wanted), at, who=caller().who)
            return {"changed": bool(new)}

        return jsonify(once(store, wanted, work)[0])

    @api.post("/dnc/remove")
    def allow() -> Response:
        wanted = read_document("NewNumber")
        number = _number(wanted)

        def work(conn: Connection, at: datetime) -> dict[str, Json]:
            was_there = remove_number(conn, number)
            if was_there:
                record_action(conn, "dnc remove", "dnc", _reason(wanted), at, who=caller().who)
            return {"changed": was_there}

        return jsonify(once(store, wanted, work)[0])


def _number(wanted: Mapping[str, Json]) -> str:
    """The number as calls hold it; 422 where it is none."""
    phone = read_phone(wanted["phone"], COUNTRY, abroad=True)
    if phone.number is None:
        reason = phone.reason or "phone_missing"
        raise Wrong(problems(422, [Problem("/phone", sentence(reason, "en"))], reason))
    return phone.number


def _reason(wanted: Mapping[str, Json]) -> str:
    return " ".join(wanted.get("reason", "").split())
