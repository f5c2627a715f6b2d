"""Compare words as people write them: case, accents, hyphens and the form of Unicode make no difference.

The one function by which names of topics, states, payment methods, document keys and field paths are compared.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

LONGEST = 1000  # a name is shorter; normalisation of a long run of combining marks takes quadratic time

_APART = re.compile(r"[\W_]+")


def fold(text: str) -> str:
    """Return the text in lower case without accents, its words separated by one blank; "" if it holds none.

    "Hủy đơn", "huỷ-đơn" and "HUY_DON" are "huy don", in NFC as in NFD. What follows the first 1,000 characters
    is dropped.
    """
    return _fold(text[:LONGEST])


@lru_cache(maxsize=4096)
def _fold(text: str) -> str:
    plain = unicodedata.normalize("NFKD", text).replace("đ", "d").replace("Đ", "d").casefold()
    # Marks change no word, and invisible format characters (a zero-width space, a byte order mark) separate none.
    kept = (letter for letter in plain if not unicodedata.combining(letter) and unicodedata.category(letter) != "Cf")
    return _APART.sub(" ", "".join(kept)).strip()
