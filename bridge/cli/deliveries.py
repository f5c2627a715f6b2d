"""deliveries: the deliveries of the ledger, newest first."""

from __future__ import annotations

from typing import Any

import click

from bridge.cli.shared.arguments import MOST_ID, as_json, by_source, need_text, since_option
from bridge.cli.shared.command import command
from bridge.cli.shared.database import Opened, now, open_bridge
from bridge.cli.shared.pages import by_order, cursor_option, limit_option, print_next, read_filter
from bridge.cli.shared.printing import local_time, print_json, print_table
from bridge.core.model import Json
from bridge.store import database_now
from bridge.store.deliveries import acknowledge
from bridge.store.reports.views import DELIVERY_STATES, list_deliveries

GROUP = "look"
HELP = (
    "Liệt kê tin (webhook) đã nhận, mới nhất trước; hoặc đóng một tin không đọc được.",
    "List deliveries, newest first; or close one that cannot be read.",
)


@command("deliveries", HELP)
@by_source
@by_order
@click.option("--state", type=click.Choice(DELIVERY_STATES))
@since_option()
@limit_option
@cursor_option
@click.option("--ack", type=click.IntRange(1, MOST_ID), metavar="ID", help="Close a delivery that cannot be read.")
@click.option("--reason", metavar="TEXT", help="With --ack: why.")
@as_json
def run(*, ack: int | None, reason: str | None, as_json: bool, **wanted: Any) -> None:
    if (ack is None) != (reason is None) or (reason is not None and not reason.strip()):
        raise click.UsageError("write --ack ID and --reason TEXT together")
    opened = open_bridge()
    if ack is not None and reason is not None:
        _acknowledge(opened, ack, reason)
        return
    with opened.store.read() as conn:
        page = list_deliveries(conn, read_filter(conn, wanted))
    if as_json:
        print_json({"items": page.items, "next": page.next})
        return
    heads = ("id", "received", "source", "topic", "state", "repeats", "orders", "decisions")
    print_table(heads, [_delivery_cells(item) for item in page.items])
    print_next(page.next)


def _acknowledge(opened: Opened, delivery_id: int, reason: str) -> None:
    need_text(reason)
    with opened.store.write() as conn:
        state = acknowledge(conn, delivery_id, " ".join(reason.split()), database_now(conn, now()))
    if state is None:
        raise click.ClickException(f"no delivery has the id {delivery_id}")
    if state != "failed":
        raise click.ClickException(f"the delivery {delivery_id} is {state}; only a failed one can be acknowledged")
    click.echo(f"acknowledged: delivery {delivery_id}")


def _delivery_cells(item: dict[str, Json]) -> tuple[object, ...]:
    decided = [f"{one['rule'] or '-'}: {one['decision']} {one['reason']}" for one in item["decisions"]]
    state = f"{item['state']} (acknowledged)" if item["acknowledged_at"] else item["state"]
    orders = ", ".join(event["order_id"] for event in item["events"])
    why = f"{item['reason']}: {item['detail']}" if item["detail"] else item["reason"]
    return (
        item["id"],
        local_time(item["received_at"]),
        item["source"],
        item["platform_topic"],
        state,
        "recovered" if item["recovered"] else item["repeats"],
        orders,
        "; ".join(decided) or why,
    )
