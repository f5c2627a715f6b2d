"""bridge.configuration.files and bridge.configuration.lint: files in, one configuration and every finding out."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.configuration.files import Configuration, Finding, credentials, expand, read_files
from bridge.core.model import BadRule, Json
from bridge.lib.jsonschema import schema
from bridge.rules.rule import parse_rule

FIXTURES = Path(__file__).parents[1] / "fixtures" / "config"
PLATFORMS = {"shopify", "haravan", "generic", "viettel_post"}

SHOP = "sources: [{id: lan-shop, platform: shopify}]\n"
CARRIER = "sources:\n  - {id: lan-shop, platform: shopify}\n  - {id: vtp, platform: viettel_post"
RULE = "rules:\n  - rule: a\n    template: T\n    on: [order.created]\n"


def compile_rule(document: Mapping[str, Json]) -> None:
    """As the real one: it stops at the first text that it cannot take, which here is any that holds `??`."""
    texts = [("when", document.get("when")), ("once_per", document.get("once_per"))]
    texts += [(f"to[{number}]", path) for number, path in enumerate(document.get("to", ()))]
    for key, data in document.get("datas", {}).items():
        texts += [(f"datas.{key}", data)] if isinstance(data, str) else [(f"datas.{key}.format", data.get("format"))]
    for where, text in texts:
        if text and "??" in text:
            before = text.partition("??")[0]
            line, column = before.count("\n") + 1, len(before) - before.rfind("\n")
            raise BadRule(where, "no ?? here", line=line, column=column)
    if document.get("max_waiting_time") == 99:
        raise BadRule("unheard.of", "too patient")


def lint(*texts: str, known: tuple[str, ...] = ()) -> list[str]:
    names = ["a.yaml", "b.yaml", "c.yaml"]
    return [
        str(found) for found in read_files(list(zip(names, texts, strict=False)), compile_rule, PLATFORMS, known)[1]
    ]


def read(text: str) -> Configuration:
    configuration, findings = read_files([("a.yaml", text)], compile_rule, PLATFORMS)
    assert findings == []
    return configuration


def test_the_contracts_example_has_nothing_wrong() -> None:
    text = (FIXTURES / "contract.yaml").read_text(encoding="utf-8")
    configuration, findings = read_files([("contract.yaml", text)], parse_rule, PLATFORMS)
    assert findings == []
    assert [source["id"] for source in configuration.sources] == ["lan-shop"]
    assert configuration.sources[0]["secrets"] == ["${SHOPIFY_SECRET}"]
    assert configuration.hotlines == ({"code": "0812345678", "per_minute": 30, "max_active": 10},)
    assert configuration.holidays == ("2027-02-06", "2027-02-07")
    (rule,) = configuration.rules
    assert rule["on"] == ["order.created"]
    assert rule["window"] == [{"days": "mon-sun", "from": "08:00", "to": "20:00"}]
    assert rule["answers"] == {"1": "confirmed", "2": "declined", "0": "agent"}


def test_a_configuration_with_every_key_lacks_only_platforms_that_come_later() -> None:
    text = (FIXTURES / "every-key.yaml").read_text(encoding="utf-8")
    _, findings = read_files([("a.yaml", text)], parse_rule, PLATFORMS)
    wrong = [found.path for found in findings if not found.warning]
    assert wrong == [f"sources[{number}].platform" for number in (2, 3, 4, 5)]
    assert [found.path for found in findings if found.warning] == ["rules[1].on[5]"]  # its topic `test`


def test_the_rule_language_answers_with_places_in_the_file() -> None:
    text = RULE + "    when: order.total >\n    datas:\n      x: |\n        hello\n          {{ order.total | vndd }}\n"
    _, findings = read_files([("a.yaml", text)], parse_rule, PLATFORMS)
    assert [(found.line, found.path) for found in findings] == [(5, "rules[0].when"), (9, "rules[0].datas.x")]
    assert 13 <= findings[1].column <= 31


def test_a_finding_is_one_line_for_people_and_editors() -> None:
    assert str(Finding("a.yaml", 3, 7, "rules[0].on", "wrong")) == "a.yaml:3:7: rules[0].on: wrong"
    assert str(Finding("a.yaml", 3, 7, "rules[0].on", "odd", True)) == "a.yaml:3:7: rules[0].on: warning: odd"


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("rules: {{ x }}\n", "a.yaml:1:8: rules: a value that begins with {{ or {% must stand in quotes"),
        ("sources: [\n", "a.yaml:2:1: sources: cannot be read as YAML"),
        ("", "a.yaml:1:1: .: the file is empty"),
        ("rule: []\n", "a.yaml:1:1: rule: 'rule' is not a known key; did you mean 'rules'?"),
        ("sources: [{id: s}]\n", "a.yaml:1:11: sources[0]: 'platform' is missing"),
        (
            RULE + "    tempate: X\n",
            "a.yaml:5:5: rules[0].tempate: 'tempate' is not a known key; did you mean 'template'",
        ),
        (RULE + "    answers:\n      1: perhaps\n", "a.yaml:6:10: rules[0].answers.1: must be one of: confirmed"),
        (
            RULE + "    answers:\n      12: agent\n",
            "a.yaml:6:7: rules[0].answers.12: the key must be one key of the phone",
        ),
        ("holidays: [2027-02-30]\n", "a.yaml:1:12: holidays[0]: must be a date such as 2026-11-25"),
        ("hotlines: [{code: 812345678}]\n", "a.yaml:1:19: hotlines[0].code: must be text: put it in quotes"),
        (
            "sources: [{id: s, platform: shopee}]\n",
            "a.yaml:1:29: sources[0].platform: this platform is not in this version; write one of: generic, haravan,",
        ),
        (
            "sources:\n  - {id: s, platform: shopify, timezone: Asia/Ho_Chi_Min}\n",
            "a.yaml:2:42: sources[0].timezone: not a time zone; did you mean 'Asia/Ho_Chi_Minh'?",
        ),
        (
            "sources: [{id: s, platform: shopify, timezone: ../etc}]\n",
            "a.yaml:1:48: sources[0].timezone: not a time zone; write one such as Asia/Ho_Chi_Minh",
        ),
        (
            "sources: [{id: s, platform: shopify, country: ZZ}]\n",
            "a.yaml:1:47: sources[0].country: not a country; write",
        ),
        (
            "sources:\n  - id: s\n    platform: shopify\n    secrets: [a, '${SHOP-KEY}']\n",
            "a.yaml:4:18: sources[0].secrets[1]: not a variable; write ${NAME}",
        ),
        (
            "sources: [{id: s, platform: haravan, settings: {verify_token: 'x${}'}}]\n",
            "a.yaml:1:63: sources[0].settings.verify_token: not a variable; write ${NAME}",
        ),
        (
            SHOP + RULE + "    sources: [lan-shop, lan-shp]\n",
            "a.yaml:6:25: rules[0].sources[1]: no source has this id; did you mean 'lan-shop'?",
        ),
        (
            CARRIER + ", settings: {orders_of: [lan-shp]}}\n",
            "a.yaml:3:62: sources[1].settings.orders_of[0]: no source has this id; did you mean 'lan-shop'?",
        ),
        (
            CARRIER + ", settings: {orders_of: [vtp]}}\n",
            "a.yaml:3:62: sources[1].settings.orders_of[0]: is a carrier, and has no orders; write the id of a shop",
        ),
        (
            CARRIER + "}\n  - {id: hoa-shop, platform: shopify}\n",
            "a.yaml:3:5: sources[1].settings: warning: its parcels belong to one of several shops, so none "
            "finds its order; write settings: {orders_of: [hoa-shop]}",
        ),
        (RULE + "    sources: [x]\n", "a.yaml:5:15: rules[0].sources[0]: no source has this id; known are none"),
        (RULE + "    after: 366d\n", "a.yaml:5:12: rules[0].after: longer than a year; write at most 365d"),
        (RULE + "    cooldown: 99999999d\n", "a.yaml:5:15: rules[0].cooldown: longer than a year; write at most 365d"),
        (
            RULE + "    redial: {on: [busy], times: 1, every: 400d}\n",
            "a.yaml:5:43: rules[0].redial.every: longer than a year; write at most 365d",
        ),
        (RULE + "    batch: {size: 1, wait: 400d}\n", "a.yaml:5:28: rules[0].batch.wait: longer than a year"),
        (RULE + '    window: {from: "20:00", to: "08:00"}\n', "a.yaml:5:13: rules[0].window: from must be before to"),
        (
            RULE + '    window:\n      - {to: "12:00"}\n      - {from: "13:00", to: "13:00"}\n',
            "a.yaml:7:9: rules[0].window[1]: from must be before to",
        ),
        (RULE + '    window: {from: "21:00"}\n', "a.yaml:5:13: rules[0].window: from must be before to"),
        (RULE + "    advertising: true\n", "a.yaml:5:18: rules[0].advertising: wider than 08:00-17:00"),
        (
            RULE + '    advertising: true\n    window: [{from: "08:00", to: "17:00"}, {from: "07:59", to: "09:00"}]\n',
            "a.yaml:6:44: rules[0].window[1]: wider than 08:00-17:00",
        ),
        (
            RULE + "    cancel_on: [order.paid, order.created]\n",
            "a.yaml:5:29: rules[0].cancel_on[1]: order.created is also in on",
        ),
        (RULE + "    when: a ?? b\n", "a.yaml:5:13: rules[0].when: no ?? here"),
        (RULE + "    when: |\n      a\n        and b ??\n", "a.yaml:7:15: rules[0].when: no ?? here"),
        (RULE + "    to: [order.phone, '??']\n", "a.yaml:5:24: rules[0].to[1]: no ?? here"),
        (RULE + "    once_per: '{{ ?? }}'\n", "a.yaml:5:19: rules[0].once_per: no ?? here"),
        (RULE + '    datas:\n      mã đơn: "a {{ ?? }}"\n', "a.yaml:6:21: rules[0].datas.mã đơn: no ?? here"),
        (
            RULE + "    datas:\n      total: {from: order.total, format: '??'}\n",
            "a.yaml:6:43: rules[0].datas.total.format: no ?? here",
        ),
        (RULE + "    max_waiting_time: 99\n", "a.yaml:2:5: rules[0]: too patient"),
    ],
)
def test_what_is_wrong_is_told_once_with_its_place(text: str, line: str) -> None:
    (found,) = lint(text)
    assert found.startswith(line)


def test_json_files_have_places_too() -> None:
    text = '{"sources": [\n  {"id": "s",\n   "platform": "shopifi"}]}'
    (found,) = read_files([("conf.json", text)], compile_rule, PLATFORMS)[1]
    assert str(found).startswith("conf.json:3:16: sources[0].platform: must be one of: ahamove,")


def test_every_broken_text_of_a_rule_is_told_at_once_and_in_order() -> None:
    text = RULE + '    when: "??"\n    to: ["??"]\n    datas: {a: "??", b: fine, c: "??"}\n    once_per: "{{ ?? }}"\n'
    assert [found.split()[1] for found in lint(text)] == [
        "rules[0].when:",
        "rules[0].to[0]:",
        "rules[0].datas.a:",
        "rules[0].datas.c:",
        "rules[0].once_per:",
    ]


def test_a_rule_that_the_schema_refuses_hides_no_other() -> None:
    text = RULE + "    nonsense: 1\n" + "  - rule: b\n    template: T\n    on: [order.paid]\n    when: '??'\n"
    configuration, findings = read_files([("a.yaml", text)], compile_rule, PLATFORMS)
    assert [(found.line, found.path) for found in findings] == [(5, "rules[0].nonsense"), (9, "rules[1].when")]
    assert [rule["rule"] for rule in configuration.rules] == ["b"]


def test_a_source_that_the_schema_refuses_is_still_known_to_rules() -> None:
    text = "sources: [{id: lan-shop, platform: shopifi}]\n" + RULE + "    sources: [lan-shop]\n"
    assert [found.split()[1] for found in lint(text)] == ["sources[0].platform:"]


def test_several_files_are_read_as_one() -> None:
    rules = RULE + "    sources: [lan-shop, old-shop]\nholidays: ['2027-01-01', '2027-02-06']\n"
    configuration, findings = read_files(
        [("b.yaml", rules), ("a.yaml", SHOP + "holidays: ['2027-01-01']\n")], compile_rule, PLATFORMS, ["old-shop"]
    )
    assert findings == []
    assert configuration.holidays == ("2027-01-01", "2027-02-06")
    assert [source["id"] for source in configuration.sources] == ["lan-shop"]
    assert [rule["rule"] for rule in configuration.rules] == ["a"]


def test_a_name_in_two_files_is_an_error_that_names_both_places() -> None:
    hotline = 'hotlines: [{code: "0812345678"}]\n'
    assert lint(SHOP + hotline + RULE, RULE.replace("order.created", "order.paid") + SHOP + hotline) == [
        "b.yaml:2:11: rules[0].rule: 'a' is also at a.yaml:4:11; give one of them another name",
        "b.yaml:5:16: sources[0].id: 'lan-shop' is also at a.yaml:1:16; give one of them another name",
        "b.yaml:6:19: hotlines[0].code: '0812345678' is also at a.yaml:2:19; give one of them another name",
    ]


def test_a_name_twice_in_one_file_is_an_error_too() -> None:
    (found,) = lint("sources:\n  - {id: s, platform: shopify}\n  - {id: s, platform: haravan}\n")
    assert found.startswith("a.yaml:3:10: sources[1].id: 's' is also at a.yaml:2:10")


def test_a_file_that_cannot_be_read_hides_no_other() -> None:
    found = lint("a: [", RULE + "    when: '??'\n")
    assert [line.split(":")[0] for line in found] == ["a.yaml", "b.yaml"]


TWO_SHOPS = "sources: [{id: one, platform: shopify}, {id: two, platform: shopify}]\n"


@pytest.mark.parametrize(
    ("first", "second", "warned"),
    [
        ("on: [order.created]", "on: [order.paid, order.created]", True),
        ("on: [order.created], sources: [one]", "on: [order.created]", True),
        ("on: [order.created], sources: [one, two]", "on: [order.created], sources: [two]", True),
        ("on: [order.created], sources: [one]", "on: [order.created], sources: [two]", False),
        ("on: [order.created]", "on: [order.paid]", False),
        ("on: [order.created], enabled: false", "on: [order.created]", False),
    ],
)
def test_two_rules_on_one_source_and_topic_are_warned_of(first: str, second: str, warned: bool) -> None:
    rules = f"rules:\n  - {{rule: a, template: T, {first}}}\n  - {{rule: b, template: T, {second}}}\n"
    _, findings = read_files([("a.yaml", TWO_SHOPS + rules)], compile_rule, PLATFORMS)
    assert [(found.warning, found.line, found.path) for found in findings] == [(True, 4, "rules[1].on")] * warned
    assert all("rule 'a' at a.yaml:3:12 also has order.created" in found.message for found in findings)


def test_of_many_rules_on_one_topic_each_is_warned_of_once() -> None:
    rules = [f"  - {{rule: r{n}, template: T, on: [order.created, order.paid]}}\n" for n in range(40)]
    assert len(lint("".join(["rules:\n", *rules]))) == 39


def test_a_delay_as_long_as_the_calls_life_is_refused() -> None:
    assert lint(RULE + "    after: 2d\n") == [
        "a.yaml:5:12: rules[0].after: every call would be too late: after must be shorter than within"
    ]
    assert lint(RULE + "    after: 2d\n    within: 3d\n") == []
    assert lint(RULE + "    within: 0\n")[0].startswith("a.yaml:5:13: rules[0].within: every call")


@pytest.mark.parametrize(
    ("window", "is_open"),
    [
        ('{from: "08:00", to: "08:01"}', False),
        ('[{days: mon, from: "23:59", to: "24:00"}, {days: wed, from: "00:00", to: "00:01"}]', False),
        ('[{days: mon, from: "23:59", to: "24:00"}, {days: tue, from: "00:00", to: "00:01"}]', True),
        ('[{from: "08:00", to: "08:01"}, {from: "08:01", to: "08:02"}]', True),
        ('[{from: "08:00", to: "08:01"}, {from: "09:00", to: "09:02"}]', True),
    ],
)
def test_a_window_in_which_no_call_ever_starts_is_an_error(window: str, is_open: bool) -> None:
    said = "no call would ever start: none starts in a window's last 60 seconds; write a longer one"
    assert lint(RULE + f"    window: {window}\n") == ([] if is_open else [f"a.yaml:5:13: rules[0].window: {said}"])


def test_a_rule_on_test_messages_is_warned_that_they_never_ring() -> None:
    rule = RULE.replace("[order.created]", "[order.created, test]")
    assert rule != RULE
    (found,) = lint(rule)
    assert found.endswith("rules[0].on[1]: warning: a test message never rings")


def test_a_whole_number_with_a_point_is_an_int_afterwards() -> None:
    number = read(RULE + "    max_per_day: 5.0\n").rules[0]["max_per_day"]
    assert (number, type(number)) == (5, int)


def test_no_finding_shows_a_secret() -> None:
    secret = "s3cr3t-of-the-shop"
    text = f"sources: [{{id: s, platform: shopify, secret: {secret}, secrets: {secret}, country: {secret}}}]\n"
    broken = f"sources: [{{id: s, platform: shopify, secrets: ['{secret}${{x', \"{secret}]}}]\n"
    for found in [*lint(text), *lint(broken), *lint(broken.replace('"', ""))]:
        assert secret not in found


SECRETS = """\
sources:
  - id: lan-shop
    platform: haravan
    secrets: ["${NEW_KEY}", "a${OLD}b${OLD}", …, plain]
    settings:
      verify_token: ${TOKEN}
      cod_names: ["trả sau ${OLD}"]
      allow_private_addresses: true
