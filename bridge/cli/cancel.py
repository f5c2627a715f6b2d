"""cancel: end the calls that still wait."""

from __future__ import annotations

import click

from bridge.cli.shared.arguments import MOST_ID, need_known, need_text
from bridge.cli.shared.command import command
from bridge.cli.shared.database import now, open_bridge
from bridge.cli.shared.pauses import of_rule
from bridge.cli.shared.printing import clean
from bridge.core.call_states import REACHED
from bridge.store import Connection, database_now
from bridge.store.calls import call_ids_of, cancel_by_person
from bridge.store.reports.views import describe_call, find_orders

GROUP = "act"
HELP = (
    "Hủy những cuộc gọi còn đang chờ: một cuộc gọi theo mã, hoặc các cuộc gọi của một đơn theo mã hay số đơn.\n\n"
    "Nếu một cuộc gọi và một đơn trùng số, hãy viết call:MÃ hoặc order:SỐ.",
    "End what still waits: one call by its id, or an order's calls by its id or number.\n\n"
    "Where a call and an order bear the same number, write call:ID or order:NUMBER.",
)


@command("cancel", HELP)
@click.argument("what", metavar="CALL|ORDER")
@click.option("--reason", required=True, metavar="TEXT", help="Why; kept with the call.")
@click.option("--source", metavar="ID", help="The order's source, where several share its number.")
@of_rule
def run(what: str, reason: str, source: str | None, rule: str | None) -> int:
    need_text(reason)
    if not reason.strip():
        raise click.UsageError("--reason is blank: write why the call is cancelled")
    opened = open_bridge()
    with opened.store.read() as conn:
        if source is not None:
            need_known("source", source, opened.catalogs.read(conn).sources)
        call_ids = _meant(conn, what, source, rule)
    with opened.store.write() as conn:
        answers = cancel_by_person(conn, call_ids, " ".join(reason.split()), database_now(conn, now()))
    late = False
    for answer in answers:
        call = answer.call
        if answer.is_cancelled:
            click.echo(f"cancelled: call {call.id} (rule {call.rule})")
        elif call.state in REACHED:
            late = True
            click.echo(f"too late: call {call.id} (rule {call.rule}) is {call.state}")
        else:
            click.echo(f"nothing to cancel: call {call.id} (rule {call.rule}) is {call.state}")
    return 1 if late and not any(answer.is_cancelled for answer in answers) else 0


def _meant(conn: Connection, what: str, source: str | None, rule: str | None) -> list[int]:
    """The ids of the calls meant; UsageError where that is not sure, ClickException where there is none."""
    word, colon, rest = what.partition(":")
    kind = word if colon and word in ("call", "order") else None
    text = rest if kind else what
    of_call = _call(conn, text, rule) if kind != "order" and source is None else []
    found = find_orders(conn, text, source) if kind != "call" else []
    of_orders = {
        (one["source"], one["order_id"]): call_ids_of(conn, one["source"], one["order_id"], rule) for one in found
    }
    if of_call and found and [of_call] != [*of_orders.values()]:
        raise click.UsageError(f"{clean(text)} is a call and an order: write call:{clean(text)} or order:{clean(text)}")
    if of_call:
        return of_call
    if len({source_id for source_id, _ in of_orders}) > 1:
        shared = ", ".join(sorted({source_id for source_id, _ in of_orders}))
        raise click.UsageError(f"several sources have an order {clean(text)}: add --source, one of {shared}")
    if len(of_orders) > 1:
        ids = ", ".join(f"call:{n}" for n in sorted(n for ids in of_orders.values() for n in ids)) or "none has a call"
        raise click.UsageError(f"{clean(text)} is the number of one order and the id of another; name the call: {ids}")
    if not of_orders:
        raise click.ClickException(_nothing(kind, text, source))
    (call_ids,) = of_orders.values()
    if not call_ids:
        by = f" under the rule {clean(rule)}" if rule else ""
        raise click.ClickException(
            f"the order {clean(text)} has no call{by}; see: python -m bridge explain {clean(text)}"
        )
    return call_ids


def _call(conn: Connection, text: str, rule: str | None) -> list[int]:
    if not (text.isascii() and text.isdigit() and len(text) < 20 and int(text) <= MOST_ID):
        return []
    found = describe_call(conn, int(text), show_phones=False)
    return [found["id"]] if found and rule in (None, found["rule"]) else []


def _nothing(kind: str | None, text: str, source: str | None) -> str:
    place = f" of the source {source}" if source else ""
    names = {
        "call": f"no call has the id {clean(text)}",
        "order": f"no order{place} has the id or number {clean(text)}",
    }
    return names[kind] if kind else f"no call has the id {clean(text)}, and no order{place} this id or number"
