"""What the compiled search finds is what jsonschema finds, in examples of every schema of ours and in changed ones."""

from __future__ import annotations

import copy
import random
from collections.abc import Iterable, Iterator
from decimal import Decimal
from typing import Any

import pytest
from jsonschema.exceptions import ValidationError, best_match

from bridge.lib.jsonschema import compile_schema, find_errors, list_schemas, schema
from bridge.lib.jsonschema.validity import UnknownKeyword, compile_search

STRANGE: tuple[Any, ...] = (
    *(None, True, False, 0, 1, -1, 1.0, 0.5, Decimal("1"), Decimal("0.1"), 10**30, float("nan"), float("inf")),
    *("", " ", "0912345678", "0912345678\n", "x" * 300, "2026-11-23", [], [None], {}, {"": 0}, [{"id": 1}]),
)


def slots(document: Any) -> Iterator[tuple[Any, Any]]:
    """Each container of the document with one of its keys."""
    keys = document.items() if isinstance(document, dict) else enumerate(document) if isinstance(document, list) else ()
    for key, value in keys:
        yield document, key
        yield from slots(value)


def changed(document: Any, dice: random.Random) -> Any:
    """The document with one to three things replaced, removed or added."""
    document = copy.deepcopy(document)
    for _ in range(dice.randrange(1, 4)):
        found = list(slots(document))
        if not found:
            return copy.deepcopy(dice.choice(STRANGE))
        where, key = dice.choice(found)
        if isinstance(where, dict) and dice.random() < 0.3:
            del where[key]
        elif isinstance(where, dict) and dice.random() < 0.2:
            where[dice.choice(("unknown", "id", "status", "error"))] = copy.deepcopy(dice.choice(STRANGE))
        else:
            where[key] = copy.deepcopy(dice.choice(STRANGE))
    return document


def places(errors: Iterable[ValidationError]) -> list[tuple[Any, ...]]:
    """What our words for an error are made of."""
    return [
        (error.absolute_path, error.validator, error.validator_value, error.schema, error.absolute_schema_path[-1])
        for error in map(best_match, ([error] for error in errors))
    ]


@pytest.mark.parametrize("name", list_schemas())
def test_what_is_found_is_what_jsonschema_finds(name: str) -> None:
    document = schema(name)
    try:
        compile_search(document)
    except UnknownKeyword:
        assert not name.startswith(("vbot/", "platforms/"))
    validator, dice = compile_schema(document), random.Random(name)
    examples = document["examples"]
    assert [find_errors(example, name) for example in examples] == [[]] * len(examples)
    for _ in range(60):
        one = changed(dice.choice(examples), dice)
        assert repr(places(find_errors(one, name))) == repr(places(validator.iter_errors(one))), one


def test_an_error_holds_no_text_of_a_value() -> None:
    """jsonschema's message repeats the value, which may be a list of a megabyte."""
    assert {error.message for error in find_errors({"id": ["x" * 100]}, "platforms/shopify")} == {""}


@pytest.mark.parametrize(
    ("written", "right", "wrong"),
    [
        ({"oneOf": [{"type": "integer"}, {"minimum": 2}]}, [1, 2.5], [3, 1.5]),
        ({"not": {"enum": [1]}}, [True, 2], [1, 1.0]),
        ({"if": {"required": ["a"]}, "then": {"required": ["b"]}, "else": {"maxProperties": 0}}, None, None),
        ({"if": {"required": ["a"]}, "then": {"required": ["b"]}}, [{"a": 1, "b": 1}, {}], [{"a": 1}]),
        (
            {"$ref": "#/$defs/tree", "$defs": {"tree": {"items": {"$ref": "#/$defs/tree"}, "type": "array"}}},
            [[[]]],
            [[1]],
        ),
        ({"enum": [[1]]}, None, None),
        ({"properties": {"a": False}}, None, None),
        ({"additionalProperties": False, "properties": {"a": True}}, [{"a": 1}, 1], [{"b": 1}]),
        ({"patternProperties": {"^a": {"type": "null"}}}, [{"ab": None, "b": 1}, 1], [{"b": 1, "ab": 1}]),
        ({"patternProperties": {"^a": {"type": "null"}}, "additionalProperties": False}, None, None),
        (
            {"uniqueItems": True},
            [[1, True, "1", [1], [True], {"a": 1}, {"a": True}], [None, {}, []], 1, {"a": 1}],
            [["a", "b", "a"], [1, 1.0], [{"a": [1]}, {"a": [1.0]}]],
        ),
        ({"propertyNames": {"pattern": "^[0-9]$"}}, [{"1": "a"}, {}, 1], [{"1": 1, "ab": 1}]),
        ({"format": "date"}, ["2028-02-29", 1], ["2027-02-29", "2028-2-29", "20280229", "2028-02-29\n", ""]),
        ({"format": "date-time"}, None, None),
        ({"uniqueItems": False}, [[1, 1]], []),
        ({"dependentRequired": {"a": ["b"]}}, [{"b": 1}, {"a": 1, "b": 1}], [{"a": 1}]),
    ],
)
def test_each_keyword(written: dict[str, Any], right: list[Any] | None, wrong: list[Any] | None) -> None:
    if right is None or wrong is None:
        with pytest.raises(UnknownKeyword):
            compile_search(written)
        return
    search, validator = compile_search(written), compile_schema(written)
    assert [any(search(one)) for one in (*right, *wrong)] == [False] * len(right) + [True] * len(wrong)
    assert [validator.is_valid(one) for one in (*right, *wrong)] == [True] * len(right) + [False] * len(wrong)
