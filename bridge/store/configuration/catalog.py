"""The live configuration: sources, rules, holidays, templates and pauses as one compiled value."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING

from sqlalchemy import Connection, select

from bridge.core.model import DEFAULT_ZONE, BadSetting, Json, Source
from bridge.platforms import find_platform, parcels_of
from bridge.store.configuration.documents import read_holidays
from bridge.store.configuration.revisions import newest_revision
from bridge.store.db.encryption import Seal
from bridge.store.db.engine import Store
from bridge.store.db.locks import lock_name, share_name
from bridge.store.db.tables import pauses, polls, rules, sources, state, templates
from bridge.store.db.upsert import upsert

if TYPE_CHECKING:
    from bridge.core.platform import Shop
    from bridge.rules.custom_fields import Misfit
    from bridge.rules.rule import Rule

_VERSION = select(state.c.value).where(state.c.key == "catalog")  # read in each transaction
_LOCK = "catalog"


@dataclass(frozen=True, repr=False)
class Catalog:
    """The live configuration. Removed sources are absent; switched-off ones are there.

    templates  the custom fields that VBot reported last, by template
    misfits    why the script of an enabled rule takes none of its calls, by rule; absent where it may
    revision   the number of the configuration's newest revision; None where none was kept
    parcels_of  each carrier -> the sources to whose orders its parcels belong
    judging     a digest of all that a rule's verdict on an event depends on: of all here but the pauses
    """

    version: int
    sources: Mapping[str, Source]
    rules: tuple[Rule, ...]
    holidays: frozenset[date]
    templates: Mapping[str, list[Json]]
    pauses: Mapping[tuple[str, str], str]
    misfits: Mapping[str, tuple[Misfit, ...]]
    revision: int | None = None
    parcels_of: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    judging: str = ""

    def shop(self, source_id: str) -> Shop | None:
        """The source of this id with its platform; None where either is gone."""
        from bridge.core.platform import Shop  # noqa: PLC0415

        source = self.sources.get(source_id)
        platform = find_platform(source.platform) if source else None
        return Shop(source, platform) if source and platform else None

    def shops_of(self, carrier: str) -> tuple[str, ...]:
        """The sources to whose orders this carrier's parcels belong; none where nobody can tell."""
        return self.parcels_of.get(carrier, ())

    def carriers_of(self, source_id: str) -> tuple[str, ...]:
        """The carriers whose parcels may belong to this source's orders."""
        return tuple(carrier for carrier, shops in self.parcels_of.items() if source_id in shops)

    @property
    def locked(self) -> tuple[str, ...]:
        """The sources whose credentials no key of today opens."""
        return tuple(sorted(name for name, source in self.sources.items() if source.is_locked))

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
        """The catalog of this moment."""
        version = catalog_version(conn)
        last = self._last
        if last is None or last.version != version:
            last = self._last = _load(conn, self.seal, version)
        return last

    def hold(self, conn: Connection) -> Catalog:
        """The catalog of this moment, which nobody changes until the transaction ends. To be called before any row is
        locked: who changes the configuration waits for those that hold it, and then locks rows."""
        share_name(conn, _LOCK)
        return self.read(conn)

    def recent(self, store: Store, now: datetime) -> Catalog:
        """The catalog as it was at most `fresh_for` ago, mostly without a query."""
        last, read_at = self._last, self._read_at
        if last is not None and read_at is not None and abs(now - read_at) < self.fresh_for:
            return last
        with store.read() as conn:
            last = self.read(conn)
        self._read_at = now
        return last

    def forget(self) -> None:
        """The next `recent` reads the database."""
        self._read_at = None


def lock_catalog(conn: Connection) -> None:
    """Nobody else changes the configuration, nor decides, dials or settles by it, until this transaction ends."""
    lock_name(conn, _LOCK)


def touch_catalog(conn: Connection) -> None:
    """Every process compiles the catalog anew at its next look. Call it once in each transaction that changed it.

    What that read before it wrote it read under `lock_catalog`.
    """
    lock_catalog(conn)
    set_catalog_version(conn, catalog_version(conn) + 1)


def set_catalog_version(conn: Connection, version: int) -> None:
    upsert(conn, state, {"key": "catalog"}, {"value": version})


def catalog_version(conn: Connection) -> int:
    """A number that grows with each change of the configuration."""
    return int(conn.execute(_VERSION).scalar() or 0)


def _load(conn: Connection, seal: Seal, version: int) -> Catalog:
    from bridge.rules.rule import parse_rule  # noqa: PLC0415  who only touches the catalog compiles nothing

    found = conn.execute(select(sources).where(sources.c.removed_at.is_(None))).all()
    documents = conn.execute(select(rules.c.document).order_by(rules.c.position, rules.c.name)).scalars().all()
    compiled = tuple(parse_rule(document) for document in documents)
    # An empty list proves nothing: VBot may give it for a template that it does not show us, and judges the call.
    fields = {row.code: row.fields for row in conn.execute(select(templates)) if row.fields}
    keys = {row.source_id: row.position.get("keys") for row in conn.execute(select(polls))}
    live = {row.id: _source(row.document, _open(seal, row.sealed), keys.get(row.id)) for row in found}
    holidays = read_holidays(conn)
    return Catalog(
        version=version,
        sources=live,
        rules=compiled,
        holidays=holidays,
        templates=fields,
        pauses={(row.kind, row.name): row.reason for row in conn.execute(select(pauses))},
        misfits={rule.name: wrong for rule in compiled if rule.enabled and (wrong := _misfits(rule, fields))},
        revision=newest_revision(conn),
        parcels_of=parcels_of(live),
        judging=_digest([[row.document, row.sealed] for row in found], documents, fields, sorted(holidays)),
    )


def _digest(*parts: Json) -> str:
    return hashlib.sha256(json.dumps(parts, sort_keys=True, default=str).encode()).hexdigest()


def _misfits(rule: Rule, fields: Mapping[str, list[Json]]) -> tuple[Misfit, ...]:
    from bridge.rules.custom_fields import misfits  # noqa: PLC0415

    return misfits(rule.document.get("datas", {}), rule.template, fields.get(rule.template))


def _open(seal: Seal, sealed: str) -> Json:
    """The credentials; None where no key opens them, for then only this source must wait."""
    try:
        return seal.open(sealed, "a source")
    except BadSetting:
        return None


def _source(document: Mapping[str, Json], opened: Json, keys: Json) -> Source:
    credentials = opened or {"secrets": (), "settings": {}}
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
        is_locked=opened is None,
    )
