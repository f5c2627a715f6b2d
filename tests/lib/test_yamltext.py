"""bridge.lib.yamltext: text to document, and where everything stands."""

from __future__ import annotations

import json
import sys
from decimal import Decimal
from typing import Any

import pytest
import yaml
from hypothesis import assume, given
from hypothesis import strategies as st

from bridge.lib.yamltext import _READ_OTHERWISE, BadText, Marked, _read_events, place_in_text, read_text

TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
DOCUMENTS = st.dictionaries(
    TEXTS,
    st.recursive(
        st.none() | st.booleans() | st.integers() | TEXTS,
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3),
        max_leaves=8,
    ),
    min_size=1,
    max_size=3,
)


def scalar(text: str) -> Any:
    return read_text(f"a: {text}\n", "shop.yaml").document["a"]


def refusal(text: str, name: str = "shop.yaml") -> BadText:
    with pytest.raises(BadText) as caught:
        read_text(text, name)
    return caught.value


@pytest.mark.parametrize(
    "text",
    [
        "0912345678", "0701234567", "00", "007", "+84912345678", "12:30", "12:30:00", "2026-11-25",
        "2026-11-25T08:00:00",
        "1_000", "0o17", "0x1F", "0b1", "no", "No", "NO", "yes", "on", "off", "y", "n", ".inf", "-.inf", ".nan", "NaN",
        "1e9999", "tRUE", "nULL", "=", "1.2.3", "--1", "e5", ".", "1,5", "9" * 5000,
    ],
)  # fmt: skip
def test_what_only_looks_like_a_value_stays_text(text: str) -> None:
    assert scalar(text) == text


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("true", True), ("True", True), ("TRUE", True), ("false", False), ("False", False), ("FALSE", False),
        ("null", None), ("Null", None), ("NULL", None), ("~", None), ("", None),
        ("0", 0), ("-0", 0), ("5", 5), ("-1", -1), ("1250000", 1250000), ("9" * 400, int("9" * 400)),
        ("1250000.10", Decimal("1250000.10")), ("0.5", Decimal("0.5")), ("-0.25", Decimal("-0.25")),
        (".5", Decimal("0.5")), ("1e3", Decimal(1000)), ("1.5E-2", Decimal("0.015")),
    ],
)  # fmt: skip
def test_the_few_plain_values_are_read_exactly(text: str, value: object) -> None:
    found = scalar(text)
    assert (found, type(found)) == (value, type(value))


@pytest.mark.parametrize("text", ["true", "null", "5", "1.5", "~", ""])
def test_what_is_quoted_is_text(text: str) -> None:
    assert scalar(f'"{text}"') == text
    assert scalar(f"'{text}'") == text
    assert scalar(f"|-\n  {text}") == text


def test_a_key_is_always_text() -> None:
    document = read_text("on: 1\nno: 2\n1: 3\nnull: 4\ntrue: 5\n0812345678: 6\n~: 7\n", "shop.yaml").document
    assert document == {"on": 1, "no": 2, "1": 3, "null": 4, "true": 5, "0812345678": 6, "~": 7}


def test_marks_say_where_values_and_keys_begin() -> None:
    marked = read_text('rules:\n  - rule: a\n    on: [x, "y"]\n    datas:\n      "a/b": {from: c}\n', "shop.yaml")
    assert marked.marks == {
        "": (1, 1),
        "/rules": (2, 3),
        "/rules/0": (2, 5),
        "/rules/0/rule": (2, 11),
        "/rules/0/on": (3, 9),
        "/rules/0/on/0": (3, 10),
        "/rules/0/on/1": (3, 13),
        "/rules/0/datas": (5, 7),
        "/rules/0/datas/a~1b": (5, 14),
        "/rules/0/datas/a~1b/from": (5, 21),
    }
    assert marked.keys["/rules/0/on"] == (3, 5)
    assert marked.keys["/rules/0/datas/a~1b"] == (5, 7)


@pytest.mark.parametrize("name", ["shop.json", "SHOP.JSON"])
def test_json_is_read_with_its_places(name: str) -> None:
    text = '{\n  "a": [1, 2.50, {"b": "x\\ud83d\\ude00"}],\n\t"c": null, "d": true\n}\n'
    marked = read_text(text, name)
    assert marked.document == {"a": [1, Decimal("2.50"), {"b": "x😀"}], "c": None, "d": True}
    assert marked.marks["/a/2/b"] == (2, 24)
    assert (marked.marks["/c"], marked.keys["/c"]) == ((3, 7), (3, 2))


