"""The compiled answer is jsonschema's, for every schema of ours, on its examples and on what chance makes of them."""

from __future__ import annotations

import copy
import random
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest

from bridge.lib.jsonschema import compile_schema, list_schemas, schema
from bridge.lib.jsonschema.validity import UnknownKeyword, compile_check

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


@pytest.mark.parametrize("name", list_schemas())
def test_the_compiled_answer_is_that_of_jsonschema(name: str) -> None:
    document = schema(name)
    try:
        holds = compile_check(document)
    except UnknownKeyword:
        assert not name.startswith(("vbot/", "platforms/")) or "patternProperties" in str(document)
        return
    validator, dice = compile_schema(document), random.Random(name)
    examples = document["examples"]
    assert all(holds(example) for example in examples)
    for _ in range(60):
        one = changed(dice.choice(examples), dice)
        assert holds(one) == validator.is_valid(one), one


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
        ({"dependentRequired": {"a": ["b"]}}, [{"b": 1}, {"a": 1, "b": 1}], [{"a": 1}]),
    ],
)
def test_each_keyword(written: dict[str, Any], right: list[Any] | None, wrong: list[Any] | None) -> None:
    if right is None or wrong is None:
        with pytest.raises(UnknownKeyword):
            compile_check(written)
        return
    holds, validator = compile_check(written), compile_schema(written)
    assert [holds(one) for one in (*right, *wrong)] == [True] * len(right) + [False] * len(wrong)
    assert [validator.is_valid(one) for one in (*right, *wrong)] == [True] * len(right) + [False] * len(wrong)
