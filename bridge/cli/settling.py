"""replay, resolve: deliveries decided again, and unsure calls settled by a person."""

from __future__ import annotations

import os
import pwd
from collections import Counter
from collections.abc import Iterable

import click

from bridge.cli.opening import Opened, now, open_bridge, print_json
from bridge.cli.printing import MOST_ID, as_json, by_source, need_known, need_text, read_since, since_option
from bridge.core.model import Json
from bridge.core.reasons import sentence
from bridge.decide.replay import Forced, Replayed, replay
from bridge.settle.resolve import Settled, Word, resolve
from bridge.store import database_now
from bridge.store.checkup import source_ids
from bridge.store.replays import REPLAYED, Span, ids_of_span, states_of
from bridge.worker.loop import Time

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


@click.command("replay")
@click.argument("ids", metavar="DELIVERY...", nargs=-1, type=click.IntRange(1, MOST_ID))
@since_option()
@by_source
@click.option("--state", type=click.Choice(REPLAYED), help="With --since: only deliveries in this state.")
@click.option("--dry-run", is_flag=True, help="Only count what would happen.")
@click.option("--force", is_flag=True, help="Ring again what rang, or what a person ended; by name, with --reason.")
@click.option("--reason", metavar="TEXT", help="With --force: why.")
@as_json
def replay_command(
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
    """Decide stored deliveries again, under today's rules: those named, or all since a time.

    A call that nobody heard waits again, if a rule still wants it. What rang stays as it is.
    """
    _check(ids, since, source, state, force, reason)
    opened = open_bridge()
    chosen = _choose(opened, ids, since, source, state)
    with opened.store.read() as conn:
        states = Counter(states_of(conn, chosen).values())
    if not as_json:
        told = ", ".join(f"{count} {name}" for name, count in sorted(states.items()))
        click.echo(f"{len(chosen)} delivery(ies)" + (f": {told}" if told else ""))
    clock = Time(opened.store.is_postgres)
    with opened.store.read() as conn:
        clock.look(database_now(conn, now()))
    forced = Forced(" ".join(reason.split()), person()) if force and reason else None
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


@click.command("resolve")
@click.argument("call_id", metavar="CALL", type=click.IntRange(1, MOST_ID))
@click.option("--rang", "words", flag_value="rang", multiple=True, help="VBot's records show that it rang.")
@click.option("--again", "words", flag_value="again", multiple=True, help="It did not ring: call again.")
@click.option("--leave", "words", flag_value="leave", multiple=True, help="Nobody can tell: leave it as it is.")
@click.option("--reason", required=True, metavar="TEXT", help="How you know; kept with the call.")
def resolve_command(*, call_id: int, words: tuple[Word, ...], reason: str) -> None:
    """Settle an unsure call by hand, after a look into VBot."""
    need_text(reason)
    if len(set(words)) != 1 or not reason.strip():
        raise click.UsageError("write one of --rang, --again and --leave, and --reason TEXT")
    (word,) = set(words)
    opened = open_bridge()
    with opened.store.read() as conn:
        at = database_now(conn, now())
    settled = resolve(opened.store, call_id, word, " ".join(reason.split()), person(), at)
    problem = _problem(call_id, settled)
    if problem is not None:
        raise click.ClickException(problem)
    said = {"rang": "placed: it rang", "again": "waiting: it will be called again", "leave": "left unsure"}
    click.echo(f"call {call_id}: {said[word]}")


def person() -> str:
    """Who gives this command, as the machine knows them."""
    try:
        return pwd.getpwuid(os.getuid()).pw_name
    except KeyError:
        return "cli"


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


def _problem(call_id: int, settled: Settled) -> str | None:
    if settled.state is None:
        return f"no call has the id {call_id}"
    at = settled.not_after.isoformat(timespec="minutes") if settled.not_after else ""
    words = {
        "not_unsure": f"the call {call_id} is {settled.state}; only an unsure call can be resolved",
        "expired": f"the call {call_id} had to start by {at}, and is not sent again; write --rang or --leave",
        "erased": f"the person of call {call_id} was erased; write --rang or --leave",
        "taken_back": f"the shop took the order of call {call_id} back; write --rang or --leave",
    }
    return words[settled.problem] if settled.problem else None


COMMANDS = (replay_command, resolve_command)
