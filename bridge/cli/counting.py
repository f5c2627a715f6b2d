"""balance, sources: each order counted once, and what each shop sent."""

from __future__ import annotations

from collections.abc import Iterator

import click

from bridge.cli.opening import now, open_bridge, print_json
from bridge.cli.printing import as_json, local_time, print_table, read_since, since_option
from bridge.core.model import Json
from bridge.core.reasons import sentence
from bridge.monitor.source_health import describe_sources
from bridge.store import database_now
from bridge.store.balance import read_balance
from bridge.store.catalog import Catalog

# What to do about each kind of unexplained thing.
ACTS = {
    "failed_deliveries": "see: python -m bridge deliveries --state failed; close with --ack ID --reason TEXT",
    "undecided_deliveries": "stored over 5 minutes ago; is a worker running? python -m bridge worker",
    "events_without_decision": "see: python -m bridge deliveries, and the log of the worker",
    "stuck_calls": "past their time or their lease; is a worker running? python -m bridge worker",
}


@click.command("balance")
@since_option("24h")
@as_json
def balance_command(*, since: str, as_json: bool) -> int:
    """Every order of a span counted once. Exit 1 if something is unexplained, or work waits and no worker beats."""
    opened = open_bridge()
    with opened.store.read() as conn:
        at = database_now(conn, now())
        balance = read_balance(conn, read_since(since, at), topics_of(opened.catalogs.read(conn)), at)
    idle = balance["work_waits"] and not balance["worker_beats"]
    if as_json:
        print_json(balance)
    else:
        _print_balance(balance)
    return 1 if balance["unexplained_total"] or idle else 0


@click.command("sources")
@as_json
def sources_command(*, as_json: bool) -> None:
    """The connected shops: where each sends its webhooks, what came, what was refused, and how each fares."""
    opened = open_bridge()
    with opened.store.read() as conn:
        items = describe_sources(conn, opened.catalogs.read(conn), database_now(conn, now()))
    if as_json:
        print_json({"items": items, "next": None})
        return
    heads = ("id", "platform", "enabled", "paused", "webhook", "last delivery", "deliveries", "refused")
    print_table(heads, [_source_cells(item) for item in items])
    for item in items:
        for line in _health_lines(item):
            click.echo(f"{item['id']}: {line}")
    if not items:
        click.echo("no source yet; write one to a file and run: python -m bridge apply FILE")


def topics_of(catalog: Catalog) -> dict[str, list[str]]:
    """Each source's id -> the topics that its enabled rules listen to."""
    return {
        source: sorted({topic for rule in catalog.rules if rule.listens(source) for topic in rule.on})
        for source in catalog.sources
    }


def _print_balance(balance: dict[str, Json]) -> None:
    click.echo(f"{local_time(balance['since'])} to {local_time(balance['until'])}, {balance['total']} order(s)")
    for kind, count in balance["orders"].items():
        click.echo(f"  {kind:12}{count:>8}")
    click.echo(f"unexplained   {balance['unexplained_total']:>8}")
    for kind, count in balance["unexplained"].items():
        if count:
            click.echo(f"  {kind}: {count}; {ACTS[kind]}")
    for row in balance["refused_deliveries"]:
        last = local_time(row["last_at"])
        click.echo(f"refused deliveries of {row['source']}: {row['count']}, {row['reason']}, last at {last}")
    if balance["manual"]:
        click.echo(
            "manual calls: " + ", ".join(f"{count} {state}" for state, count in sorted(balance["manual"].items()))
        )
    if not balance["worker_beats"]:
        waits = "work waits and no worker beats" if balance["work_waits"] else "no worker beats"
        click.echo(f"{waits}: nobody will be called. Start one: python -m bridge worker")


def _source_cells(item: dict[str, Json]) -> tuple[object, ...]:
    came = ", ".join(f"{count} {state}" for state, count in item["deliveries"].items() if count)
    refused = ", ".join(f"{row['count']} {row['reason']}" for row in item["refused"])
    yes = [("yes" if item[name] else "no") for name in ("enabled", "paused")]
    last = local_time(item["last_delivery_at"])
    return (
        item["id"],
        item["platform"],
        *yes,
        item["webhook_path"],
        last or "never",
        came or "none",
        refused or "none",
    )


def _health_lines(item: dict[str, Json]) -> Iterator[str]:
    health, poll, fetch = item["health"], item["poll"], item["fetch"]
    if health["warning_en"]:
        yield f"{health['failures']} refused in a row: {health['warning_en']}"
    if health["silent"]:
        hours = health["usual_gap_seconds"] / 3600
        yield f"silent since {local_time(health['last_sent_at'])}, longer than usual ({hours:.0f} h)"
    if fetch is not None and fetch["failures"]:
        yield f"the last {fetch['failures']} order(s) were not fetched: {sentence(fetch['reason'], 'en')}"
    if poll is not None:
        failed = (
            f"; the last {poll['failures']} look(s) failed: {sentence(poll['reason'], 'en')}"
            if poll["failures"]
            else ""
        )
        looked = local_time(poll["looked_at"]) or "not yet"
        yield f"its API was last asked at {looked}, {poll['recovered']} delivery(ies) recovered{failed}"


COMMANDS = (balance_command, sources_command)
