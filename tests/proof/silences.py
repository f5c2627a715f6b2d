"""(h) Postgres: connections that fall silent and are not closed. SQLite: a process suspended in whatever it holds."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Callable
from dataclasses import replace

from tests.processes import wait_for
from tests.proof.scene import Plan, Scene, check, open_scene, start_web
from tests.tcp import relay

THREADS = 4
GOAL_SECONDS = 20
GO_ON_SECONDS = 90
SUSPENDED_SECONDS = 12  # longer than anybody waits for the file's lock


def prove_postgres(plan: Plan) -> str:
    """Every connection freezes at random instants; new ones pass. In the long form hooks and calls go on in time."""
    freezes, each = plan.of(1, 10), plan.of(20, 60)
    frozen = 0
    with relay(plan.database_url) as (line, through), open_scene(replace(plan, database_url=through)) as scene:

        def freeze() -> None:
            nonlocal frozen
            frozen += line.freeze()

        longest = _suffer(plan, scene, freezes, each, freeze)
        account = check(scene, most_cut=freezes * THREADS)
        scene.site.close()
    assert frozen >= freezes
    if plan.long:
        assert longest <= GOAL_SECONDS
    return f"{freezes} times every connection fell silent ({frozen} in all), at most {longest:.0f} s\n    {account}"


def prove_sqlite(plan: Plan) -> str:
    """The worker is suspended at random instants, also while it holds the file's lock, and goes on later."""
    stops, each = plan.of(1, 10), plan.of(20, 60)
    with open_scene(plan) as scene:

        def suspend() -> None:
            worker = scene.site.running[-1]
            os.killpg(worker.pid, signal.SIGSTOP)
            threading.Event().wait(SUSPENDED_SECONDS)
            os.killpg(worker.pid, signal.SIGCONT)

        longest = _suffer(plan, scene, stops, each, suspend)
        account = check(scene, most_cut=stops * THREADS)
    return f"{stops} times the worker was suspended for {SUSPENDED_SECONDS} s, at most {longest:.0f} s\n    {account}"


def _suffer(plan: Plan, scene: Scene, times: int, each: int, trouble: Callable[[], None]) -> float:
    """Let trouble come, so often, while orders do; return the longest time until both hooks and calls went on."""
    dice, longest = plan.dice(), 0.0
    scene.site.wait_until_it_answers(start_web(scene.site))
    scene.site.start_worker()
    for number in range(times):
        first, middle, last = (each * (2 * number + half) for half in range(3))
        scene.send(range(first, middle))
        threading.Event().wait(dice.uniform(0, 0.5))
        begun = time.monotonic()
        trouble()
        asked = scene.asked()
        scene.send(range(middle, last))
        wait_for("hooks to go on", lambda last=last: last - 1 in scene.acknowledged, GO_ON_SECONDS)
        wait_for("calls to go on", lambda asked=asked: scene.asked() > asked, GO_ON_SECONDS)
        longest = max(longest, time.monotonic() - begun)
    scene.wait_for_shops()
    scene.wait_for_ends()
    return longest
