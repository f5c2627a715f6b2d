from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.lib.envfile import BadLine, read_env, write_env

NAMES = st.from_regex(r"[A-Z][A-Z0-9_]{0,20}", fullmatch=True)
VALUES = st.text(st.characters(codec="utf-8", exclude_characters="\r\n\x85\u2028\u2029\v\f\x1c\x1d\x1e\0"))


@given(st.dictionaries(NAMES, VALUES))
def test_what_was_written_is_read_as_it_was(values: dict[str, str]) -> None:
    assert read_env(write_env(values)) == values


def test_the_usual_ways_to_write_one_are_read() -> None:
    text = "\n# a comment\nexport A=1\nB = two words # why\nC='a # b'\nD=\"x\\ny\"\nE=\n\nF=${A}\n"
    assert read_env(text) == {"A": "1", "B": "two words", "C": "a # b", "D": "x\ny", "E": "", "F": "${A}"}


@pytest.mark.parametrize(
    ("text", "number"), [("A=1\nB='open\n", 2), ("NAME\n", 1), ("A=1\n\n\n=x\n", 4), ("A=1\n# b\nA B=2\n", 3)]
)
def test_a_line_that_is_none_is_named(text: str, number: int) -> None:
    with pytest.raises(BadLine) as refused:
        read_env(text)
    assert refused.value.number == number
