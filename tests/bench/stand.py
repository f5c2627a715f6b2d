"""What the benchmarks share: new databases of both kinds, a web as deployed, load from outside, medians."""

from __future__ import annotations

import contextlib
import json
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bridge.store import migrate, open_store
from tests import postgres
from tests.processes import ROOT, Running, Site, configure, open_site, wait_for

ROUNDS = 3
SQLITE, POSTGRES = "SQLite", "Postgres"
TOKEN = "token-of-the-api"


@dataclass
class Stand:
    """A folder, and a Postgres where there is one; what is made here is gone when `opened` closes."""

    folder: Path
    server: str | None
    opened: contextlib.ExitStack

    @property
    def kinds(self) -> tuple[str, ...]:
        return (SQLITE, POSTGRES) if self.server else (SQLITE,)

    def database(self, kind: str, name: str, *rules: dict[str, Any]) -> str:
        """The URL of a new database of this kind, migrated, with our sources and these rules."""
        url = self.empty(kind, name)
        with contextlib.closing(open_store(url)) as store:
            migrate(store)
        configure(url, *rules)
        return url

    def empty(self, kind: str, name: str) -> str:
        """The URL of a new database of this kind that holds nothing."""
        if kind != POSTGRES:
            return f"sqlite:///{self.folder / name}.db"
        assert self.server
        return self.opened.enter_context(postgres.database(self.server))

    def site(self, url: str, name: str, vbot: str = "http://127.0.0.1:9", **settings: str) -> Site:
        """Settings as deployed, one process of each kind, in a folder of its own."""
        folder = self.folder / name.replace(" ", "-")
        folder.mkdir()
        own = {"LOG_LEVEL": "INFO", "WEB_CONCURRENCY": "1", "WORKER_THREADS": "16", "API_TOKEN": TOKEN}
        return self.opened.enter_context(open_site(folder, url, vbot, **{**own, **settings}))

    def web(self, url: str, name: str, app: str = "") -> Site:
        """A site whose gunicorn answers; `app` is served instead of the bridge."""
        site = self.site(url, name)
        words = ["gunicorn", "--config", str(ROOT / "gunicorn.conf.py"), *([app] if app else [])]
        web = site.start(*words)
        wait_for("a server", lambda: "Booting worker" in web.said())
        return site


@contextlib.contextmanager
def open_stand(folder: str | None = None) -> Iterator[Stand]:
    """`folder`: where SQLite's files are; in memory they would be flattered."""
    with contextlib.ExitStack() as opened:
        path = Path(opened.enter_context(tempfile.TemporaryDirectory(prefix="bridge-bench-", dir=folder)))
        server = None
        try:
            server = opened.enter_context(postgres.serve())
        except postgres.NoServer as reason:
            print(f"no Postgres: {reason}")
        yield Stand(path, server, opened)


def load(port: int, first: int, count: int, connections: int, rate: float = 0, sources: int = 0) -> dict[str, float]:
    """{rate, p50, p99, max} in requests/s and ms of signed orders from a process of its own; see `load`."""
    words = [str(word) for word in (port, first, count, connections, rate, sources)]
    command = [sys.executable, "-m", "tests.bench.load", *words]
    printed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    found = json.loads(printed)
    if found["statuses"] != {"200": count}:
        raise SystemExit(f"not all were answered 200: {found['statuses']}")
    return {"rate": count / found["seconds"], **{name: found[f"{name}_ms"] for name in ("p50", "p99", "max")}}


def medians(rounds: Iterable[Mapping[str, float]]) -> dict[str, float]:
    """Of each figure its median over the rounds."""
    ones = list(rounds)
    return {name: statistics.median(one[name] for one in ones) for name in ones[0]}


def cpu_seconds(pids: Iterable[int]) -> float:
    """What these processes, with all their threads, have used until now."""
    ticks = 0
    for pid in pids:
        with contextlib.suppress(FileNotFoundError, ProcessLookupError):
            words = Path(f"/proc/{pid}/stat").read_text().rpartition(") ")[2].split()
            ticks += sum(int(word) for word in words[11:15])  # its own, and those of its children that ended
    return ticks / 100


__all__ = ["POSTGRES", "ROUNDS", "SQLITE", "TOKEN", "Running", "Stand", "cpu_seconds", "load", "medians", "open_stand"]
