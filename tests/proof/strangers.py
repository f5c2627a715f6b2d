"""(l) slow and silent connections, and orders that are dear to read: every order is answered, stored and called."""

from __future__ import annotations

import time

from tests.bench.strangers import KINDS, besiege, dear_order
from tests.proof.scene import Plan, check, open_scene, start_web


def prove(plan: Plan) -> str:
    each, orders, dear = plan.of(100, 500), plan.of(40, 1000), plan.of(2, 20)
    with open_scene(plan) as scene:
        scene.site.wait_until_it_answers(start_web(scene.site))
        scene.site.start_worker()
        with besiege(scene.site.port, each):
            begun = time.monotonic()
            for number in range(orders, orders + dear):
                assert scene.site.send("shop", dear_order(number)).status == 200
                scene.acknowledged.add(number)
            scene.send(range(orders))
            scene.wait_for_shops()
            seconds = time.monotonic() - begun
        scene.wait_for_ends()
        account = check(scene)
    strangers = f"{each} connections of each kind ({', '.join(KINDS)})"
    return f"{strangers}, {dear} orders of 1 MB: all answered within {seconds:.0f} s\n    {account}"
