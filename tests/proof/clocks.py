"""(c) one worker's clock jumps by an hour, forth and back: nothing rings outside its window, and no lease is lost."""

from __future__ import annotations

import threading
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from bridge.store.calls import LEASE
from tests.processes import RULE, Running, Site, wait_for
from tests.proof.scene import Plan, Scene, check, has_started, open_scene, start_web

THREADS = 4
HOUR = 3600
# Open now, in an hour but not now, an hour ago but not now. By minutes of the day at whose noon the proof begins.
MARGIN, SPAN = 25, 70


def prove(plan: Plan) -> str:
    zone, noon = zone_where_it_is_noon(datetime.now(UTC))
    rules = [
        {**RULE, "when": "order.total == 1"},
        {**RULE, "rule": "later", "when": "order.total == 2", "window": window(noon + MARGIN, noon + MARGIN + SPAN)},
        {**RULE, "rule": "before", "when": "order.total == 3", "window": window(noon - MARGIN - SPAN, noon - MARGIN)},
    ]
    set_clock(plan.folder, HOUR if plan.is_postgres else 0)
    with open_scene(plan, *rules, threads=THREADS, zone=zone) as scene:
        scene.fake.fault({"fault": "delay", "seconds": 1.5})
        start_web(scene.site)
        told = (_on_postgres if plan.is_postgres else _on_sqlite)(plan, scene)
        outside = len(scene.acknowledged) * 2 // 3
        account = check(scene, ends=("placed", "waiting"))
        assert account.states == {"placed": account.orders - outside, "waiting": outside}
        assert {call["reason"] for call in scene.items("calls?state=waiting")} <= {None, "window_closed"}
        assert scene.asked() == account.rung
    return f"{told}\n    {account}"


def _on_postgres(plan: Plan, scene: Scene) -> str:
    """The clock of the database rules, whatever the clock of this worker's machine says."""
    jumps, orders = plan.of(4, 40), plan.of(10, 100)
    bent = start_bent(scene.site)
    wait_for("a worker", lambda: has_started(bent), 60)
    scene.site.start_worker()
    for jump in range(jumps):
        send(scene, range(3 * orders * jump // jumps, 3 * orders * (jump + 1) // jumps))
        threading.Event().wait(0.5)
        set_clock(plan.folder, (-HOUR, 0, HOUR, 0)[jump % 4])
    scene.wait_for_shops()
    scene.wait_for_ends(waiting=2 * orders)
    return f"{jumps} jumps of an hour on one of two workers"


def _on_sqlite(plan: Plan, scene: Scene) -> str:
    """Nothing is admitted for a lease after each jump, and what was being dialled meanwhile ends as ever."""
    rounds, orders = plan.of(1, 4), plan.of(8, 40)
    worker = start_bent(scene.site)
    wait_for("a worker", lambda: has_started(worker), 60)
    for turn in range(rounds):
        asked, first = scene.asked(), 6 * orders * turn
        send(scene, range(first, first + 3 * orders))
        wait_for("requests on their way", lambda asked=asked: scene.asked() >= asked + THREADS, 60)
        began, last = 0.0, 0.0
        for jump, at in enumerate((HOUR, -HOUR, 0)):
            last = time.time()
            set_clock(plan.folder, at)
            wait_for("the worker's word of it", lambda seen=3 * turn + jump + 1: steps(worker) == seen, 60)
            began = began or time.time()
            send(scene, range(first + orders * (3 + jump), first + orders * (4 + jump)))
        scene.wait_for_shops()
        scene.wait_for_ends(waiting=4 * orders * (turn + 1))
        stopped = [call for call in scene.fake.rung() if began < call["arrived_at"] < last + LEASE.total_seconds()]
        assert len(stopped) <= THREADS  # what had its place before
    return f"{3 * rounds} jumps of one or two hours on the only worker"


def send(scene: Scene, numbers: range) -> None:
    """One third of these orders for each rule."""
    for kind in range(3):
        scene.send([number for number in numbers if number % 3 == kind], total=str(kind + 1))


def start_bent(site: Site) -> Running:
    return site.start("tests.proof.bent", "clock")


def steps(worker: Running) -> int:
    return worker.said().count("clock stepped")


def set_clock(folder: Path, seconds: int) -> None:
    folder.mkdir(exist_ok=True)
    (folder / "clock.new").write_text(str(seconds))
    (folder / "clock.new").rename(folder / "clock")


def zone_where_it_is_noon(now: datetime) -> tuple[str, int]:
    """A zone in which it is past twelve, and the minute of its day: far from both ends of it."""
    hours = 12 - now.hour
    local = now + timedelta(hours=hours)
    return f"Etc/GMT{-hours:+d}", local.hour * 60 + local.minute


def window(opens: int, closes: int) -> dict[str, Any]:
    return {"from": f"{opens // 60:02d}:{opens % 60:02d}", "to": f"{closes // 60:02d}:{closes % 60:02d}"}
