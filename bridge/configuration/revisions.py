"""Revisions of the configuration: what changed elsewhere since files said it (drift), and the way back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from bridge.configuration.changes import ENTRY, NAMED, Change, Documents, changes_between, entries, text_of
from bridge.core.model import BadRule, BadSetting, Json, Revision
from bridge.store import Connection
from bridge.store.calls import cancel_orphans, count_orphans, follow_rule, wake_held
from bridge.store.configuration.catalog import lock_catalog, touch_catalog
from bridge.store.configuration.documents import read_documents, remove_rule, write_rule
from bridge.store.configuration.revisions import find_before, read_applied, store_revision, write_applied


@dataclass(frozen=True)
class Act:
    """Who changes the configuration, from where, and why. `origin`: files, release, page, rollback."""

    origin: str = "files"
    who: str = "cli"
    reason: str = ""


BY_FILES = Act()


def find_drift(conn: Connection, wanted: Documents, *, prune: bool) -> list[Change]:
    """What stands otherwise than files said last, and would be overwritten by what they say now.

    Files that say the same as what stands overwrite nothing; where files never said a thing, nobody knows of a drift.
    """
    live, applied = read_documents(conn), read_applied(conn)
    found: list[Change] = []
    if not applied:
        return found
    for kind in NAMED:
        standing, now, base = entries(live, kind), entries(wanted, kind), applied.get(kind, {})
        for name in dict.fromkeys([*standing, *base]):
            before, stands, asked = base.get(name), standing.get(name), now.get(name)
            touched = name in now or (prune and stands is not None)
            if touched and stands not in (before, asked):
                found += changes_between({kind: [before] if before else []}, {kind: [stands] if stands else []})
    return found


def leave_drift(conn: Connection, wanted: Documents, drift: Sequence[Change]) -> dict[str, Any]:
    """The same documents with what drifted as it stands."""
    live, documents = read_documents(conn), dict(wanted)
    for kind, key in NAMED.items():
        names = {change.name for change in drift if change.kind == ENTRY[kind]}
        standing = {name: document for name, document in entries(live, kind).items() if name in names}
        kept = [standing.get(entry[key], entry) for entry in documents[kind] if entry[key] not in names - {*standing}]
        missing = [document for name, document in standing.items() if name not in entries(documents, kind)]
        documents[kind] = [*kept, *missing]
    return documents


def remember_applied(conn: Connection, documents: Documents, drift: Sequence[Change], *, prune: bool) -> None:
    """What files say now is what they said last, save what drifted and was left.

    Call it before the documents are written: at the first time, files are taken to have said all that stands.
    """
    live = read_documents(conn)
    applied = read_applied(conn) or {kind: entries(live, kind) for kind in NAMED}
    left = {(change.kind, change.name) for change in drift}
    for kind in NAMED:
        before = applied.get(kind, {})
        said = {
            name: document for name, document in entries(documents, kind).items() if (ENTRY[kind], name) not in left
        }
        kept = {name: document for name, document in before.items() if not prune or (ENTRY[kind], name) in left}
        applied[kind] = {**kept, **said}
    write_applied(conn, applied)


def record_change(conn: Connection, act: Act, now: datetime) -> int:
    """Keep the configuration as it stands in this transaction, and return its number."""
    return store_revision(conn, read_documents(conn), act.origin, act.who, act.reason, now)


def describe_revision(conn: Connection, revision: Revision) -> dict[str, Json]:
    """As JSON shows it: {revision, at, by, origin, reason, rules: names that changed, diff: text}."""
    before = find_before(conn, revision.number)
    changes = changes_between(before.documents if before else {}, revision.documents)
    return {
        "revision": revision.number,
        "at": revision.at.isoformat(),
        "by": revision.who,
        "origin": revision.origin,
        "reason": revision.reason,
        "rules": [change.name for change in changes if change.kind == "rule"],
        "diff": text_of(changes),
    }


def rollback_plan(conn: Connection, revision: Revision) -> tuple[list[Change], int]:
    """What going back to the rules of this revision would change, and how many waiting calls it would end.

    Errors   BadSetting: a rule of then cannot stand today
    """
    from bridge.rules.rule import parse_rule  # noqa: PLC0415  to list revisions compiles none

    live, rules = read_documents(conn), revision.documents["rules"]
    known = {document["id"] for document in live["sources"]}
    for document in rules:
        gone = [name for name in document.get("sources") or () if name not in known]
        if gone:
            raise BadSetting(
                f"revision {revision.number} has the rule {document['rule']} of the source {gone[0]}, which is gone; "
                "apply a file with that source first",
                f"bản {revision.number} có quy tắc {document['rule']} của nguồn {gone[0]} không còn nữa; "
                "hãy apply một tệp có nguồn đó trước",
            )
        try:
            parse_rule(document)
        except BadRule as error:
            raise BadSetting(
                f"the rule {document['rule']} of revision {revision.number} cannot be read by this version: {error}",
                f"phiên bản này không đọc được quy tắc {document['rule']} của bản {revision.number}: {error}",
            ) from None
    return plan_rules(conn, rules)


def roll_back(
    conn: Connection, revision: Revision, act: Act, default_hotline: str | None, now: datetime
) -> tuple[int, int]:
    """The rules are those of this revision; sources, hotlines and holidays stay. As `write_rules`."""
    return write_rules(conn, revision.documents["rules"], act, default_hotline, now)


def write_rules(
    conn: Connection, rules: Sequence[Json], act: Act, default_hotline: str | None, now: datetime
) -> tuple[int, int]:
    """These are the rules, in this order, and no others. The new revision, and how many waiting calls ended.

    default_hotline  of rules that name none
    """
    lock_catalog(conn)
    live = read_documents(conn)
    for position, document in enumerate(rules):
        write_rule(conn, position, document, now)
    for name in entries(live, "rules").keys() - entries({"rules": rules}, "rules").keys():
        remove_rule(conn, name)
    touch_catalog(conn)
    wake_held(conn, now)
    number = record_change(conn, act, now)
    return number, let_calls_follow(conn, rules, live["sources"], default_hotline, now)


def let_calls_follow(
    conn: Connection, rules: Sequence[Json], sources: Sequence[Json], default_hotline: str | None, now: datetime
) -> int:
    """What waits rings as its rule says now; return how many ended, as no rule or source stands behind them.

    default_hotline  of rules that name none; without it their calls keep the one that they were made with
    """
    ended = cancel_orphans(conn, *standing(rules, sources), now)
    _follow(conn, rules, default_hotline, now)
    return ended


def follow_settings(conn: Connection, default_hotline: str | None, now: datetime) -> None:
    """What waits under rules that name no hotline rings by the one that the settings name now."""
    lock_catalog(conn)
    _follow(conn, read_documents(conn)["rules"], default_hotline, now)


def _follow(conn: Connection, rules: Sequence[Json], default_hotline: str | None, now: datetime) -> None:
    for document in rules:
        follow_rule(conn, document["rule"], document["template"], document.get("hotline") or default_hotline, now)


def plan_rules(conn: Connection, rules: Sequence[Json]) -> tuple[list[Change], int]:
    """What these rules would change, and how many waiting calls they would end."""
    live = read_documents(conn)
    changes = changes_between({"rules": live["rules"]}, {"rules": rules})
    return changes, count_orphans(conn, *standing(rules, live["sources"]))


def standing(rules: Sequence[Json], sources: Sequence[Json]) -> tuple[list[str], list[str]]:
    """The names of the enabled rules, and of the enabled sources."""
    return (
        [document["rule"] for document in rules if document.get("enabled", True)],
        [document["id"] for document in sources if document.get("enabled", True)],
    )
