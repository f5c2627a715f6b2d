"""The complete rules that `rules new` prints: check accepts each, and each does what its name says."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest

from bridge.configuration.files import read_files
from bridge.configuration.rule_flaws import find_rule_flaws
from bridge.configuration.starts import TITLES, list_starts, propose_write_back, write_start
from bridge.core.platform import Platform
from bridge.fake_vbot import FakeVBot
from bridge.lib.yamltext import read_text
from bridge.platforms import list_platforms
from bridge.rules.rule import parse_rule
from bridge.store import Store
from tests.stage import SECRET, Stage, later, order

STARTS = ("abandoned", "confirm-cod", "delivery-today", "failed-delivery", "feedback", "payment-reminder")
URL = "http://127.0.0.1:8000/schemas/config.schema.json"


def rules_of(name: str) -> list[dict[str, Any]]:
    rules: list[dict[str, Any]] = read_text(write_start(name, "en", URL), "new.yaml").document["rules"]
    return rules


def test_there_is_one_for_each_name_of_the_contract() -> None:
    assert tuple(list_starts()) == STARTS == tuple(sorted(TITLES))


@pytest.mark.parametrize("language", ["vi", "en"])
@pytest.mark.parametrize("name", STARTS)
def test_check_has_nothing_to_say_of_any(name: str, language: str) -> None:
    text = write_start(name, language, URL)
    names = [platform.name for platform in list_platforms()]
    configuration, findings = read_files([("new.yaml", text)], parse_rule, names)
    assert [str(finding) for finding in [*findings, *find_rule_flaws(configuration)]] == []
    assert [rule["rule"] for rule in configuration.rules] == [name]
    lines = text.splitlines()
    assert lines[0] == f"# yaml-language-server: $schema={URL}"
    assert lines[1].startswith("# ")
    assert "#vi" not in text
    assert "#en" not in text


@pytest.mark.parametrize("platform", list_platforms(), ids=lambda platform: platform.name)
def test_what_a_start_writes_back_is_what_its_platform_takes(platform: Platform) -> None:
    text = propose_write_back(write_start("confirm-cod", "vi", URL), platform, "vi")
    (rule,) = read_text(text, "new.yaml").document["rules"]
    back = platform.write_back
    if back is None or back.proposes is None:
        assert "write_back" not in rule
        assert back is not None or platform.no_write_back[0] in text
        return
    written = {"url": "https://a.example.test", "secret": SECRET}
    settings = {name: written.get(name.rpartition("_")[2], "1") for name in back.credentials[0]}
    entry = {"id": "s", "platform": platform.name, "settings": settings}
    both = json.dumps({"sources": [entry], "rules": [rule]})
    names = [each.name for each in list_platforms()]
    configuration, findings = read_files([("new.json", both)], parse_rule, names)
    flaws = [str(flaw) for flaw in [*findings, *find_rule_flaws(configuration)] if "write_back" in str(flaw)]
    assert flaws == [] and set(rule["write_back"]) == {"confirmed", "declined", "agent", "unreachable"}


@pytest.mark.parametrize("name", STARTS)
def test_both_languages_comment_the_same_rule(name: str) -> None:
    vietnamese, english = (write_start(name, language, URL) for language in ("vi", "en"))
    assert read_text(vietnamese, "vi").document == read_text(english, "en").document
    comments = [[line for line in text.splitlines() if "# " in line][1:] for text in (vietnamese, english)]
    assert len(comments[0]) == len(comments[1]) > 1
    assert not set(comments[0]) & set(comments[1])


@pytest.mark.parametrize(
    ("name", "topic", "changes", "decision"),
    [
        ("confirm-cod", "order.created", {}, ("call", "wanted")),
        ("confirm-cod", "order.created", {"total": "50000"}, ("skip", "condition_false")),
        ("payment-reminder", "order.created", {"payment": {"cod": False, "paid": False}}, ("call", "wanted")),
        ("payment-reminder", "order.created", {"payment": {"cod": False, "paid": True}}, ("skip", "condition_false")),
        ("delivery-today", "delivery.out", {"state": "fulfilled"}, ("call", "wanted")),
        ("failed-delivery", "delivery.failed", {}, ("call", "wanted")),
        ("abandoned", "checkout.abandoned", {}, ("call", "wanted")),
        ("feedback", "order.fulfilled", {"payment": {"cod": True, "paid": True}}, ("call", "wanted")),
        ("feedback", "delivery.delivered", {"payment": {"cod": True, "paid": True}}, ("call", "wanted")),
    ],
)
def test_each_calls_whom_it_is_for(
    store: Store, vbot: FakeVBot, name: str, topic: str, changes: dict[str, Any], decision: tuple[str, str]
) -> None:
    stage = Stage(store, vbot, *rules_of(name))
    stage.send(topic, order(1, items=[{"title": "Áo len", "quantity": 2}], **changes))
    stage.decide()
    assert stage.decisions() == [(name, *decision)]


def test_words_of_a_start_are_whole_sentences_parts(store: Store, vbot: FakeVBot) -> None:
    stage = Stage(store, vbot, *rules_of("delivery-today"))
    stage.send("delivery.out", order(1, outstanding="0", shipping={"name": "TRẦN thu hà"}))
    stage.decide()
    assert stage.call()["datas"] == {
        "customer_name": "Trần Thu Hà",
        "order_id": "đê hát, một",
        "total": "không đồng",
    }


def test_feedback_rings_once_though_shop_and_carrier_both_say_so(store: Store, vbot: FakeVBot) -> None:
    stage = Stage(store, vbot, *rules_of("feedback"))
    stage.send("order.fulfilled", order(1))
    stage.send("delivery.delivered", order(1, updated_at=later(3600).isoformat()), later(3600))
    stage.decide(later(3600))
    call = stage.call()
    assert call["state"] == "waiting"
    assert call["not_before"] >= (later(0) + timedelta(days=2)).isoformat()[:10]
