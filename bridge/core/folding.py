"""Texts as people write them, cut to a size that costs little, and compared: `shorten` and `fold`. Pure.

A stranger's text is shortened before it is normalised, searched or said: normalisation takes quadratic time over a run
of combining marks, with the interpreter's lock held, so that one order of 1 MB would stop all others for minutes.
"""

from __future__ import annotations

import re
import unicodedata
from functools import cache, lru_cache

TEXT_CHARACTERS = 4_000  # characters of one text; a call says 5,000 at most
MAX_ENTRIES = 1_000  # of one list or object
MAX_VALUES = 50_000  # of one document, as an order of nearly 1 MB holds them
MAX_MARKS = 30  # in a row: stream-safe text (Unicode Standard Annex 15, section 13)
FOLDED_CHARACTERS = 1000  # a name is shorter; normalisation of a long run of combining marks takes quadratic time

_MARKS = range(0x300, 0x1E94B)  # the code points among which all combining marks are
_APART = re.compile(r"[\W_]+")


def shorten(text: str) -> str:
    """Return the text cut to TEXT_CHARACTERS characters, and each run of combining marks in it to MAX_MARKS.

    Of a longer text the blanks around it do not count.
    """
    if len(text) > TEXT_CHARACTERS:
        text = text.strip()[:TEXT_CHARACTERS]
    return text if len(text) <= MAX_MARKS or text.isascii() else _long_runs().sub(r"\1", text)


@cache
def _long_runs() -> re.Pattern[str]:
    """More marks in a row than MAX_MARKS, the first of them as a group."""
    marks = "".join(chr(code) for code in _MARKS if unicodedata.combining(chr(code)))
    return re.compile(f"([{marks}]{{{MAX_MARKS}}})[{marks}]+")


def fold(text: str) -> str:
    """Return the text in lower case without accents, its words separated by one blank; "" if it holds none.

    By it names of topics, states, payment methods, document keys and field paths are compared: case, accents, hyphens
    and the form of Unicode make no difference.

    "Hủy đơn", "huỷ-đơn" and "HUY_DON" are "huy don", in NFC as in NFD. What follows the first 1,000 characters
    is dropped.
    """
    return _fold(text[:FOLDED_CHARACTERS])


@lru_cache(maxsize=4096)
def _fold(text: str) -> str:
    plain = unicodedata.normalize("NFKD", text).replace("đ", "d").replace("Đ", "d").casefold()
    # Marks change no word, and invisible format characters (a zero-width space, a byte order mark) separate none.
    kept = (letter for letter in plain if not unicodedata.combining(letter) and unicodedata.category(letter) != "Cf")
    return _APART.sub(" ", "".join(kept)).strip()
