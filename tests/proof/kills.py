"""(a) kill -9 of workers and of the web at random instants, while VBot is slow, cuts lines and answers 500."""

from __future__ import annotations

import threading
from collections import Counter
from typing import Any

from tests.processes import HOTLINE, RULE, Running, wait_for
from tests.proof.faults import make_faults
from tests.proof.scene import (
    Plan,
    check,
    has_started,
    kill_group,
    most_in,
    open_scene,
    start_web,
)

THREADS = 4
LIMITED = "0812345679"


def prove(plan: Plan) -> str:
    dice = plan.dice()
    kills, orders, per_minute = plan.of(6, 100), plan.of(60, 1000), plan.of(6, 90)
    limited: dict[str, Any] = {**RULE, "rule": "limited", "hotline": LIMITED, "when": "order.total == 1"}
    rules = ({**RULE, "when": "order.total > 1"}, limited)
    faults = make_faults(dice, 3 * orders, spoilt=0.3 if plan.long else 0.15, rests=not plan.long)
    with open_scene(plan, *rules, threads=THREADS, hotlines=[{"code": LIMITED, "per_minute": per_minute}]) as scene:
        scene.fake.fault(*faults)
        site = scene.site
        running: list[tuple[str, Running]] = [("web", start_web(site))]
        running += [("worker", site.start("bridge", "worker")) for _ in range(2 if plan.is_postgres else 1)]
        killed: Counter[str] = Counter()
        # On the limited hotline: more than it may ring in a minute.
        few = [number for number in range(orders) if number % (3 if plan.long else 8) == 0]
        scene.send(few, total="1")
        for kill in range(kills):
            batch = range(orders * kill // kills, orders * (kill + 1) // kills)
            scene.send(number for number in batch if number not in few)
            name, victim = running.pop(dice.randrange(len(running)))
            if name == "worker" and dice.random() < 0.9:
                wait_for("a worker", lambda victim=victim: has_started(victim), 60)
                scene.wait_for_a_ring(plan.of(3, 10))
            threading.Event().wait(dice.uniform(0, 1))
            kill_group(victim)
            killed[name] += 1
            running.append((name, start_web(site) if name == "web" else site.start("bridge", "worker")))
        scene.wait_for_shops()
        scene.wait_for_ends()
        account = check(scene, most_cut=killed["worker"] * THREADS, faults=faults)
        most = most_in(60, scene.fake.rung(), LIMITED)
        assert most <= per_minute
        assert most_in(60, scene.fake.rung(), HOTLINE) > per_minute
    told = f"{killed['worker']} kills of workers, {killed['web']} of the web, {spoilt(account.met)} faults of VBot"
    return f"{told}, at most {most} of {per_minute} a minute on the limited hotline\n    {account}"


def spoilt(met: Counter[str]) -> int:
    return met.total() - met["delay"]
