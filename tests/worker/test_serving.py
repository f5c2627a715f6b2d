"""`run` and `worker` as a machine meets them: started, killed, told to stop, and with settings that cannot be."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.processes import (
    KEY,
    RULE,
    SECRETS,
    Fake,
    Running,
    Site,
    configure,
    configured_postgres,
    open_site,
    order,
    phone,
    start_fake,
    wait_for,
)

STOP_SECONDS = 25


@pytest.fixture
def fake(tmp_path: Path) -> Iterator[Fake]:
    with start_fake(tmp_path) as running:
        yield running


@pytest.fixture
def site(migrated_url: str, tmp_path: Path, fake: Fake) -> Iterator[Site]:
    configure(migrated_url)
    with open_site(tmp_path, migrated_url, fake.url) as opened:
        yield opened


@pytest.fixture
def embedded(tmp_path: Path, fake: Fake) -> Iterator[Site]:
    """An installation that `run` makes on its own: a new SQLite file, and the files that BRIDGE_CONFIG names."""
    fake.teach("CONFIRM", "number", "name")
    source = {"id": "shop", "platform": "generic", "secrets": ["${SHOP_SECRET}"]}
    (tmp_path / "bridge.json").write_text(json.dumps({"sources": [source], "rules": [RULE]}))
    own = {"BRIDGE_CONFIG": "bridge.json", "SHOP_SECRET": SECRETS["shop"]}
    with open_site(tmp_path, "sqlite:///bridge.db", fake.url, **own) as opened:
        yield opened


def test_run_serves_and_places_an_order_end_to_end(embedded: Site, fake: Fake) -> None:
    run = embedded.start_run()
    assert embedded.send("shop", order(1)).status == 200
    wait_for("a call", fake.rung)
    call = wait_for("its outcome", lambda: placed(embedded))[0]
    assert (call["order_id"], call["template"], call["attempts"][0]["outcome"]) == ("id-1", "CONFIRM", "accepted")
    assert fake.phones() == [phone(1)]
    assert embedded.balance()["exit"] == 0
    members = run.members()
    assert run.end(STOP_SECONDS) == 0
    assert len(members) == 4  # run, the server and its one process, the worker
    assert run.members() == []


def test_run_starts_again_what_was_killed(embedded: Site, fake: Fake) -> None:
    run = embedded.start_run()
    for number, name in enumerate(["worker", "web"], start=1):
        os.kill(child(run, name), signal.SIGKILL)
        wait_for(
            "a word on it",
            lambda name=name: f"{name} ended with -9" in run.said(),
        )
        wait_for("an acknowledged order", lambda number=number: taken(embedded, number))
        wait_for("its call", lambda number=number: phone(number) in fake.phones())
    assert run.end(STOP_SECONDS) == 0
    assert run.members() == []
    assert Counter(fake.phones()) == {phone(1): 1, phone(2): 1}


def test_if_run_itself_is_killed_nothing_is_left_running(embedded: Site) -> None:
    run = embedded.start_run()
    run.kill()
    wait_for("the end of web and worker", lambda: not run.members())
    again = embedded.start_run()
    again.signal(signal.SIGHUP)  # its terminal closes
    assert again.process.wait(STOP_SECONDS) == 0
    assert again.members() == []


def test_a_process_of_run_that_is_told_to_stop_as_it_begins_stops() -> None:
    script = (
        "import os, signal, threading, time\n"
        "from bridge.cli.run import _Child\n"
        "from bridge.worker.loop import stop_on_signals\n"
        "stop_on_signals(threading.Event())\n"
        "os.register_at_fork(after_in_child=lambda: os.kill(os.getpid(), signal.SIGTERM))\n"
        "child = _Child('x', ['timeit', '-n', '1', '-r', '1', 'import time; time.sleep(60)'], os.pipe())\n"
        "child._start(0)\n"
        "child.see_off(time.monotonic() + 20)\n"
        "print(child._process.exitcode)\n"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.split() == [str(-signal.SIGTERM)]


def test_run_ends_in_time_while_vbot_hangs(embedded: Site, fake: Fake) -> None:
    fake.fault({"fault": "hang"})
    run = embedded.start_run()
    assert embedded.send("shop", order(1)).status == 200
    wait_for("the request", fake.rung)
    assert run.end(STOP_SECONDS) == 0
    assert run.members() == []
    (call,) = embedded.listed("calls")
    assert call["state"] in ("dialing", "unsure")
    assert fake.phones() == [phone(1)]


def test_a_worker_told_to_stop_lets_the_dialing_request_end(site: Site, fake: Fake) -> None:
    fake.fault({"fault": "delay", "seconds": 2})
    site.start_web()
    worker = site.start_worker()
    assert site.send("shop", order(1)).status == 200
    wait_for("the request", fake.rung)
    assert worker.end(STOP_SECONDS) == 0
    (call,) = placed(site)
    assert call["attempts"][0]["outcome"] == "accepted"
    assert site.send("shop", order(2)).status == 200  # accepted, and left for the next worker
    assert not site.balance()["worker_beats"]
    assert fake.phones() == [phone(1)]


def test_while_vbot_is_away_orders_are_taken_and_calls_wait(site: Site, fake: Fake, free_port: int) -> None:
    site.settings["VBOT_URL"] = f"http://127.0.0.1:{free_port}"
    site.start_web()
    worker = site.start_worker()
    for number in range(3):
        assert site.send("shop", order(number)).status == 200
    wait_for("an attempt each", lambda: worker.said().count("outcome=not_sent detail=connect_refused") >= 3)
    worker.end()
    calls = site.listed("calls")
    assert {call["state"] for call in calls} == {"waiting"}
    assert {attempt["outcome"] for call in calls for attempt in call["attempts"]} == {"not_sent"}
    assert fake.rung() == []


def test_two_workers_at_once_place_each_call_once(postgres_server: str, tmp_path: Path, fake: Fake) -> None:
    fake.fault({"fault": "delay", "seconds": 0.05})
    with configured_postgres(postgres_server) as url, open_site(tmp_path, url, fake.url) as site:
        site.start_web()
        for number in range(20):
            assert site.send("shop", order(number)).status == 200
        workers = [site.start_worker(), site.start_worker()]
        sent = 20
        # Whichever is quicker may take all of a few; so many that each has its share.
        while sent < 40 or (sent < 190 and not all("outcome=accepted" in worker.said() for worker in workers)):
            assert site.send("shop", order(sent)).status == 200
            sent += 1
            time.sleep(0 if sent < 40 else 0.05)
        wait_for("all calls", lambda: len(fake.rung()) >= sent)
        wait_for("all outcomes", lambda: len(placed(site)) == sent)
        assert Counter(fake.phones()) == {phone(number): 1 for number in range(sent)}
        assert all("outcome=accepted" in worker.said() for worker in workers)
        assert [worker.end(STOP_SECONDS) for worker in workers] == [0, 0]


def test_a_worker_lives_through_a_database_that_is_away_for_a_while(tmp_path: Path, fake: Fake, embedded: Site) -> None:
    run = embedded.start_run()
    moved = tmp_path / "moved"
    moved.mkdir()
    files = [path.name for path in tmp_path.glob("bridge.db*")]
    for name in files:
        (tmp_path / name).rename(moved / name)
    (tmp_path / "bridge.db").mkdir()
    wait_for("a word of the worker", lambda: "bridge.worker.loop database down" in run.said())
    assert embedded.send("shop", order(1)).status == 503
    (tmp_path / "bridge.db").rmdir()
    for name in files:
        (moved / name).rename(tmp_path / name)
    wait_for("an acknowledged order", lambda: taken(embedded, 1))
    wait_for("its call", fake.rung)
    assert run.end(STOP_SECONDS) == 0


@pytest.mark.parametrize(
    ("changes", "names"),
    [
        ({"BRIDGE_SECRET_KEY": ""}, "BRIDGE_SECRET_KEY"),
        ({"BRIDGE_SECRET_KEY": "too short"}, "BRIDGE_SECRET_KEY"),
        ({"VBOT_URL": ""}, "VBOT_URL"),
        ({"VBOT_URL": "vbot.example.test"}, "VBOT_URL"),
        ({"VBOT_TOKEN": ""}, "VBOT_TOKEN"),
        ({"VBOT_TOKEN": "", "VBOT_USERNAME": "shop"}, "VBOT_PASSWORD"),
        ({"VBOT_ID": ""}, "VBOT_ID"),
        ({"VBOT_PROJECT_CODE": ""}, "VBOT_PROJECT_CODE"),
        ({"VBOT_API": "v9"}, "VBOT_API"),
        ({"DATABASE_URL": "mysql://127.0.0.1/bridge"}, "DATABASE_URL"),
        ({"DATABASE_URL": "sqlite:///bridge.db", "DYNO": "web.1"}, "DATABASE_URL"),
        ({"PORT": "eighty"}, "PORT"),
        ({"WORKER_THREADS": "0"}, "WORKER_THREADS"),
        ({"LOG_LEVEL": "LOUD"}, "LOG_LEVEL"),
    ],
)
def test_a_wrong_setting_stops_the_start_in_one_line_that_names_it(
    migrated_sqlite: Path, tmp_path: Path, changes: dict[str, str], names: str
) -> None:
    with open_site(tmp_path, f"sqlite:///{migrated_sqlite}") as site:
        refused(site, "worker", names, **changes)


@pytest.mark.parametrize("name", ["BRIDGE_SECRET_KEY", "VBOT_URL"])
def test_without_a_required_setting_run_starts_nothing(tmp_path: Path, name: str) -> None:
    with open_site(tmp_path, "sqlite:///bridge.db") as site:
        refused(site, "run", name, **{name: ""})
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("command", ["run", "worker"])
def test_a_stored_secret_that_no_key_opens_stops_the_start_and_names_its_source(
    migrated_url: str, tmp_path: Path, command: str
) -> None:
    configure(migrated_url)
    with open_site(tmp_path, migrated_url, BRIDGE_SECRET_KEY="another-key-" + KEY) as site:
        assert any(f"source {name}" in refused(site, command, "BRIDGE_SECRET_KEY") for name in SECRETS)


def test_a_worker_without_schema_says_what_to_run(database_url: str, tmp_path: Path) -> None:
    with open_site(tmp_path, database_url) as site:
        refused(site, "worker", "python -m bridge migrate")


@pytest.mark.parametrize("command", ["run", "worker"])
def test_a_worker_without_database_says_so(tmp_path: Path, free_port: int, command: str) -> None:
    with open_site(tmp_path, f"postgres://nobody@127.0.0.1:{free_port}/none") as site:
        refused(site, command, "DATABASE_URL")


def test_run_says_that_its_port_is_taken(migrated_sqlite: Path, tmp_path: Path) -> None:
    with open_site(tmp_path, f"sqlite:///{migrated_sqlite}") as site, socket.create_server(("", site.port)):
        refused(site, "run", f"PORT {site.port}")


def refused(site: Site, command: str, names: str, **changes: str) -> str:
    """The one line in which the command says why it does not start."""
    ended = site.run(command, **changes)
    assert ended.returncode == 1, ended
    (line,) = ended.stderr.splitlines()
    assert line.startswith("error: ") and names in line
    return line


def placed(site: Site) -> list[dict[str, object]]:
    return [call for call in site.listed("calls") if call["state"] == "placed"]


def taken(site: Site, number: int) -> bool:
    with contextlib.suppress(OSError):
        return site.send("shop", order(number)).status == 200
    return False


def child(run: Running, name: str) -> int:
    """The process that `run` started under this name."""
    for pid in run.members():
        listed = subprocess.run(
            ["ps", "-o", "ppid=,comm=", "-p", str(pid)], capture_output=True, text=True, check=False
        )
        if listed.stdout.split() == [str(run.pid), f"bridge-{name}"]:
            return pid
    raise AssertionError(f"no {name} in {run.said()}")
