"""run: web and one worker on one machine."""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import runpy
import signal
import socket
import sys
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from multiprocessing.context import ForkProcess
from pathlib import Path

import click

import bridge.cli.migrate
import bridge.cli.worker  # noqa: F401  each child is forked with what it needs loaded already
from bridge.cli.shared.command import command
from bridge.cli.shared.database import need_account
from bridge.core.model import BadSetting
from bridge.settings import read_config, socket_address
from bridge.worker.loop import stop_on_signals

GROUP = "start"
HELP = (
    "Một máy: máy chủ web và một worker, tự khởi động lại khi bị dừng.",
    "One machine: the web server and one worker, started again if they fall.",
)

_STOPPING = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)
STOP_SECONDS = 24  # a stopping process is given 25
FIRST_WAIT, LONGEST_WAIT = 1.0, 30.0
SETTLED_SECONDS = 60  # whoever lived so long starts again at once
_GUNICORN = ("--config", str(Path(__file__).parents[2] / "gunicorn.conf.py"), "--env", "BRIDGE_SUPERVISED=1")


@command("run", HELP)
def run() -> int:
    config = read_config()
    need_account(config)
    host = config.bind or "127.0.0.1"
    _need_port(host, config.port)
    lifeline = os.pipe()

    def prepare(name: str, *command: str) -> _Child:
        return _Child(name, command, lifeline)

    steps = [prepare("migrate", "bridge", "migrate")]
    if config.config_files:
        steps.append(prepare("apply", "bridge", "apply", "--release"))
    for step in steps:
        if code := step.see_through():
            return code
    stop = threading.Event()
    stop_on_signals(stop)
    children = [
        prepare("web", "gunicorn", *_GUNICORN, "--bind", socket_address(host, config.port)),
        prepare("worker", "bridge", "worker", "--supervised"),
    ]
    while not stop.wait(0.2):
        for child in children:
            child.look_after()
    until = time.monotonic() + STOP_SECONDS
    for child in children:
        child.tell_to_stop()
    for child in children:
        child.see_off(until)
    return 0


@dataclass
class _Child:
    """A process of ours that is to run. Its standard input ends with us, however we end, and it ends with that.

    It is forked, and so has at once what we have loaded. That is safe while we hold no thread and no database:
    what needs either, migrating and applying too, is done by a child.
    """

    name: str
    command: Sequence[str]
    lifeline: tuple[int, int]
    _process: ForkProcess | None = None
    _started: float = 0.0
    _due: float = 0.0
    _wait: float = FIRST_WAIT

    def see_through(self) -> int:
        """Its exit code, when it has done what it has to do."""
        process = self._start(time.monotonic())
        process.join()
        return process.exitcode or 0

    def look_after(self) -> None:
        now = time.monotonic()
        if self._process is None:
            if now >= self._due:
                self._start(now)
        elif self._process.exitcode is not None:
            if now - self._started > SETTLED_SECONDS:
                self._wait = FIRST_WAIT
            click.echo(
                f"{self.name} ended with {self._process.exitcode}; starting it again in {self._wait:.0f} s", err=True
            )
            self._process, self._due = None, now + self._wait
            self._wait = min(self._wait * 2, LONGEST_WAIT)

    def tell_to_stop(self) -> None:
        if self._process is not None:
            self._process.terminate()

    def see_off(self, until: float) -> None:
        if self._process is None:
            return
        self._process.join(max(0.1, until - time.monotonic()))
        if self._process.exitcode is None:
            self._process.kill()

    def _start(self, now: float) -> ForkProcess:
        self._process = multiprocessing.get_context("fork").Process(target=self._become, daemon=True)
        # A signal to the child before it answers for itself would be taken by our own handler there, and be lost.
        before = signal.pthread_sigmask(signal.SIG_BLOCK, _STOPPING)
        try:
            self._process.start()
        finally:
            signal.pthread_sigmask(signal.SIG_SETMASK, before)
        self._started = now
        return self._process

    def _become(self) -> None:
        """In the child: python -m with this command."""
        for number in _STOPPING:
            if signal.getsignal(number) != signal.SIG_IGN:
                signal.signal(number, signal.SIG_DFL)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, _STOPPING)
        held, holding = self.lifeline
        os.dup2(held, 0)
        for end in (held, holding):
            os.close(end)
        _name_process(f"bridge-{self.name}")
        sys.argv = list(self.command)
        runpy.run_module(self.command[0], run_name="__main__", alter_sys=True)


def _name_process(name: str) -> None:
    """Where the machine can: all our processes have the command line of `run`."""
    with contextlib.suppress(OSError):
        Path("/proc/self/comm").write_text(name)


def _need_port(host: str, port: int) -> None:
    """gunicorn would try again and again, and `run` would start it again and again."""
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise BadSetting(
                f"PORT {port} cannot be had ({error.strerror}); end what listens there, or write another",
                f"không dùng được PORT {port} ({error.strerror}); hãy dừng chương trình đang dùng nó, hoặc đổi cổng",
            ) from None
