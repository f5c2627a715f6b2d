"""explain, deliveries, calls: what happened, and why; and, from `counting`, how much of it."""

from __future__ import annotations

from typing import Any

import click

from bridge.cli import counting
from bridge.cli.opening import Opened, now, open_bridge, print_json
from bridge.cli.printing import (
    MOST_ID,
    as_json,
    by_source,
    clean,
    local_time,
    need_known,
    need_text,
    print_table,
    read_since,
    show_phones,
    since_option,
)
from bridge.cli.telling import Facts, tell, what_next
from bridge.core.model import DEFAULT_ZONE, Json
from bridge.core.schedule import is_permitted
from bridge.store import Connection, database_now
from bridge.store.actions import acknowledge
from bridge.store.balance import SILENT, read_refusals
from bridge.store.catalog import Catalog
from bridge.store.checkup import source_ids
from bridge.store.inbox import last_beat
from bridge.store.lines import find_line
from bridge.store.reading import (
    CALL_STATES,
    DELIVERY_STATES,
    MOST,
    Filter,
    describe_order,
    find_orders,
    list_calls,
    list_deliveries,
)
from bridge.vbot.client import Account, Client

_BY_ORDER = click.option("--order", metavar="ORDER", help="Only of this order: its id or number.")
_LIMIT = click.option("--limit", type=click.IntRange(1, MOST), default=50, show_default=True, help="How many.")
_CURSOR = click.option("--cursor", type=click.IntRange(1, MOST_ID), help="Go on behind this id, as `next` said.")


@click.command("explain")
@click.argument("order")
@by_source
@click.option("--lang", type=click.Choice(["vi", "en"]), default="vi", show_default=True)
@show_phones
@as_json
def explain_command(*, order: str, source: str | None, lang: str, show_phones: bool, as_json: bool) -> None:
    """One order's story: deliveries, decisions, calls, attempts, results, and what happens next.

    ORDER is the platform's order id or its number. What was said is shown with --show-phones only.
    """
    opened = open_bridge()
    with opened.store.read() as conn:
        catalog = opened.catalogs.read(conn)
        _need_source(conn, source)
        found = find_orders(conn, order, source)
        if not found:
            raise click.ClickException(_unknown(conn, order, source))
        facts = _facts(conn, catalog, opened.config.account)
        stories = [describe_order(conn, one["source"], one["order_id"], show_phones=show_phones) for one in found]
    zones = {name: shop.timezone for name, shop in catalog.sources.items()}
    told = []
    for story in filter(None, stories):
        zone = zones.get(story["source"], DEFAULT_ZONE)
        told.append(_quiet(story, show_phones) | {"next": what_next(story, facts, zone, lang)})
    if as_json:
        print_json({"items": told, "next": None})
        return
    for number, story in enumerate(told):
        zone = zones.get(story["source"], DEFAULT_ZONE)
        for line in [""] * (number > 0) + tell(story, zone, lang, show_datas=show_phones):
            click.echo(clean(line))


@click.command("deliveries")
@by_source
@_BY_ORDER
@click.option("--state", type=click.Choice(DELIVERY_STATES))
@since_option()
@_LIMIT
@_CURSOR
@click.option("--ack", type=click.IntRange(1, MOST_ID), metavar="ID", help="Close a delivery that cannot be read.")
@click.option("--reason", metavar="TEXT", help="With --ack: why.")
@as_json
def deliveries_command(*, ack: int | None, reason: str | None, as_json: bool, **wanted: Any) -> None:
    """List deliveries, newest first; or close one that cannot be read."""
    if (ack is None) != (reason is None) or (reason is not None and not reason.strip()):
        raise click.UsageError("write --ack ID and --reason TEXT together")
    opened = open_bridge()
    if ack is not None and reason is not None:
        _acknowledge(opened, ack, reason)
        return
    with opened.store.read() as conn:
        page = list_deliveries(conn, _filter(conn, wanted))
    if as_json:
        print_json({"items": page.items, "next": page.next})
        return
    heads = ("id", "received", "source", "topic", "state", "repeats", "orders", "decisions")
    print_table(heads, [_delivery_cells(item) for item in page.items])
    _say_next(page.next)


