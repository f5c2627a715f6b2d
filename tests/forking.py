"""Starts `python -m bridge`, gunicorn and the fake VBot by fork from a process that has imported them.

Each is a process of its own, with its own environment, folder, files and signals; only the import, most of a second of
a processor for each, is done once for all that a test process starts. What Python does before that is tested by
tests/cli/test_main.py, tests/web/test_gunicorn.py, tests/deploy and tests/demo, which start it themselves.
"""

from __future__ import annotations

import atexit
import contextlib
import functools
import gc
import json
import os
import runpy
import select
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import traceback
import warnings
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from tests import compiled

MODULES = {"bridge", "gunicorn", "bridge.fake_vbot"}
ROOT = Path(__file__).parents[1]
LONGEST_ORDER = 1 << 17
SECONDS = 120
# On a database of their own, on SQLite; VBot is not asked.
FIRST = (
    "migrate",
    "apply shops.json --yes",
    "check shops.json",
    *("export", "calls --json", "deliveries --json", "balance", "report", "audit", "platforms", "sources"),
    *("pause --reason x", "resume", "rules log", "batches", "replay --since 1h --yes", "sample shopify", "dnc list"),
)
_turn = threading.Lock()
_in_use = threading.Event()


def share() -> None:
    """From now on this process starts by fork what it can; a benchmark does not, for it measures the start too."""
    _in_use.set()


def start(
    words: Sequence[str], environment: Mapping[str, str], folder: Path, files: Sequence[int]
) -> Forked | subprocess.Popen[bytes]:
    """`python -m WORDS` as a service that leads a session; `files` are its standard input, output and error.

    What comes with a PYTHONPATH of its own brings its own code, and imports it itself; so does `run`, which forks too.
    """
    is_here = words[0] in MODULES and tuple(words[:2]) != ("bridge", "run")
    if is_here and _in_use.is_set() and environment.get("PYTHONPATH") == str(ROOT):
        return Forked(words, environment, folder, files, is_service=True)
    return _popen(words, environment, folder, files, start_new_session=True)


def run(words: Sequence[str], environment: Mapping[str, str], folder: Path, files: Sequence[int]) -> int:
    """The exit code of the command `python -m bridge WORDS`; a warning is an error there."""
    if _in_use.is_set() and environment.get("PYTHONPATH", str(ROOT)) == str(ROOT):
        return Forked(["bridge", *words], environment, folder, files, is_service=False).wait(SECONDS)
    return _popen(["bridge", *words], environment, folder, files).wait(SECONDS)


def _popen(
    words: Sequence[str], environment: Mapping[str, str], folder: Path, files: Sequence[int], **options: Any
) -> subprocess.Popen[bytes]:
    kinds = dict(zip(("stdin", "stdout", "stderr"), files, strict=True))
    return subprocess.Popen([sys.executable, "-m", *words], env=environment, cwd=folder, **kinds, **options)


class Forked:
    """A process that was begun so. As Popen has it: args, pid, returncode, poll, wait, send_signal, kill."""

    def __init__(
        self, words: Sequence[str], environment: Mapping[str, str], folder: Path, files: Sequence[int], is_service: bool
    ) -> None:
        self.args = list(words)
        self.returncode: int | None = None
        order = {"words": self.args, "environment": dict(environment), "folder": str(folder), "is_service": is_service}
        ours, theirs = os.pipe()
        with _turn:
            socket.send_fds(_server(), [json.dumps(order).encode()], [*files, theirs])
        os.close(theirs)
        self._told = os.fdopen(ours)
        self.pid = int(self._told.readline())

    def poll(self) -> int | None:
        return self._look(0)

    def wait(self, timeout: float | None = None) -> int:
        code = self._look(timeout)
        if code is None:
            raise subprocess.TimeoutExpired(self.args, timeout or 0)
        return code

    def send_signal(self, number: int) -> None:
        if self.poll() is None:
            os.kill(self.pid, number)

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)

    def _look(self, seconds: float | None) -> int | None:
        if self.returncode is None and select.select([self._told], [], [], seconds)[0]:
            self.returncode = int(self._told.readline())
            self._told.close()
        return self.returncode


@functools.cache
def _server() -> socket.socket:
    """Where orders go; the process behind it ends with ours."""
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    command = [sys.executable, "-m", "tests.forking", str(theirs.fileno())]
    process = subprocess.Popen(command, cwd=ROOT, pass_fds=[theirs.fileno()], start_new_session=True)
    theirs.close()
    atexit.register(process.wait)
    atexit.register(ours.close)  # before that: the last that was registered is the first that is done
    return ours


