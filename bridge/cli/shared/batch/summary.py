"""What became of a list's lines, counted and printed: before anything is stored, and at the end."""

from __future__ import annotations

import time
from collections.abc import Sequence

import click

from bridge.cli.shared.batch.manual import NO_WORKER, worker_beats
from bridge.cli.shared.database import Opened
from bridge.cli.shared.language import current_language, say, text
from bridge.cli.shared.printing import print_json
from bridge.core.call_states import BEFORE_DIALING, UNDER_WAY
from bridge.core.model import Json
from bridge.core.reports.figures import read_terms
from bridge.monitor.story.evidence import grouped
from bridge.place.lists.lines import Count, Ready, count_ahead
from bridge.store import Connection
from bridge.store.calls import count_states
from bridge.store.configuration.documents import read_group
from bridge.store.people.list_price import price_of_call
from bridge.vbot import VBotError
from bridge.vbot.client import Client
from bridge.worker.clock import TrustedClock

BALANCE_SECONDS = 5
INTERRUPTED = 130


def print_dry_run(opened: Opened, client: Client, count: Count, ready: Sequence[Ready], *, as_json: bool) -> int:
    with opened.store.read() as conn:
        ahead = count_ahead(conn, ready, count.name)
        price = _price(conn, client, count.template, ahead.new)
    count.new, count.there, count.do_not_call = ahead.new, ahead.there, ahead.do_not_call
    if as_json:
        print_json({**_json(count), "dry_run": True, "price": price})
    else:
        _print(count)
        say(f"giá: {price['said']}", f"price: {price['said']}")
        say("chạy thử: không lưu gì và không gọi ai", "dry run: nothing was stored and nobody was called")
    return 1 if count.bad else 0


def _price(conn: Connection, client: Client, template: str, new: int) -> dict[str, Json]:
    """What is known of the money: VBot's API tells no price of a call, and not every generation the balance."""
    known = price_of_call(conn, template, read_terms(read_group(conn, "reports")).rate)
    if known is None:
        said = text(
            "chưa biết: VBot không cho biết giá mỗi cuộc gọi, và chưa có cuộc gọi nào để ước tính",
            "not known: VBot tells no price per call, and there is no call yet to go by",
        )
    else:
        basis = text(
            f"{known.calls} cuộc gọi gần nhất" + (" theo kịch bản này" if known.template else " theo mọi kịch bản"),
            f"the last {known.calls} call(s)" + (" of this template" if known.template else " of all templates"),
        )
        total, each = (grouped(f"{known.of(n)}", current_language()) for n in (new, 1))
        said = text(
            f"khoảng {total} đồng cho {new} cuộc gọi, theo {basis} (trung bình {each} đồng)",
            f"about {total} dong for {new} call(s), by {basis} ({each} dong each)",
        )
    per_call = str(known.of(1)) if known else None
    basis_json = {"calls": known.calls, "answered": known.answered, "template": known.template} if known else None
    found = {"per_call": per_call, "total": str(known.of(new)) if known else None, "basis": basis_json}
    try:
        left = client.balance(time.monotonic() + BALANCE_SECONDS)
    except VBotError as error:
        balance = text(f"số dư: {error.vietnamese}", f"balance: {error.message}")
        return {**found, "balance": None, "said": f"{said}; {balance}"}
    shown = grouped(f"{left:f}", current_language())
    told = text(f"{said}; số dư là {shown} đồng", f"{said}; the balance is {shown} dong")
    return {**found, "balance": str(left), "said": told}


def print_summary(
    opened: Opened, count: Count, ids: Sequence[int], clock: TrustedClock, *, stopped: bool, as_json: bool
) -> int:
    with opened.store.read() as conn:
        states = count_states(conn, ids)
    if as_json:
        print_json({**_json(count), "dry_run": False, "calls": dict(states), "stopped": stopped})
    else:
        _print(count)
        counted = ", ".join(f"{n} {state}" for state, n in sorted(states.items())) or text("không có", "none")
        say(f"cuộc gọi: {counted}", f"calls: {counted}")
    if stopped:
        left = count.lines - len(count.bad) - count.repeated - count.do_not_call - len(ids)
        say(
            f"đã dừng; còn {left} dòng chưa lưu. Muốn tiếp tục, hãy chạy lại đúng lệnh này: không ai bị gọi hai lần. "
            "Những dòng đã lưu chờ worker; nút dừng mọi cuộc gọi là: python -m bridge pause",
            f"stopped; {left} line(s) are not stored yet. To go on, give the same command again: nobody is called "
            "twice. What is stored waits for a worker; the stop button for all calls is: python -m bridge pause",
            err=True,
        )
        return INTERRUPTED
    if states.keys() & set(BEFORE_DIALING) and not worker_beats(opened, clock.now()):
        say(*NO_WORKER, err=True)
    return 0 if states.keys() <= set(UNDER_WAY) else 1


def _json(count: Count) -> dict[str, Json]:
    return {
        "name": count.name,
        "template": count.template,
        "hotline": count.hotline,
        "lines": count.lines,
        "new": count.new,
        "already_there": dict(count.there),
        "repeated": count.repeated,
        "do_not_call": count.do_not_call,
        "bad": [{"line": bad.number, "problem": text(*bad.texts)} for bad in count.bad],
    }


def _print(count: Count) -> None:
    states = ", ".join(f"{n} {state}" for state, n in sorted(count.there.items()))
    there, bad = f" ({states})" if states else "", len(count.bad)
    parts = [
        text(f"{count.lines} dòng: {count.new} mới", f"{count.lines} lines: {count.new} new"),
        text(f"{count.there.total()} đã có sẵn{there}", f"{count.there.total()} already there{there}"),
    ]
    if count.repeated:
        parts.append(text(f"{count.repeated} lặp lại", f"{count.repeated} repeated"))
    if count.do_not_call:
        listed = count.do_not_call
        parts.append(text(f"{listed} trong danh sách không gọi", f"{listed} on the do-not-call list"))
    click.echo(", ".join([*parts, text(f"{bad} sai", f"{bad} bad")]))