@given(DOCUMENTS, st.sampled_from([None, 1, 3]), st.booleans())
def test_any_json_text_is_read_as_python_reads_it(document: Any, indent: int | None, ascii_only: bool) -> None:
    text = json.dumps(document, indent=indent, ensure_ascii=ascii_only)
    assert read_text(text, "shop.json").document == document


@given(st.text(max_size=60), st.sampled_from(["shop.yaml", "shop.json"]))
def test_any_text_is_read_or_refused_with_its_place(text: str, name: str) -> None:
    try:
        assert isinstance(read_text(text, name).document, dict)
    except BadText as error:
        assert error.line >= 1
        assert error.column >= 1
        assert error.problem


@given(st.lists(st.sampled_from([*"{}[]:,-'\"|>&*!%#@ \n\tab1", "{{", "}}", ": ", "- "]), max_size=30))
def test_any_mess_of_signs_is_read_or_refused(signs: list[str]) -> None:
    try:
        read_text("".join(signs), "shop.yaml")
    except BadText as error:
        assert error.line <= "".join(signs).count("\n") + 1


@given(st.lists(st.sampled_from([*"{}[]:,-'\"|>&*!%#@ \nab1é", "{{", "}}", ": ", "- ", "a: ", "\n  "]), max_size=30))
def test_both_parsers_read_alike_what_libyaml_reads(signs: list[str]) -> None:
    text, read = "".join(signs), {}
    assume(not _READ_OTHERWISE.search(text))
    for loader in (yaml.CBaseLoader, yaml.BaseLoader):
        marked = Marked(tuple(text.split("\n")))
        try:
            document = _read_events(text, marked, loader)
        except (BadText, yaml.YAMLError):
            if loader is yaml.CBaseLoader:
                return  # the other reads it then
            raise
        read[loader] = document, marked.keys, marked.blocks
    assert read[yaml.CBaseLoader] == read[yaml.BaseLoader]


def test_a_byte_order_mark_moves_nothing() -> None:
    assert read_text("\ufeffa: 1", "shop.yaml").marks["/a"] == (1, 4)
    assert read_text('\ufeff{"a": 1}', "shop.json").marks["/a"] == (1, 7)


def test_windows_line_ends_count_once() -> None:
    marked = read_text("a: 1\r\nb: |\r\n  x\r\n  y\r\nc: 2\r\n", "shop.yaml")
    assert marked.marks["/c"] == (5, 4)
    assert place_in_text(marked, "/b", "x\ny\n", 2, 1) == (4, 3)


@pytest.mark.parametrize(
    ("text", "place", "at", "words"),
    [
        ("a: {{ x }}", (1, 4), "/a", "must stand in quotes"),
        ("a: {{ x | remove: '#' }}", (1, 4), "/a", "must stand in quotes"),
        ("a:\n  - {{ x }} y", (2, 5), "/a/0", "must stand in quotes"),
        ("a: {from: {{ x }}}", (1, 11), "/a/from", "must stand in quotes"),
        ("a: {% if x %}y{% endif %}", (1, 4), "/a", "must stand in quotes"),
        ("a: {{ x", (1, 4), "/a", "must stand in quotes"),
        ("a: b | default: y", (1, 15), "/a", 'holds ": "'),
        ("a:\n\tb: 1", (2, 1), "/a", "a tab: indent with blanks"),
        ("a:\n  b: 1\n\tc: 2", (3, 1), "/a/b", "a tab"),
        ("a: 1\n---\nb: 2", (2, 1), "", "second document"),
        ("a: 1\nb: 2\na: 3", (3, 1), "/a", "'a' is written twice; first on line 1"),
        ("a: {b: 1, 'b': 2}", (1, 11), "/a/b", "written twice"),
        ("a: &x 1\nb: *x", (1, 4), "/a", "anchors (&) and aliases (*) are not read"),
        ("a: *x", (1, 4), "/a", "anchors (&) and aliases (*) are not read"),
        ("a: !!python/name:os.system x", (1, 4), "/a", "tags (!) are not read"),
        ("a: !!str 1", (1, 4), "/a", "tags (!) are not read"),
        ("a: !own 1", (1, 4), "/a", "tags (!) are not read"),
        ("a: 1\nb: 'x\nc: 1", (2, 4), "/b", "never closed"),
        ('a: "x {{ y }}\nb: 1', (1, 4), "/a", "never closed"),
        ('a: "\\q"', (1, 6), "/a", "escape"),
        ("a: @x", (1, 4), "/a", "put it in quotes"),
        ("a: [1, 2\nb: 3", (2, 2), "/a", "cannot be read as YAML"),
        ("a: \x07", (1, 4), "", "control character"),
        ("ab: 1\nc: \x00", (2, 4), "", "control character"),
        ('a: "\\ud800"', (1, 4), "/a", "surrogate"),
        ("? [a]\n: 1", (1, 3), "", "a key must be text"),
        ("- a", (1, 1), "", "must be a mapping"),
        ("text", (1, 1), "", "must be a mapping"),
        ("", (1, 1), "", "empty"),
        ("# only words\n", (1, 1), "", "empty"),
        ("---\n...\n", (1, 1), "", "empty"),
        ("a: " + "[" * 60, (1, 54), "/a" + "/0" * 50, "nested too deeply"),
    ],
)
def test_what_yaml_cannot_mean_is_refused_at_its_place(text: str, place: tuple[int, int], at: str, words: str) -> None:
    error = refusal(text)
    assert (error.line, error.column, error.at) == (*place, at)
    assert words in error.problem


