"""(e) a full disk, and a database that may only be read: shops are told 503, and what was acknowledged is called."""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import psycopg
from psycopg import sql

from tests.processes import Running, Site, order, wait_for
from tests.proof.cuts import end_connections
from tests.proof.scene import Plan, Scene, check, has_started, open_scene, start_web, try_to

THREADS = 4
DISK_BYTES = 6_000_000
LARGE = "x" * 60_000
# A file may grow to half a megabyte, or to one.
LIMIT = "ulimit -f 1024"
# Root may write what nobody may; without these two capabilities it is like everybody.
BOUND = 'set -- setpriv --bounding-set=-dac_override,-dac_read_search --inh-caps=-all "$@"'


def prove_postgres(plan: Plan) -> str:
    """The database may only be read for a while."""
    orders = plan.of(30, 500)
    with open_scene(plan, threads=THREADS) as scene:
        site = scene.site
        start_web(site)
        site.start_worker()
        scene.send(range(orders))
        wait_for("the first calls", lambda: len(scene.fake.rung()) > orders // 6, 120)
        allow_writing(plan.database_url, allowed=False)
        scene.send(range(orders, 2 * orders))
        wait_for("shops that are told 503", lambda: scene.answers[503] > 20)
        allow_writing(plan.database_url, allowed=True)
        scene.wait_for_shops()
        scene.wait_for_ends()
        account = check(scene, most_cut=2 * THREADS)
    return f"read-only for a while, {scene.answers[503]} answers 503\n    {account}"


def allow_writing(url: str, *, allowed: bool) -> None:
    with psycopg.connect(url, autocommit=True, options="-c default_transaction_read_only=off") as admin:
        name = sql.Identifier(admin.info.dbname)
        setting = sql.Literal("off" if allowed else "on")
        admin.execute(sql.SQL("ALTER DATABASE {} SET default_transaction_read_only = {}").format(name, setting))
    end_connections(url)


def prove_sqlite(plan: Plan) -> str:
    """First the file may only be read for a while, then the disk is full: a real one where we may make one."""
    with disk(plan.folder) as (folder, is_real):
        shutil.copy(plan.folder / "bridge.db", folder)
        limited = replace(plan, database_url=f"sqlite:///{folder / 'bridge.db'}")
        with open_scene(limited, threads=THREADS) as scene:
            site = scene.site
            shell = BOUND if os.geteuid() == 0 else ""
            running = start_both(site, shell)
            scene.send(range(10))
            wait_for("the first calls", lambda: len(scene.fake.rung()) >= 3)
            refused = read_only(scene, folder)
            scene.wait_for_shops()
            if is_real:
                refused += full(scene, folder)
            else:
                end(running)
                running = start_both(site, "; ".join(part for part in (shell, LIMIT) if part))
                refused += grow(scene)
                end(running)
                start_both(site, shell)
            wait_for("/readyz that is ready again", lambda: is_told(scene, 200), 20)
            scene.send(range(200, 220))
            scene.wait_for_shops()
            scene.wait_for_ends()
            account = check(scene, most_cut=2 * THREADS)
    kind = "a full disk" if is_real else "a file that may not grow"
    return f"a read-only file and {kind}, {refused} answers 503\n    {account}"


def start_both(site: Site, shell: str) -> list[Running]:
    worker = site.start("bridge", "worker", shell=shell)
    web = start_web(site, shell)
    site.wait_until_it_answers(web)
    wait_for("a worker", lambda: has_started(worker), 60)
    return [web, worker]


def end(running: list[Running]) -> None:
    for one in running:
        one.end()


def read_only(scene: Scene, folder: Path) -> int:
    before = scene.answers[503]
    files = list(folder.glob("bridge.db*"))
    for file in files:
        file.chmod(0o400)
    scene.send(range(10, 30))
    wait_for("shops that are told 503", lambda: scene.answers[503] > before + 10)
    for file in files:
        file.chmod(0o600)
    return scene.answers[503] - before


def full(scene: Scene, folder: Path) -> int:
    """Another file takes all the room, shops send on, and then it is gone."""
    ballast = folder / "ballast"
    with contextlib.suppress(OSError), ballast.open("wb", buffering=0) as file:
        while True:
            file.write(b"\0" * 4096)
    refused = grow(scene)
    ballast.unlink()
    return refused


def grow(scene: Scene) -> int:
    """Shops send large orders until, and while, they are told 503; how often they were."""
    refused = 0
    for number in range(100, 200):
        answer = try_to(lambda number=number: scene.site.send("shop", order(number, note=LARGE)))
        assert answer is not None and answer.status in (200, 503), answer
        if answer.status == 200:
            scene.acknowledged.add(number)
        refused += answer.status == 503
        if refused == 20:
            break
    assert refused == 20
    wait_for("/readyz that tells of it", lambda: is_told(scene, 503), 20)
    return refused


def is_told(scene: Scene, status: int) -> bool:
    """Whether /readyz answers so; not ready, it names the full disk."""
    answer = try_to(lambda: scene.site.ask("GET", "/readyz"))
    assert answer is not None and (answer.status == 200 or "disk is full" in answer.json()["reason"]), answer
    return answer.status == status


@contextlib.contextmanager
def disk(parent: Path) -> Iterator[tuple[Path, bool]]:
    """A folder on a disk of DISK_BYTES, and True; without the right to make one, any folder, and False."""
    folder = parent / "disk"
    folder.mkdir(parents=True)
    size = ["-o", f"size={DISK_BYTES},mode=0700"]
    may = os.geteuid() == 0 and sys.platform == "linux" and shutil.which("mount") is not None
    command = ["mount", "-t", "tmpfs", *size, "bridge-proof", str(folder)]
    mounted = may and subprocess.run(command, capture_output=True, check=False).returncode == 0
    try:
        yield folder, mounted
    finally:
        if mounted:
            subprocess.run(["umount", "--lazy", str(folder)], check=True)
