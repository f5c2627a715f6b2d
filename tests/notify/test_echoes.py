"""What a shop says because a result was written to its order rings nobody, on each platform that writes back.

Each shop is a strict fake over HTTP; its messages are signed, and say what its order holds after the write.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest

from bridge.core.model import Request
from bridge.fake_vbot import FakeVBot
from bridge.notify.write_back import Writer
from bridge.platforms import find_platform
from bridge.platforms.shared.sample import find_word
from bridge.receive.fetch import Fetcher
from bridge.receive.webhook import receive
from bridge.rules.write_back import KINDS
from bridge.store import Store
from tests.notify.shops import MADE, SHOPS, OneOrder, OwnProgram
from tests.notify.test_write_back import report
from tests.stage import NOW, Stage

ACTIONS: dict[str, dict[str, Any]] = {
    "note": {"note": "Khách xác nhận đơn"},
    "tag": {"tag": "vbot-ok"},
    "status": {"status": "manual_verification", "key": "1"},
    "confirm_order": {"confirm_order": True, "key": "1"},
    "cancel_order": {"cancel_order": True, "key": "1"},
}
CASES = [
    pytest.param(shop, kind, id=f"{shop.platform}-{kind}")
    for shop in (*SHOPS, OwnProgram)
    for kind in KINDS
    if (found := find_platform(shop.platform)) and found.write_back and kind in found.write_back.does
]


@pytest.fixture
def shop(request: pytest.FixtureRequest) -> Iterator[OneOrder]:
    with request.param() as running:
        yield running
        assert running.faults == []


# What counts is in Python: the database's part is asked on both in test_write_back.
@pytest.mark.parametrize("migrated_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize(("shop", "kind"), CASES, indirect=["shop"])
def test_the_shops_message_about_our_own_write_rings_nobody(
    store: Store, vbot: FakeVBot, shop: OneOrder, kind: str
) -> None:
    stage = Stage(store, vbot, *rules(kind), sources=[source(shop)])
    say(stage, shop, "order.created", MADE)
    stage.dial(NOW)
    report(stage, stage.vbot.calls[-1]["external_call_id"], "ANSWER", "1", NOW)
    writer = Writer(store, stage.catalogs)
    writer.look(NOW)
    writer.join()
    (written,) = stage.call()["write_backs"]
    assert (written["action"], written["state"]) == (kind, "written")

    say(stage, shop, "order.updated", NOW + timedelta(minutes=1))
    assert again(stage) == ["own_write"]
    if kind == "cancel_order":
        say(stage, shop, "order.cancelled", NOW + timedelta(minutes=2))
        assert set(again(stage)) == {"own_write"}
    else:
        shop.total = 777000
        say(stage, shop, "order.updated", NOW + timedelta(minutes=2))
        assert again(stage) == ["own_write", "wanted"], "what staff changed is no echo"
    writer.look(NOW + timedelta(minutes=3))
    writer.join()
    assert len(shop.writes) == 1, "no loop"
    assert len(stage.calls()) == (1 if kind == "cancel_order" else 2)


def rules(kind: str) -> list[dict[str, Any]]:
    first = {"rule": "first", "template": "T", "on": ["order.created"], "answers": {"1": "confirmed"}}
    second = {"rule": "again", "template": "T", "on": ["order.updated", "order.cancelled"], "cancel_on": []}
    return [{**first, "write_back": {"confirmed": [ACTIONS[kind]]}}, second]


def source(shop: OneOrder) -> dict[str, Any]:
    return {"id": "shop", "platform": shop.platform, "secrets": ["a-secret-of-16-letters"], "settings": shop.settings}


def say(stage: Stage, shop: OneOrder, topic: str, at: datetime) -> None:
    """The shop sends its order as it stands, by a signed webhook; what that leaves out is fetched."""
    with stage.store.read() as conn:
        known = stage.catalogs.read(conn).shop("shop")
    assert known is not None
    platform = known.platform
    word = find_word(platform, topic)
    body = json.dumps(shop.message(word, at)).encode()
    request = Request("POST", "/hooks/shop", "", platform.sign(body, word, known.source, at), body)
    receive(stage.store, stage.catalogs, "shop", request, at)
    stage.decide(at)
    fetcher = Fetcher(stage.store, stage.catalogs, lambda *_: None)
    fetcher.look(at)
    fetcher.join()
    stage.decide(at)


def again(stage: Stage) -> list[str]:
    return [reason for rule, _, reason in stage.decisions() if rule == "again"]
