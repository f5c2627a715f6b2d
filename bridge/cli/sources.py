"""sources: the connected shops, and how each fares."""

from __future__ import annotations

from collections.abc import Iterator

import click

from bridge.cli.shared.arguments import as_json
from bridge.cli.shared.command import command
from bridge.cli.shared.database import now, open_bridge
from bridge.cli.shared.printing import local_time, print_json, print_table
from bridge.core.model import Json
from bridge.core.reasons import sentence
from bridge.monitor.source_health import describe_sources
from bridge.store import database_now
from bridge.store.reports.counts import RECENT, methods_not_cod

GROUP = "look"
HELP = (
    "Các cửa hàng đã kết nối: địa chỉ nhận webhook, đã nhận gì, từ chối gì, và tình trạng của từng nguồn.",
    "The connected shops: where each sends its webhooks, what came, what was refused, and how each fares.",
)


@command("sources", HELP)
@as_json
def run(*, as_json: bool) -> None:
    opened = open_bridge()
    with opened.store.read() as conn:
        at = database_now(conn, now())
        items = describe_sources(conn, opened.catalogs.read(conn), at)
        not_cod = methods_not_cod(conn, at - RECENT)
    for item in items:
        named = not_cod.get(item["id"], {}).items()
        item["methods_not_cod"] = [{"method": method, "orders": orders} for method, orders in named]
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
    for row in item["methods_not_cod"]:
        yield sentence("method_not_cod", "en", **row)
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
