"""balance: each order counted once."""

from __future__ import annotations

import click

from bridge.cli.shared.arguments import as_json, read_since, since_option
from bridge.cli.shared.command import command
from bridge.cli.shared.database import now, open_bridge
from bridge.cli.shared.printing import local_time, print_json
from bridge.cli.shared.unexplained import ACTS, topics_of
from bridge.core.model import Json
from bridge.store import database_now
from bridge.store.reports.balance import read_balance

GROUP = "look"
HELP = (
    "Bảng đối soát: mỗi đơn trong khoảng thời gian được đếm đúng một lần. "
    "Kết thúc với mã 1 nếu còn gì không rõ lý do, hoặc còn việc chờ mà không có worker nào chạy.",
    "Every order of a span counted once. Exit 1 if something is unexplained, or work waits and no worker beats.",
)


@command("balance", HELP)
@since_option("24h")
@as_json
def run(*, since: str, as_json: bool) -> int:
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
