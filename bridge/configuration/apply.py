"""Apply configuration files to the database: first the plan, then one transaction."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from bridge.configuration import revisions
from bridge.configuration.changes import ENTRY, GROUPS, NAMED, Change, entries, entry_change, group_changes
from bridge.configuration.files import Configuration, credentials
from bridge.configuration.lint import KEPT, PLACEHOLDER
from bridge.configuration.receivers import RECEIVERS, secrets_of, shown, with_stored
from bridge.configuration.revisions import BY_FILES, Act, standing
from bridge.core.model import BadSetting, Json
from bridge.store import Connection, Seal
from bridge.store.calls import count_orphans, wake_held
from bridge.store.configuration.catalog import lock_catalog, touch_catalog
from bridge.store.configuration.documents import (
    read_credentials,
    read_documents,
    remove_hotline,
    remove_rule,
    remove_source,
    write_group,
    write_holidays,
    write_hotline,
    write_rule,
    write_source,
)
from bridge.store.notify.receivers import Kind, find_receiver, name_of, read_opened, remove_receiver, write_receiver
from bridge.store.shops.polls import drop_source_keys
from bridge.store.shops.write_backs import wake_writes
from bridge.store.tokens import drop_source_token


@dataclass(frozen=True, repr=False)
class Wanted:
    """The configuration to be: documents as they may be shown, and the credentials of each source.

    receivers   each webhook and channel with its credentials, by kind and name
    """

    documents: Mapping[str, Any]
    credentials: Mapping[str, Json]
    receivers: Mapping[tuple[Kind, str], Json]


def want(conn: Connection, seal: Seal, written: Configuration, expanded: Configuration) -> Wanted:
    """What the files want, with `…` replaced by the stored credential. BadSetting where none is stored."""
    sources, sealed = [], {}
    for as_written, as_meant in zip(written.sources, expanded.sources, strict=True):
        stored = _stored(conn, seal, as_written["id"]) or {"secrets": [], "settings": {}}
        sources.append(_shown(as_written))
        sealed[as_written["id"]] = _credentials(as_written, as_meant, stored)
    told, opened = _receivers(conn, seal, written, expanded)
    documents: dict[str, Any] = {
        "sources": sources,
        "hotlines": list(written.hotlines),
        "rules": list(written.rules),
        **told,
        "holidays": sorted(written.holidays),
        "templates": dict(written.templates),
        "reports": dict(written.reports),
    }
    return Wanted(documents, sealed, opened)


def plan(conn: Connection, seal: Seal, wanted: Wanted, *, prune: bool) -> list[Change]:
    """What `carry_out` would change; empty when the database holds all of it."""
    live = read_documents(conn)
    changes: list[Change] = []
    for kind in NAMED:
        before, after = entries(live, kind), entries(wanted.documents, kind)
        for name, document in after.items():
            secret = name in before and _has_other_credentials(conn, seal, wanted, kind, name)
            change = entry_change(kind, name, before.get(name), document, ("credentials",) if secret else ())
            if change:
                changes.append(change)
        changes += [Change("-", ENTRY[kind], name) for name in before if prune and name not in after]
    rules = merge_rules(live["rules"], wanted.documents["rules"], prune=prune)
    moved = [document["rule"] for document in rules] != [document["rule"] for document in live["rules"]]
    if moved and not any(change.kind == "rule" and change.sign != "~" for change in changes):
        changes.append(Change("~", "rules", "", ("order",)))
    if _holidays(live["holidays"], wanted, prune=prune) != live["holidays"]:
        changes.append(Change("~", "holidays", ""))
    return [*changes, *group_changes(live, _groups(live, wanted, prune=prune))]


def count_ended(conn: Connection, wanted: Wanted, *, prune: bool) -> int:
    """Return how many waiting calls `carry_out` would end, as no rule or source would stand behind them."""
    live = read_documents(conn)
    sources = {document["id"]: document for document in ([] if prune else live["sources"])}
    sources |= {document["id"]: document for document in wanted.documents["sources"]}
    rules = merge_rules(live["rules"], wanted.documents["rules"], prune=prune)
    return count_orphans(conn, *standing(rules, [*sources.values()]))


def leave_drift(conn: Connection, seal: Seal, wanted: Wanted, drift: Sequence[Change]) -> Wanted:
    """The same configuration with what drifted as it stands (bridge.configuration.revisions)."""
    documents = revisions.leave_drift(conn, wanted.documents, drift)
    names = {change.name for change in drift if change.kind == "source"} & {*entries(documents, "sources")}
    stored = {name: _stored(conn, seal, name) or {"secrets": [], "settings": {}} for name in names}
    told = {
        (kind, name): read_opened(conn, seal, kind, name) or document
        for group, kind in RECEIVERS.items()
        for name, document in entries(documents, group).items()
        if (kind, name) in {(change.kind, change.name) for change in drift}
    }
    return Wanted(documents, {**wanted.credentials, **stored}, {**wanted.receivers, **told})


def carry_out(
    conn: Connection,
    seal: Seal,
    wanted: Wanted,
    now: datetime,
    *,
    prune: bool,
    act: Act = BY_FILES,
    drift: Sequence[Change] = (),
    default_hotline: str | None = None,
) -> int:
    """Write what the files want, and keep the revision that it makes.

    Return how many waiting calls ended, as no rule or source stands behind them. `drift`: what is left as it stands.
    `default_hotline`: as for `let_calls_follow`.
    """
    lock_catalog(conn)
    live = read_documents(conn)
    if act.origin != "page":  # files have not said it, so that the next apply names it as drift
        revisions.remember_applied(conn, wanted.documents, drift, prune=prune)
    _write_sources(conn, seal, live, wanted, now)
    for document in wanted.documents["hotlines"]:
        write_hotline(conn, document)
    for position, document in enumerate(merge_rules(live["rules"], wanted.documents["rules"], prune=prune)):
        write_rule(conn, position, document, now)
    _write_receivers(conn, seal, live, wanted, now, prune=prune)
    write_holidays(conn, _holidays(live["holidays"], wanted, prune=prune))
    for kind, group in _groups(live, wanted, prune=prune).items():
        write_group(conn, kind, group)
    if prune:
        _prune(conn, live, wanted, now)
    touch_catalog(conn)
    wake_held(conn, now)
    revisions.record_change(conn, act, now)
    after = read_documents(conn)
    return revisions.let_calls_follow(conn, after["rules"], after["sources"], default_hotline, now)


def _prune(conn: Connection, live: Mapping[str, list[Json]], wanted: Wanted, now: datetime) -> None:
    for name in _missing(live, wanted, "sources"):
        remove_source(conn, name, now)
        drop_source_token(conn, name)
        drop_source_keys(conn, name, now)
    for name in _missing(live, wanted, "hotlines"):
        remove_hotline(conn, name)
    for name in _missing(live, wanted, "rules"):
        remove_rule(conn, name)


def _write_sources(conn: Connection, seal: Seal, live: Mapping[str, list[Json]], wanted: Wanted, now: datetime) -> None:
    settings = {document["id"]: document.get("settings") for document in live["sources"]}
    for document in wanted.documents["sources"]:
        name = document["id"]
        if settings.get(name) != document.get("settings") or _stored(conn, seal, name) != wanted.credentials[name]:
            drop_source_token(conn, name)
            drop_source_keys(conn, name, now)
            wake_writes(conn, name, now)
        write_source(conn, seal, document, wanted.credentials[name], now)


def _write_receivers(
    conn: Connection, seal: Seal, live: Mapping[str, list[Json]], wanted: Wanted, now: datetime, *, prune: bool
) -> None:
    for group, kind in RECEIVERS.items():
        for name, document in entries(wanted.documents, group).items():
            write_receiver(conn, seal, kind, document, wanted.receivers[kind, name], now)
        for name in _missing(live, wanted, group) if prune else ():
            remove_receiver(conn, kind, name)


def merge_rules(live: Sequence[Json], wanted: Sequence[Json], *, prune: bool) -> list[Json]:
    """The rules in the order in which they will stand: the files', in the places that theirs have; then the new."""
    if prune:
        return list(wanted)
    named = {document["rule"] for document in wanted}
    coming = iter(wanted)
    kept = [next(coming) if document["rule"] in named else document for document in live]
    return [*kept, *coming]


