"""What `check` says of a rule's paths where stored orders of its sources are at hand."""

from __future__ import annotations

import json
from typing import Any

import pytest
import yaml

from bridge.configuration.files import read_files
from bridge.configuration.rule_flaws import Seen, find_rule_flaws
from bridge.core.model import Json
from bridge.decide.seen import documents_seen
from bridge.fake_vbot import FakeVBot
from bridge.platforms import list_platforms
from bridge.rules.document import event_document
from bridge.rules.liquid.kinds import MANY
from bridge.rules.rule import parse_rule
from bridge.store import Store
from tests.platforms.wire import find_fixture, with_body
from tests.stage import Stage, later, order

NAMES = [platform.name for platform in list_platforms()]
FIXTURE = find_fixture("woocommerce/order.created__part-of-an-order")


def stored(count: int, **changes: Json) -> list[dict[str, Json]]:
    document = json.loads(FIXTURE.request.body) | changes
    request = with_body(FIXTURE.request, document)
    (event,) = FIXTURE.platform.read(request, FIXTURE.source, FIXTURE.received_at).events
    return [event_document(event, FIXTURE.source)] * count


def said(text: str, seen: Seen, **shop: Any) -> list[tuple[str, bool]]:
    shops = [{"id": "shop", "platform": "woocommerce", **shop}]
    rule = {"rule": "r", "template": "T", "on": ["order.created"], "datas": {"a": text}}
    configuration, findings = read_files(
        [("a.yaml", yaml.safe_dump({"sources": shops, "rules": [rule]}))], parse_rule, NAMES
    )
    assert findings == []
    return [(flaw.message, flaw.warning) for flaw in find_rule_flaws(configuration, seen)]


def test_a_path_of_raw_that_a_stored_order_has_is_right() -> None:
    assert said("{{ raw.tien_coc }}", {}) == [("no sample order of woocommerce has raw.tien_coc", True)]
    assert said("{{ raw.tien_coc }}", {"shop": stored(1, tien_coc="50000")}) == []


def test_a_path_that_none_of_many_orders_has_is_an_error_with_the_nearest_right_one() -> None:
    seen = {"shop": stored(MANY, tien_coc="50000")}
    message = f"none of the newest {MANY} orders has raw.tien_coq; did you mean tien_coc?"
    assert said("{{ raw.tien_coq }}", seen) == [(message, False)]
    few = {"shop": stored(MANY - 1, tien_coc="50000")}
    assert [is_warning for _, is_warning in said("{{ raw.tien_coq }}", few)] == [True]


def test_a_path_that_the_platforms_schema_knows_stays_a_warning() -> None:
    document = stored(MANY)
    for one in document:
        one["raw"].pop("date_paid_gmt", None)
    assert [is_warning for _, is_warning in said("{{ raw.date_paid_gmt }}", {"shop": document})] in ([], [True])


def test_of_a_sender_of_any_webhooks_the_stored_orders_tell_what_it_sends() -> None:
    shop: dict[str, Any] = {"platform": "generic", "settings": {"fields": {"id": "id", "total": "tong"}}}
    seen: Seen = {"shop": [{"raw": {"id": 1, "tong": 5, "mau": "do"}}] * MANY}
    assert said("{{ raw.mau }}", seen, **shop) == []
    assert said("{{ raw.mauu }}", {}, **shop) == []
    (flaw,) = said("{{ raw.mauu }}", seen, **shop)
    assert flaw == (f"none of the newest {MANY} orders has raw.mauu; did you mean mau?", False)


@pytest.mark.parametrize("count", [3])
def test_the_newest_orders_of_a_source_are_read_from_its_deliveries(store: Store, vbot: FakeVBot, count: int) -> None:
    stage = Stage(store, vbot)
    for number in range(count):
        stage.send("order.created", order(number, mau=f"{number}"), later(number))
    stage.send_body(b'{"topic": "order.created"}')
    stage.decide(later(count))
    with store.read() as conn:
        seen = documents_seen(conn, stage.catalogs.read(conn))
    assert [one["raw"]["order"]["mau"] for one in seen["shop"]] == ["2", "1", "0"]
    assert seen["other"] == []
