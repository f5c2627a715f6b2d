"""balance: each order counted once."""

from __future__ import annotations

import click

from bridge.cli.shared.arguments import as_json, read_since, since_option
from bridge.cli.shared.command import command
from bridge.cli.shared.database import now, open_database
from bridge.cli.shared.language import current_language, say, text
from bridge.cli.shared.printing import local_time, print_json
from bridge.cli.shared.unexplained import ACTS
from bridge.core.model import Json
from bridge.core.reasons import cause
from bridge.core.words import GROUPS, UNEXPLAINED, word
from bridge.store import database_now
from bridge.store.configuration.outline import read_outline
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
    opened = open_database()
    with opened.store.read() as conn:
        at = database_now(conn, now())
        balance = read_balance(conn, read_since(since, at), read_outline(conn).topics(), at)
    idle = balance["work_waits"] and not balance["worker_beats"]
    if as_json:
        print_json(balance)
    else:
        _print_balance(balance)
    return 1 if balance["unexplained_total"] or idle else 0


def _print_balance(balance: dict[str, Json]) -> None:
    since, until, total = local_time(balance["since"]), local_time(balance["until"]), balance["total"]
    say(f"{since} đến {until}, {total} đơn", f"{since} to {until}, {total} order(s)")
    for kind, count in balance["orders"].items():
        click.echo(f"  {word(GROUPS, kind, current_language()):12}{count:>8}")
    for reason, count in balance["skipped_by_reason"].items():
        why = cause(reason, current_language()) if reason else text("chưa quy tắc nào xét", "no rule was asked")
        click.echo(f"    {count:>8}  {why}")
    click.echo(f"{text('không rõ lý do', 'unexplained'):14}{balance['unexplained_total']:>8}")
    for kind, count in balance["unexplained"].items():
        if count:
            click.echo(f"  {text(UNEXPLAINED[kind], kind)}: {count}; {text(*ACTS[kind])}")
    for row in balance["refused_deliveries"]:
        last = local_time(row["last_at"])
        say(
            f"tin của {row['source']} bị từ chối: {row['count']}, {row['reason']}, gần nhất lúc {last}",
            f"refused deliveries of {row['source']}: {row['count']}, {row['reason']}, last at {last}",
        )
    if balance["manual"]:
        states = ", ".join(f"{count} {state}" for state, count in sorted(balance["manual"].items()))
        say(f"cuộc gọi thủ công: {states}", f"manual calls: {states}")
    if not balance["worker_beats"]:
        waits = text("có việc đang chờ mà ", "work waits and ") if balance["work_waits"] else ""
        say(
            f"{waits}không có worker nào chạy: sẽ không ai được gọi. Hãy chạy: python -m bridge worker",
            f"{waits}no worker beats: nobody will be called. Start one: python -m bridge worker",
        )
