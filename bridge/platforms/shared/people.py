"""Names, phones and addresses of buyers, as people say them."""

from __future__ import annotations

import re
from collections.abc import Iterable

from bridge.core.model import Json, Source
from bridge.core.phone_names import is_phone_name
from bridge.platforms.shared.values import each_line, find_text

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


def given_phones(*candidates: str | None) -> tuple[str, ...]:
    """The buyer's numbers as given, each once, in their order."""
    return tuple(dict.fromkeys(text for text in candidates if text))


def first_phone(phones: Iterable[str], source: Source) -> str | None:
    """The first that can be dialled in the source's country, as given; else the first at all, which shows why not."""
    from bridge.core.phone import choose_phone  # noqa: PLC0415  the number plan takes long to load

    return choose_phone(phones, source.country).given


def find_phones_named(document: Json, source: Source, *path: str | int, name: str = "name") -> list[str | None]:
    """The values of those attributes in the list at this path whose name means the buyer's phone.

    name   the key of an attribute's name; the value of any other attribute may be whatever a plug-in keeps there
    """
    more = source.settings.get("phone_names", ())
    attributes = (one for _, one in each_line(document, *path) if is_phone_name(find_text(one, name), more))
    return [find_text(one, "value") for one in attributes]


def join_address(*parts: str | None) -> str | None:
    """The address in one line: no part twice, no number of an area."""
    named = dict.fromkeys(part for part in parts if part and not _AREA_NUMBER.fullmatch(part))
    return ", ".join(named) or None
