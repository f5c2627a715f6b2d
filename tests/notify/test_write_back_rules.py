"""What a rule may say of writing back, and what `check` says where its sources cannot."""

from __future__ import annotations

from typing import Any

import pytest
import yaml

from bridge.configuration.files import read_files
from bridge.configuration.rule_flaws import find_rule_flaws
from bridge.platforms import list_platforms
from bridge.rules.rule import parse_rule
from bridge.rules.write_back import Action, actions_for, parse_write_back
from tests.english import english_left

NAMES = [platform.name for platform in list_platforms()]
LOGIN = {"api_url": "https://shop.example.test", "consumer_key": "ck_1", "consumer_secret": "cs_1"}
WOO = {"id": "woo", "platform": "woocommerce", "settings": LOGIN}
ANSWERS = {"1": "confirmed", "2": "declined", "0": "agent"}


def check(write_back: Any, *sources: dict[str, Any]) -> list[tuple[str, str, bool]]:
    """(path, message, whether it is a warning), each also said in Vietnamese."""
    rule = {"rule": "r", "template": "T", "on": ["order.created"], "answers": ANSWERS, "write_back": write_back}
    text = yaml.safe_dump({"sources": list(sources), "rules": [rule]}, allow_unicode=True)
    configuration, findings = read_files([("a.yaml", text)], parse_rule, NAMES)
    found = [*findings, *(find_rule_flaws(configuration) if not findings else ())]
    for finding in found:
        assert not english_left(finding.said("vi").partition("write_back")[2]), finding.said("vi")
    return [(finding.path, finding.message, finding.warning) for finding in found]


@pytest.mark.parametrize(
    ("entry", "problem"),
    [
        (
            {"note": "a", "tag": "b"},
            "must hold one action, of note, tag, status, confirm_order, cancel_order, redel",
        ),
        ({"key": "2"}, "must hold one action"),
        ({"cancel_order": True}, "cancel_order changes the order itself, so say it twice: "),
        ({"status": "on-hold"}, "status changes the order itself, so say it twice: "),
        ({"cancel_order": True, "key": "1"}, "key 1 means confirmed, so that it never comes with the result declined"),
        ({"cancel_order": True, "key": "9"}, "key 9 has no meaning in answers, so that it never comes with the result"),
        ({"tag": "a, b"}, "must be a tag of 1 to 40 characters"),
        ({"cancel_order": False, "key": "2"}, "must be true"),
        ({"notes": "a"}, "'notes' is not a known key; did you mean 'note'?"),
        ({"note": " "}, "must have the form"),
    ],
)
def test_what_a_rule_may_not_say(entry: dict[str, Any], problem: str) -> None:
    ((path, message, warning),) = check({"declined": [entry]}, WOO)[:1]
    assert path.startswith("rules[0].write_back.declined[0]")
    assert message.startswith(problem) and not warning


def test_a_result_that_there_is_not_is_refused() -> None:
    ((path, message, _),) = check({"confirm": [{"note": "a"}]}, WOO)
    assert path == "rules[0].write_back.confirm" and "did you mean 'confirmed'?" in message


def test_what_no_source_can_do_is_an_error_and_what_some_cannot_a_warning() -> None:
    tiki = {"id": "tiki", "platform": "tiki"}
    bare = {"id": "bare", "platform": "woocommerce"}
    assert check({"confirmed": [{"note": "a"}]}, WOO) == []
    ((path, message, warning),) = check({"confirmed": [{"note": "a"}]}, tiki)
    assert (path, warning) == ("rules[0].write_back.confirmed[0]", False)
    assert message.startswith("note cannot be written to any source of this rule: tiki: Tiki takes nothing back: ")
    ((_, message, warning),) = check({"confirmed": [{"note": "a"}]}, WOO, tiki)
    assert warning and message.startswith("note will not be written for some sources: tiki: ")
    ((_, message, warning),) = check({"confirmed": [{"confirm_order": True, "key": "1"}]}, WOO)
    assert not warning and "woo: WooCommerce has no confirm_order: " in message
    ((_, message, warning),) = check({"confirmed": [{"note": "a"}]}, bare)
    assert not warning and "its settings lack api_url, consumer_key, consumer_secret: " in message
    ((_, message, _),) = check({"declined": [{"status": "cancelled", "key": "2"}]}, WOO)
    assert "the status cancelled ends the order" in message


def test_unreachable_stands_for_what_is_not_named_itself() -> None:
    parsed = parse_write_back(
        {
            "unreachable": [{"note": "a"}, {"tag": "b", "key": "none"}],
            "busy": [{"note": "c"}],
            "confirmed": [{"note": "d", "key": "1"}],
        },
        ANSWERS,
    )
    assert actions_for(parsed, "no_answer", None) == ((0, Action("note", "a")), (1, Action("tag", "b", "none")))
    assert actions_for(parsed, "busy", None) == ((0, Action("note", "c")),)
    assert actions_for(parsed, "confirmed", "1") == ((0, Action("note", "d", "1")),)
    assert actions_for(parsed, "confirmed", "3") == actions_for(parsed, "declined", "2") == ()
