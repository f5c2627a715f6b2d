"""Receivers: programs that get webhooks, and channels to people. Their credentials are sealed as those of sources."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from sqlalchemy import ColumnElement, Connection, and_, or_, select

from bridge.core.model import BadSetting, Json
from bridge.store.db.encryption import Seal
from bridge.store.db.tables import messages, receivers, tellings
from bridge.store.db.upsert import insert_new
from bridge.store.notify.messages import forget_wanting

Kind = Literal["webhook", "channel"]


@dataclass(frozen=True, slots=True, repr=False)
class Receiver:
    """A webhook or a channel. `document` as it may be shown; `sealed`: with its credentials.

    failing_since  null: its last request was taken
    rest_until     nothing is sent to it before
    error          what became of the last request that was not taken
    off_at         when it was switched off, for it was gone or failed for too long
    learned        of a channel: `chat_id` that a group moved to, `daily`: the day of its last summary
    """

    kind: Kind
    name: str
    document: Mapping[str, Json]
    sealed: str
    added_at: datetime
    failing_since: datetime | None
    rest_until: datetime | None
    error: str | None
    taken_at: datetime | None
    off_at: datetime | None
    learned: Mapping[str, Json] | None

    @property
    def is_enabled(self) -> bool:
        """Whether its file lets it be on."""
        return self.document.get("enabled", True) is not False

    def open(self, seal: Seal) -> Mapping[str, Json]:
        """Its document with its credentials. Errors: BadSetting where no key opens them."""
        opened: Mapping[str, Json] = seal.open(self.sealed, f"{self.kind} {self.name}")
        return opened


def list_receivers(conn: Connection, kind: Kind) -> list[Receiver]:
    """By name."""
    query = select(receivers).where(receivers.c.kind == kind).order_by(receivers.c.name)
    return [Receiver(*row) for row in conn.execute(query)]


def find_receiver(conn: Connection, kind: Kind, name: str) -> Receiver | None:
    row = conn.execute(select(receivers).where(_named(kind, name))).first()
    return Receiver(*row) if row is not None else None


def write_receiver(
    conn: Connection, seal: Seal, kind: Kind, document: Mapping[str, Json], opened: Mapping[str, Json], now: datetime
) -> None:
    """Store what this document describes. One that changed is on again, and nothing is known of it yet."""
    name = name_of(kind, document)
    fresh = {
        "document": dict(document),
        "sealed": seal.close(opened),
        **_WELL,
        "off_at": None if document.get("enabled", True) else now,
        "learned": None,
    }
    insert_new(conn, receivers, {"kind": kind, "name": name, "added_at": now, "document": {}, "sealed": ""})
    before = find_receiver(conn, kind, name)
    if before is None or before.document != document or read_opened(conn, seal, kind, name) != opened:
        conn.execute(receivers.update().where(_named(kind, name)).values(fresh))
        forget_wanting(conn)


def read_opened(conn: Connection, seal: Seal, kind: Kind, name: str) -> Json:
    """The document with its credentials; None where there is none, or no key opens it."""
    found = find_receiver(conn, kind, name)
    if found is not None and found.sealed:
        with suppress(BadSetting):
            return found.open(seal)
    return None


def remove_receiver(conn: Connection, kind: Kind, name: str) -> None:
    """It is told nothing more, and what waits for it is dropped."""
    conn.execute(receivers.delete().where(_named(kind, name)))
    forget_wanting(conn)
    if kind == "webhook":
        conn.execute(messages.delete().where(messages.c.webhook == name))
    else:
        conn.execute(tellings.delete().where(tellings.c.channel == name))


def note_taken(conn: Connection, kind: Kind, name: str, now: datetime) -> None:
    """It took a request: it does not fail any more."""
    conn.execute(receivers.update().where(_named(kind, name)).values(**_WELL, taken_at=now))


def note_failure(
    conn: Connection, kind: Kind, name: str, error: str, failing_since: datetime, rest_until: datetime | None
) -> None:
    """It did not take a request."""
    values = {"error": error, "failing_since": failing_since, "rest_until": rest_until}
    conn.execute(receivers.update().where(_named(kind, name)).values(values))


def claim_receiver(conn: Connection, kind: Kind, name: str, now: datetime, until: datetime) -> bool:
    """Whether it is on and does not rest; if so, it rests for everybody else until then."""
    awake = or_(receivers.c.rest_until.is_(None), receivers.c.rest_until <= now)
    mine = and_(_named(kind, name), receivers.c.off_at.is_(None), awake)
    return conn.execute(receivers.update().where(mine).values(rest_until=until)).rowcount == 1


def learn(conn: Connection, kind: Kind, name: str, learned: Mapping[str, Json]) -> None:
    """Keep what a receiver made known, beside what it made known before."""
    row = conn.execute(select(receivers.c.learned).where(_named(kind, name)).with_for_update()).first()
    if row is not None:
        both = {**(row.learned or {}), **learned}
        conn.execute(receivers.update().where(_named(kind, name)).values(learned=both))


def switch_off(conn: Connection, kind: Kind, name: str, now: datetime) -> None:
    """Nothing more is sent to it, until it is applied anew or takes a test."""
    conn.execute(receivers.update().where(_named(kind, name)).values(off_at=now, rest_until=None))
    forget_wanting(conn)


def switch_on(conn: Connection, kind: Kind, name: str) -> None:
    """It is told again what happens, from now on."""
    conn.execute(receivers.update().where(_named(kind, name)).values(off_at=None))
    forget_wanting(conn)


def name_of(kind: Kind, document: Mapping[str, Json]) -> str:
    return str(document["name" if kind == "webhook" else "channel"])


_WELL = {"failing_since": None, "rest_until": None, "error": None}


def _named(kind: Kind, name: str) -> ColumnElement[bool]:
    return and_(receivers.c.kind == kind, receivers.c.name == name)
