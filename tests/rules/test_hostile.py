"""Rules and orders that mean harm: each ends with a named error or a bounded value, after work that is counted.

What each costs in time is printed by `python -m tests.bench.hostile`.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal

import pytest
from liquid import RenderContext
from liquid.exceptions import ResourceLimitError

from bridge.core.model import BadRule, Event, Json, Source
from bridge.rules.document import event_document
from bridge.rules.evaluate import Question, consider
from bridge.rules.filters import FILTERS, Filter
from bridge.rules.filters.values import MAX_LIST, MAX_TEXT
from bridge.rules.liquid import evaluate, parse_path, parse_text, parse_when
from bridge.rules.liquid.environment import NOTHING
from bridge.rules.liquid.limits import MAX_WORK, spend
from bridge.rules.rule import parse_rule
from tests.rules.hostile import CONDITIONS, DOCUMENT, PATHS, TEXTS, VALUES

SHOP = Source(id="shop", platform="generic", secrets=("kín-secret",), settings={"api_key": "kín-setting"})
# Of each kind one: what works on texts as they are has no patterns of its own.
ODD = (
    "opening angles",
    "half a pair",
    "a megabyte",
    "a long list",
    "a deep list",
    "huge quantities",
    "a huge exponent",
)
ODD += ("a tiny exponent", "no number", "a signalling no number", "endless", "a huge whole number", "a large group")
NOW = datetime(2026, 11, 5, 3, tzinfo=UTC)


@pytest.mark.parametrize(("text", "words"), TEXTS.values(), ids=TEXTS)
def test_a_text_that_wants_too_much_is_stopped(text: str, words: str) -> None:
    with pytest.raises(BadRule) as caught:
        evaluate(parse_text(text, "datas.x"), DOCUMENT)
    assert words in caught.value.problem
    assert caught.value.where == "datas.x"


@pytest.mark.parametrize(("text", "words"), CONDITIONS.values(), ids=CONDITIONS)
def test_a_condition_that_wants_too_much_is_stopped(text: str, words: str) -> None:
    with pytest.raises(BadRule) as caught:
        evaluate(parse_when(text, "when"), DOCUMENT)
    assert words in caught.value.problem


@pytest.mark.parametrize(("text", "words"), PATHS.values(), ids=PATHS)
def test_a_path_that_wants_too_much_is_stopped(text: str, words: str) -> None:
    with pytest.raises(BadRule) as caught:
        evaluate(parse_path(text, "to"), DOCUMENT)
    assert words in caught.value.problem


@pytest.mark.parametrize("each", FILTERS.values(), ids=FILTERS)
def test_a_filter_makes_of_any_value_a_bounded_one_or_a_named_error(each: Filter) -> None:
    needed = [parameter for parameter in each.parameters[1:] if parameter.default is parameter.empty]
    given = f": {', '.join(['raw.v'] * len(needed))}" if needed else ""
    script = parse_text(f"{{{{ raw.v | {each.name}{given} }}}}", "datas.x")
    for name in VALUES if each.weight > 1 else ODD:
        value = VALUES[name]
        try:
            made = evaluate(script, {**DOCUMENT, "raw": {"v": value}})
        except BadRule as bad:
            assert bad.problem.startswith((f"the filter {each.name} ", "this text makes too much work")), name
        else:
            assert made is value or _length(made) <= max(MAX_TEXT, MAX_LIST), name


def _length(value: Json) -> int:
    return len(value) if isinstance(value, str | list | tuple | dict) else len(f"{value!s:.200}")


def test_work_counts_all_that_a_value_holds_and_stops_at_the_limit() -> None:
    def work(value: Json, weight: int = 1) -> int:
        context = RenderContext(NOTHING)
        spend(context, value, weight=weight)
        return int(context.tag_namespace["work"])

    assert work("x" * 100) - work("") == 100
    assert work(["x" * 100] * 10) - work([]) == 1_010
    assert work({"a": {"b": ["x" * 100]}}) - work({}) == 103
    assert work("x" * 100, weight=10) - work("") == 1_000
    assert work([["x" * 100]] * 10, weight=10) - work([["x" * 100]] * 10) == 90
    with pytest.raises(ResourceLimitError):
        work(["x" * 1_000] * (MAX_WORK // 1_000))


def test_each_text_is_charged_for_itself_alone() -> None:
    script = parse_text("{{ raw.long | clean | size }}", "datas.x")
    assert len({evaluate(script, DOCUMENT) for _ in range(4)}) == 1


SPOILT = ("order.number", "order.currency", "order.channel", "order.parent", "order.note", "order.payment.method")
SPOILT += ("shipping.name", "customer.name", "order.tags", "items")


@pytest.mark.parametrize("path", SPOILT)
def test_an_order_of_any_values_gets_a_decision_of_every_rule(path: str) -> None:
    rule = parse_rule(
        {
            "rule": "r",
            "template": "T",
            "on": ["order.created"],
            "when": "order.payment.cod and order.note != 'x'",
            "datas": {
                "name": {"from": "shipping.name", "format": ["clean", "name_vi"], "default": "quý khách"},
                "number": "{{ order.number | code_spell }}",
                "goods": {"from": "items", "format": "item_list"},
                "note": "{{ order.note | clean | truncate: 100 }}",
            },
        }
    )
    for name, value in VALUES.items():
        if not isinstance(value, str) and path != "items":
            continue  # a platform gives texts there
        document = _spoilt(path, value)
        question = Question(
            SHOP, "order.created", "1", NOW, document, "open", False, NOW, None, frozenset(), (str(value)[:50_000],)
        )
        assert consider(rule, question, NOW).decision in ("call", "skip"), name


def _spoilt(path: str, value: Json) -> dict[str, Json]:
    order = {"id": "1", "number": "1", "total": Decimal(1), "currency": "VND", "phone": "0912345678", "tags": []}
    payment = {"cod": True, "paid": False, "method": None}
    document: dict[str, Json] = {
        "event": {"topic": "order.created"},
        "source": {"id": "shop", "timezone": "Asia/Ho_Chi_Minh", "country": "VN"},
        "order": {**order, "payment": payment},
        "customer": {"name": "A"},
        "shipping": {"name": "A"},
        "items": [{"title": "A", "quantity": 1}],
    }
    steps = path.split(".")
    group = document
    for step in steps[:-1]:
        group = group[step]
    group[steps[-1]] = value
    if path == "order.tags":
        document["order"]["tags"] = [value]
    if path == "items":
        document["items"] = [{"title": value, "quantity": 1}] if isinstance(value, str) else value
    return document


def test_no_rule_sees_a_secret_or_a_setting_of_its_source() -> None:
    event = Event("order.created", "created", NOW, "1", None, {"id": "1"})
    document = event_document(event, replace(SHOP))
    assert "kín" not in repr(document)
    for text in ("source.secrets", "source.settings", "source.settings.api_key", "source.sealed", "source.keys"):
        assert evaluate(parse_text(f"{{{{ {text} }}}}", "datas.x"), document) is None


@pytest.mark.parametrize("root", ["settings", "env", "environment", "config", "secrets", "orders", "calls", "self"])
def test_no_rule_can_name_settings_the_environment_or_other_orders(root: str) -> None:
    for parse, text in ((parse_text, f"{{{{ {root}.x }}}}"), (parse_when, f"{root}.x"), (parse_path, f"{root}.x")):
        with pytest.raises(BadRule, match=f"a rule does not see {root}"):
            parse(text, "datas.x")
