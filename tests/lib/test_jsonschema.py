"""bridge.lib.jsonschema: loading, and plain words for what is wrong."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.core.model import Json
from bridge.lib.jsonschema import Problem, check, compile_schema, list_schemas, nearest, pointer, problems, schema


def said(about: dict[str, Any], document: Json) -> list[tuple[str, str]]:
    return [(found.pointer, found.problem) for found in check(document, compile_schema(about))]


@pytest.mark.parametrize(
    ("about", "document", "words"),
    [
        ({"type": "string"}, True, "must be text: put it in quotes"),
        ({"type": "string"}, 812345678, "must be text: put it in quotes"),
        ({"type": "string"}, Decimal("1.5"), "must be text: put it in quotes"),
        ({"type": "string"}, [], "must be text"),
        ({"type": "array"}, None, "must be a list, and nothing is written here"),
        ({"type": ["string", "object"]}, [], "must be text or a mapping of keys to values"),
        ({"type": "boolean"}, "yes", "must be true or false"),
        ({"type": "integer"}, True, "must be a whole number"),
        ({"type": "integer"}, Decimal("1.5"), "must be a whole number"),
        ({"type": "number"}, "1", "must be a number"),
        ({"type": "number"}, float("nan"), "must be a number"),
        ({"type": "number"}, Decimal("Infinity"), "must be a number"),
        ({"enum": ["vnd", "title"]}, "vndd", "must be one of: vnd, title; did you mean 'vnd'?"),
        ({"enum": ["vnd", 1, None]}, 5, "must be one of: vnd, 1, null"),
        ({"const": "standard"}, "x", "must be standard"),
        ({"minimum": 1}, 0, "must be 1 or more"),
        ({"maximum": 9}, Decimal("9.5"), "must be 9 or less"),
        ({"exclusiveMinimum": 0}, 0, "must be more than 0"),
        ({"minLength": 1}, "", "must not be empty"),
        ({"minLength": 3}, "ab", "must have at least 3 characters"),
        ({"maxLength": 3}, "abcd", "must have at most 3 characters"),
        ({"minItems": 1}, [], "must not be empty"),
        ({"maxItems": 1}, [1, 2], "must hold at most 1 entries"),
        ({"uniqueItems": True}, [1, 1], "must not hold the same entry twice"),
        ({"pattern": "^a$"}, "b", "must have the form ^a$"),
        ({"pattern": "^a$", "patternErrorMessage": "must be an a"}, "b", "must be an a"),
        ({"not": {"const": 0}, "errorMessage": "must not be zero"}, 0, "must not be zero"),
        ({"not": {"const": 0}}, 0, "is not allowed here"),
        ({"format": "date"}, "2027-02-30", "must be a date such as 2026-11-25"),
        (
            {"format": "date-time"},
            "2026-11-25 08:00",
            "must be a date and time with its zone, such as 2026-11-25T08:30:00+07:00",
        ),
    ],
)
def test_each_kind_of_error_has_its_sentence(about: dict[str, Any], document: Json, words: str) -> None:
    assert said(about, document) == [("", words)]


@pytest.mark.parametrize(
    ("about", "document"),
    [
        ({"type": "number"}, Decimal("1250000.50")),
        ({"type": "integer"}, 10**400),
        ({"type": "integer"}, Decimal("5.0")),
        ({"type": "integer"}, Decimal("1E+999999999")),
        ({"type": "number", "minimum": 0}, Decimal("1E+999999999")),
        ({"type": "integer"}, 5.0),
        ({"format": "date-time"}, "2026-11-25T08:30:00+07:00"),
        ({"pattern": "^a"}, "a\n"),
    ],
)
def test_exact_and_huge_numbers_are_numbers(about: dict[str, Any], document: Json) -> None:
    assert said(about, document) == []


def test_the_end_of_a_pattern_is_the_end_of_the_text() -> None:
    assert said({"pattern": "^[a-z]+$"}, "shop\n")
    assert said({"pattern": "^(a|b)$"}, "a") == []


def test_missing_keys_are_named_at_their_parent() -> None:
    assert said({"properties": {"a": {"required": ["b", "c"]}}}, {"a": {"b": 1}}) == [("/a", "'c' is missing")]
    assert check({}, compile_schema({"required": ["b", "c"]})) == [Problem("", "'b', 'c' are missing")]


def test_an_unknown_key_is_named_at_itself_with_the_nearest_known_one() -> None:
    about = {"properties": {"format": {}, "from": {}}, "additionalProperties": False}
    (found,) = check({"from": 1, "fromat": 1}, compile_schema(about))
    assert (found.pointer, found.key) == ("/fromat", True)
    assert found.problem == "'fromat' is not a known key; did you mean 'format'?"
    assert said(about, {"zzz": 1}) == [("/zzz", "'zzz' is not a known key; known are format, from")]


def test_a_key_that_a_pattern_allows_is_known() -> None:
    about = {"patternProperties": {"^x-": {}}, "additionalProperties": False}
    assert said(about, {"x-a": 1, "b": 2}) == [("/b", "'b' is not a known key; none is allowed here")]


def test_a_wrong_key_name_is_told_at_the_key() -> None:
    about = {"properties": {"answers": {"propertyNames": {"enum": ["1", "2"]}}}}
    (found,) = check({"answers": {"3": "x"}}, compile_schema(about))
    assert (found.pointer, found.problem, found.key) == ("/answers/3", "the key must be one of: 1, 2", True)


def test_of_several_ways_the_nearest_is_explained() -> None:
    about = {"anyOf": [{"type": "string"}, {"items": {"enum": ["vnd", "title"]}, "type": "array"}]}
    assert said(about, ["vndd"]) == [("/0", "must be one of: vnd, title; did you mean 'vnd'?")]


def test_if_then_explains_the_branch_that_was_taken() -> None:
    about = {"if": {"type": "object"}, "then": {"required": ["from"]}, "else": {"maxLength": 2}}
    assert said(about, {}) == [("", "'from' is missing")]
    assert said(about, "abc") == [("", "must have at most 2 characters")]


def test_keys_with_slashes_and_tildes_make_whole_pointers() -> None:
    assert pointer(["a/b", 0, "c~d"]) == "/a~1b/0/c~0d"
    assert said({"additionalProperties": {"type": "null"}}, {"a/~": 1}) == [("/a~1~0", "must be null")]


def test_hostile_documents_give_few_problems() -> None:
    assert len(said({"items": {"type": "string"}}, [0] * 10_000)) <= 200


def test_a_reference_to_elsewhere_is_never_fetched() -> None:
    with pytest.raises(Exception, match="Unresolvable"):
        said({"$ref": "http://127.0.0.1:9/other.schema.json"}, {})


@given(st.text(min_size=12, max_size=20, alphabet="0123456789xyz"))
def test_no_sentence_quotes_a_value(value: str) -> None:
    about = {
        "type": "object",
        "additionalProperties": {
            "allOf": [{"enum": ["a"]}, {"pattern": "^b"}, {"maxLength": 1}, {"format": "date"}, {"const": "c"}]
        },
    }
    shown = said(about, {"phone": value, "list": [value], "deep": {"x": value}})
    assert shown
    assert all(value not in problem for _, problem in shown)


def test_the_nearest_word_is_suggested_only_if_near() -> None:
    assert nearest("order.create", ["order.created", "test"]) == "; did you mean 'order.created'?"
    assert nearest("x", ["order.created"]) == ""


def test_schemas_are_found_by_name() -> None:
    assert {"config", "template"} <= set(list_schemas())
    assert schema("config")["title"]
    assert problems({}, "config") == []
    with pytest.raises(FileNotFoundError):
        problems({}, "no/such")
