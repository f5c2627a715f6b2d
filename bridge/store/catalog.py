"""What the configuration says today: sources, hotlines, rules, holidays, templates, pauses."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any, Literal

from sqlalchemy import Connection, Row, select

from bridge.core.model import DEFAULT_ZONE, Json, Source
from bridge.rules.custom_fields import Misfit, misfits, same_fields
from bridge.rules.rule import Rule, parse_rule
from bridge.store.calls import wake_held
from bridge.store.engine import Store
from bridge.store.seal import Seal
from bridge.store.tables import hotlines, pauses, polls, rules, sources, state, templates
from bridge.store.upsert import insert_new, upsert

Told = Literal["new", "same", "changed", "unsaid"]

_VERSION = select(state.c.value).where(state.c.key == "catalog")  # asked in each transaction
KEPT = "…"  # a credential in an applied file that stands for the stored one


@dataclass(frozen=True, repr=False)
class Catalog:
    """The live configuration. Removed sources are absent; switched-off ones are there.

    templates  the custom fields that VBot told last, by template
    misfits    why the script of an enabled rule takes none of its calls, by rule; absent where it may
    """

    version: int
    sources: Mapping[str, Source]
    rules: tuple[Rule, ...]
    holidays: frozenset[date]
    templates: Mapping[str, list[Json]]
    pauses: Mapping[tuple[str, str], str]
    misfits: Mapping[str, tuple[Misfit, ...]]

    def rule(self, name: str) -> Rule | None:
        return next((rule for rule in self.rules if rule.name == name), None)

    def pause(self, *, rule: str, source: str | None, hotline: str) -> str | None:
        """Which pause holds a call back: all, source, rule, hotline, or None."""
        names = (("all", ""), ("source", source or ""), ("rule", rule), ("hotline", hotline))
        return next((kind for kind, name in names if (kind, name) in self.pauses), None)


@dataclass
class Catalogs:
    """Reads the catalog, compiling it anew only when its version has changed."""

    seal: Seal
    fresh_for: timedelta = timedelta(0)
    _last: Catalog | None = field(default=None)
    _read_at: datetime | None = field(default=None)

    def read(self, conn: Connection) -> Catalog:
        """The catalog of this moment. BadSetting when a stored credential cannot be opened."""
        version = _version(conn)
        last = self._last
        if last is None or last.version != version:
            last = self._last = _load(conn, self.seal, version)
        return last

    def recent(self, store: Store, now: datetime) -> Catalog:
        """The catalog as it was at most `fresh_for` ago, mostly without asking the database."""
        last, read_at = self._last, self._read_at
        if last is not None and read_at is not None and abs(now - read_at) < self.fresh_for:
            return last
        with store.read() as conn:
            last = self.read(conn)
        self._read_at = now
        return last

    def forget(self) -> None:
        """The next `recent` asks the database."""
        self._read_at = None


def write_source(conn: Connection, seal: Seal, document: Mapping[str, Json], credentials: Json, now: datetime) -> None:
    """The source as this document says; `credentials` {secrets, settings} are sealed."""
    upsert(
        conn,
        sources,
        {"id": document["id"]},
        {
            "platform": document["platform"],
            "enabled": document.get("enabled", True),
            "document": dict(document),
            "sealed": seal.close(credentials),
            "removed_at": None,
            "updated_at": now,
        },
    )


def write_rule(conn: Connection, position: int, document: Mapping[str, Json], now: datetime) -> None:
    upsert(
        conn,
        rules,
        {"name": document["rule"]},
        {"position": position, "document": dict(document), "updated_at": now},
    )


def write_hotline(conn: Connection, document: Mapping[str, Json]) -> None:
    limits = {key: document.get(key) for key in ("per_minute", "max_active")}
    upsert(conn, hotlines, {"code": document["code"]}, {**limits, "configured": True})


def write_holidays(conn: Connection, days: Sequence[str]) -> None:
    upsert(conn, state, {"key": "holidays"}, {"value": list(days)})


def write_template(conn: Connection, code: str, fields: list[Json], now: datetime) -> Told:
    """What VBot told of a template, compared with what it told last: `unsaid` where that is kept.

    An empty list after one with fields says nothing: VBot gives it too for a template that it does not show us.
    """
    row = conn.execute(select(templates).where(templates.c.code == code).with_for_update()).first()
    told: Told = "new" if row is None else "same" if same_fields(row.fields, fields) else "changed"
    if row is not None and row.fields and not fields:
        return "unsaid"
    values: dict[str, Json] = {"fields": fields, "fetched_at": now}
    if row is not None and told == "changed":
        values |= {"version": row.version + 1, "changed_at": now}
    upsert(conn, templates, {"code": code}, values)
    return told


def learn_template(conn: Connection, code: str, fields: list[Json], now: datetime) -> Told:
    """The same; what changed is live for all processes, and the calls that it held are looked at again."""
    told = write_template(conn, code, fields, now)
    if told in ("new", "changed"):
        touch_catalog(conn)
        wake_held(conn, now)
    return told


def forget_template(conn: Connection, code: str, now: datetime) -> bool:
    """What VBot told last is no longer held against the rules; True if there was something."""
    known = conn.execute(templates.delete().where(templates.c.code == code)).rowcount > 0
    touch_catalog(conn)
    wake_held(conn, now)
    return known


def take_turn(conn: Connection, what: str, now: datetime, every: timedelta) -> bool:
    """True for one of all who come within `every`: it is theirs to do this, and nobody else's."""
    key = f"turn {what}"
    insert_new(conn, state, {"key": key, "value": ""})
    last = conn.execute(select(state.c.value).where(state.c.key == key).with_for_update()).scalar_one()
    if last and abs(now - datetime.fromisoformat(last)) < every:
        return False
    conn.execute(state.update().where(state.c.key == key).values(value=now.isoformat()))
    return True


