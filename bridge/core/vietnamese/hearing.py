"""What a buyer hears of a template: its text with the variables put in, how long that takes, and what would jar.

Lengths are estimates: Vietnamese is spoken in syllables of nearly one length, each written as a word. Pure.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from math import ceil

from bridge.core.markup import plain_text
from bridge.core.model import Json
from bridge.core.vietnamese.abbreviations import is_acronym

# Announcers read about 240 to 270 syllables a minute; a voice on the phone is slower.
SYLLABLES_PER_SECOND = 4.0
LONGEST_SECONDS = 45
MOST_ITEMS = 5
COMMA_SECONDS, STOP_SECONDS = 0.25, 0.5
_SPANS = {"1m": 60, "6s": 6}

VARIABLE = re.compile(r"\{\{?\s*(\w+)\s*\}?\}")
# A small number is read well, as in "ngày 5 tháng 11" and "2 áo len"; an amount, a phone and a year are not for sure.
_DIGITS = re.compile(r"\d[\d.,]{2,}")
_MARKUP = re.compile(r"https?://|[<>{}\[\]|*_]|&\w+;")
_DOUBLED_DONG = re.compile(r"đồng[\s,.]*(?:đồng|vnđ|vnd|₫|đ)(?!\w)", re.IGNORECASE)


@dataclass(frozen=True)
class Rate:
    """What VBot takes for a call: `price` in dong for each started span of `seconds`."""

    price: int
    seconds: int


@dataclass(frozen=True)
class Flaw:
    """What would jar. `code` is a reason code, `facts` fill its sentence; a value is never among them."""

    code: str
    facts: Mapping[str, Json]


@dataclass(frozen=True, repr=False)
class Heard:
    """What the buyer hears. `flaws` in the order of `FLAWS`."""

    text: str
    syllables: int
    seconds: float
    flaws: tuple[Flaw, ...]


def hear(
    content: str | None,
    datas: Mapping[str, Json],
    *,
    speed: float = SYLLABLES_PER_SECOND,
    longest: float = LONGEST_SECONDS,
) -> Heard:
    """The template's text with these variables; without a text the variables alone, one after the other.

    Units   `speed` syllables in a second, `longest` seconds
    """
    text = _put_in(content, datas) if content else ", ".join(str(value) for value in datas.values())
    syllables = len(re.findall(r"\w+", text))
    seconds = syllables / speed + COMMA_SECONDS * len(re.findall(r"[,;:]", text)) + STOP_SECONDS * len(_stops(text))
    flaws = (*_of_variables(content, datas), *_of_text(text, datas), *_of_length(seconds, longest))
    return Heard(text, syllables, round(seconds, 1), flaws)


def read_rate(reports: Mapping[str, Json]) -> Rate | None:
    """The rate that `reports:` of the configuration gives."""
    rate = reports.get("rate")
    return Rate(rate["price"], _SPANS[rate["per"]]) if rate else None


def cost(seconds: float, rate: Rate) -> int:
    """What a call of this length costs, in dong."""
    return ceil(max(seconds, 0.1) / rate.seconds) * rate.price


def _put_in(content: str, datas: Mapping[str, Json]) -> str:
    said = VARIABLE.sub(lambda found: str(datas.get(found[1], "")), content)
    return " ".join(said.split())


def _stops(text: str) -> list[str]:
    return re.findall(r"[.!?…](?=\s|$)", text)


def _of_variables(content: str | None, datas: Mapping[str, Json]) -> Iterator[Flaw]:
    named = VARIABLE.findall(content or "")
    for name in dict.fromkeys([*named, *datas]):
        if str(datas.get(name, "")).strip() == "":
            yield Flaw("heard_empty", {"field": name})
        elif content and name not in named:
            yield Flaw("heard_unused", {"field": name})


def _of_text(text: str, datas: Mapping[str, Json]) -> Iterator[Flaw]:
    for name, value in datas.items():
        said = str(value)
        if any(map(_is_code, said.split())):
            yield Flaw("heard_code", {"field": name})
        elif _DIGITS.search(said):
            yield Flaw("heard_digits", {"field": name})
        if said.count(",") + said.count(";") >= MOST_ITEMS:
            yield Flaw("heard_long_list", {"field": name})
    if _MARKUP.search(text) or plain_text(text) != text:
        yield Flaw("heard_markup", {})
    if _DOUBLED_DONG.search(text):
        yield Flaw("heard_doubled_dong", {})


def _is_code(word: str) -> bool:
    """Whether a voice has no word to read: letters and digits in one, or capitals that make no syllable."""
    bare = word.strip(",.;:!?()\"'")
    mixed = any(char.isdigit() for char in bare) and any(char.isalpha() for char in bare)
    return mixed or (len(bare) > 2 and is_acronym(bare))


def _of_length(seconds: float, longest: float) -> Iterator[Flaw]:
    if seconds > longest:
        yield Flaw("heard_too_long", {"detail": f"{seconds:.0f} s > {longest:g} s"})
