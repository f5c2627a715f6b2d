"""(b) many copies of one delivery at the same time, one order under many deliveries and topics; every hint doubled."""

from __future__ import annotations

import json
import threading
from collections import Counter
from collections.abc import Sequence

from tests.processes import RULE, ask, order, sign
from tests.proof.hints import given, start_workers
from tests.proof.scene import Plan, Scene, check, open_scene, start_web, try_to

TOPICS = ("order.created", "order.updated", "order.paid")


def prove(plan: Plan) -> str:
    copies, orders = plan.of(100, 1000), plan.of(40, 500)
    with open_scene(plan, {**RULE, "on": list(TOPICS)}) as scene:
        web = start_web(scene.site)
        start_workers(plan, scene.site, "doubled")
        scene.site.wait_until_it_answers(web)
        send_at_once(scene, [order(1)] * copies)
        send_at_once(scene, [told_by(number) for number in range(copies)])
        scene.send(range(3, orders))
        scene.acknowledged |= {1, 2}
        scene.wait_for_shops()
        scene.wait_for_ends()
        account = check(scene)
        copied, told = (scene.items(f"deliveries?order={order_id}") for order_id in ("id-1", "id-2"))
        assert scene.asked() == account.rung == account.states["placed"]
        assert not plan.is_postgres or given(plan.database_url) > 1  # of each burst the first delivery's, doubled
    assert [one["repeats"] for one in copied] == [copies - 1]
    assert [one["repeats"] for one in told] == [0] * copies
    many = f"{copies} copies of one delivery at once, {copies} deliveries of one order at once, every hint doubled"
    return f"{many}\n    {account}"


def told_by(number: int) -> bytes:
    """The same order again, in other words."""
    document = json.loads(order(2, note=f"note {number}"))
    return json.dumps({**document, "topic": TOPICS[number % len(TOPICS)]}).encode()


def send_at_once(scene: Scene, bodies: Sequence[bytes]) -> None:
    """Each of them over a connection of its own, all at the same time; every one is acknowledged."""
    signed = [(body, sign("shop", body)) for body in bodies]
    begin, statuses = threading.Event(), list[int]()

    def send(body: bytes, headers: list[tuple[str, str]]) -> None:
        begin.wait()
        answer = try_to(lambda: ask(scene.site.port, "POST", "/hooks/shop", body, headers))
        statuses.append(answer.status if answer else 0)

    shops = [threading.Thread(target=send, args=one) for one in signed]
    for shop in shops:
        shop.start()
    begin.set()
    for shop in shops:
        shop.join()
    assert Counter(statuses) == {200: len(bodies)}
