"""The rooms of the design: who may import what, read the environment, look at the clock, or throw dice."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from fnmatch import fnmatch
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
MODULES = sorted(str(path.relative_to(ROOT)) for path in ROOT.glob("bridge/**/*.py"))

# What may be named only in some modules, and in what lies under them.
ENVIRONMENT = {"os.environ", "os.environb", "os.getenv", "os.putenv"}
CLOCK = {
    *(f"datetime.datetime.{name}" for name in ("now", "utcnow", "today")),
    "datetime.date.today",
    *(f"time.{name}" for name in ("time", "time_ns", "localtime", "ctime")),
}
MONOTONIC = {f"time.{name}" for name in ("monotonic", "monotonic_ns", "perf_counter", "perf_counter_ns")}
CHANCE = {
    "random",
    "uuid.uuid1",
    "uuid.uuid4",
    "os.urandom",
    *(f"secrets.{name}" for name in ("choice", "randbelow", "randbits", "token_bytes", "token_hex", "token_urlsafe")),
}
PAUSE = {"time.sleep"}
NETWORK = {"urllib.request", "http.client"}
# `lib.http` and what calls through it keep a deadline by a monotonic clock that tests replace.
DEADLINES = ("lib.http", "lib.addresses", "vbot.token", "vbot.client", "shop_api", "receive.fetch", "notify.write_back")
FILE_LOCK = "store.db.sqlite"  # flock has no deadline, so it is tried again until ours
RUNS = ("cli", "demo", "web", "worker", "fake_vbot")
ROOMS = [
    (ENVIRONMENT, {"settings"}),
    (CLOCK, {*RUNS, "shop_api.send"}),  # a signature holds the time at which it was made
    (MONOTONIC, {*RUNS, *DEADLINES, FILE_LOCK}),
    (CHANCE, {*RUNS, "place.dial", "shop_api.send"}),  # the ids of its attempts; a signature's word that is used once
    (
        PAUSE,
        {"cli", "demo", "worker", "fake_vbot", "place.outcome", "lib.shared_token", "shop_api", FILE_LOCK},
    ),  # a shop's rate
    (NETWORK, {"lib.http", "demo", "fake_vbot"}),
]


def test_imports_point_down_and_outside_things_have_one_room() -> None:
    program = "from importlinter.cli import lint_imports_command; lint_imports_command()"
    judged = subprocess.run(
        [sys.executable, "-c", program, "--no-cache"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert judged.returncode == 0, judged.stdout + judged.stderr


def test_environment_clock_chance_and_pauses_stay_in_their_rooms() -> None:
    found = {path: list(_misplaced((ROOT / path).read_text(), _module(path))) for path in MODULES}
    assert {path: misplaced for path, misplaced in found.items() if misplaced} == {}


@pytest.mark.parametrize(
    "line",
    [
        "import os\nos.environ['PORT']",
        "from os import environ as e\ne['PORT']",
        "import datetime\ndatetime.datetime.now()",
        "from datetime import datetime\ndef f(now=datetime.now): ...",
        "import datetime as dt\ndt.date.today()",
        "from time import monotonic",
        "import random\nrandom.random()",
        "from random import Random",
        "import time\ntime.sleep(1)",
        "import urllib.request",
        "from time import *",
    ],
)
def test_a_core_module_that_breaks_out_is_found(line: str) -> None:
    assert list(_misplaced(line, "rules"))


def test_a_value_that_only_looks_like_the_clock_is_none() -> None:
    assert (
        list(_misplaced("from datetime import datetime\nimport time\ndatetime.fromisoformat(now.time)", "rules")) == []
    )


def _module(path: str) -> str:
    parts = Path(path).with_suffix("").parts[1:]
    return ".".join(part for part in parts if part != "__init__") or "bridge"


def _misplaced(text: str, module: str) -> Iterator[str]:
    for line, name in _names(ast.parse(text)):
        for words, rooms in ROOMS:
            shown = any(
                name == word or name.startswith(word + ".") or name == word.rpartition(".")[0] + ".*" for word in words
            )
            if shown and not any(fnmatch(module, room) or module.startswith(room + ".") for room in rooms):
                yield f"{module}:{line}: {name}"


def _names(tree: ast.Module) -> Iterator[tuple[int, str]]:
    """Each imported name, and each dotted use of one, in full: `dt.now` is `datetime.datetime.now`."""
    known: dict[str, str] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                known[alias.asname or alias.name.partition(".")[0]] = (
                    alias.name if alias.asname else alias.name.partition(".")[0]
                )
                yield node.lineno, alias.name
        elif isinstance(node, ast.ImportFrom) and not node.level:
            for alias in node.names:
                known[alias.asname or alias.name] = f"{node.module}.{alias.name}"
                yield node.lineno, f"{node.module}.{alias.name}"
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute):
            head, *rest = ast.unparse(node).split(".")
            if head in known:
                yield node.lineno, ".".join([known[head], *rest])
