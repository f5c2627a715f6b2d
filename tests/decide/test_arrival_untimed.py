"""Where a platform's document does not say when the order was changed, no message opens it again after its cancel."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from itertools import permutations
from typing import Any

import pytest

from bridge.core.model import Request
from bridge.core.platform import Platform
from bridge.fake_vbot import FakeVBot
from bridge.platforms import list_platforms
from bridge.platforms.shared.sample import find_word, sample_document
from bridge.receive.webhook import receive
from bridge.store import Store
from tests.platforms.wire import FORMS
from tests.stage import NOW, RULE, SECRET, Stage, later

EAGER = {**RULE, "on": ["order.created", "order.updated"], "datas": {}}
MESSAGES = ("order.created", "order.updated", "order.cancelled")
CHANGED = frozenset(
    ("updated_at", "updatedAt", "modified_on", "date_modified", "date_modified_gmt", "updated", "issued_at", "changed")
)
# Orders that must be asked of the shop have its answer's time; marketplaces ring nobody, carriers tell of no order.
OTHERS = [one for one in list_platforms() if one.hides_buyer or one.is_carrier or one in FORMS]
PLATFORMS = [one for one in list_platforms() if one.sends and one.api is None and one not in OTHERS]


def untimed(value: Any) -> Any:
    """The document without any time of a change."""
    if isinstance(value, dict):
        return {key: untimed(inner) for key, inner in value.items() if key not in CHANGED}
    return [untimed(inner) for inner in value] if isinstance(value, list) else value


def send(stage: Stage, platform: Platform, ours: str, made_at: datetime, at: datetime) -> None:
    """The order that was made then, as the shop tells of it under this topic of ours."""
    word = find_word(platform, ours)
    with stage.store.read() as conn:
        source = stage.catalogs.read(conn).sources["shop"]
    document, headers = platform.sample.fitted(untimed(sample_document(platform, ours, made_at)), source)
    body = json.dumps(document).encode()
    request = Request("POST", "/hooks/shop", "", (*platform.sign(body, word, source, at), *headers), body)
    assert receive(stage.store, stage.catalogs, "shop", request, at).is_new


@pytest.mark.parametrize("platform", PLATFORMS, ids=lambda one: one.name)
def test_no_order_of_arrival_rings_after_a_cancel(store: Store, vbot: FakeVBot, platform: Platform) -> None:
    settings = dict(platform.sample.settings)
    shop = {"id": "shop", "platform": platform.name, "secrets": [SECRET], "settings": settings}
    stage = Stage(store, vbot, EAGER, sources=[shop])
    for n, arrival in enumerate(permutations(MESSAGES)):
        made_at = NOW - timedelta(minutes=10 + n)
        for step, ours in enumerate(arrival):
            send(stage, platform, ours, made_at, later(step))
            stage.decide(later(step))
    stage.dial(later(10))
    assert stage.rung() == []
    send(stage, platform, "order.created", NOW - timedelta(minutes=1), later(20))
    stage.run(later(20))
    assert len(stage.rung()) == 1
