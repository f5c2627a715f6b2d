"""demo: the whole job on this machine."""

from __future__ import annotations

import io
import os
import signal
import sys
import threading
from types import FrameType

import click

from bridge.cli.shared.command import command, option
from bridge.cli.shared.language import current_language
from bridge.demo import DemoFailed, Plan, run_demo
from bridge.demo.texts import say

GROUP = "start"
HELP = (
    "Chạy thử toàn bộ trên máy này: cửa hàng giả, VBot giả, web và worker. Không cần tài khoản, không ai bị gọi.",
    "The whole job on this machine: a fake shop, a fake VBot, web and worker. No account, nobody is rung.",
)

EXIT_ORDERS = 20
QUICK_SECONDS, WATCHED_SECONDS = 0.2, 3.0
MOST_SECONDS = 60  # for all orders to come to their end, and one second more for each


@command("demo", HELP, language_variable="DEMO_LANG")
@option(
    "--orders",
    type=click.IntRange(min=1),
    envvar="DEMO_ORDERS",
    help=("Cửa hàng gửi bao nhiêu đơn.", "How many orders the shop sends."),
)
@option(
    "--exit",
    "ends",
    is_flag=True,
    envvar="DEMO_EXIT",
    help=(
        f"Dừng khi mọi đơn đã có kết cục; không có --orders thì {EXIT_ORDERS} đơn.",
        f"End once each order has its end; without --orders, {EXIT_ORDERS} orders.",
    ),
)
def run(orders: int | None, ends: bool) -> int:
    language = current_language()
    if ends and orders is None:
        orders = EXIT_ORDERS
    between = QUICK_SECONDS if ends else WATCHED_SECONDS
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="replace")  # a terminal without Vietnamese letters shows the rest
    stop, hurry = _stop_on_signals()
    plan = Plan(
        orders=orders,
        ends=ends,
        seconds_between=between,
        most_seconds=MOST_SECONDS + (orders or 0),
        language=language,
        show=click.echo,
        stop=stop,
        hurry=hurry,
    )
    try:
        return 0 if run_demo(plan) else 1
    except DemoFailed as error:
        if error.log:
            click.echo(error.log, err=True)
        raise click.ClickException(say(error.word, language, **error.facts)) from None
    except BrokenPipeError:
        # Whoever read the output has gone, as `head` does. Nothing may be flushed into it at the end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1


def _stop_on_signals() -> tuple[threading.Event, threading.Event]:
    """Set by the first signal, and by the next one."""
    stop, hurry = threading.Event(), threading.Event()

    def note(_signal: int, _frame: FrameType | None) -> None:
        (hurry if stop.is_set() else stop).set()

    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        if signal.getsignal(number) is not signal.SIG_IGN or number == signal.SIGINT:
            signal.signal(number, note)
    return stop, hurry