def _missing(live: Mapping[str, list[Json]], wanted: Wanted, kind: str) -> list[str]:
    key = NAMED[kind]
    kept = {document[key] for document in wanted.documents[kind]}
    return [document[key] for document in live.get(kind, ()) if document[key] not in kept]


def _groups(live: Mapping[str, Any], wanted: Wanted, *, prune: bool) -> dict[str, dict[str, Json]]:
    """The texts of templates and the rates as they will stand."""
    return {kind: {**({} if prune else live.get(kind, {})), **wanted.documents.get(kind, {})} for kind in GROUPS}


def _holidays(live: Sequence[str], wanted: Wanted, *, prune: bool) -> list[str]:
    named = set(wanted.documents["holidays"])
    return sorted(named if prune else named | set(live))


def _receivers(
    conn: Connection, seal: Seal, written: Configuration, expanded: Configuration
) -> tuple[dict[str, list[Json]], dict[tuple[Kind, str], Json]]:
    """The webhooks and channels as they may be shown, by list; and with their credentials."""
    told: dict[str, list[Json]] = {}
    opened: dict[tuple[Kind, str], Json] = {}
    for group, kind in RECEIVERS.items():
        pairs = zip(getattr(written, group), getattr(expanded, group), strict=True)
        for as_written, as_meant in pairs:
            name = name_of(kind, as_written)
            told.setdefault(group, []).append(shown(kind, as_written))
            opened[kind, name] = with_stored(as_meant, read_opened(conn, seal, kind, name), f"{group}.{name}")
    return {group: told.get(group, []) for group in RECEIVERS}, opened


