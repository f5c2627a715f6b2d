"""The whole job on one machine: a fake shop, the bridge as `run` starts it, and a fake VBot that rings nobody."""

from __future__ import annotations

import http.client
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from bridge.core.model.texts import Language
from bridge.demo.process import ROOT, Bridge, DemoFailed, free_port, make_fake, start_bridge, wait_until_ready
from bridge.demo.shop import Letter, Sale, sell, send
from bridge.demo.story import compare, describe_end, describe_news, find_end, find_news
from bridge.demo.texts import say
from bridge.fake_vbot import FakeVBot
from bridge.store import Store, open_store

__all__ = ["DemoFailed", "Plan", "run_demo"]

LEDGER_LOOK_SECONDS = 0.1
SEND_TIMES = 3


@dataclass(frozen=True)
class Plan:
    """What the demo is to do. `orders` None: one after the other without end.

    ends     whether it ends by itself once each order has its end
    seconds_between  two orders
    most_seconds     for all of it, where it ends by itself
    show     prints one text
    stop     set: come to an end; `hurry`: end the processes at once
    """

    orders: int | None
    ends: bool
    seconds_between: float
    most_seconds: float
    language: Language
    show: Callable[[str], None]
    stop: threading.Event
    hurry: threading.Event

    def say(self, word: str, **facts: object) -> None:
        self.show(say(word, self.language, **facts))


def run_demo(plan: Plan) -> bool:
    """True if every order is explained and VBot's own list agrees with the ledger.

    Errors   DemoFailed. Nothing of the demo is left on the machine, whatever happens.
    """
    with ExitStack() as stack:
        plan.say("start")
        folder = stack.enter_context(
            tempfile.TemporaryDirectory(prefix="vbot-bridge-demo-", ignore_cleanup_errors=True)
        )
        port = free_port()
        vbot = stack.enter_context(make_fake(port))
        with start_bridge(Path(folder), port, vbot, plan.hurry) as bridge:
            if not wait_until_ready(bridge, plan.stop):
                raise DemoFailed("stopped")
            store = open_store(bridge.settings["DATABASE_URL"])
            stack.callback(store.close)
            _show_addresses(plan, bridge, vbot)
            is_done = _trade(plan, bridge, store, vbot)
            is_balanced = _balance(plan, bridge)
            plan.say("stopping")
        # Only now does nothing move any more.
        agrees = _compare(plan, store, vbot)
    if plan.ends and not is_done:
        raise DemoFailed("stopped")
    return is_balanced and agrees


def _show_addresses(plan: Plan, bridge: Bridge, vbot: FakeVBot) -> None:
    sources = ", ".join(source.id for source in bridge.sources.values())
    facts = {"web": bridge.url, "password": bridge.settings["CONSOLE_PASSWORD"], "vbot": vbot.url}
    plan.say("addresses", **facts, folder=bridge.folder, sources=sources)
    if not plan.ends:
        plan.say("look", settings=bridge.folder / "settings.env", root=ROOT, python=sys.executable)


def _trade(plan: Plan, bridge: Bridge, store: Store, vbot: FakeVBot) -> bool:
    """Sell, and show each order's end as it comes. False if stopped before the last one has its own."""
    begun = next_at = time.monotonic()
    moment = datetime.now(UTC)
    waiting: list[Sale] = []
    shown: set[tuple[str, str]] = set()
    sold = 0
    while not plan.stop.wait(LEDGER_LOOK_SECONDS):
        bridge.check()
        if sold != plan.orders and time.monotonic() >= next_at:
            # Two orders of one millisecond would be one.
            moment = max(datetime.now(UTC), moment + timedelta(milliseconds=1))
            waiting.append(_sell(plan, bridge, vbot, sold, moment))
            next_at = time.monotonic() + plan.seconds_between
            sold += 1
            if sold == plan.orders and not plan.ends:
                plan.say("all_sent", orders=sold)
        waiting = _show_ended(plan, store, vbot, waiting, shown)
        if plan.ends and sold == plan.orders and not waiting:
            return True
        if plan.ends and time.monotonic() - begun > plan.most_seconds:
            late = ", ".join(f"{sale.source.id} {sale.order_id}" for sale in waiting)
            raise DemoFailed("too_slow", bridge.last_words(), seconds=round(plan.most_seconds), orders=late)
    return False


def _sell(plan: Plan, bridge: Bridge, vbot: FakeVBot, n: int, moment: datetime) -> Sale:
    sale = sell(n, bridge.sources, moment)
    if sale.kind.fault:
        vbot.fault(times=1, **sale.kind.fault)
        plan.say(sale.kind.fault["name"])
    for letter in sale.letters:
        status = _send(letter, bridge.port)
        if status != letter.answer:
            raise DemoFailed("bad_answer", source=letter.source.id, got=status, wanted=letter.answer)
    return sale


def _send(letter: Letter, port: int) -> int:
    """The status, or 0 if there is none. Like a real shop, it sends again what was not taken."""
    status = 0
    for _ in range(SEND_TIMES):
        try:
            status = send(letter, port)
        except (OSError, http.client.HTTPException):
            continue
        if status < 500:
            break
    return status


def _show_ended(
    plan: Plan, store: Store, vbot: FakeVBot, waiting: list[Sale], shown: set[tuple[str, str]]
) -> list[Sale]:
    """The orders that have no end yet. What is new about them is shown once: `shown` holds what was."""
    still = []
    accepted = {call["external_call_id"] for call in vbot.calls}
    with store.read() as conn:
        for sale in waiting:
            end = find_end(conn, sale, plan.language, accepted)
            if end is not None:
                plan.show(describe_end(sale, end, plan.language))
                continue
            still.append(sale)
            news = find_news(conn, sale, plan.language)
            if news is not None and (sale.order_id, news.why) not in shown:
                shown.add((sale.order_id, news.why))
                plan.show(describe_news(sale, news, plan.language))
    return still


def _balance(plan: Plan, bridge: Bridge) -> bool:
    plan.say("balance")
    balance = bridge.run("balance", "--since", "24h")
    plan.show(balance.stdout.rstrip() or balance.stderr.rstrip())
    if balance.returncode:
        plan.say("unbalanced")
    return balance.returncode == 0


def _compare(plan: Plan, store: Store, vbot: FakeVBot) -> bool:
    with store.read() as conn:
        problems = compare(conn, vbot.calls, vbot.records)
    for problem in problems:
        plan.show(problem)
    if not problems:
        plan.say("agrees", rung=len(vbot.calls))
    return not problems
