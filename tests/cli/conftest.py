"""The real command line as a process of its own, beside a stage on the same database and the same VBot."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from bridge.cli.main import main
from bridge.fake_vbot import FakeVBot
from bridge.store import Store
from bridge.store.operation.workers import beat
from tests import forking, postgres
from tests.stage import HOTLINE, Stage

ALWAYS = {"from": "00:00", "to": "24:00"}

Cli = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def migrated_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """On SQLite, unless a test asks for both databases."""
    if getattr(request, "param", "sqlite") == "sqlite":
        shutil.copy(request.getfixturevalue("migrated_sqlite"), tmp_path / "bridge.db")
        yield f"sqlite:///{tmp_path / 'bridge.db'}"
        return
    url = request.getfixturevalue("migrated_postgres")
    postgres.empty(url)
    yield url


@pytest.fixture
def cli(migrated_url: str, vbot: FakeVBot, tmp_path: Path) -> Cli:
    """Run `python -m bridge …` in the test's own folder; a keyword is a setting, None takes it away.

    `typed`: what a person types on a terminal, which then is standard input and standard error.
    """
    account = vbot.account()
    settings: dict[str, str | None] = {
        "PATH": os.environ["PATH"],
        "DATABASE_URL": migrated_url,
        "BRIDGE_SECRET_KEY": "k" * 32,
        "VBOT_URL": account.url,
        "VBOT_TOKEN": account.token,
        "VBOT_ID": account.vbot_id,
        "VBOT_PROJECT_CODE": account.project_code,
        "VBOT_HOTLINE": HOTLINE,
        "LOG_LEVEL": "ERROR",
    }
    files = [tmp_path / name for name in ("stdin", "stdout", "stderr")]

    def run(
        *words: object, stdin: str = "", typed: str | None = None, **changes: str | None
    ) -> subprocess.CompletedProcess[str]:
        if typed is not None:
            with terminal(typed) as (name, shown):
                done = start(words, [Path(name), files[1], Path(name)], changes)
                return subprocess.CompletedProcess(done.args, done.returncode, done.stdout, shown())
        files[0].write_text(stdin, encoding="utf-8")
        return start(words, files, changes)

    def start(
        words: tuple[object, ...], files: list[Path], changes: dict[str, str | None]
    ) -> subprocess.CompletedProcess[str]:
        environment = {name: value for name, value in {**settings, **changes}.items() if value is not None}
        outputs = [file for file in files[1:] if file.name != files[0].name]
        for file in outputs:
            file.write_text("", encoding="utf-8")
        named = [str(word) for word in words]
        opened = [os.open(file, os.O_RDWR | os.O_NOCTTY) for file in files]
        code = forking.run(named, environment, tmp_path, opened)
        for descriptor in opened:
            os.close(descriptor)
        return subprocess.CompletedProcess(named, code, *(file.read_text(encoding="utf-8") for file in outputs))

    return run


@contextlib.contextmanager
def terminal(typed: str) -> Iterator[tuple[str, Callable[[], str]]]:
    """The name of a terminal on which this is typed, and what it shows, with the echo."""
    ours, theirs = os.openpty()

    def shown() -> str:
        os.set_blocking(ours, False)
        return os.read(ours, 100_000).decode().replace("\r\n", "\n")

    try:
        os.write(ours, typed.encode())
        yield os.ttyname(theirs), shown
    finally:
        os.close(ours)
        os.close(theirs)


@pytest.fixture
def listed(cli: Cli) -> Callable[..., Any]:
    """What a command prints with --json."""

    def run(*words: object, **changes: str | None) -> Any:
        done = cli(*words, "--json", **changes)
        assert done.stderr == ""
        return json.loads(done.stdout)

    return run


@pytest.fixture
def now() -> datetime:
    """One instant for the whole test. The command reads the machine's clock: nothing may hang on the hour."""
    return datetime.now(UTC)


@pytest.fixture
def stage(store: Store, vbot: FakeVBot) -> Stage:
    rule = {"rule": "confirm", "template": "CONFIRM", "on": ["order.created"], "window": ALWAYS}
    return Stage(store, vbot, rule | {"datas": {"customer": "{{ order.note }}"}})


@pytest.fixture
def send(stage: Stage, now: datetime) -> Callable[..., None]:
    """A signed order just made, from `source`; decided at once unless `decide` is False."""

    def run(n: int = 1, topic: str = "order.created", source: str = "shop", decide: bool = True, **say: Any) -> None:
        made = (now - timedelta(minutes=1)).isoformat()
        body = {"id": f"id-{n}", "number": f"DH-{n}", "created_at": made, "updated_at": made}
        money = {"currency": "VND", "total": "495000", "payment": {"cod": True, "paid": False}}
        buyer = {"phone": f"09000{n:05d}", "note": "Trần Thử Nghiệm"}
        stage.send(topic, {**body, **money, **buyer, **say}, now, source)
        if decide:
            stage.decide(now)

    return run


@pytest.fixture
def worker_beats(store: Store, now: datetime) -> None:
    """As if a worker ran; its beat may not grow old while the test runs."""
    with store.write() as conn:
        beat(conn, "a-worker", now + timedelta(minutes=10))


@pytest.fixture
def error(cli: Cli) -> Callable[..., str]:
    """The one line with which a command fails with this exit code."""

    def run(code: int, *words: object, **changes: Any) -> str:
        done = cli(*words, **changes)
        assert (done.returncode, done.stdout) == (code, "")
        assert done.stderr.startswith("error: ") and done.stderr.count("\n") == 1
        return done.stderr

    return run


@pytest.fixture
def wrong(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Callable[..., str]:
    """The one line with which a call is refused as wrong, exit 2, before anything is opened."""

    def run(*words: object) -> str:
        monkeypatch.setattr(sys, "argv", ["bridge", *map(str, words)])
        with pytest.raises(SystemExit) as ended:
            main()
        said = capsys.readouterr()
        assert (ended.value.code, said.out) == (2, "")
        assert said.err.startswith("error: ") and said.err.count("\n") == 1
        return said.err

    return run
