"""What a value of a document is to a rule: text, number, list, blank, equal.

Every refusal is a ValueError with a sentence that never quotes the value.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal
from itertools import islice

from bridge.core.model import Json
from bridge.core.speech import clean


class Unfit(ValueError):
    """A value that cannot be worked on. `reason` is the code of the sentence for a shopkeeper, `facts` fill it."""

    def __init__(self, problem: str, reason: str, **facts: str) -> None:
        super().__init__(problem)
        self.reason = reason
        self.facts = facts


# Far above any order; below it no filter can be made to fill the memory or the minute.
MAX_TEXT = 50_000
MAX_LIST = 5_000
MAX_DIGITS = 100


def text_of(value: Json) -> str:
    """The value as text for the ear: whole amounts without decimals, others with a comma, as Vietnamese writes them;
    true and false as such, null as nothing."""
    if value is None:
        return ""
    if isinstance(value, str):
        return short(value).encode("utf-8", "ignore").decode()  # half a surrogate pair cannot be sent
    if isinstance(value, bool):
        return "true" if value else "false"
    if is_number(value):
        return number_text(number_of(value)).replace(".", ",")
    if isinstance(value, list | tuple) and not any(isinstance(part, Mapping | list | tuple) for part in value):
        return short("".join(text_of(part) for part in items_of(value)))
    raise Unfit("cannot say a group or a list of fields; name one field of it", "mapping_group")


def short(text: str) -> str:
    if len(text) > MAX_TEXT:
        raise ValueError(f"works on texts of at most {MAX_TEXT} characters")
    return text


def number_text(number: Decimal) -> str:
    """The number as programs write it, without an exponent."""
    return str(int(number)) if number == number.to_integral_value() else f"{number:f}"


def number_of(value: Json) -> Decimal:
    """The value as an exact number; blank, text and truth values are refused."""
    if is_blank(value):
        raise Unfit("needs a number, and the value is blank", "mapping_blank")
    if not is_number(value):
        raise Unfit(
            "needs a number, and the value is not one; order.total is a number, and an amount that raw holds as text "
            "is made one by the filter number",
            "mapping_not_number",
        )
    number = Decimal(repr(value)) if isinstance(value, float) else Decimal(value)
    if not number.is_finite() or abs(number.adjusted()) > MAX_DIGITS or len(number.as_tuple().digits) > MAX_DIGITS:
        raise ValueError(f"needs a number of at most {MAX_DIGITS} digits")
    return number


def is_number(value: Json) -> bool:
    return isinstance(value, int | float | Decimal) and not isinstance(value, bool)


def whole_of(value: Json) -> int:
    """A count or a position, cut to what any text here can have."""
    number = number_of(value)
    if number != number.to_integral_value():
        raise ValueError("needs whole numbers after the colon")
    return int(max(Decimal(-MAX_TEXT), min(Decimal(MAX_TEXT), number)))


def items_of(value: Json) -> list[Json]:
    """A list: nothing is an empty one, a single value a list of one, lists inside are opened, as in Liquid."""
    if value is None:
        return []
    if not isinstance(value, list | tuple):
        return [value]
    items = list(islice(_opened(value), MAX_LIST + 1))
    if len(items) > MAX_LIST:
        raise ValueError(f"works on at most {MAX_LIST} values")
    return items


def _opened(values: Iterable[Json]) -> Iterable[Json]:
    for value in values:
        if isinstance(value, list | tuple):
            yield from _opened(value)
        else:
            yield value


def field_of(item: Json, key: Json) -> Json:
    """The field of a group; null where there is none."""
    return item.get(key) if isinstance(item, Mapping) and isinstance(key, str) else None


def is_blank(value: Json) -> bool:
    """Null, a text without a visible character, or an empty list or group."""
    if isinstance(value, str):
        return not value or (len(value) <= MAX_TEXT and not clean(value))
    return value is None or (isinstance(value, Mapping | list | tuple) and not value)


def same(left: Json, right: Json) -> bool:
    """Equality as a rule means it: true is not 1, and a text is never a number."""
    return isinstance(left, bool) == isinstance(right, bool) and bool(left == right)
