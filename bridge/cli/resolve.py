"""resolve: settle an unsure call by hand."""

from __future__ import annotations

import click

from bridge.cli.shared.arguments import MOST_ID, current_user, need_text
from bridge.cli.shared.command import command
from bridge.cli.shared.database import now, open_bridge
from bridge.core.call_states import CallState
from bridge.settle.resolve import Settled, Word, resolve
from bridge.store import database_now

GROUP = "act"
HELP = (
    "Kết luận một cuộc gọi chưa rõ, sau khi đã xem trên VBot.",
    "Settle an unsure call by hand, after a look into VBot.",
)


@command("resolve", HELP)
@click.argument("call_id", metavar="CALL", type=click.IntRange(1, MOST_ID))
@click.option("--rang", "words", flag_value="rang", multiple=True, help="VBot's records show that it rang.")
@click.option("--again", "words", flag_value="again", multiple=True, help="It did not ring: call again.")
@click.option("--leave", "words", flag_value="leave", multiple=True, help="Nobody can tell: leave it as it is.")
@click.option("--reason", required=True, metavar="TEXT", help="How you know; kept with the call.")
def run(*, call_id: int, words: tuple[Word, ...], reason: str) -> None:
    need_text(reason)
    if len(set(words)) != 1 or not reason.strip():
        raise click.UsageError("write one of --rang, --again and --leave, and --reason TEXT")
    (word,) = set(words)
    opened = open_bridge()
    with opened.store.read() as conn:
        at = database_now(conn, now())
    settled = resolve(opened.store, call_id, word, " ".join(reason.split()), current_user(), at)
    problem = _problem(call_id, settled)
    if problem is not None:
        raise click.ClickException(problem)
    said = {"rang": "placed: it rang", "again": "waiting: it will be called again", "leave": "left unsure"}
    click.echo(f"call {call_id}: {said[word]}")


def _problem(call_id: int, settled: Settled) -> str | None:
    if settled.state is None:
        return f"no call has the id {call_id}"
    at = settled.not_after.isoformat(timespec="minutes") if settled.not_after else ""
    words = {
        "not_unsure": f"the call {call_id} is {settled.state}; only an unsure call can be resolved",
        CallState.EXPIRED: f"the call {call_id} had to start by {at}, and is not sent again; write --rang or --leave",
        "erased": f"the person of call {call_id} was erased; write --rang or --leave",
        "taken_back": f"the shop took the order of call {call_id} back; write --rang or --leave",
    }
    return words[settled.problem] if settled.problem else None
