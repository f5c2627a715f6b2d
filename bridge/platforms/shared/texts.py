"""Where the parts of a sound JSON text stand, so that a shop's own bytes are kept as it wrote them."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

_BLANK = re.compile(r"[ \t\n\r]*")


def members(text: str, start: int) -> Iterator[tuple[str, int]]:
    """Each member of the object that begins here: its name, and where its value begins. The text is sound."""
    decoder, at = json.JSONDecoder(), start + 1
    while text[at := skip_blanks(text, at)] != "}":
        name, at = decoder.raw_decode(text, at)
        at = skip_blanks(text, skip_blanks(text, at) + 1)
        yield name, at
        at = skip_blanks(text, decoder.raw_decode(text, at)[1])
        at += text[at] == ","


def entries(text: str, start: int) -> Iterator[str]:
    """The text of each entry of the list that begins here. The text is sound."""
    decoder, at = json.JSONDecoder(), start + 1
    while text[at := skip_blanks(text, at)] != "]":
        end = decoder.raw_decode(text, at)[1]
        yield text[at:end]
        at = skip_blanks(text, end)
        at += text[at] == ","


def skip_blanks(text: str, at: int) -> int:
    """Where the next character stands that is no blank, at this place or behind it."""
    found = _BLANK.match(text, at)
    return found.end() if found else at
