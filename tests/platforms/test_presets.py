"""The presets of `generic`: each is data that `check` accepts, that a fixture shows, and that a source's own settings
stand above."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from bridge.core.model import Request, Source
from bridge.core.platform import Reply
from bridge.lib.jsonschema import problems, schema
from bridge.platforms import find_platform
from bridge.platforms.generic.presets import Preset, completed, find_preset, preset_names
from bridge.platforms.generic.settings import flaws
from bridge.platforms.shared.sample import sample_document
from tests.platforms.wire import find_fixture, list_fixtures

NOW = datetime(2026, 11, 23, 5, 6, 7, 890000, tzinfo=UTC)
GENERIC = find_platform("generic")
assert GENERIC is not None
NAMES = list(preset_names())


def source_of(preset: str, **settings: object) -> Source:
    return Source("shop", "generic", ("secret-for-tests-of-presets",), {"preset": preset, **settings})


def preset_of(name: str) -> Preset:
    found = find_preset(name)
    assert found
    return found


def test_the_schema_knows_each_preset_and_no_other() -> None:
    assert schema("config")["$defs"]["settings_generic"]["properties"]["preset"]["enum"] == NAMES


@pytest.mark.parametrize("name", NAMES)
def test_its_settings_are_those_that_a_source_may_write(name: str) -> None:
    written = {
        "id": "shop",
        "platform": "generic",
        "secrets": ["s" * 20],
        "settings": dict(preset_of(name).settings),
    }
    assert problems({"sources": [written]}, "config") == []
    assert [flaw for flaw in flaws(source_of(name)) if flaw.is_error] == []


def test_each_has_a_fixture() -> None:
    assert {fixture.source.settings.get("preset") for fixture in list_fixtures()} - {None} == set(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_its_sample_verifies_and_is_read(name: str) -> None:
    source = source_of(name)
    words = completed(source).settings.get("topics", {})
    topic = "order.created" if not words or "order.created" in words.values() else next(iter(words.values()))
    document, headers = GENERIC.sample.fitted(sample_document(GENERIC, topic, NOW), source)
    body = json.dumps(document).encode()
    request = Request("POST", "/hooks/shop", "", GENERIC.sign(body, topic, source, NOW) + headers, body)
    GENERIC.verify(request, source, NOW)
    (event,) = GENERIC.read(request, source, NOW).events
    assert event.topic == topic
    assert event.order and event.order.phone and event.order.phone.startswith("0900 000 ")
    assert event.order.total in (650000, None)


def test_what_the_source_says_itself_stands_above_the_preset() -> None:
    own = {
        "fields": {"phone": "x_my_phone"},
        "states": {"sale": "paid"},
        "times_in": "Asia/Tokyo",
        "topic": "order.paid",
    }
    settings = completed(source_of("odoo", **own)).settings
    preset = preset_of("odoo").settings
    assert settings["fields"] == {**preset["fields"], "phone": "x_my_phone"}
    assert settings["states"] == {**preset["states"], "sale": "paid"}
    assert (settings["times_in"], settings["topic"], settings["scheme"]) == ("Asia/Tokyo", "order.paid", "token")
    assert settings["topics"] == preset["topics"]


def test_a_source_without_a_known_preset_stays_as_it_is() -> None:
    for source in (Source("shop", "generic"), source_of("odoo2")):
        assert completed(source) is source


def test_the_key_of_a_lead_form_is_believed_and_not_kept() -> None:
    fixture = find_fixture("generic/order.created__preset-google-lead")
    kept = GENERIC.without_secrets(fixture.request, fixture.source)
    assert b"token-for-tests" in fixture.request.body
    assert b"token-for-tests" not in kept.body
    assert GENERIC.read(kept, fixture.source, NOW).events[0].order_id == "TeSter-0001"
    plain = replace(fixture.source, settings={"scheme": "token"})
    assert GENERIC.without_secrets(fixture.request, plain) is fixture.request


def test_what_a_sender_reads_is_answered() -> None:
    request = find_fixture("generic/delivery.out__preset-ghsv").request
    assert GENERIC.answer(request, source_of("ghsv")) == Reply(
        200, '{"success":true,"msg":""}', "application/json; charset=utf-8"
    )
    assert GENERIC.answer(request, source_of("ghsv", answer="OK")) == Reply(200, "OK", "text/plain; charset=utf-8")
    assert GENERIC.answer(request, source_of("odoo")) is None


def test_a_zone_that_does_not_exist_is_an_error() -> None:
    (flaw,) = flaws(Source("shop", "generic", settings={"times_in": "Asia/Hanoi"}))
    assert (flaw.where, flaw.is_error) == (("settings", "times_in"), True)
