"""(k) kill -9 of workers while they write results back to a shop that cuts answers: each note once, none lost."""

from __future__ import annotations

import json
import threading
from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import Any

from bridge.platforms import find_platform
from tests.notify.shop import Instead
from tests.notify.woocommerce import WooCommerce
from tests.processes import RULE, SECRETS, ask, phone, wait_for
from tests.proof.scene import LONGEST_WAIT_SECONDS, Plan, Scene, has_started, kill_group, open_scene, start_web, twice

AUTH = "what VBot sends back"
WRITE_BACK = {"confirmed": [{"note": "Khách xác nhận đơn"}], "declined": [{"note": "Khách không đặt đơn này"}]}
SHOP_SECONDS = 0.03  # of each answer, so that kills meet requests under way


def prove(plan: Plan) -> str:
    """Every order has its result; then workers are killed while they write, and the shop loses some of its answers."""
    orders, kills = plan.of(40, 400), plan.of(2, 12)
    dice = plan.dice()
    rule = {**RULE, "answers": {"1": "confirmed", "2": "declined"}, "write_back": WRITE_BACK}
    with WooCommerce() as shop:
        source = {"id": "woo", "platform": "woocommerce", "secrets": [SECRETS["woo"]], "settings": shop.settings}
        with open_scene(plan, rule, source=source, settings={"VBOT_WEBHOOK_AUTH": AUTH}) as scene:
            web = start_web(scene.site)
            workers = [scene.site.start("bridge", "worker") for _ in range(2 if plan.is_postgres else 1)]
            scene.site.wait_until_it_answers(web)
            for number in range(orders):
                shop.add(document(number))
                assert scene.site.send("woo", json.dumps(document(number)).encode()).status == 200
            wait_for("every ring", lambda: len(scene.fake.rung()) == orders, LONGEST_WAIT_SECONDS)
            shop.seconds = SHOP_SECONDS
            shop.instead.extend(losses(plan, orders))
            for call in scene.fake.rung():
                tell(scene, call["external_call_id"], dice.choice("12"))
            for _ in range(kills):
                asked, more = len(shop.asked), dice.randrange(3, 12)
                until = datetime.now(UTC) + timedelta(seconds=plan.of(5, 70))
                wait_for(
                    "some requests, or the end of the wait",
                    lambda asked=asked, more=more, until=until: (
                        len(shop.asked) > asked + more or datetime.now(UTC) > until
                    ),
                    LONGEST_WAIT_SECONDS,
                )
                victim = workers.pop(0)
                wait_for("a worker", lambda victim=victim: has_started(victim), 60)
                kill_group(victim)
                workers.append(scene.site.start("bridge", "worker"))
            wait_for("every note", lambda: len(written(scene)) == orders, LONGEST_WAIT_SECONDS)
            calls = scene.items("calls")
            balance = scene.site.balance()
        assert shop.faults == []
    return account(shop, calls, balance, kills)


def document(number: int) -> dict[str, Any]:
    platform = find_platform("woocommerce")
    assert platform is not None
    order = {**platform.sample.document(datetime.now(UTC)), "id": 1000 + number, "number": f"{1000 + number}"}
    order["billing"] = {**order["billing"], "phone": phone(number)}
    order["shipping"] = {**order["shipping"], "phone": phone(number)}
    return order


def losses(plan: Plan, orders: int) -> list[Instead | None]:
    """One answer in fifty is lost, half of them after the note was taken; in the short form one: each costs a rest."""
    dice = plan.dice()
    if not plan.long:
        return [None, Instead(cut=True, after=dice.random() < 0.5)]
    cut = (Instead(cut=True, after=dice.random() < 0.5) for _ in range(orders))
    return [each if dice.random() < 1 / 50 else None for each in cut]


def tell(scene: Scene, external_call_id: str, key: str) -> None:
    log = {"externalCallId": external_call_id, "disposition": "ANSWER", "inputLog": key}
    answer = ask(scene.site.port, "POST", "/vbot/results", json.dumps(log).encode(), [("Authorization", AUTH)])
    assert answer.status == 200, answer.status


def written(scene: Scene) -> list[int]:
    """The calls whose one write stands at the shop, as the bridge says."""
    threading.Event().wait(0.5)
    return [
        call["id"]
        for call in scene.items("calls?state=finished")
        if [write["state"] for write in call["write_backs"]] == ["written"]
    ]


def account(shop: WooCommerce, calls: list[dict[str, Any]], balance: dict[str, Any], kills: int) -> str:
    wanted = Counter(call["write_backs"][0]["value"] for call in calls)
    found = Counter(text for notes in shop.notes.values() for text in (note["note"] for note in notes))
    assert twice(found.elements()) == [], found
    assert found == wanted, (found - wanted, wanted - found)
    for call in calls:
        assert shop.texts(call["order_id"]) == [call["write_backs"][0]["value"]]
    assert (balance["exit"], balance["unexplained_total"]) == (0, 0), balance
    cut = len(shop.writes) - found.total()
    told = f"{kills} kills while writing, {len(shop.writes)} requests to write, {cut} of them without effect"
    return f"{told}\n    {found.total()} notes: 0 twice, 0 lost"
