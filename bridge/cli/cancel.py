"""cancel: end the calls that still wait."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import click

from bridge.cli.shared.acts import current_user
from bridge.cli.shared.arguments import MOST_ID, need_known, need_text
from bridge.cli.shared.command import command, option
from bridge.cli.shared.consent import need_consent, yes_option
from bridge.cli.shared.database import Opened, now, open_database
from bridge.cli.shared.language import failure, misuse, say, text
from bridge.cli.shared.pauses import of_rule
from bridge.cli.shared.printing import clean
from bridge.core.call_states import REACHED
from bridge.core.model import OrderKey
from bridge.store import Connection, database_now
from bridge.store.calls import Cancelling, call_ids_of, cancel_by_person
from bridge.store.configuration.outline import read_outline
from bridge.store.operation.actions import record_action
from bridge.store.people.batches import batch_names, cancel_batch, count_waiting
from bridge.store.reports.views import describe_call, find_orders

GROUP = "act"
HELP = (
    "Hủy những cuộc gọi còn đang chờ: một cuộc gọi theo mã, các cuộc gọi của một đơn theo mã hay số đơn, "
    "hoặc của cả một danh sách.\n\n"
    "Nếu một cuộc gọi và một đơn trùng số, hãy viết call:MÃ hoặc order:SỐ.",
    "End what still waits: one call by its id, an order's calls by its id or number, or those of a whole list.\n\n"
    "Where a call and an order bear the same number, write call:ID or order:NUMBER.",
)


@command("cancel", HELP)
@click.argument("what", metavar="[CALL|ORDER]", required=False)
@option(
    "--batch",
    metavar="NAME",
    help=(
        "Những gì còn chờ của danh sách này; lệnh đếm trước rồi hỏi lại.",
        "What still waits of this list; counts first, and asks.",
    ),
)
@option("--reason", required=True, metavar="TEXT", help=("Lý do; được lưu cùng cuộc gọi.", "Why; kept with the call."))
@option(
    "--source",
    metavar="ID",
    help=("Nguồn của đơn, khi nhiều nguồn có cùng số đơn.", "The order's source, where several share its number."),
)
@of_rule
@yes_option
def run(what: str | None, batch: str | None, reason: str, source: str | None, rule: str | None, yes: bool) -> int:
    need_text(reason)
    if (what is None) == (batch is None) or (batch is not None and (source or rule)):
        raise misuse(
            "hãy viết một CALL, một ORDER hoặc --batch NAME; số đơn có dấu # phải đặt trong ngoặc kép, hoặc bỏ dấu #",
            'write one CALL, one ORDER or --batch NAME; a number with # stands in quotes ("#1053"), or without its #',
        )
    if not reason.strip():
        raise misuse(
            "--reason để trống: hãy viết vì sao hủy cuộc gọi", "--reason is blank: write why the call is cancelled"
        )
    opened = open_database()
    why = " ".join(reason.split())
    if batch is not None:
        return _cancel_batch(opened, batch, why, yes=yes)
    with opened.store.read() as conn:
        if source is not None:
            need_known("source", source, read_outline(conn).sources)
        call_ids = _meant(conn, what or "", source, rule)
    with opened.store.write() as conn:
        answers = cancel_by_person(conn, call_ids, why, database_now(conn, now()), who=current_user())
    return _print(answers)


def _cancel_batch(opened: Opened, name: str, reason: str, *, yes: bool) -> int:
    with opened.store.read() as conn:
        need_known("batch", name, batch_names(conn))
        waiting = count_waiting(conn, name)
    if waiting:
        need_consent(
            f"lệnh này hủy {waiting} cuộc gọi đang chờ của danh sách {clean(name)}",
            f"this cancels {waiting} waiting call(s) of the list {clean(name)}",
            yes=yes,
        )
        with opened.store.write() as conn:
            at = database_now(conn, now())
            waiting = cancel_batch(conn, name, reason, at)
            record_action(conn, "cancel", f"batch:{name}", reason, at, who=current_user())
    say(f"đã hủy: {waiting} cuộc gọi", f"cancelled: {waiting} call(s)")
    return 0


def _print(answers: Sequence[Cancelling]) -> int:
    """What became of each call; the exit code."""
    late = False
    for answer in answers:
        call = answer.call
        which = text(f"cuộc gọi {call.id} (quy tắc {call.rule})", f"call {call.id} (rule {call.rule})")
        if answer.is_cancelled:
            say(f"đã hủy: {which}", f"cancelled: {which}")
        elif call.state in REACHED:
            late = True
            say(f"quá muộn: {which} đang ở trạng thái {call.state}", f"too late: {which} is {call.state}")
        else:
            say(f"không có gì để hủy: {which} ở trạng thái {call.state}", f"nothing to cancel: {which} is {call.state}")
    return 1 if late and not any(answer.is_cancelled for answer in answers) else 0


def _meant(conn: Connection, what: str, source: str | None, rule: str | None) -> list[int]:
    """The ids of the calls meant; UsageError where that is not sure, ClickException where there is none."""
    word, colon, rest = what.partition(":")
    kind = word if colon and word in ("call", "order") else None
    written = rest if kind else what
    name = clean(written)
    of_call = _call(conn, written, rule) if kind != "order" and source is None else []
    found = find_orders(conn, written, source) if kind != "call" else []
    keys = [OrderKey(one["source"], one["order_id"]) for one in found]
    of_orders = {key: call_ids_of(conn, *key, rule) for key in keys}
    if of_call and found and [of_call] != [*of_orders.values()]:
        raise misuse(
            f"{name} vừa là cuộc gọi vừa là đơn: hãy viết call:{name} hoặc order:{name}",
            f"{name} is a call and an order: write call:{name} or order:{name}",
        )
    if of_call:
        return of_call
    _need_one_order(name, of_orders)
    if not of_orders:
        raise _nothing(kind, name, source)
    (call_ids,) = of_orders.values()
    if not call_ids:
        by = text(f" theo quy tắc {clean(rule)}", f" under the rule {clean(rule)}") if rule else ""
        raise failure(
            f"đơn {name} không có cuộc gọi nào{by}; xem: python -m bridge explain {name}",
            f"the order {name} has no call{by}; see: python -m bridge explain {name}",
        )
    return call_ids


def _need_one_order(name: str, of_orders: Mapping[OrderKey, list[int]]) -> None:
    """UsageError where the name is that of several orders."""
    sources = sorted({source for source, _ in of_orders})
    if len(sources) > 1:
        shared = ", ".join(sources)
        raise misuse(
            f"nhiều nguồn có đơn {name}: thêm --source, một trong {shared}",
            f"several sources have an order {name}: add --source, one of {shared}",
        )
    if len(of_orders) > 1:
        ids = ", ".join(f"call:{n}" for n in sorted(n for ids in of_orders.values() for n in ids))
        ids = ids or text("không đơn nào có cuộc gọi", "none has a call")
        raise misuse(
            f"{name} là số của một đơn và mã của một đơn khác; hãy nêu cuộc gọi: {ids}",
            f"{name} is the number of one order and the id of another; name the call: {ids}",
        )


def _call(conn: Connection, written: str, rule: str | None) -> list[int]:
    written = written.strip().removeprefix("#")
    if not (written.isascii() and written.isdigit() and len(written) < 20 and int(written) <= MOST_ID):
        return []
    found = describe_call(conn, int(written), show_phones=False)
    return [found["id"]] if found and rule in (None, found["rule"]) else []


def _nothing(kind: str | None, name: str, source: str | None) -> click.ClickException:
    place = text(f" của nguồn {source}", f" of the source {source}") if source else ""
    if kind == "call":
        return failure(f"không có cuộc gọi nào có mã {name}", f"no call has the id {name}")
    if kind == "order":
        return failure(f"không có đơn nào{place} có mã hoặc số {name}", f"no order{place} has the id or number {name}")
    return failure(
        f"không có cuộc gọi nào có mã {name}, và không có đơn nào{place} có mã hoặc số này",
        f"no call has the id {name}, and no order{place} this id or number",
    )
