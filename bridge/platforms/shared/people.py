"""Names, phones and addresses of buyers, as people say them."""

from __future__ import annotations

import re
from collections.abc import Iterable

# Some Vietnamese extensions write the number of an area ("79TTT", "26734") where its name belongs.
_AREA_NUMBER = re.compile(r"[0-9]{2,6}[A-Z]{0,3}")


def spoken_name(first: str | None, last: str | None, whole: str | None, country: str | None) -> str | None:
    """The name in spoken order: the family name first in Vietnam, last elsewhere.

    `whole` serves only where the parts are blank: shops compose it first name first, in every country.
    """
    parts = [part for part in (first, last) if part and part.strip(".-_ ")]
    if len(parts) == 2 and parts[0] == parts[1]:
        parts.pop()
    if (country or "").upper() == "VN":
        parts.reverse()
    return " ".join(parts) or whole


def first_phone(candidates: Iterable[str | None]) -> str | None:
    """The first text with a digit, as given; else the first text at all, so that a person sees what stood there."""
    found = [text for text in candidates if text]
    return next((text for text in found if any(character.isdigit() for character in text)), next(iter(found), None))


def join_address(*parts: str | None) -> str | None:
    """The address in one line: no part twice, no number of an area."""
    named = dict.fromkeys(part for part in parts if part and not _AREA_NUMBER.fullmatch(part))
    return ", ".join(named) or None