@pytest.mark.parametrize(
    ("text", "place", "words"),
    [
        # Since Python 3.13 it is the comma that is wrong.
        ('{"a": 1,}', (1, 8 if sys.version_info >= (3, 13) else 9), "cannot be read as JSON"),
        ('{\n"a": tru}', (2, 6), "cannot be read as JSON"),
        ('{"a": 012}', (1, 8), "cannot be read as JSON"),
        ('{"a": 1} x', (1, 10), "cannot be read as JSON"),
        ('{"a": "x\ny"}', (1, 9), "cannot be read as JSON"),
        ("a: 1", (1, 1), "cannot be read as JSON"),
        ('{"a": [NaN]}', (1, 8), "not a number"),
        ('{"a": -Infinity}', (1, 7), "not a number"),
        ('{"a": 1, "a": 2}', (1, 10), "written twice"),
        ('{"a": "\\ud800"}', (1, 7), "surrogate"),
        ("[]", (1, 1), "must be a mapping"),
        ("", (1, 1), "empty"),
        ("null", (1, 1), "empty"),
        ("[" * 100_000, (1, 1), "nested too deeply"),
        ('{"a":' + "[" * 60 + "]" * 60 + "}", (1, 56), "nested too deeply"),
    ],
)
def test_what_json_cannot_mean_is_refused_at_its_place(text: str, place: tuple[int, int], words: str) -> None:
    error = refusal(text, "shop.json")
    assert (error.line, error.column) == place
    assert words in error.problem


LIQUID = """\
plain: order.total > 5
single: 'a {{ b }} c'
double: "a {{ b }} c"
block: |-
    first
      second

    last
keep: |+2
   x
escaped: "a \\"b\\" c"
doubled: 'it''s c'
folded: >-
  a
  b
"""


@pytest.mark.parametrize(
    ("key", "line", "column", "place"),
    [
        ("plain", 1, 7, (1, 14)),
        ("single", 1, 3, (2, 12)),
        ("double", 1, 3, (3, 12)),
        ("block", 1, 1, (5, 5)),
        ("block", 2, 3, (6, 7)),
        ("block", 4, 2, (8, 6)),
        ("keep", 1, 2, (10, 4)),
        ("escaped", 1, 9, (11, 10)),
        ("doubled", 1, 4, (12, 10)),
        ("folded", 1, 3, (13, 9)),
        ("block", 0, 0, (4, 8)),
        ("block", 99, 1, (4, 8)),
    ],
)
def test_a_place_inside_a_text_is_found_in_the_file(key: str, line: int, column: int, place: tuple[int, int]) -> None:
    marked = read_text(LIQUID, "shop.yaml")
    assert place_in_text(marked, f"/{key}", marked.document[key], line, column) == place


def test_a_place_inside_a_json_text_is_found_in_the_file() -> None:
    marked = read_text('{"when": "order.total > x", "name": "\\u00e9 x"}', "shop.json")
    assert place_in_text(marked, "/when", "order.total > x", 1, 15) == (1, 25)
    assert place_in_text(marked, "/name", "é x", 1, 3) == (1, 37)
