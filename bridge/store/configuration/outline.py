"""The live configuration as its documents say it, without credentials and without compiling a rule: for look-ups."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING

from sqlalchemy import Connection, select

from bridge.core.model import DEFAULT_ZONE, Json, Source
from bridge.core.schedule import is_permitted, parse_windows
from bridge.platforms import find_platform
from bridge.store.configuration.documents import read_documents, read_holidays
from bridge.store.db.tables import pauses

if TYPE_CHECKING:
    from bridge.core.platform import Shop


@dataclass(frozen=True, repr=False)
class Outline:
    """The connected sources, with their documents' settings alone; the rules as documents, by name; what is paused."""

    sources: Mapping[str, Source]
    rules: Mapping[str, Json]
    holidays: frozenset[date]
    pauses: Mapping[tuple[str, str], str]

    def shop(self, source_id: str) -> Shop | None:
        """The source of this id with its platform; None where either is gone."""
        from bridge.core.platform import Shop  # noqa: PLC0415

        source = self.sources.get(source_id)
        platform = find_platform(source.platform) if source else None
        return Shop(source, platform) if source and platform else None

    def topics(self) -> dict[str, list[str]]:
        """Each source's id -> the topics that its enabled rules listen to."""
        enabled = [rule for rule in self.rules.values() if rule.get("enabled", True)]
        return {
            source: sorted({topic for rule in enabled if _listens(rule, source) for topic in rule["on"]})
            for source in self.sources
        }

    def is_open(self, rule: str, source: str, now: datetime) -> bool:
        """Whether this rule may ring for this source now, by its window; True where either is gone."""
        document, shop = self.rules.get(rule), self.sources.get(source)
        if document is None or shop is None:
            return True
        return is_permitted(now, parse_windows(document.get("window")), shop.timezone, self.holidays)

    def pause(self, *, rule: str, source: str | None, hotline: str) -> str | None:
        """Which pause holds a call back: all, source, rule, hotline, or None."""
        names = (("all", ""), ("source", source or ""), ("rule", rule), ("hotline", hotline))
        return next((kind for kind, name in names if (kind, name) in self.pauses), None)


def read_outline(conn: Connection) -> Outline:
    """The configuration of this moment."""
    documents = read_documents(conn)
    return Outline(
        sources={document["id"]: _source(document) for document in documents["sources"]},
        rules={document["rule"]: document for document in documents["rules"]},
        holidays=read_holidays(conn),
        pauses={(row.kind, row.name): row.reason for row in conn.execute(select(pauses))},
    )


def _listens(rule: Mapping[str, Json], source: str) -> bool:
    return rule.get("sources") is None or source in rule["sources"]


def _source(document: Mapping[str, Json]) -> Source:
    return Source(
        id=document["id"],
        platform=document["platform"],
        settings=document.get("settings", {}),
        timezone=document.get("timezone", DEFAULT_ZONE),
        country=document.get("country", "VN"),
        enabled=document.get("enabled", True),
        max_per_day=document.get("max_per_day"),
    )
