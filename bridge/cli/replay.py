"""replay: decide stored deliveries again."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

import click

from bridge.cli.shared.arguments import (
    MOST_ID,
    as_json,
    by_source,
    current_user,
    need_known,
    need_text,
    read_since,
    since_option,
)
from bridge.cli.shared.command import command
from bridge.cli.shared.database import Opened, now, open_bridge
from bridge.cli.shared.printing import print_json
from bridge.core.model import Json
from bridge.core.reasons import sentence
from bridge.decide.replay import Forced, Replayed, replay
from bridge.store import database_now
from bridge.store.configuration.documents import source_ids
from bridge.store.deliveries import REPLAYED, Span, ids_of_span, states_of
from bridge.worker.clock import TrustedClock

GROUP = "act"
HELP = (
    "Quyết định lại các tin đã lưu theo quy tắc hôm nay: những tin được nêu tên, hoặc tất cả từ một thời điểm.\n\n"
    "Cuộc gọi chưa đến tai ai sẽ chờ gọi lại, nếu còn quy tắc muốn gọi. Cuộc đã đổ chuông giữ nguyên.",
    "Decide stored deliveries again, under today's rules: those named, or all since a time.\n\n"
    "A call that nobody heard waits again, if a rule still wants it. What rang stays as it is.",
)

# What a delivery's outcome means, and whether a person who named it was refused.
_LEFT = {
    "unreadable": "cannot be read (see: python -m bridge deliveries --state failed)",
    "internal_error": "broke the program (see its log) and stay as they were",
    "erased": "were erased",
    "undecided": "are not decided yet: a worker does it",
    "source_disabled": "are of a source that is switched off: enable it first",
    "source_removed": "are of a source that was removed: apply it again first",
}
_BROKEN = ("unreadable", "internal_error")


@command("replay", HELP)
@click.argument("ids", metavar="DELIVERY...", nargs=-1, type=click.IntRange(1, MOST_ID))
@since_option()
@by_source
@click.option("--state", type=click.Choice(REPLAYED), help="With --since: only deliveries in this state.")
@click.option("--dry-run", is_flag=True, help="Only count what would happen.")
@click.option("--force", is_flag=True, help="Ring again what rang, or what a person ended; by name, with --reason.")
@click.option("--reason", metavar="TEXT", help="With --force: why.")
@as_json
def run(
    *,
    ids: tuple[int, ...],
    since: str | None,
    source: str | None,
    state: str | None,
    dry_run: bool,
    force: bool,
    reason: str | None,
    as_json: bool,
) -> int:
    _check(ids, since, source, state, force, reason)
    opened = open_bridge()
    chosen = _choose(opened, ids, since, source, state)
    with opened.store.read() as conn:
        states = Counter(states_of(conn, chosen).values())
    if not as_json:
        told = ", ".join(f"{count} {name}" for name, count in sorted(states.items()))
        click.echo(f"{len(chosen)} delivery(ies)" + (f": {told}" if told else ""))
    clock = TrustedClock(opened.store.is_postgres)
    with opened.store.read() as conn:
        clock.look(database_now(conn, now()))
    forced = Forced(" ".join(reason.split()), current_user()) if force and reason else None
    done = list(
        replay(opened.store, opened.catalogs, chosen, clock.now, opened.config.hotline, dry=dry_run, forced=forced)
    )
    outcomes = Counter(one.outcome for one in done)
    decisions = Counter[tuple[str, str]]((each.decision, each.reason) for one in done for each in one.decisions)
    if as_json:
        print_json(_document(done, decisions, dry=dry_run))
    else:
        for line in _lines(outcomes, decisions, dry=dry_run):
            click.echo(line)
    refused = [name for name in outcomes if name in _BROKEN or (ids and name in _LEFT)]
    return 1 if refused else 0


def _check(
    ids: tuple[int, ...], since: str | None, source: str | None, state: str | None, force: bool, reason: str | None
) -> None:
    need_text(reason or "")
    if bool(ids) == (since is not None):
        raise click.UsageError("write the deliveries' ids, or --since SPAN")
    if ids and (source is not None or state is not None):
        raise click.UsageError("--source and --state go with --since")
    if force and not ids:
        raise click.UsageError("--force needs the deliveries by name, not --since")
    if force != (reason is not None) or (reason is not None and not reason.strip()):
        raise click.UsageError("write --force and --reason TEXT together")


def _choose(
    opened: Opened, ids: tuple[int, ...], since: str | None, source: str | None, state: str | None
) -> list[int]:
    with opened.store.read() as conn:
        if since is not None:
            if source is not None:
                need_known("source", source, source_ids(conn))
            span = Span(read_since(since, database_now(conn, now())), source, (state,) if state else REPLAYED)
            return ids_of_span(conn, span)
        known = states_of(conn, ids)
    missing = sorted(set(ids) - set(known))
    if missing:
        raise click.ClickException(f"no delivery has the id {', '.join(map(str, missing))}; nothing was replayed")
    return sorted(set(ids))


def _lines(outcomes: Counter[str], decisions: Counter[tuple[str, str]], *, dry: bool) -> Iterable[str]:
    would = "would " if dry else ""
    words = {"wanted": "make a call", "replayed": "let a call wait again", "forced": "ring once more"}
    for (decision, reason), count in sorted(decisions.items()):
        if decision == "call":
            yield f"{count:>6}  {would}{words.get(reason, reason)}"
    for (decision, reason), count in sorted(decisions.items()):
        if decision != "call":
            yield f"{count:>6}  {decision} {reason}: {sentence(reason, 'en')}"
    for name, count in sorted(outcomes.items()):
        if name in _LEFT:
            yield f"{count:>6}  {_LEFT[name]}"
        elif name == "must_fetch":
            yield f"{count:>6}  leave out what the shop is asked for first: only then is known what they lead to"
        elif name == "ignored":
            yield f"{count:>6}  hold no order"


def _document(done: list[Replayed], decisions: Counter[tuple[str, str]], *, dry: bool) -> dict[str, Json]:
    counted = [
        {"decision": decision, "reason": reason, "count": count}
        for (decision, reason), count in sorted(decisions.items())
    ]
    items = [
        {
            "delivery": one.delivery_id,
            "outcome": one.outcome,
            "decisions": [
                {"decision": each.decision, "reason": each.reason, "call_id": each.call_id} for each in one.decisions
            ],
        }
        for one in done
    ]
    return {"dry_run": dry, "deliveries": len(done), "counts": counted, "items": items, "next": None}
