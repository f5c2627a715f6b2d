"""The custom fields of each template as VBot last reported them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from sqlalchemy import Connection, select

from bridge.core.model import Json
from bridge.rules.custom_fields import same_fields
from bridge.store.calls import wake_held
from bridge.store.configuration.catalog import touch_catalog
from bridge.store.db.tables import templates
from bridge.store.db.upsert import upsert

Told = Literal["new", "same", "changed", "unsaid"]


@dataclass(frozen=True, slots=True)
class Template:
    """A template's custom fields as VBot last reported them, at `fetched_at`.

    version     how often they have changed, counted from 1; changed_at: when last, None for the first version
    """

    code: str
    fields: list[Json]
    fetched_at: datetime
    version: int
    changed_at: datetime | None


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


def read_templates(conn: Connection) -> Mapping[str, Template]:
    """Each template as VBot last reported it, by code."""
    return {row.code: Template(*row) for row in conn.execute(select(templates))}
