"""The writing part of the API: a call is created, a delivery is decided again; each Idempotency-Key does it once."""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable, Mapping
from datetime import UTC, datetime

from flask import Blueprint, Response, jsonify

from bridge.core.model import BadRule, Json
from bridge.core.reasons import sentence
from bridge.decide.replay import Replayed, replay
from bridge.lib.jsonschema import Problem, pointer
from bridge.place.manual import FIELDS_SECONDS, Refused, check_fields, dialable, make_call, manual_rule
from bridge.rules.rule import Rule
from bridge.store import Connection, database_now
from bridge.store.operation.actions import record_action
from bridge.store.operation.idempotency import Kept, find_key, give_back, keep_answer, take_key
from bridge.store.reports.views import describe_call
from bridge.web.api.access import caller
from bridge.web.api.body import Wrong, problems, read_document
from bridge.web.api.once import answer_kept, digest_of, stored_key
from bridge.web.posting import Posting
from bridge.web.problems import problem

# Why a delivery is not decided again, and what to do.
_LEFT = {
    "unreadable": "The delivery cannot be read; the list of deliveries says where. Replay it once that is mended.",
    "internal_error": "The delivery broke the program and stays as it was; the web's log says where.",
    "erased": "The delivery was erased.",
    "undecided": "The delivery is not decided yet; a worker does it.",
    "source_disabled": "The delivery's source is switched off. Enable it first.",
    "source_removed": "The delivery's source was removed. Apply it again first.",
}


def add_views(api: Blueprint, posting: Posting) -> None:
    @api.post("/calls")
    def new_call() -> Response:
        key = stored_key()
        wanted = read_document("NewCall")
        return _ask_once(posting, key, wanted)

    @api.post("/deliveries/<int:delivery_id>/replay")
    def replay_one(delivery_id: int) -> Response:
        key = stored_key()
        wanted = read_document("NewReplay")
        return _replay_once(posting, key, wanted, delivery_id)


def _ask_once(posting: Posting, key: str, wanted: Mapping[str, Json]) -> Response:
    store, digest = posting.store, digest_of(wanted)
    with store.read() as conn:
        kept = find_key(conn, key)
        if kept is not None:
            return _same_call(conn, kept, digest)
    make = _ready(posting, wanted)
    with store.write() as conn:
        at = database_now(conn, datetime.now(UTC))
        if not take_key(conn, key, digest, at):
            return _same_call(conn, find_key(conn, key), digest)
        try:
            call_id = make(conn, at)
        except Refused as refused:
            raise Wrong(_unusable(refused)) from None
        keep_answer(conn, key, {"call": call_id})
        record_action(conn, "call", f"call:{call_id}", "", at, who=caller().who)
        created = jsonify(describe_call(conn, call_id, show_phones=caller().shows_phones))
    created.status_code = 201
    created.headers["Location"] = f"/api/v1/calls/{call_id}"
    return created


def _ready(posting: Posting, wanted: Mapping[str, Json]) -> Callable[[Connection, datetime], int]:
    """Check all that can be checked before the transaction; return what creates the call in it."""
    if posting.client is None:
        raise Wrong(problem(503, "VBOT_URL is not set here: write the address of VBot's API, and start again."))
    try:
        rule = _rule(wanted)
        hotline = rule.hotline or posting.hotline
        if hotline is None:
            raise Refused(("hotline",), "write the hotline, or set VBOT_HOTLINE", "no_hotline")
        number, datas, now = dialable(wanted["phone"]), wanted.get("datas", {}), datetime.now(UTC)
        deadline = time.monotonic() + FIELDS_SECONDS
        checked, _ = check_fields(posting.store, posting.client, rule.template, datas, now, deadline)
    except Refused as refused:
        raise Wrong(_unusable(refused)) from None
    wish = {"phone": number, "hotline": hotline, "datas": checked}
    return lambda conn, at: make_call(conn, posting.catalogs.read(conn), rule, wish, at, f"one:{uuid.uuid4().hex}")


def _rule(wanted: Mapping[str, Json]) -> Rule:
    hotline = wanted.get("hotline")
    try:
        return manual_rule(wanted["template"].strip(), hotline.strip() if hotline else None, wanted.get("window"))
    except BadRule as error:
        raise Refused((error.where,), error.problem) from None


def _same_call(conn: Connection, kept: Kept | None, digest: str) -> Response:
    answer = answer_kept(kept, digest)
    return jsonify(describe_call(conn, answer["call"], show_phones=caller().shows_phones))


def _replay_once(posting: Posting, key: str, wanted: Mapping[str, Json], delivery_id: int) -> Response:
    store, digest = posting.store, digest_of(wanted)
    known: list[Kept | None] = []

    def once(conn: Connection, work: Callable[[], Replayed]) -> Replayed:
        if not take_key(conn, key, digest, _now(conn)):
            known.append(find_key(conn, key))
            return Replayed(delivery_id, "known")
        done = work()
        if done.outcome in ("decided", "ignored"):
            keep_answer(conn, key, _replayed(done))
            record_action(conn, "replay", f"delivery:{delivery_id}", "", _now(conn), who=caller().who)
        else:
            give_back(conn, key)
        return done

    with store.read() as conn:
        kept, at = find_key(conn, key), _now(conn)
    if kept is not None:
        return jsonify(answer_kept(kept, digest))
    ids = [delivery_id] if delivery_id < 2**63 else []
    done = list(replay(store, posting.catalogs, ids, lambda: at, posting.hotline, once=once))
    if known:
        return jsonify(answer_kept(known[-1], digest))
    if not done or done[0].outcome == "unknown":
        return problem(404, "No delivery has this id.")
    if done[0].outcome in _LEFT:
        return problem(409, _LEFT[done[0].outcome], reason=done[0].outcome)
    return jsonify(_replayed(done[0]))


def _replayed(done: Replayed) -> dict[str, Json]:
    decisions = [
        {
            "decision": each.decision,
            "reason": each.reason,
            "sentence": sentence(each.reason, "vi", **each.facts),
            "sentence_en": sentence(each.reason, "en", **each.facts),
            "call_id": each.call_id,
        }
        for each in done.decisions
    ]
    return {"delivery": done.delivery_id, "outcome": done.outcome, "decisions": decisions}


def _unusable(refused: Refused) -> Response:
    return problems(422, [Problem(pointer(refused.at), refused.problem)], refused.reason)


def _now(conn: Connection) -> datetime:
    return database_now(conn, datetime.now(UTC))