@click.command("calls")
@by_source
@_BY_ORDER
@click.option("--state", type=click.Choice(CALL_STATES))
@since_option()
@_LIMIT
@_CURSOR
@show_phones
@as_json
def calls_command(*, show_phones: bool, as_json: bool, **wanted: Any) -> None:
    """List calls, newest first."""
    opened = open_bridge()
    with opened.store.read() as conn:
        page = list_calls(conn, _filter(conn, wanted), show_phones=show_phones)
    if as_json:
        print_json({"items": page.items, "next": page.next})
        return
    heads = ("id", "created", "source", "order", "rule", "phone", "state", "reason", "result", "attempts")
    print_table(heads, [_call_cells(item) for item in page.items])
    _say_next(page.next)


def _filter(conn: Connection, wanted: dict[str, Any]) -> Filter:
    _need_source(conn, wanted["source"])
    since = read_since(wanted["since"], database_now(conn, now())) if wanted["since"] is not None else None
    return Filter(**{**wanted, "since": since})


def _need_source(conn: Connection, source: str | None) -> None:
    if source is not None:
        need_known("source", source, source_ids(conn))


def _facts(conn: Connection, catalog: Catalog, account: Account | None) -> Facts:
    at = database_now(conn, now())
    beat = last_beat(conn)

    def is_open(rule: str, source: str) -> bool:
        found, shop = catalog.rule(rule), catalog.sources.get(source)
        return not (found and shop) or is_permitted(at, found.windows, shop.timezone, catalog.holidays)

    def pause(call: Json) -> tuple[str, str] | None:
        kind = catalog.pause(rule=call["rule"], source=call["source"], hotline=call["hotline"])
        names = {"all": "", "rule": call["rule"], "source": call["source"], "hotline": call["hotline"]}
        return (kind, catalog.pauses[kind, names[kind]]) if kind else None

    line = find_line(conn, Client(account).account_id, at) if account else None
    stopped = (line.reason, line.probe_at) if line and line.state != "closed" else None
    return Facts(at, beat is not None and at - beat <= SILENT, is_open, pause, stopped)


def _quiet(story: dict[str, Json], show_datas: bool) -> dict[str, Json]:
    """The story without what the customer was told, which may hold a name."""
    if show_datas:
        return story
    calls = [call | {"datas": {key: "…" for key in call["datas"]}} for call in story["calls"]]
    return story | {"calls": calls}


def _unknown(conn: Connection, order: str, source: str | None) -> str:
    refused = sum(row["count"] for row in read_refusals(conn) if source in (None, row["source"]))
    either = [f"{refused} deliveries were refused for their signature (see: python -m bridge sources)"] * (refused > 0)
    either.append("the shop has not sent it, or sent it to another address")
    either.append("a delivery cannot be read (python -m bridge deliveries --state failed)")
    if list_deliveries(conn, Filter(source=source, state="stored", limit=1)).items:
        undecided = "it is in a delivery that is stored and not decided yet"
        either.append(f"{undecided} (python -m bridge deliveries --state stored)")
    looked = f"no order {'of ' + source + ' ' if source else ''}has the id or number {clean(order)}"
    return f"{looked}; either {', or '.join(either)}"


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


def _call_cells(item: dict[str, Json]) -> tuple[object, ...]:
    names = ("source", "order_number", "rule", "phone", "state", "reason", "result")
    return (item["id"], local_time(item["created_at"]), *(item[name] for name in names), len(item["attempts"]))


def _say_next(cursor: str | None) -> None:
    if cursor:
        click.echo(f"more: add --cursor {cursor}")


COMMANDS = (explain_command, deliveries_command, calls_command, *counting.COMMANDS)
