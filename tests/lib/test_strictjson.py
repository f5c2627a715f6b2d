"""JSON is read strictly and exactly."""

from __future__ import annotations

import gc
import json
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.core.folding import MAX_ENTRIES, MAX_VALUES
from bridge.core.model import BadPayload
from bridge.lib.strictjson import JSON_DEPTH, LARGE, parse_json


def refused(body: bytes, words: str) -> None:
    with pytest.raises(BadPayload, match=words) as error:
        parse_json(body)
    assert error.value.pointer == ""


def test_numbers_are_exact() -> None:
    found = parse_json(b'{"a":0.1,"b":1234567890123456789012345,"c":-1.50,"d":1e3,"e":650000.0}')
    assert found == {
        "a": Decimal("0.1"),
        "b": 1234567890123456789012345,
        "c": Decimal("-1.50"),
        "d": Decimal(1000),
        "e": Decimal(650000),
    }
    assert not any(isinstance(value, float) for value in found.values())
    assert str(found["c"]) == "-1.50"


def test_a_byte_order_mark_is_tolerated_and_other_encodings_are_not() -> None:
    assert parse_json(b'\xef\xbb\xbf{"a":1}') == {"a": 1}
    refused('{"a":"ễ"}'.encode("utf-16"), "UTF-8")
    refused('{"a":"é"}'.encode("latin-1"), "UTF-8")
    refused(b'{"a":"\xed\xa0\x80"}', "UTF-8")


@pytest.mark.parametrize("body", [b'{"a":1,"a":1}', b'[{"b":{"a":1,"x":2,"a":3}}]', b'{"a":1,"a\\u0000":2}'])
def test_a_key_twice_is_refused(body: bytes) -> None:
    refused(body, "twice")


@pytest.mark.parametrize("word", [b"NaN", b"Infinity", b"-Infinity"])
def test_what_is_no_number_is_refused(word: bytes) -> None:
    refused(b'{"a":[' + word + b"]}", "NaN")


@pytest.mark.parametrize(
    "number", [b"9" * 101, b"9" * 5000, b"1." + b"0" * 200, b"1e101", b"1e-101", b"1e999999999999999999999", b"0e99999"]
)
def test_a_number_of_absurd_length_is_refused(number: bytes) -> None:
    refused(b'{"a":' + number + b"}", "digits")


@pytest.mark.parametrize("depth", [JSON_DEPTH + 1, 1000, 100_000])
def test_a_document_of_absurd_depth_is_refused(depth: int) -> None:
    refused(b"[" * depth + b"1" + b"]" * depth, "deep")
    refused(b'{"a":' * depth + b"1" + b"}" * depth, "deep")


def test_a_document_of_many_levels_is_read() -> None:
    depth = JSON_DEPTH
    assert parse_json(b"[" * depth + b"]" * depth) is not None


@pytest.mark.parametrize("body", [b"", b" ", b"{", b"{'a':1}", b'{"a":1}x', b"01", b"[1,]", b'"\x01"', b"\xef\xbb\xbf"])
def test_what_is_not_json_is_refused_with_its_place(body: bytes) -> None:
    refused(body, r"not JSON \(line \d+, column \d+\)")


def test_text_can_be_stored_by_every_database() -> None:
    found = parse_json(b'{"a\\u0000":"x\\u0000y","b":["\\ud800","\\ud83d\\ude4f","\\udc00\\ud800"]}')
    assert found == {"a": "xy", "b": ["�", "🙏", "��"]}
    json.dumps(found, ensure_ascii=False).encode()


@given(st.binary(max_size=200) | st.text(max_size=100).map(lambda text: json.dumps({text: [text]}).encode()))
def test_nothing_but_bad_payload_escapes(body: bytes) -> None:
    try:
        found = parse_json(body)
    except BadPayload:
        return
    text = json.dumps(found, default=str, ensure_ascii=False)
    assert "\\u0000" not in text
    text.encode()


def test_an_error_holds_no_value_of_the_document() -> None:
    for body in (b'{"phone":"0900000001","phone":"0900000001"}', b'{"phone":"0900000001"', b'{"a":0900000001}'):
        with pytest.raises(BadPayload) as error:
            parse_json(body)
        assert "0900000001" not in str(error.value)


def test_a_long_text_or_list_is_cut_unless_the_whole_is_wanted() -> None:
    document = {"a": "x" * 5_000, "b": [1] * 1_001, "c": '{"d": "' + "y" * 5_000 + '"}'}
    body = json.dumps(document).encode()
    cut = parse_json(body)
    assert (len(cut["a"]), len(cut["b"]), cut["c"]) == (4_000, 1_000, document["c"])
    assert parse_json(body, whole=True) == document


