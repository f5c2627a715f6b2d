"""Every schema on disk: sound, described, with examples that hold and counter-examples that do not."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from bridge.core import model
from bridge.core.model import Json
from bridge.lib.jsonschema import list_schemas, problems, schema
from bridge.lib.yamltext import read_text
from bridge.platforms import list_platforms
from bridge.rules import rule
from docs.generate.config_schema import PATH, renewed_schema

FIXTURES = Path(__file__).parent / "fixtures" / "config"
INVALID = sorted(FIXTURES.glob("*.invalid.yaml"))
PLATFORMS = list_platforms()

every_schema = pytest.mark.parametrize("name", list_schemas())


@every_schema
def test_a_schema_is_valid_draft_2020_12(name: str) -> None:
    found = schema(name)
    assert found["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    Draft202012Validator.check_schema(found)


@every_schema
def test_a_schema_says_what_it_is(name: str) -> None:
    found = schema(name)
    assert found["$id"]
    assert found["title"]
    assert found["description"]


def test_no_two_schemas_have_one_id() -> None:
    ids = [schema(name)["$id"] for name in list_schemas()]
    assert len(set(ids)) == len(ids)


@every_schema
def test_all_references_stay_within_the_file_or_lead_to_the_configuration(name: str) -> None:
    """Only a platform's settings name shared parts of the configuration's schema, which takes them over."""
    found, config = schema(name), schema("config")
    for reference in (part["$ref"] for part in _parts(found) if isinstance(part.get("$ref"), str)):
        file, _, path = reference.partition("#/")
        assert file in ("", config["$id"]), reference
        assert not file or reference in json.dumps(found["$defs"]["settings"])
        target = config if file else found
        for step in path.split("/"):
            target = target[step]


@every_schema
def test_every_example_holds(name: str) -> None:
    examples = schema(name)["examples"]
    assert examples
    assert [problems(example, name) for example in examples] == [[] for _ in examples]


@every_schema
def test_an_example_without_what_is_required_does_not_hold(name: str) -> None:
    found = schema(name)
    assert problems("neither a mapping nor a list", name)
    for example in found["examples"]:
        for key in found.get("required", ()):
            assert problems({other: value for other, value in example.items() if other != key}, name), key


@pytest.mark.parametrize("name", ["config", "template"])
def test_every_example_inside_holds_where_it_stands(name: str) -> None:
    found = schema(name)
    checked = 0
    for part in _parts(found):
        for example in part.get("examples", ()) if isinstance(part.get("examples"), list) else ():
            within = {**part, "$defs": found.get("$defs", {})}
            assert list(Draft202012Validator(within).iter_errors(example)) == [], part.get("description")
            checked += 1
    assert checked > len(found["examples"])


def test_every_key_of_a_configuration_is_described() -> None:
    found = schema("config")
    for part in _parts(found):
        for key, about in part["properties"].items() if isinstance(part.get("properties"), dict) else ():
            bare = about in ({"const": about.get("const")}, {"enum": about.get("enum")})  # inside `if`
            target = found["$defs"][about["$ref"].rpartition("/")[2]] if "$ref" in about else about
            assert bare or about.get("description") or target.get("description"), key


def test_what_a_key_means_is_not_hidden_by_what_its_kind_means() -> None:
    """An editor shows the text of what a `$ref` leads to, and not the one beside it."""
    found = schema("config")
    referring = [part for part in _parts(found) if isinstance(part.get("$ref"), str) and "description" in part]
    targets = {part["$ref"].rpartition("/")[2] for part in referring}
    assert "duration" in targets
    assert [name for name in sorted(targets) if "description" in found["$defs"][name]] == []


@pytest.mark.parametrize("path", INVALID, ids=lambda path: path.name.removesuffix(".invalid.yaml"))
def test_a_wrong_configuration_is_refused_at_its_place(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    wanted = re.match(r"# at: (\S*)\n", text)
    assert wanted, "the first line names the pointer"
    found = problems(read_text(text, path.name).document, "config")
    assert [problem.pointer for problem in found] == [wanted[1]]


def test_there_are_counter_examples_for_every_section() -> None:
    texts = [path.read_text(encoding="utf-8") for path in INVALID]
    for section in ("sources", "hotlines", "holidays", "rules", "webhooks", "notify"):
        assert any(text.startswith(f"# at: /{section}") for text in texts), section


@pytest.mark.parametrize("name", ["contract.yaml", "every-key.yaml"])
def test_a_right_configuration_holds(name: str) -> None:
    document = read_text((FIXTURES / name).read_text(encoding="utf-8"), name).document
    assert problems(document, "config") == []


def test_every_key_has_an_example_in_the_fixture() -> None:
    document = read_text((FIXTURES / "every-key.yaml").read_text(encoding="utf-8"), "every-key.yaml").document
    for section, name in (("rules", "rule"), ("sources", "source"), ("webhooks", "webhook"), ("notify", "channel")):
        keys = schema("config")["$defs"][name]["properties"].keys()
        assert keys == {key for entry in document[section] for key in entry}


def test_the_schema_of_the_configuration_holds_what_the_platforms_say() -> None:
    assert PATH.read_text(encoding="utf-8") == renewed_schema(), "renew schemas/config.schema.json: make docs"


def test_all_platforms_and_topics_can_be_written() -> None:
    definitions = schema("config")["$defs"]
    assert definitions["source"]["properties"]["platform"]["enum"] == [platform.name for platform in PLATFORMS]
    assert definitions["topic"]["enum"] == list(model.TOPICS)
    for platform in PLATFORMS:
        settings = {"cod_names": ["trả sau"], "api_url": "https://api.example.test", "token_header": "X-Token"}
        settings |= platform.sample.settings
        source = {"id": "s", "platform": platform.name, "settings": settings}
        assert problems({"sources": [source]}, "config") == []
        assert problems({"sources": [{**source, "settings": {"nonsense": 1}}]}, "config")


def test_the_defaults_that_the_schema_names_are_those_of_rules() -> None:
    keys = schema("config")["$defs"]["rule"]["properties"]
    document = {"rule": "r", "template": "T", "on": ["order.created"]}
    named = {key: about["default"] for key, about in keys.items() if "default" in about}
    assert len(named) > 10
    bare, shown = rule.parse_rule(document), rule.parse_rule(document | named)
    assert replace(bare, document={}) == replace(shown, document={})


def test_a_template_needs_its_keys() -> None:
    assert problems([{"cfkey": "total", "isRequired": None, "cfnew": 1}], "template") == []
    assert [found.pointer for found in problems([{"cfname": "Tổng"}], "template")] == ["/0"]
    assert [found.pointer for found in problems([{"cfkey": ""}], "template")] == ["/0/cfkey"]
    assert [found.pointer for found in problems([{"cfkey": "a", "isRequired": []}], "template")] == ["/0/isRequired"]


def _parts(value: Json) -> Iterator[dict[str, Json]]:
    if isinstance(value, dict):
        yield value
    for part in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from _parts(part)
