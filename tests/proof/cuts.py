"""(d) Postgres: every connection ended again and again, the server restarted. SQLite: web, worker and CLI at once."""

from __future__ import annotations

import contextlib
import os
import shlex
import signal
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path

import psycopg

from tests.processes import RULE, Running, phone, wait_for
from tests.proof.scene import Plan, check, open_scene, start_web

THREADS = 4
END_ALL = "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE datname = current_database()"
END_OTHERS = f"{END_ALL} AND pid <> pg_backend_pid()"


def prove_postgres(plan: Plan) -> str:
    """All connections end at random instants; in the long form the server crashes too, once, and comes back."""
    dice = plan.dice()
    cuts, orders = plan.of(8, 200), plan.of(60, 1000)
    restarts = 1 if plan.may_crash else 0
    ended = 0
    with contextlib.ExitStack() as stack, open_scene(plan, threads=THREADS) as scene:
        site = scene.site
        web: Running = start_web(site)
        workers = [site.start_worker() for _ in range(plan.of(1, 2))]
        site.wait_until_it_answers(web)
        delays = ({"fault": "delay", "seconds": dice.uniform(0.02, 0.3), "times": 1} for _ in range(orders))
        scene.fake.fault(*delays)
        for cut in range(cuts):
            scene.send(range(orders * cut // cuts, orders * (cut + 1) // cuts))
            threading.Event().wait(dice.uniform(0, 0.2))
            ended += end_connections(plan.database_url)
            if restarts and cut == cuts // 2:
                stack.enter_context(restarted(plan.database_url))
        scene.wait_for_shops()
        scene.wait_for_ends()
        account = check(scene, most_cut=(cuts + restarts) * THREADS * len(workers))
        assert all(worker.process.poll() is None for worker in (web, *workers))
        refused = scene.answers[503]
        site.close()
    assert ended >= 3 * cuts
    again = f", {restarts} crash of the server" if restarts else ""
    return f"{cuts} times every connection ended ({ended} in all){again}, {refused} answers 503\n    {account}"


def end_connections(url: str) -> int:
    """How many there were. A server that comes back is waited for."""
    ended: list[int] = []

    def has_ended() -> bool:
        with contextlib.suppress(psycopg.OperationalError), psycopg.connect(url, autocommit=True) as admin:
            ended.extend(count for (count,) in admin.execute(END_OTHERS))
        return bool(ended)

    wait_for("the end of every connection", has_ended, 60)
    return ended[0]


@contextlib.contextmanager
def restarted(url: str) -> Iterator[None]:
    """The server of this database, ended without a word to anybody and started again as it was. Only for our own."""
    with psycopg.connect(url, autocommit=True) as admin:
        row = admin.execute("SHOW data_directory").fetchone()
    assert row
    folder = Path(row[0])
    pid_file = folder / "postmaster.pid"
    command = shlex.split((folder / "postmaster.opts").read_text())
    os.kill(int(pid_file.read_text().split()[0]), signal.SIGQUIT)
    wait_for("the server's end", lambda: not pid_file.exists())
    quiet = {"stdin": subprocess.DEVNULL, "stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    server = subprocess.Popen(command, user=folder.stat().st_uid, cwd=folder.parent, start_new_session=True, **quiet)
    try:
        yield
    finally:
        server.send_signal(signal.SIGINT)
        server.wait()


def prove_sqlite(plan: Plan) -> str:
    """Shops, the worker and people at the command line write into one file at the same time."""
    orders, people, each = plan.of(60, 1000), plan.of(2, 4), plan.of(1, 10)
    by_hand = [phone(90_000 + 10 * n) for n in range(people * each)]
    failed: list[str] = []
    with open_scene(plan, {**RULE, "cooldown": "0"}, threads=THREADS) as scene:
        site = scene.site
        start_web(site)
        site.start_worker()

        def act(numbers: list[str]) -> None:
            for number in numbers:
                asked = f"--phone {number} --key {number} --template CONFIRM --window always"
                for command in (
                    f"call {asked} --set number=1 --set name=2",
                    f"dnc add {number[:-1]}9 --reason asked",
                    "pause --rule confirm --reason look",
                    "resume --rule confirm",
                ):
                    done = site.run(*command.split())
                    failed.extend([f"{command}: {done.stderr}"] if done.returncode else [])

        acting = [threading.Thread(target=act, args=(by_hand[n::people],)) for n in range(people)]
        for one in acting:
            one.start()
        scene.send(range(orders))
        for one in acting:
            one.join()
        site.run("resume", "--rule", "confirm")
        scene.wait_for_shops()
        scene.wait_for_ends()
        account = check(scene)
        manual = [call for call in scene.items("calls") if call["rule"] == "manual"]
    assert failed == []
    assert scene.answers == {200: orders}
    assert {call["phone"] for call in manual} == set(by_hand)
    return f"{4 * len(by_hand)} commands beside web and worker, none refused\n    {account}"
