"""How long commands take to start: python -m tests.bench.commands [--rounds 7] [--kind SQLite] [--base FOLDER]

Each in turn with `python -c pass`, on a ledger of 200 finished calls: seconds and processor seconds above it, medians
of one run. Beside them the floor of every look-up: importing SQLAlchemy, and one SELECT with it. Asserts nothing.

With --base the checkout of an older version that stands there, with a .venv of its own, runs the same commands in turn
with ours, each on its own copy of the ledger of tests/fixtures/databases.
"""

from __future__ import annotations

import argparse
import os
import sqlite3
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import psycopg

from tests.bench.filling import catch_up, fill
from tests.bench.stand import POSTGRES, SQLITE, Stand, medians, open_stand
from tests.processes import KEY, ROOT, phone

CALLS = 200
NOTHING = ["-c", "pass"]
IMPORT = ["-c", "import sqlalchemy"]
SELECT = ["-c", "import sqlalchemy as s; s.create_engine({url!r}).connect().execute(s.select(s.literal(1)))"]
LOOKUPS = (
    "--help",
    "explain DH-7",
    "calls",
    f"calls --phone {phone(7)}",
    "deliveries",
    "deliveries --show 3",
    "balance",
    "report",
    "audit",
    "batches",
    "rules log",
    "sources",
    "platforms",
    "dnc list",
    "tokens list",
    "export",
    "check shops.yaml",
    "doctor",
)
OLDER_LEDGER = "4cd3fd3"
OLDER = ("--help", "explain DH-7", "calls", "deliveries", "balance", "sources", "check shops.yaml", "doctor")
WELL = (0, 1)  # `doctor` ends with 1 where something is to be mended: nobody works here


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.bench.commands")
    parser.add_argument("--folder", help="where SQLite's file is")
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--kind", choices=[SQLITE, POSTGRES])
    parser.add_argument("--base", type=Path, help="the checkout of an older version")
    options = parser.parse_args(arguments)
    with open_stand(options.folder) as stand:
        for kind in [options.kind] if options.kind else stand.kinds:
            if options.base:
                _print_both(kind, _compare(stand, kind, options.rounds, options.base.resolve()))
            else:
                _print(kind, _measure(stand, kind, options.rounds))


def _measure(stand: Stand, kind: str, rounds: int) -> Mapping[str, Mapping[str, float]]:
    url = stand.database(kind, kind)
    fill(url, range(CALLS), datetime.now(UTC))
    catch_up(url)
    names = {name: ["-m", "bridge", *name.split()] for name in LOOKUPS}
    driver = url.replace("postgresql://", "postgresql+psycopg://", 1)
    floor = {"import sqlalchemy": IMPORT, "one SELECT": [SELECT[0], SELECT[1].format(url=driver)]}
    commands = {"python -c pass": NOTHING, **floor, **names}
    own = _Version(Path(sys.executable), _environment(url, ROOT))
    (stand.folder / "shops.yaml").write_bytes(own.said("export"))
    return _rounds(rounds, {name: (own, words) for name, words in commands.items()}, stand.folder)


def _compare(stand: Stand, kind: str, rounds: int, base: Path) -> Mapping[str, Mapping[str, float]]:
    versions = {}
    for name, folder, python in (("base", base, base / ".venv/bin/python"), ("ours", ROOT, Path(sys.executable))):
        versions[name] = _Version(python, _environment(_older_ledger(stand, kind, name), folder))
        versions[name].said("migrate")
    (stand.folder / "shops.yaml").write_bytes(versions["base"].said("export"))
    runs = {"python -c pass": (versions["ours"], NOTHING)}
    for command in OLDER:
        runs |= {f"{command}, {name}": (one, ["-m", "bridge", *command.split()]) for name, one in versions.items()}
    return _rounds(rounds, runs, stand.folder)


def _older_ledger(stand: Stand, kind: str, name: str) -> str:
    """The URL of a new copy of what an older version stored."""
    url = stand.empty(kind, name)
    dump = ROOT / "tests/fixtures/databases" / f"{OLDER_LEDGER}.{kind.lower()}.sql"
    if kind == SQLITE:
        with closing(sqlite3.connect(url.removeprefix("sqlite:///"))) as file:
            file.executescript(dump.read_text())
    else:
        with psycopg.connect(url, autocommit=True) as server:
            server.execute(dump.read_text())
    return url


@dataclass(frozen=True)
class _Version:
    python: Path
    environment: Mapping[str, str]

    def said(self, *words: str) -> bytes:
        command = [self.python, "-m", "bridge", *words]
        folder = self.environment["PYTHONPATH"]
        return subprocess.run(command, cwd=folder, env=self.environment, capture_output=True, check=True).stdout


def _environment(url: str, folder: Path) -> Mapping[str, str]:
    """Without PYTHONDONTWRITEBYTECODE: compiled once, as installed."""
    settings = {"DATABASE_URL": url, "BRIDGE_SECRET_KEY": KEY, "PYTHONPATH": str(folder), "BRIDGE_LANG": "en"}
    return {"PATH": os.environ["PATH"], **settings}


def _rounds(
    rounds: int, runs: Mapping[str, tuple[_Version, Sequence[str]]], folder: Path
) -> Mapping[str, Mapping[str, float]]:
    found: dict[str, list[dict[str, float]]] = {name: [] for name in runs}
    for number in range(rounds + 1):  # the first writes the compiled files
        for name, (version, words) in runs.items():
            one = _run([str(version.python), *words], folder, version.environment)
            if number:
                found[name].append(one)
    return {name: medians(ones) for name, ones in found.items()}


def _run(words: Sequence[str], folder: Path, environment: Mapping[str, str]) -> dict[str, float]:
    begun = time.perf_counter()
    quiet = {"stdin": subprocess.DEVNULL, "stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    process = subprocess.Popen(words, cwd=folder, env=environment, **quiet)
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode not in WELL:
        raise SystemExit(f"{words} ended with {process.returncode}")
    return {"seconds": time.perf_counter() - begun, "cpu": used.ru_utime + used.ru_stime}


def _print(kind: str, found: Mapping[str, Mapping[str, float]]) -> None:
    nothing = found["python -c pass"]
    print(f"{kind}: above python -c pass ({nothing['seconds']:.3f} s)")
    print(f"{'':24}{'seconds':>10}{'of processor':>14}")
    for name, one in found.items():
        more = {what: one[what] - nothing[what] for what in one}
        print(f"{name:24}{more['seconds']:>10.3f}{more['cpu']:>14.3f}")


def _print_both(kind: str, found: Mapping[str, Mapping[str, float]]) -> None:
    nothing = found["python -c pass"]["cpu"]
    print(f"{kind}: seconds of processor above python -c pass ({nothing:.3f} s)")
    print(f"{'':24}{'base':>8}{'ours':>8}{'ratio':>8}")
    for command in OLDER:
        base, ours = (found[f"{command}, {name}"]["cpu"] - nothing for name in ("base", "ours"))
        print(f"{command:24}{base:>8.3f}{ours:>8.3f}{ours / base:>8.2f}")


if __name__ == "__main__":
    main()
