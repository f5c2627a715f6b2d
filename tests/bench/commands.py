"""How long commands take to start: python -m tests.bench.commands [--rounds 7] [--kind SQLite]

Each in turn with `python -c pass`, on a ledger of 200 finished calls: seconds and processor seconds above it, medians
of one run. Beside them the floor of every look-up: importing SQLAlchemy, and one SELECT with it. Asserts nothing.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path

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
WELL = (0, 1)  # `doctor` ends with 1 where something is to be mended: nobody works here


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.bench.commands")
    parser.add_argument("--folder", help="where SQLite's file is")
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--kind", choices=[SQLITE, POSTGRES])
    options = parser.parse_args(arguments)
    with open_stand(options.folder) as stand:
        for kind in [options.kind] if options.kind else stand.kinds:
            _print(kind, _measure(stand, kind, options.rounds))


def _measure(stand: Stand, kind: str, rounds: int) -> Mapping[str, Mapping[str, float]]:
    url = stand.database(kind, kind)
    fill(url, range(CALLS), datetime.now(UTC))
    catch_up(url)
    names = {name: ["-m", "bridge", *name.split()] for name in LOOKUPS}
    driver = url.replace("postgresql://", "postgresql+psycopg://", 1)
    floor = {"import sqlalchemy": IMPORT, "one SELECT": [SELECT[0], SELECT[1].format(url=driver)]}
    commands = {"python -c pass": NOTHING, **floor, **names}
    settings = {"DATABASE_URL": url, "BRIDGE_SECRET_KEY": KEY, "PYTHONPATH": str(ROOT), "BRIDGE_LANG": "en"}
    environment = {"PATH": os.environ["PATH"], **settings}  # no PYTHONDONTWRITEBYTECODE: compiled once, as installed
    export = [sys.executable, *names["export"]]
    written = subprocess.run(export, cwd=ROOT, env=environment, capture_output=True, check=True)
    (stand.folder / "shops.yaml").write_bytes(written.stdout)
    found: dict[str, list[dict[str, float]]] = {name: [] for name in commands}
    for number in range(rounds + 1):  # the first writes the compiled files
        for name, words in commands.items():
            one = _run(words, stand.folder, environment)
            if number:
                found[name].append(one)
    return {name: medians(ones) for name, ones in found.items()}


def _run(words: Sequence[str], folder: Path, environment: Mapping[str, str]) -> dict[str, float]:
    begun = time.perf_counter()
    quiet = {"stdin": subprocess.DEVNULL, "stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    process = subprocess.Popen([sys.executable, *words], cwd=folder, env=environment, **quiet)
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


if __name__ == "__main__":
    main()