def write_pause(conn: Connection, kind: str, name: str, reason: str, now: datetime) -> None:
    upsert(conn, pauses, {"kind": kind, "name": name}, {"reason": reason, "paused_at": now})


def remove_pause(conn: Connection, kind: str, name: str) -> bool:
    """True if there was one."""
    where = (pauses.c.kind == kind) & (pauses.c.name == name)
    return conn.execute(pauses.delete().where(where)).rowcount > 0


def remove_source(conn: Connection, name: str, now: datetime) -> None:
    """Its deliveries stay; its credentials and its place in the catalog go."""
    conn.execute(sources.update().where(sources.c.id == name).values(removed_at=now, sealed="", enabled=False))


def remove_rule(conn: Connection, name: str) -> None:
    conn.execute(rules.delete().where(rules.c.name == name))


def remove_hotline(conn: Connection, code: str) -> None:
    values = {"configured": False, "per_minute": None, "max_active": None}
    conn.execute(hotlines.update().where(hotlines.c.code == code).values(values))


def touch_catalog(conn: Connection) -> None:
    """Every process compiles the catalog anew at its next look. Call it once in each transaction that changed it."""
    conn.execute(select(state.c.value).where(state.c.key == "catalog").with_for_update()).first()
    upsert(conn, state, {"key": "catalog"}, {"value": _version(conn) + 1})


def read_documents(conn: Connection) -> dict[str, list[Json]]:
    """The configuration as plain documents {sources, hotlines, holidays, rules}, credentials as ${NAME} or …"""
    kept = conn.execute(select(sources).where(sources.c.removed_at.is_(None)).order_by(sources.c.id)).all()
    lines = conn.execute(select(hotlines).where(hotlines.c.configured).order_by(hotlines.c.code)).all()
    return {
        "sources": [row.document for row in kept],
        "hotlines": [_hotline(row) for row in lines],
        "holidays": [day.isoformat() for day in sorted(_holidays(conn))],
        "rules": [row.document for row in conn.execute(select(rules).order_by(rules.c.position, rules.c.name))],
    }


def read_credentials(conn: Connection, seal: Seal, source_id: str) -> Json:
    """The opened credentials {secrets, settings} of a source, or None if it has none."""
    row = conn.execute(select(sources.c.sealed).where(sources.c.id == source_id)).first()
    return seal.open(row.sealed, f"source {source_id}") if row and row.sealed else None


def find_platform_of(conn: Connection, source_id: str) -> str | None:
    """The platform's name of a source, also of one that was removed; None if there never was one."""
    if "\0" in source_id or not source_id.isascii():
        return None  # a name that no source can have, and not every database can be asked for
    name: str | None = conn.execute(select(sources.c.platform).where(sources.c.id == source_id)).scalar()
    return name


def read_templates(conn: Connection) -> Mapping[str, Row[Any]]:
    """Each template as VBot told it last: code, fields, fetched_at, version, changed_at."""
    return {row.code: row for row in conn.execute(select(templates))}


def _version(conn: Connection) -> int:
    return int(conn.execute(_VERSION).scalar() or 0)


def _load(conn: Connection, seal: Seal, version: int) -> Catalog:
    found = conn.execute(select(sources).where(sources.c.removed_at.is_(None))).all()
    documents = conn.execute(select(rules.c.document).order_by(rules.c.position, rules.c.name)).scalars()
    compiled = tuple(parse_rule(document) for document in documents)
    # An empty list says nothing: VBot may give it for a template that it does not show us, and judges the call.
    fields = {row.code: row.fields for row in conn.execute(select(templates)) if row.fields}
    keys = {row.source_id: row.position.get("keys") for row in conn.execute(select(polls))}
    return Catalog(
        version=version,
        sources={
            row.id: _source(row.document, seal.open(row.sealed, f"source {row.id}"), keys.get(row.id)) for row in found
        },
        rules=compiled,
        holidays=_holidays(conn),
        templates=fields,
        pauses={(row.kind, row.name): row.reason for row in conn.execute(select(pauses))},
        misfits={rule.name: wrong for rule in compiled if rule.enabled and (wrong := _misfits(rule, fields))},
    )


def _misfits(rule: Rule, fields: Mapping[str, list[Json]]) -> tuple[Misfit, ...]:
    return misfits(rule.document.get("datas", {}), rule.template, fields.get(rule.template))


def _source(document: Mapping[str, Json], credentials: Mapping[str, Json], keys: Json) -> Source:
    return Source(
        id=document["id"],
        platform=document["platform"],
        secrets=tuple(credentials["secrets"]),
        settings={**document.get("settings", {}), **credentials["settings"]},
        timezone=document.get("timezone", DEFAULT_ZONE),
        country=document.get("country", "VN"),
        enabled=document.get("enabled", True),
        max_per_day=document.get("max_per_day"),
        keys=keys,
    )


def _holidays(conn: Connection) -> frozenset[date]:
    days = conn.execute(select(state.c.value).where(state.c.key == "holidays")).scalar()
    return frozenset(date.fromisoformat(day) for day in days or [])


def _hotline(row: Row[tuple[str, int | None, int | None, datetime | None, bool]]) -> dict[str, Json]:
    limits = {"per_minute": row.per_minute, "max_active": row.max_active}
    return {"code": row.code, **{key: value for key, value in limits.items() if value is not None}}
