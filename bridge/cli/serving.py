"""run, worker, migrate: what a deployment starts."""

from __future__ import annotations

import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import click

from bridge.cli.configuring import apply_release
from bridge.cli.opening import need_account, open_bridge
from bridge.config import read_config
from bridge.logs import start_logging
from bridge.store import make_seal, migrate, open_store
from bridge.vbot.client import Client
from bridge.worker import run_worker, stop_on_signals

STOP_SECONDS = 28

_TOP = Path(__file__).parents[2]


@click.command("migrate")
def migrate_command() -> None:
    """Bring the database to the newest schema; safe to repeat. Re-encrypts secrets with the first key."""
    config = read_config()
    start_logging(config.log_level)
    schema = migrate(open_store(config.database_url), make_seal(config.secret_keys))
    if schema.standing == "newer":
        raise click.ClickException(
            f"the database's schema {schema.revision} is newer than this code can use; deploy the newer release"
        )
    if schema.standing == "newer_compatible":
        click.echo(f"schema {schema.revision} is newer and compatible with this code: left alone")
    else:
        click.echo(f"schema {schema.revision} is the newest")


@click.command("worker")
@click.option("--supervised", is_flag=True, hidden=True)
def worker_command(supervised: bool) -> int:
    """Decide and place, until told to stop. On Postgres any number of workers may run."""
    opened = open_bridge(pool_size=8)
    client = Client(need_account(opened.config))
    stop = threading.Event()
    stop_on_signals(stop)
    ended = run_worker(opened.config, opened.store, opened.catalogs, client, stop, supervised=supervised)
    return 0 if ended else 1


@click.command("run")
def run_command() -> int:
    """One machine: the web server and one worker, started again if they fall."""
    config = read_config()
    start_logging(config.log_level)
    need_account(config)
    migrate(open_store(config.database_url), make_seal(config.secret_keys))
    apply_release(config)
    stop = threading.Event()
    stop_on_signals(stop)
    children = {"web": _start("web"), "worker": _start("worker")}
    waits = {"web": 1.0, "worker": 1.0}
    code = 0
    while not stop.wait(0.2):
        for name, child in list(children.items()):
            if child.poll() is None:
                continue
            click.echo(f"{name} ended with {child.returncode}; starting it again in {waits[name]:.0f} s", err=True)
            if stop.wait(waits[name]):
                break
            waits[name] = min(waits[name] * 2, 30)
            children[name] = _start(name)
    return code or _stop(list(children.values()))


def _start(name: str) -> subprocess.Popen[bytes]:
    web = ["-m", "gunicorn", "--config", str(_TOP / "gunicorn.conf.py"), "bridge.web:create_app()"]
    command = web if name == "web" else ["-m", "bridge", "worker", "--supervised"]
    return subprocess.Popen([sys.executable, *command], start_new_session=False)  # noqa: S603  our own two commands


def _stop(children: list[subprocess.Popen[bytes]]) -> int:
    for child in children:
        if child.poll() is None:
            child.send_signal(signal.SIGTERM)
    until = time.monotonic() + STOP_SECONDS
    for child in children:
        try:
            child.wait(max(0.1, until - time.monotonic()))
        except subprocess.TimeoutExpired:
            child.kill()
    return 0


COMMANDS = (run_command, worker_command, migrate_command)
