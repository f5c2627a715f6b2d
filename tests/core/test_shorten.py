"""Texts are cut before anything costs."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.core.folding import MAX_MARKS, TEXT_CHARACTERS, shorten
from bridge.core.speech import clean

MARKS = "".join(chr(code) for code in range(0x110000) if unicodedata.combining(chr(code)))


def longest_run(text: str) -> int:
    """Of combining marks."""
    longest = run = 0
    for character in text:
        run = run + 1 if unicodedata.combining(character) else 0
        longest = max(longest, run)
    return longest


@given(st.text(max_size=200).filter(lambda text: longest_run(text) <= MAX_MARKS))
def test_a_usual_text_stays_as_it_is(text: str) -> None:
    assert shorten(text) == text


@pytest.mark.parametrize("mark", ["\u0301", "\u0316\u0301", MARKS])
def test_a_run_of_marks_keeps_its_first_thirty(mark: str) -> None:
    marks = (mark * 1000)[:1000]
    assert shorten(f"Nguye{marks}n {marks}") == f"Nguye{marks[:MAX_MARKS]}n {marks[:MAX_MARKS]}"


def test_a_long_text_is_cut_behind_its_blanks() -> None:
    assert shorten("\n" * 250_000 + "Gọi trước khi giao" + " " * 250_000) == "Gọi trước khi giao"
    assert shorten("x" * 1_000_000) == "x" * TEXT_CHARACTERS


def test_what_is_spoken_is_cut_first() -> None:
    assert longest_run(unicodedata.normalize("NFD", clean("a" + "\u0316\u0301" * 200_000))) <= MAX_MARKS
    assert len(clean("b" * 1_000_000)) == TEXT_CHARACTERS
