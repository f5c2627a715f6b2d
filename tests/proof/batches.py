"""(h) kill -9 of the only worker in the middle of batches, of rule and list; VBot's records settle what they can."""

from __future__ import annotations

import json
import threading
from pathlib import Path
from typing import Any

from tests.processes import RULE, phone, wait_for
from tests.proof.scene import LONGEST_WAIT_SECONDS, Plan, Scene, has_started, kill_group, open_scene, start_web, twice

THREADS = 4
SIZE = 5
FIRST_LINE = 5000  # of the numbers on the list; those of the orders are smaller
BATCHED = {**RULE, "batch": {"size": SIZE, "wait": "1s"}}


def prove(plan: Plan) -> str:
    """VBot takes each batch and answers late; then the worker is dead. The list is given three times, once mended."""
    dice = plan.dice()
    kills, orders, lines = plan.of(3, 20), plan.of(30, 300), plan.of(20, 200)
    vbot = ("--generation", "v3", "--people", str(plan.seed))
    with open_scene(plan, BATCHED, threads=THREADS, settings={"VBOT_API": "v3"}, vbot=vbot) as scene:
        scene.fake.fault({"fault": "delay", "on": "insert_list", "seconds": 1})
        start_web(scene.site)
        worker = scene.site.start("bridge", "worker")
        wait_for("a worker", lambda: has_started(worker), 60)
        for kill in range(kills):
            if kill in (0, 1):
                assert give_list(scene, plan.folder, lines) == (0 if kill else lines)
            # Last, so that a request is under way when the ring is seen, however long the command took.
            scene.send(range(orders * kill // kills, orders * (kill + 1) // kills))
            scene.wait_for_a_ring(plan.of(3, 10))
            threading.Event().wait(dice.uniform(0, 0.5))
            kill_group(worker)
            worker = scene.site.start("bridge", "worker")
            wait_for("a worker", lambda worker=worker: has_started(worker), 60)
        assert give_list(scene, plan.folder, lines + 1) == 1
        scene.wait_for_shops()
        scene.wait_for_ends()
        cut = {call["id"] for call in scene.items("calls?state=unsure")}
        wait_for("what the records hold", lambda: not unsettled(scene), LONGEST_WAIT_SECONDS)
        calls, rung, balance = scene.items("calls"), scene.fake.rung(), scene.site.balance()
    assert twice(call["phone"] for call in rung) == []
    assert sorted(call["phone"] for call in calls) == sorted(
        phone(number) for number in (*range(orders), *range(FIRST_LINE, FIRST_LINE + lines + 1))
    )
    ids = {call["external_call_id"] for call in rung}
    unsure = [call for call in calls if call["state"] == "unsure"]
    settled = [call for call in calls if call["id"] in cut and call["state"] == "finished"]
    assert {call["state"] for call in calls} <= {"placed", "finished", "unsure"}, calls
    for call in calls:
        assert (last_id(call) in ids) == (call["state"] != "unsure"), call
    assert settled and {call["attempts"][-1]["outcome"] for call in settled} == {"accepted"}, settled
    assert len(cut) <= kills * THREADS * SIZE
    assert len(cut) == len(settled) + len(unsure)
    assert (balance["exit"], balance["unexplained_total"]) == (0, 0), balance
    together = f"{orders} orders and {lines + 1} lines in batches of up to {SIZE}, {kills} kills of the worker"
    told = f"{len(rung)} rang: {len(cut)} unsure, of which VBot's records settled {len(settled)}"
    return f"{together}\n    {told} and never saw {len(unsure)}; 0 twice, 0 lost, 0 unexplained"


def give_list(scene: Scene, folder: Path, lines: int) -> int:
    """A list of so many people is given; how many of them are new."""
    file = folder / "list.csv"
    people = [f"{phone(FIRST_LINE + line)},L-{line},Khách Thử" for line in range(lines)]
    file.write_text("\n".join(["phone,number,name", *people]) + "\n", encoding="utf-8")
    words = ("--template", "CONFIRM", "--size", str(SIZE), "--window", "always", "--yes", "--json")
    done = scene.site.run("batch", str(file), *words)
    told = json.loads(done.stdout or "{}")
    assert done.returncode == (1 if told.get("calls", {}).get("unsure") else 0), (done.stdout, done.stderr)
    return int(told["new"])


def unsettled(scene: Scene) -> list[dict[str, Any]]:
    """Unsure calls that VBot has taken."""
    threading.Event().wait(0.5)
    ids = {call["external_call_id"] for call in scene.fake.rung()}
    return [call for call in scene.items("calls?state=unsure") if last_id(call) in ids]


def last_id(call: dict[str, Any]) -> str:
    return str(call["attempts"][-1]["external_call_id"])
