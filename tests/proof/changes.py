"""(m) orders that change, and are cancelled, at the moment at which they are dialled."""

from __future__ import annotations

import json
import random
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from tests.processes import RULE, order, phone, wait_for
from tests.proof.scene import REST_SECONDS, Plan, Scene, has_started, open_scene, start_web, try_to, twice

AFTER_SECONDS = 2
CHANGES = 30
GAPS = (0, 0, 0.02, 0.3)  # seconds between two changes: most follow at once, and now and then all is decided
NAMES = [f"Khách {n}" for n in range(CHANGES + 1)]


@dataclass
class Told:
    """One order's story: when each of its states was answered 200, by this machine's clock."""

    number: int
    cancelled_by: int | None  # the change that cancels it
    answered: list[float] = field(default_factory=list)


def prove(plan: Plan) -> str:
    """Each order changes every few hundredths of a second while its call comes due; every third is cancelled."""
    count, dice = plan.of(24, 240), plan.dice()
    orders = [Told(number, dice.randrange(1, CHANGES) if number % 3 == 0 else None) for number in range(count)]
    rule = {**RULE, "after": f"{AFTER_SECONDS}s", "on": ["order.created", "order.updated"]}
    with open_scene(plan, {**rule, "datas": {"number": "{{ order.number }}", "name": "{{ customer.name }}"}}) as scene:
        web = start_web(scene.site)
        workers = [scene.site.start("bridge", "worker") for _ in range(2 if plan.is_postgres else 1)]
        for worker in workers:
            wait_for("a worker", lambda worker=worker: has_started(worker), 60)
        scene.site.wait_until_it_answers(web)
        for shop in [scene.sends.submit(tell, scene, told, random.Random(dice.random())) for told in orders]:
            shop.result()
        scene.wait_for_ends()
        listed = scene.items("calls")
        rung = scene.fake.rung()
        balance = scene.site.balance()
    assert (balance["exit"], balance["unexplained_total"]) == (0, 0), balance
    assert twice(ring["phone"] for ring in rung) == []
    calls = {call["order_id"]: call for call in listed}
    assert len(calls) == len(listed)
    names = {ring["phone"]: ring["datas"]["name"] for ring in rung}
    changed = [check(told, calls.get(f"id-{told.number}"), names.get(phone(told.number))) for told in orders]
    late = sum(told.cancelled_by is not None and phone(told.number) in names for told in orders)
    return (
        f"{count} orders changed {CHANGES} times, every third cancelled, {sum(changed)} dialled amid their changes\n"
        f"    {len(rung)} rang ({late} before their cancel), each as it then was; 0 twice, 0 lost, 0 unexplained"
    )


def tell(scene: Scene, told: Told, dice: random.Random) -> None:
    for body in states(told):
        wait_for("an answer", lambda body=body: taken(scene, body))
        told.answered.append(time.time())
        time.sleep(dice.choice(GAPS))


def states(told: Told) -> Iterator[bytes]:
    made = datetime.now(UTC)
    for n, name in enumerate(NAMES):
        changes: dict[str, Any] = {
            "created_at": made.isoformat(),
            "updated_at": (made + timedelta(microseconds=n)).isoformat(),
            "customer": {"name": name},
        }
        topic = "order.created" if n == 0 else "order.updated"
        if n == told.cancelled_by:
            topic, changes["state"] = "order.cancelled", "cancelled"
        document = json.loads(order(told.number, **changes))
        yield json.dumps({**document, "topic": topic}).encode()
        if n == told.cancelled_by:
            return


def taken(scene: Scene, body: bytes) -> bool:
    answer = try_to(lambda: scene.site.send("shop", body))
    if answer is None or answer.status != 200:
        time.sleep(REST_SECONDS)
    return answer is not None and answer.status == 200


def check(told: Told, call: dict[str, Any] | None, name: str | None) -> bool:
    """One call, which spoke no state that was overtaken when it was dialled; return whether others came after it.

    None, where the order was cancelled before its first state was decided.
    """
    if call is None:
        assert (told.cancelled_by is not None, name) == (True, None), told
        return False
    if name is None:
        assert (told.cancelled_by is not None, call["state"]) == (True, "cancelled"), call
        return False
    *unsent, attempt = call["attempts"]
    # A machine that is too busy to send at once gives an attempt up, and dials anew.
    assert [one["detail"] for one in unsent] == ["late_start"] * len(unsent), call
    assert call["state"] == "placed", call
    dialled_at = datetime.fromisoformat(attempt["started_at"]).timestamp()
    known = [n for n, at in enumerate(told.answered) if at < dialled_at]
    assert told.cancelled_by not in known, (told, call)
    assert NAMES.index(name) >= max(known), (told, name, call)
    return len(known) < len(told.answered)