def test_a_document_of_very_many_values_is_cut_unless_the_whole_is_wanted() -> None:
    document = {"many": [[1] * 1_000] * 60, "last": {"name": "x"}}
    body = json.dumps(document).encode()
    cut = parse_json(body)
    assert sum(map(len, cut["many"])) + len(cut["many"]) + len(cut) + 1 == MAX_VALUES
    assert cut["last"] == {"name": "x"}
    assert parse_json(body, whole=True) == document


def test_a_large_document_that_somebody_changes_stays_as_it_came_for_all_others() -> None:
    document = {"a": {"b": ["x" * LARGE]}, "c": [{"d": 1}]}
    body = json.dumps(document).encode()
    mine = parse_json(body)
    mine["a"]["b"][0] = mine["c"][0]["d"] = None
    assert parse_json(body)["c"] == [{"d": 1}]
    assert parse_json(body)["a"]["b"] == ["x" * 4_000]


def test_numbers_that_are_cut_off_cost_no_order() -> None:
    body = json.dumps([1] * 1_000).encode().replace(b"]", b"," + b"9" * 200 + b"]")
    assert parse_json(body) == [1] * 1_000


def crowded(start: bytes) -> bytes:
    """An object that begins so, with more objects in it than are kept."""
    return b"{" + start + b', "crowd": [' + b"{}, " * MAX_VALUES + b"{}]}"


def test_of_a_document_with_more_objects_than_are_kept_the_last_of_two_keys_counts() -> None:
    found = parse_json(crowded(b'"total": 1, "total": 2'))
    assert isinstance(found, dict)
    assert (found["total"], len(found["crowd"])) == (2, MAX_ENTRIES)


def test_the_names_of_a_crowded_document_can_be_stored_too() -> None:
    found = parse_json(crowded(b'"a\\u0000b": 1, "c": {"d\\ud800": 2}'))
    assert isinstance(found, dict)
    assert [*found] == ["ab", "c", "crowd"]
    assert found["c"] == {"d\ufffd": 2}
    with pytest.raises(BadPayload, match="twice"):
        parse_json(crowded(b'"a\\u0000": 1, "a": 2'))


def test_numbers_among_very_many_are_as_exact_as_elsewhere() -> None:
    many = ",".join(["1.10"] * (MAX_VALUES + 2))
    document = parse_json(f'{{"total": 1250000.0000000000000001, "lines": [{many}], "at": {{"x": -0.50}}}}'.encode())
    assert (document["total"], document["at"]) == (Decimal("1250000.0000000000000001"), {"x": Decimal("-0.50")})
    assert document["lines"] == [Decimal("1.10")] * MAX_ENTRIES
    assert str(document["lines"][0]) == "1.10"
    for number in ("1e999999999999999999999", "1e101", f"0.{'1' * 200}"):
        with pytest.raises(BadPayload, match="more than 100 digits"):
            parse_json(f'{{"total": {number}, "lines": [{many}]}}'.encode())


@pytest.mark.parametrize("other", [None, "x", 1, {}, [[]], True])
@pytest.mark.parametrize(
    "text",
    [
        "1",
        "1.50",
        "0.00",
        '"a"',
        '"e' + "\u0301" * 50 + '"',
        '" e\\u0000 "',
        "[]",
        "[1.50]",
        "{}",
        "true",
        "null",
        '""',
    ],
)
def test_a_value_among_many_is_as_it_is_alone(text: str, other: Any) -> None:
    (alone,) = parse_json(f"[{text}]".encode())
    for beside in ([], [other]):
        many = parse_json(f"[{','.join([*[text] * 50, *map(json.dumps, beside)])}]".encode())
        assert repr(many) == repr([alone] * 50 + beside)


@pytest.mark.parametrize("number", [f"1{'0' * 101}", f"-1{'0' * 101}", "1e200", "0e-200"])
def test_a_number_of_absurd_length_is_refused_among_many_too(number: str) -> None:
    with pytest.raises(BadPayload):
        parse_json(f"[{','.join([*['1'] * 50, number])}]".encode())


def test_the_search_for_garbage_is_as_it_was_behind_a_large_document() -> None:
    body = json.dumps(["x" * LARGE]).encode()
    for is_searched in (True, False):
        gc.enable() if is_searched else gc.disable()
        try:
            parse_json(body)
            with pytest.raises(BadPayload):
                parse_json(body[:-1])
            assert gc.isenabled() is is_searched
        finally:
            gc.enable()