def _has_other_credentials(conn: Connection, seal: Seal, wanted: Wanted, group: str, name: str) -> bool:
    if group == "sources":
        return bool(_stored(conn, seal, name) != wanted.credentials[name])
    kind = RECEIVERS.get(group)
    stored = find_receiver(conn, kind, name) if kind is not None else None
    if kind is None or stored is None:
        return False
    before = secrets_of(stored.document, read_opened(conn, seal, kind, name))
    shown_now = entries(wanted.documents, group)[name]
    return bool(before != secrets_of(shown_now, wanted.receivers[kind, name]))


def _stored(conn: Connection, seal: Seal, name: str) -> Json:
    """The source's credentials; None too where no key opens them, so that applying it again replaces them."""
    try:
        return read_credentials(conn, seal, name)
    except BadSetting:
        return None


def _shown(source: Mapping[str, Json]) -> dict[str, Json]:
    """The source's document without a credential in clear: ${NAME} stays, anything else is …"""
    document = dict(source)
    if "secrets" in source:
        document["secrets"] = [_hidden(secret) for secret in source["secrets"]]
    if "settings" in source:
        hidden = credentials(source["platform"])
        document["settings"] = {
            name: _hidden(value) if name in hidden else value for name, value in source["settings"].items()
        }
    return document


def _hidden(value: Json) -> Json:
    return value if isinstance(value, str) and PLACEHOLDER.sub("", value) == "" else KEPT


def _credentials(as_written: Mapping[str, Json], as_meant: Mapping[str, Json], stored: Mapping[str, Json]) -> Json:
    secrets = [
        _kept(secret, stored["secrets"][n : n + 1], f"sources.{as_written['id']}.secrets[{n}]")
        for n, secret in enumerate(as_meant.get("secrets", []))
    ]
    hidden = credentials(as_written["platform"])
    settings = {}
    for name, value in as_meant.get("settings", {}).items():
        if name in hidden or value != as_written["settings"][name]:
            before = [stored["settings"][name]] if name in stored["settings"] else []
            settings[name] = _kept(value, before, f"sources.{as_written['id']}.settings.{name}")
    return {"secrets": secrets, "settings": settings}


def _kept(value: Json, stored: list[Json], where: str) -> Json:
    if value != KEPT:
        return value
    if not stored:
        raise BadSetting(
            f"{where} is … but none is stored, or can be opened, at that place; write ${{NAME}} and set NAME"
        )
    return stored[0]