def _serve(orders: socket.socket) -> dict[str, Any] | None:
    """Returns in each process that was ordered, with its order; in the first, at the end, with None."""
    while True:
        raw, descriptors, _, _ = socket.recv_fds(orders, LONGEST_ORDER, 4)
        if not raw:
            return None
        with contextlib.suppress(ChildProcessError):
            while os.waitpid(-1, os.WNOHANG)[0]:
                pass
        *files, answer = descriptors
        if os.fork() == 0:
            orders.close()
            _attend(files, answer)
            return _prepare(json.loads(raw), files)
        for descriptor in descriptors:
            os.close(descriptor)


def _attend(files: list[int], answer: int) -> None:
    """Return in the process that was ordered. The one beside it tells its number, then its exit code, and ends."""
    ordered = os.fork()
    if ordered == 0:
        os.close(answer)
        return
    for descriptor in (0, 1, 2, *files):
        os.close(descriptor)
    with contextlib.suppress(BrokenPipeError):
        os.write(answer, f"{ordered}\n".encode())
        code = os.waitstatus_to_exitcode(os.waitpid(ordered, 0)[1])
        os.write(answer, f"{code}\n".encode())
    os._exit(0)


def _prepare(order: dict[str, Any], files: list[int]) -> dict[str, Any]:
    if order["is_service"]:
        os.setsid()
    else:
        signal.alarm(SECONDS)
        warnings.simplefilter("error")
    os.chdir(order["folder"])  # not where a developer may have an .env
    os.environ.clear()
    os.environ.update(order["environment"])
    for standard, given in enumerate(files):
        os.dup2(given, standard)
        os.close(given)
    sys.stdin = os.fdopen(0, encoding="utf-8", closefd=False)
    sys.stdout = os.fdopen(1, "w", encoding="utf-8", closefd=False, buffering=1 if order["is_service"] else -1)
    sys.stderr = os.fdopen(2, "w", encoding="utf-8", closefd=False, buffering=1)
    return order


def _become(order: dict[str, Any]) -> None:
    module, *words = order["words"]
    try:
        code = _exit_code(module, words)
    except BaseException:
        traceback.print_exc()
        code = 1
    if order["is_service"]:
        sys.exit(code)
    sys.stdout.flush()
    # At once: taking a forked interpreter down costs more than the command.
    os._exit(code)


def _exit_code(module: str, words: Sequence[str]) -> int:
    """Of `python -m MODULE WORDS`, run here."""
    sys.argv = [module, *words]
    try:
        runpy.run_module(module, run_name="__main__", alter_sys=True)
    except SystemExit as end:
        if isinstance(end.code, str):
            sys.stderr.write(f"{end.code}\n")
            return 1
        return end.code or 0
    return 0


def _import_all() -> None:
    import click  # noqa: PLC0415
    import gunicorn.app.wsgiapp  # noqa: PLC0415
    import gunicorn.workers.gthread  # noqa: PLC0415, F401

    import bridge.fake_vbot  # noqa: PLC0415
    import bridge.web  # noqa: PLC0415
    import bridge.worker.loop  # noqa: PLC0415, F401
    from bridge.cli.main import bridge as commands  # noqa: PLC0415

    context = click.Context(commands)
    for name in commands.list_commands(context):
        commands.get_command(context, name)  # imports it


def _find_out() -> None:
    """What each process finds out when it first needs it (compiled SQL, schemas, platforms) is known when it is forked.

    It is half of the processor's time of a command.
    """
    compiled.share()
    rule = {
        "rule": "r",
        "template": "T",
        "on": ["order.created"],
        "when": "order.payment.cod",
        "datas": {"x": "{{ 1 }}"},
    }
    shops = {"sources": [{"id": "shop", "platform": "shopify", "secrets": ["s" * 32]}], "rules": [rule]}
    with tempfile.TemporaryDirectory() as folder, Path(os.devnull).open("w") as nowhere:
        os.chdir(folder)
        Path("shops.json").write_text(json.dumps(shops))
        os.environ |= {"BRIDGE_SECRET_KEY": "k" * 32, "LOG_LEVEL": "ERROR"}
        with contextlib.redirect_stdout(nowhere), contextlib.redirect_stderr(nowhere):
            codes = {words: _exit_code("bridge", words.split()) for words in FIRST}
        assert set(codes.values()) == {0}, codes
        os.chdir(ROOT)


if __name__ == "__main__":
    number = int(sys.argv[1])
    _import_all()
    _find_out()
    gc.freeze()
    begun = _serve(socket.socket(fileno=number))
    if begun:
        _become(begun)
