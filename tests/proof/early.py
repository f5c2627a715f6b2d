"""(d) results that arrive before the placing answer, and where there is no answer at all."""

from __future__ import annotations

import json
import threading
from collections import Counter

from tests.processes import RULE, ask, wait_for
from tests.proof.scene import Plan, Scene, has_started, open_scene, start_web, twice

THREADS = 8
SECONDS = 1.0  # between VBot's taking a call and its answer
AUTH = "what VBot sends back"
ANSWERS = {"1": "confirmed", "2": "declined"}


def prove(plan: Plan) -> str:
    """VBot tells each call's end, twice, before it answers the request that placed it; every fourth gets no answer."""
    orders = plan.of(60, 600)
    dice = plan.dice()
    keys = [dice.choice("12") for _ in range(orders)]
    settings = {"VBOT_WEBHOOK_AUTH": AUTH}
    with open_scene(plan, {**RULE, "answers": ANSWERS}, threads=THREADS, settings=settings) as scene:
        web = start_web(scene.site)
        worker = scene.site.start("bridge", "worker")
        wait_for("a worker", lambda: has_started(worker), 60)
        scene.site.wait_until_it_answers(web)
        kinds = ("hang" if number % 4 == 0 else "delay" for number in range(orders))
        scene.fake.fault(*({"fault": kind, "times": 1, "seconds": SECONDS} for kind in kinds))
        stop = threading.Event()
        teller = threading.Thread(target=tell, args=(scene, keys, stop))
        teller.start()
        scene.send(range(orders))
        scene.wait_for_shops()
        wait_for("every result", lambda: len(scene.items("calls?state=finished")) == orders, 600)
        stop.set()
        teller.join()
        calls = scene.items("calls")
        rung = [call["phone"] for call in scene.fake.rung()]
        balance = scene.site.balance()
    attempts = [attempt for call in calls for attempt in call["attempts"]]
    results = Counter(call["result"] for call in calls)
    assert (len(calls), len(attempts)) == (orders, orders)
    assert {attempt["outcome"] for attempt in attempts} == {"accepted"}
    early = sum(attempt["detail"] == "told" for attempt in attempts)
    assert early, attempts
    assert (len(rung), twice(rung)) == (orders, [])
    assert results == Counter(ANSWERS[key] for key in keys), results
    assert (balance["exit"], balance["unexplained_total"]) == (0, 0), balance
    ends = ", ".join(f"{count} {name}" for name, count in sorted(results.items()))
    return f"{early} results before the answer, every fourth without one\n    {orders} orders: {ends}; 0 twice, 0 lost"


def tell(scene: Scene, keys: list[str], stop: threading.Event) -> None:
    """VBot's webhook: what was taken is told at once, and again."""
    told = 0
    while not stop.wait(0.02):
        for call in scene.fake.rung()[told:]:
            log = {"externalCallId": call["external_call_id"], "disposition": "ANSWER", "inputLog": keys[told]}
            for _ in range(2):
                body = json.dumps(log).encode()
                answer = ask(scene.site.port, "POST", "/vbot/results", body, [("Authorization", AUTH)])
                assert answer.status == 200, answer.status
            told += 1
