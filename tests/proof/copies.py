"""(b) many copies of one delivery at the same time, and one order under many deliveries and topics."""

from __future__ import annotations

import json
import threading
from collections import Counter
from collections.abc import Sequence

from tests.processes import RULE, ask, order, phone, sign, wait_for
from tests.proof.scene import Plan, Scene, open_scene, start_web, try_to

TOPICS = ("order.created", "order.updated", "order.paid")


def prove(plan: Plan) -> str:
    copies = plan.of(100, 1000)
    with open_scene(plan, {**RULE, "on": list(TOPICS)}) as scene:
        house = scene.house
        house.wait_until_it_answers(start_web(house))
        for _ in range(2 if plan.is_postgres else 1):
            house.start_worker()
        send_at_once(scene, [order(1)] * copies)
        send_at_once(scene, [told_by(number) for number in range(copies)])
        scene.wait_for_ends()
        rung, balance = scene.fake.phones(), house.balance()
        deliveries = {order_id: scene.items(f"deliveries?order={order_id}") for order_id in ("id-1", "id-2")}
    assert sorted(rung) == [phone(1), phone(2)]
    assert [one["repeats"] for one in deliveries["id-1"]] == [scene.answers[200] - copies - 1]
    assert [one["repeats"] for one in deliveries["id-2"]] == [0] * copies
    assert balance["unexplained_total"] == balance["exit"] == 0
    assert balance["orders"]["called"] == balance["total"] == 2
    return (
        f"{copies} copies of one delivery and {copies} deliveries of one order, all at once: 2 orders, each rang once"
    )


def told_by(number: int) -> bytes:
    """The same order again, in other words."""
    document = json.loads(order(2, note=f"note {number}"))
    return json.dumps({**document, "topic": TOPICS[number % len(TOPICS)]}).encode()


def send_at_once(scene: Scene, bodies: Sequence[bytes]) -> None:
    """Each of them over a connection of its own, all at the same time, until every one is acknowledged."""
    signed = [(body, sign("shop", body)) for body in bodies]
    begin, answers = threading.Event(), Counter[int]()

    def send(body: bytes, headers: list[tuple[str, str]]) -> None:
        begin.wait()
        answer = try_to(lambda: ask(scene.house.port, "POST", "/hooks/shop", body, headers))
        answers[answer.status if answer else 0] += 1

    shops = [threading.Thread(target=send, args=one) for one in signed]
    for shop in shops:
        shop.start()
    begin.set()
    for shop in shops:
        shop.join()
    assert answers == {200: len(bodies)}, answers
    scene.answers += answers
    wait_for("a decision of all", lambda: not scene.items("deliveries?state=stored"), 120)
