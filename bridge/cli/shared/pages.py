"""The filters and pages of the lists `deliveries` and `calls`."""

from __future__ import annotations

from typing import Any

import click

from bridge.cli.shared.arguments import MOST_ID, need_known, read_since
from bridge.cli.shared.database import now
from bridge.store import Connection, database_now
from bridge.store.configuration.documents import source_ids
from bridge.store.reports.views import MOST, Filter

by_order = click.option("--order", metavar="ORDER", help="Only of this order: its id or number.")
limit_option = click.option("--limit", type=click.IntRange(1, MOST), default=50, show_default=True, help="How many.")
cursor_option = click.option("--cursor", type=click.IntRange(1, MOST_ID), help="Go on behind this id, as `next` said.")


def read_filter(conn: Connection, wanted: dict[str, Any]) -> Filter:
    need_source(conn, wanted["source"])
    since = read_since(wanted["since"], database_now(conn, now())) if wanted["since"] is not None else None
    return Filter(**{**wanted, "since": since})


def need_source(conn: Connection, source: str | None) -> None:
    if source is not None:
        need_known("source", source, source_ids(conn))


def print_next(cursor: str | None) -> None:
    if cursor:
        click.echo(f"more: add --cursor {cursor}")
