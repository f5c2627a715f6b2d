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

FieldNews = Literal["new", "same", "changed", "emptied"]


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


def write_template(conn: Connection, code: str, fields: list[Json], now: datetime) -> FieldNews:
    """Keep the fields that VBot reports of a template; return how they compare with the last. `emptied`: those stay.

    An empty list after one with fields proves nothing: VBot gives it too for a template that it does not show us.
    """
    row = conn.execute(select(templates).where(templates.c.code == code).with_for_update()).first()
    news: FieldNews = "new" if row is None else "same" if same_fields(row.fields, fields) else "changed"
    if row is not None and row.fields and not fields:
        return "emptied"
    values: dict[str, Json] = {"fields": fields, "fetched_at": now}
    if row is not None and news == "changed":
        values |= {"version": row.version + 1, "changed_at": now}
    upsert(conn, templates, {"code": code}, values)
    return news


def learn_template(conn: Connection, code: str, fields: list[Json], now: datetime) -> FieldNews:
    """As `write_template`; a change is live for all processes, and wakes the calls that the old fields held."""
    news = write_template(conn, code, fields, now)
    if news in ("new", "changed"):
        touch_catalog(conn)
        wake_held(conn, now)
    return news


def forget_template(conn: Connection, code: str, now: datetime) -> bool:
    """Forget the fields that VBot reported last, so that no rule is held by them; return whether there were any."""
    known = conn.execute(templates.delete().where(templates.c.code == code)).rowcount > 0
    touch_catalog(conn)
    wake_held(conn, now)
    return known


def read_templates(conn: Connection) -> Mapping[str, Template]:
    """Each template as VBot last reported it, by code."""
    return {row.code: Template(*row) for row in conn.execute(select(templates))}