"""


def test_variables_are_filled_in_wherever_they_stand() -> None:
    configuration = read(SECRETS)
    expanded, findings = expand(configuration, {"NEW_KEY": "n${OLD}", "OLD": "o", "TOKEN": "t"})
    assert findings == []
    assert expanded.sources[0]["secrets"] == ["n${OLD}", "aobo", "…", "plain"]
    assert expanded.sources[0]["settings"] == {
        "verify_token": "t",
        "cod_names": ["trả sau o"],
        "allow_private_addresses": True,
    }
    assert configuration.sources[0]["secrets"][0] == "${NEW_KEY}"


def test_a_variable_that_is_missing_or_empty_is_named_with_its_place() -> None:
    _, findings = expand(read(SECRETS), {"OLD": "o", "TOKEN": ""})
    assert [str(found) for found in findings] == [
        "a.yaml:4:15: sources[0].secrets[0]: the environment variable NEW_KEY is not set; "
        "set it to the value meant here",
        "a.yaml:6:21: sources[0].settings.verify_token: the environment variable TOKEN is empty; "
        "set it to the value meant here",
    ]


def test_the_credentials_among_settings_are_known() -> None:
    assert credentials("haravan") == {"verify_token", "access_token"}
    assert credentials("sapo") == {"access_token", "api_key", "api_secret"}
    assert credentials("shopify") == {"access_token", "client_secret"}
    assert credentials("nhanh") == {"access_token"}
    assert credentials("kiotviet") == {"client_id", "client_secret"}
    assert credentials("bigcommerce") == {"access_token"}
    assert credentials("lazada") == frozenset()


@pytest.mark.parametrize(
    "document", [{"rules": 1}, {"rules": [1]}, {"sources": {}}, {"sources": [[]]}, {"holidays": [{}]}]
)
def test_sections_of_the_wrong_shape_are_told_and_nothing_else(document: dict[str, Any]) -> None:
    configuration, findings = read_files([("a.json", json.dumps(document))], compile_rule, PLATFORMS)
    assert len(findings) == 1
    assert (configuration.sources, configuration.rules, configuration.holidays) == ((), (), ())


KEYS = st.sampled_from(
    [
        key
        for name in ("rule", "source", "hotline", "window", "redial")
        for key in schema("config")["$defs"][name]["properties"]
    ]
)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.sampled_from(["order.created", "10m", "08:00", "${X}", "{{ x", "…"]),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(KEYS, inner, max_size=3),
    max_leaves=6,
)
ENTRIES = st.lists(st.dictionaries(KEYS, VALUES, max_size=8), max_size=2)


@given(st.fixed_dictionaries({"sources": ENTRIES, "hotlines": ENTRIES, "rules": ENTRIES}))
def test_any_document_gets_findings_and_never_an_exception(document: dict[str, Any]) -> None:
    valid = {"rule": "r", "template": "T", "on": ["order.created"]}
    document["rules"] += [{**entry, **valid, "rule": f"r{number}"} for number, entry in enumerate(document["rules"])]
    text = json.dumps(document, indent=1)
    configuration, findings = read_files([("a.json", text)], parse_rule, PLATFORMS)
    for found in findings:
        assert 1 <= found.line <= text.count("\n") + 1
        assert found.path
        assert found.message
    expand(configuration, {})
