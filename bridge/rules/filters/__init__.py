"""The filters that a rule may use: a value in, a value out.

Every one is our own: those of the Liquid library know no Decimal, and print 1250000.00. A filter that cannot do its
work raises ValueError with a sentence that follows the filter's name and never quotes the value. No I/O, no clock.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date

from bridge.core.model import DEFAULT_ZONE, Json
from bridge.core.phone import read_phone
from bridge.core.speech import clean, code_spell, date_vi, item_list, name_vi, vnd, vnd_words
from bridge.rules.filters import numbers, texts
from bridge.rules.filters.values import is_blank, items_of, number_of, text_of, whole_of


def _spoken(speak: Callable[[str], str | None]) -> Callable[[Json], str | None]:
    return lambda value: None if is_blank(value) else speak(text_of(value)) or None


def _date_vi(value: Json, timezone: Json = None, *, source: Mapping[str, Json]) -> str | None:
    if is_blank(value):
        return None
    if not isinstance(value, str | date):
        raise ValueError("needs a time as ISO 8601, such as 2026-11-05T08:00:00+07:00")
    return date_vi(value, timezone or source.get("timezone") or DEFAULT_ZONE)


def _phone_vn(value: Json, *, source: Mapping[str, Json]) -> str | None:
    return read_phone(value, source.get("country") or "VN").number


# The keyword `source` of a filter is given by the language: the source's time zone and country.
FILTERS: Mapping[str, Callable[..., Json]] = {
    "abs": numbers.absolute,
    "append": texts.append,
    "at_least": numbers.at_least,
    "at_most": numbers.at_most,
    "capitalize": texts.capitalize,
    "ceil": numbers.ceil,
    "clean": _spoken(clean),
    "code_spell": _spoken(code_spell),
    "compact": texts.compact,
    "concat": texts.concat,
    "date_vi": _date_vi,
    "default": texts.default,
    "divided_by": numbers.divided_by,
    "downcase": texts.downcase,
    "first": texts.first,
    "floor": numbers.floor,
    "item_list": lambda value, limit=3: item_list(items_of(value), max(1, whole_of(limit))),
    "join": texts.join,
    "last": texts.last,
    "lstrip": texts.lstrip,
    "map": texts.pick,
    "minus": numbers.minus,
    "modulo": numbers.modulo,
    "name_vi": _spoken(name_vi),
    "phone_vn": _phone_vn,
    "plus": numbers.plus,
    "prepend": texts.prepend,
    "reject": texts.reject,
    "remove": texts.remove,
    "replace": texts.replace,
    "reverse": texts.reverse,
    "round": numbers.round_half_up,
    "rstrip": texts.rstrip,
    "size": texts.size,
    "slice": texts.cut,
    "sort": texts.sort,
    "split": texts.split,
    "strip": texts.strip,
    "strip_newlines": texts.strip_newlines,
    "sum": numbers.add_up,
    "times": numbers.times,
    "truncate": texts.truncate,
    "truncatewords": texts.truncatewords,
    "uniq": texts.uniq,
    "upcase": texts.upcase,
    "vnd": lambda value: vnd(number_of(value)),
    "vnd_words": lambda value: vnd_words(number_of(value)),
    "where": texts.where,
}
