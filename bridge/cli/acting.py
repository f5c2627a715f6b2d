"""call; pause, resume, cancel: the stop buttons."""

from __future__ import annotations

import click

from bridge.cli import calling
from bridge.cli.opening import Opened, now, open_bridge
from bridge.cli.printing import MOST_ID, clean, need_known, need_text
from bridge.store import Connection, database_now
from bridge.store.actions import cancel_by_person, pause, resume
from bridge.store.catalog import Catalog
from bridge.store.checkup import call_ids_of, hotlines_in_use
from bridge.store.reading import describe_call, find_orders

_RULE = click.option("--rule", metavar="NAME", help="Only the calls of this rule.")
_HOTLINE = click.option("--hotline", metavar="CODE", help="Only the calls through this hotline.")
_SOURCE = click.option("--source", metavar="ID", help="Only the calls of this source.")


@click.command("pause")
@_RULE
@_HOTLINE
@_SOURCE
@click.option("--reason", default="", metavar="TEXT", help="Why; shown wherever a call waits for it.")
def pause_command(rule: str | None, hotline: str | None, source: str | None, reason: str) -> None:
    """The stop button: no call starts until it is resumed. All calls, or those of one rule, hotline or source."""
    need_text(reason)
    kind, name = _one(rule, hotline, source)
    opened = open_bridge()
    with opened.store.write() as conn:
        catalog = opened.catalogs.read(conn)
        _need_known(conn, opened, catalog, kind, name)
        pause(conn, kind, name, reason.strip(), database_now(conn, now()))
    again = "still " if (kind, name) in catalog.pauses else ""
    click.echo(f"{again}paused: {_said(kind, name)}; deliveries are taken and decided as ever")


@click.command("resume")
@_RULE
@_HOTLINE
@_SOURCE
@click.option("--reason", default="", metavar="TEXT", help="Why.")
def resume_command(rule: str | None, hotline: str | None, source: str | None, reason: str) -> None:
    """End a pause. Without a flag the general pause only; those of a rule, hotline or source remain."""
    need_text(reason)
    kind, name = _one(rule, hotline, source)
    opened = open_bridge()
    with opened.store.write() as conn:
        catalog = opened.catalogs.read(conn)
        if (kind, name) not in catalog.pauses:
            _need_known(conn, opened, catalog, kind, name)
        ended = resume(conn, kind, name, reason.strip(), database_now(conn, now()))
    click.echo(f"resumed: {_said(kind, name)}" if ended else f"was not paused: {_said(kind, name)}")
    for other in sorted(key for key in catalog.pauses if key != (kind, name)):
        click.echo(f"still paused: {_said(*other)}")


@click.command("cancel")
@click.argument("what", metavar="CALL|ORDER")
@click.option("--reason", required=True, metavar="TEXT", help="Why; kept with the call.")
@click.option("--source", metavar="ID", help="The order's source, where several share its number.")
@_RULE
def cancel_command(what: str, reason: str, source: str | None, rule: str | None) -> int:
    """End what still waits: one call by its id, or an order's calls by its id or number.

    Where a call and an order bear the same number, write call:ID or order:NUMBER.
    """
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
    for call, cancelled in answers:
        if cancelled:
            click.echo(f"cancelled: call {call.id} (rule {call.rule})")
        elif call.state in ("dialing", "placed", "finished", "unsure"):
            late = True
            click.echo(f"too late: call {call.id} (rule {call.rule}) is {call.state}")
        else:
            click.echo(f"nothing to cancel: call {call.id} (rule {call.rule}) is {call.state}")
    return 1 if late and not any(cancelled for _, cancelled in answers) else 0


def _one(rule: str | None, hotline: str | None, source: str | None) -> tuple[str, str]:
    given = [
        (kind, name) for kind, name in (("rule", rule), ("hotline", hotline), ("source", source)) if name is not None
    ]
    if len(given) > 1:
        raise click.UsageError("write one of --rule, --hotline and --source, or none for all calls")
    return given[0] if given else ("all", "")


def _need_known(conn: Connection, opened: Opened, catalog: Catalog, kind: str, name: str) -> None:
    if kind == "rule":
        need_known(kind, name, [rule.name for rule in catalog.rules])
    elif kind == "source":
        need_known(kind, name, catalog.sources)
    elif kind == "hotline":
        need_known(kind, name, hotlines_in_use(conn, catalog, opened.config.hotline))


def _said(kind: str, name: str) -> str:
    return f"{kind} {clean(name)}" if name else "all calls"


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


COMMANDS = (*calling.COMMANDS, pause_command, resume_command, cancel_command)
