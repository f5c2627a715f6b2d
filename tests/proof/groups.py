"""(b) the worker dies inside a group: after the commit that lets several calls leave, between their requests, and
before the commit of several answers."""

from __future__ import annotations

from tests.processes import RULE, wait_for
from tests.proof.scene import Plan, Scene, check, open_scene, start_web

THREADS = 8
INSTANTS = ("dialled", "between", "answered")
DIED = -9


def prove(plan: Plan) -> str:
    """At each instant, so many times; whoever goes on afterwards rings nobody twice, and loses nobody."""
    times, orders = plan.of(1, 8), 20
    with open_scene(plan, RULE, threads=THREADS) as scene:
        scene.site.wait_until_it_answers(start_web(scene.site))
        scene.fake.fault({"fault": "delay", "seconds": 0.3})  # so that answers come together
        deaths = [instant for _ in range(times) for instant in INSTANTS]
        for n, instant in enumerate(deaths):
            scene.send(range(orders * n, orders * (n + 1)))
            scene.wait_for_shops()
            die(scene, instant)
        scene.site.start("bridge", "worker")
        scene.wait_for_ends()
        account = check(scene, most_cut=len(deaths) * THREADS)
        # Of the groups that were dialled and died, nothing was sent, and nobody can know.
        assert account.cut >= 2 * times, account
    return f"{len(deaths)} deaths inside a group\n    {account}"


def die(scene: Scene, instant: str) -> None:
    """A worker that ends itself there, in a group of two at least."""
    worker = scene.site.start("tests.proof.bent", instant)
    ended = wait_for(f"a death: {instant}", worker.process.poll, 120)
    assert ended == DIED, worker.said()
