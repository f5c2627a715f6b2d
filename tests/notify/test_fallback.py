"""Fallback: nobody was reached, no redial follows, and a person is asked to take over, once."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
import yaml

from bridge.cli.shared.configuration import read_configuration
from bridge.configuration.files import read_files
from bridge.fake_vbot import FakeVBot
from bridge.rules.rule import parse_rule
from bridge.rules.write_back import Action, parse_write_back, with_fallback
from bridge.settle.results import settle_stored, tell_of_expired
from bridge.store import Store
from bridge.store.notify.messages import Message, claim_messages
from bridge.store.queue import sweep
from bridge.store.results import store_result
from tests.stage import NOW, RULE, Stage, later, order

SECRET = "whsec_" + "bmV3LXNlY3JldC1vZi10aGUtY3JtLXdlYmhvb2s="
HOOK = {"name": "crm", "url": "https://crm.example.test", "secrets": [SECRET], "events": ["alarm.*"]}
FALLING = {
    **RULE,
    "cooldown": 0,
    "answers": {"1": "confirmed"},
    "redial": {"on": ["no_answer"], "times": 1, "every": "30m"},
    "fallback": {"webhook": "crm"},
}


@pytest.fixture
def stage(store: Store, vbot: FakeVBot) -> Stage:
    return Stage(store, vbot, FALLING, webhooks=[HOOK])


def report(stage: Stage, disposition: str, at: Any, keys: str = "") -> None:
    told = {"externalCallId": stage.vbot.calls[-1]["external_call_id"], "disposition": disposition, "inputLog": keys}
    with stage.store.write() as conn:
        store_result(conn, json.dumps(told).encode(), at)
    settle_stored(stage.store, stage.catalogs, stage.client.account_id, at)


def told(stage: Stage) -> list[Message]:
    with stage.store.write() as conn:
        found = claim_messages(conn, "crm", later(days=2), NOW, 100)
        conn.rollback()
    return found


def test_a_person_is_asked_after_the_last_redial_alone_and_once(stage: Stage) -> None:
    stage.send("order.created", order())
    stage.run()
    report(stage, "NOANSWER", later(60))
    assert told(stage) == []  # it rings again
    stage.dial(later(minutes=40))
    report(stage, "BUSY", later(minutes=41))
    (message,) = told(stage)
    assert (message.event, message.data["order_number"], message.data["result"]) == ("call.fallback", "DH-1", "busy")
    assert (message.data["attempt"], message.data["final"], message.call_id) == (2, True, stage.call()["id"])
    report(stage, "NOANSWER", later(minutes=42))  # the same, said better
    assert len(told(stage)) == 1


@pytest.mark.parametrize(("disposition", "keys"), [("ANSWER", "1"), ("ANSWER", "")])
def test_who_was_reached_needs_nobody(stage: Stage, disposition: str, keys: str) -> None:
    stage.send("order.created", order())
    stage.run()
    report(stage, disposition, later(60), keys)
    assert (stage.call()["state"], told(stage)) == ("finished", [])


def test_a_person_is_asked_where_the_redial_expired(stage: Stage) -> None:
    stage.send("order.created", order())
    stage.run()
    report(stage, "NOANSWER", later(60))
    late = later(days=2)
    with stage.store.write() as conn:
        sweep(conn, late)
    assert (stage.call()["state"], told(stage)) == ("expired", [])
    for minutes in range(2):
        tell_of_expired(stage.store, stage.catalogs, late + timedelta(minutes=minutes))
    (message,) = told(stage)
    assert (message.event, message.data["order_number"], message.data["state"]) == ("call.fallback", "DH-1", "expired")


def test_nobody_is_asked_to_call_about_an_order_that_was_taken_back(stage: Stage) -> None:
    stage.send("order.created", order())
    stage.run()
    stage.send("order.cancelled", order(), later(30))
    stage.decide(later(31))
    report(stage, "BUSY", later(60))
    assert (stage.call()["state"], told(stage)) == ("finished", [])


def test_without_the_webhook_a_line_says_so(stage: Stage, caplog: pytest.LogCaptureFixture) -> None:
    stage.apply(FALLING, webhooks=[])
    stage.send("order.created", order())
    stage.run()
    report(stage, "BUSY", later(60))
    assert stage.call()["state"] == "finished"
    assert "no webhook for the fallback rule=confirm webhook=crm" in caplog.text


def test_the_note_stands_with_every_result_that_reached_nobody() -> None:
    plain = with_fallback({}, "gọi tay")
    assert plain == {"unreachable": (Action("note", "gọi tay"),)}
    written = parse_write_back({"busy": [{"tag": "a"}], "confirmed": [{"tag": "b"}]}, {})
    both = with_fallback(written, "gọi tay")
    assert both["busy"] == (Action("tag", "a"), Action("note", "gọi tay"))
    assert both["confirmed"] == (Action("tag", "b"),)
    assert with_fallback(written, None) == written


def test_check_says_where_no_webhook_or_no_note_can_be(tmp_path: Any) -> None:
    rule = {**RULE, "sources": ["lan"], "fallback": {"webhook": "crn", "note": "gọi tay"}}
    document = {"sources": [{"id": "lan", "platform": "tiki"}], "webhooks": [HOOK], "rules": [rule]}
    path = tmp_path / "a.yaml"
    path.write_text(yaml.safe_dump(document, allow_unicode=True))
    lines = [str(finding) for finding in read_configuration((path,))[1]]
    assert any(
        "fallback.webhook: warning: no webhook of these files has this name; did you mean 'crm'?" in line
        for line in lines
    )
    assert any("fallback.note: note cannot be written to any source of this rule" in line for line in lines)
    right = {**document, "rules": [{**rule, "fallback": {"webhook": "crm"}}]}
    _, findings = read_files([("a.yaml", yaml.safe_dump(right))], parse_rule, ["tiki"])
    assert [finding for finding in findings if "fallback" in finding.path] == []
