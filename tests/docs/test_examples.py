"""What the pages tell a stranger to type is so: commands, options, files, settings and examples."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime

import pytest

from bridge.configuration.files import Configuration, read_files
from bridge.core.breaker import FAILURES
from bridge.core.model import Request, Source
from bridge.platforms import find_platform, list_platforms
from bridge.platforms.generic.presets import find_preset, preset_names
from bridge.rules.document import event_document
from bridge.rules.evaluate import Question, consider
from bridge.rules.rule import parse_rule
from bridge.settings import BY_NAME, read_config
from bridge.store.reports.views import CALL_STATES
from tests.docs.pages import COMMANDS, PAGES, blocks, code_words, options, prose, read
from tests.platforms.wire import FORMS

NOW = datetime(2026, 11, 23, 3, 0, tzinfo=UTC)
FIRST_RULES = [page for page in PAGES if re.fullmatch(r"README(\.vi)?\.md|docs/(vi/)?getting-started\.md", page)]

# Capital words of the pages that are no settings of the bridge.
PLACEHOLDERS = {
    *("HOST", "NAME", "TOPIC", "TOPIC__VARIANT", "VARIANT", "FILE", "TEXT", "ORDER", "ADDRESS", "YOUR", "REPOSITORY"),
    *("PLATFORM", "PAGE", "BLOCK", "COMMAND", "TEMPLATE", "CALL", "TOKEN", "PHONE", "SOURCE", "ARGUMENT"),
    *("DEMO_ORDERS", "DEMO_EXIT", "SEED", "ARGS", "TEST_DATABASE_URL", "CONFIRM_ORDER"),
    *("DEBUG", "INFO", "WARNING", "ERROR", "POST", "FULL"),
}

SHOPS = [one.name for one in list_platforms() if not (one.hides_buyer or one.is_carrier or one in FORMS)]
each_page = pytest.mark.parametrize("page", PAGES)


def configuration(text: str) -> Configuration:
    found, findings = read_files([("page.yaml", text)], parse_rule, [platform.name for platform in list_platforms()])
    assert [str(finding) for finding in findings] == []
    return found


def test_every_option_that_follows_a_command_is_one_of_that_command() -> None:
    calls = [(page, *found) for page in PAGES for found in _started(page)]
    assert len(calls) > 40
    wrong = [
        (page, command, option)
        for page, command, rest in calls
        for option in re.findall(r"(?<!\S)--[a-z-]+", rest)
        if option not in options(command)
    ]
    assert wrong == []


def _started(page: str) -> list[tuple[str, str]]:
    """Each command that the page starts, and what follows it."""
    calls = re.findall(r"python -m bridge ([a-z]+)([^`#\n|]*)", read(page))
    named = re.findall(r"`([a-z]+)( [^`\n]*)`", prose(page))
    return [*calls, *(found for found in named if found[0] in COMMANDS)]


@each_page
def test_every_command_that_it_starts_exists(page: str) -> None:
    assert {command for command, _ in _started(page)} - set(COMMANDS) == set()


@each_page
def test_every_option_named_alone_is_one_of_some_command(page: str) -> None:
    every = {option for command in COMMANDS for option in options(command)}
    named = {word for code in code_words(page) for word in code.split() if word.startswith("--")}
    assert named - every == set()


@each_page
def test_every_example_file_passes_check(page: str) -> None:
    for text in blocks(page, "yaml"):
        found = configuration(text)
        assert len(found.sources) == 1 or found.webhooks or found.notify


@pytest.mark.parametrize("page", FIRST_RULES)
@pytest.mark.parametrize("platform", SHOPS)
def test_the_first_rule_rings_an_ordinary_order_of_each_platform(page: str, platform: str) -> None:
    (document,) = configuration(blocks(page, "yaml")[0]).rules
    rule, source, kind = parse_rule(document), Source("lan-shop", platform, ("secret",)), find_platform(platform)
    assert kind is not None
    body = json.dumps(kind.sample.document(NOW)).encode()
    topic = next(theirs for theirs, ours in kind.topics.items() if ours == "order.created")
    fetched = {name: json.dumps(one).encode() for name, one in kind.sample.fetched(NOW).items()}
    headers = kind.sign(body, topic, source, NOW) if kind.sends else ()
    request = Request("POST", "/hooks/lan-shop", "", headers, body, fetched)
    (event,) = kind.read(request, source, NOW).events
    assert event.order is not None
    fields = [{"cfkey": key, "cftype": "text", "isRequired": True} for key in document["datas"]]
    question = Question(
        source=source,
        topic=event.topic,
        order_id=event.order_id,
        occurred_at=event.occurred_at,
        document=event_document(event, source),
        state=event.order.state,
        deleted=False,
        created_at=event.order.created_at,
        fields=fields,
        holidays=(),
    )
    verdict = consider(rule, question, NOW)
    assert (verdict.decision, verdict.reason) == ("call", "wanted")
    assert all(verdict.datas.values())


@pytest.mark.parametrize("page", [page for page in PAGES if page.endswith("connect/generic.md")])
def test_the_generic_example_reads_the_document_that_it_describes(page: str) -> None:
    (entry,) = configuration(blocks(page, "yaml")[0]).sources
    source = Source(entry["id"], entry["platform"], ("secret",), entry["settings"])
    generic = find_platform("generic")
    assert generic is not None
    order = {"code": "A1", "amount": 495000, "time": "2026-11-23T09:00:00+07:00", "pay_by": "COD"}
    order["buyer"] = {"name": "Trần Thử Nghiệm", "phone": "0900000001"}
    body = json.dumps({"event": "new_order", "data": order}).encode()
    request = Request("POST", "/hooks/own-shop", "", generic.sign(body, "order.created", source, NOW), body)
    generic.verify(request, source, NOW)
    (event,) = generic.read(request, source, NOW).events
    assert event.order is not None
    said = (event.topic, event.order.number, event.order.total, event.order.phone, event.order.payment.cod)
    assert said == ("order.created", "A1", 495000, "0900000001", True)
    assert (event.order.customer.name, event.order.currency) == ("Trần Thử Nghiệm", "VND")


@pytest.mark.parametrize("page", FIRST_RULES)
def test_the_settings_of_its_examples_start_the_bridge(page: str) -> None:
    set_here = set(re.findall(r"\b([A-Z][A-Z_]+)=", "\n".join(blocks(page, "sh"))))
    assert set_here - {*BY_NAME, *PLACEHOLDERS} == set()
    if not set_here & BY_NAME.keys():
        assert "python -m bridge init" in read(page)  # which asks for them
        return
    settings = dict.fromkeys(set_here, "x") | {"BRIDGE_SECRET_KEY": "k" * 64, "VBOT_URL": "https://vbot.example.test"}
    assert read_config(settings).account is not None


@each_page
def test_every_setting_and_capital_word_that_it_names_is_known(page: str) -> None:
    code = [re.sub(r"\$\{\w+\}", "", word) for word in code_words(page)]
    words = {word for part in code for word in re.findall(r"\b[A-Z][A-Z_]{3,}\b", part)}
    secrets = {word for word in words if word.endswith("_SECRET")}
    topics = {word for platform in list_platforms() for topic in platform.topics for word in topic.split()}
    presets = [find_preset(name) for name in preset_names()]
    theirs = set(re.findall(r"\b[A-Z][A-Z_]{3,}\b", " ".join(str(preset.settings) for preset in presets if preset)))
    assert words - {*BY_NAME, *PLACEHOLDERS} - secrets - topics - theirs == set()


@each_page
def test_every_make_target_exists(page: str) -> None:
    targets = set(re.findall(r"^([a-z./-]+):", read("Makefile"), re.MULTILINE)) | {"make"}
    text = re.sub(r"^# .*$|<!--.*?-->", "", read(page), flags=re.MULTILINE)
    assert set(re.findall(r"(?:`|^|&& )(?:sudo )?make ([a-z./-]+)", text, re.MULTILINE)) - targets == set()


def test_every_state_of_a_call_is_explained() -> None:
    design, vbot = read("docs/design.md"), read("docs/vbot.md")
    assert [state for state in CALL_STATES if state not in design] == []
    assert f"After {FAILURES} failures" in vbot
