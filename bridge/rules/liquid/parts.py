"""Which parts of a condition are not so, each as it is written, with the values that decided."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from liquid import RenderContext
from liquid.builtin.expressions import Path
from liquid.expression import Expression

from bridge.core.folding import fold
from bridge.core.model import Json
from bridge.rules.filters.values import is_number, number_of
from bridge.rules.liquid.conditions import Comparison, Joined, Negated, Truth, plain

HIDDEN = "…"
MOST_PARTS = 20
PART_CHARACTERS = 60
# A text below such a name may tell who the buyer is; amounts, states and marks do not.
_PERSONAL = re.compile(r"\b(name|phone|tel|mobile|mail|address|street|ward|note|notes|message|contact|zalo|ip)\b")
_PEOPLE = ("customer", "shipping", "billing")
_PHONE = re.compile(r"\d[\d .-]{5,}\d")


@dataclass(frozen=True, repr=False)
class PathValue:
    """What a path was: a number, a truth, a text, a list (then `value` counts its items), or nothing.

    `value` is a text that may be stored and shown: of what may tell who the buyer is, only `…`.
    """

    path: str
    kind: Literal["number", "truth", "text", "list", "nothing"]
    value: str


@dataclass(frozen=True, repr=False)
class Part:
    """A part of a condition, as it is written, and what each of its paths was."""

    text: str
    values: tuple[PathValue, ...]


def find_unmet(only: Expression, context: RenderContext) -> list[Part]:
    """The parts for which a condition that is false is false, at most 20."""
    found = []
    for expression in _unmet(only, context):
        paths = {str(path): path for path in _paths(expression)}
        found.append(Part(_written(expression), tuple(_value(path, context) for path in paths.values())))
        if len(found) == MOST_PARTS:
            break
    return found


def _unmet(expression: Expression, context: RenderContext) -> Iterator[Expression]:
    """Of parts with `and` those that are false; of parts with `or`, that are all false, all."""
    if not isinstance(expression, Joined):
        yield expression
        return
    for part in expression.parts:
        if expression.join is any or _is_false(part, context):
            yield from _unmet(part, context)


def _is_false(part: Expression, context: RenderContext) -> bool:
    try:
        return not part.evaluate(context)
    except Exception:
        return False  # behind the part that decided: nothing has compared its kinds


def _paths(expression: Expression) -> Iterator[Path]:
    if isinstance(expression, Path):
        yield expression
    for child in expression.children():
        yield from _paths(child)


def _written(expression: Expression) -> str:
    if isinstance(expression, Joined):
        sign = " or " if expression.join is any else " and "
        return sign.join(_in_parentheses(part) for part in expression.parts)
    if isinstance(expression, Negated):
        return f"not {_in_parentheses(expression.part)}"
    if isinstance(expression, Comparison):
        return f"{_written(expression.left)} {expression.token.value} {_written(expression.right)}"
    if isinstance(expression, Truth):
        return _written(expression.value)
    return str(expression) or str(expression.token.value)


def _in_parentheses(part: Expression) -> str:
    return f"({_written(part)})" if isinstance(part, Joined) else _written(part)


def _value(path: Path, context: RenderContext) -> PathValue:
    written, value = str(path), plain(path.evaluate(context))
    if value is None:
        return PathValue(written, "nothing", "")
    if isinstance(value, bool):
        return PathValue(written, "truth", str(value).lower())
    if isinstance(value, Mapping | list | tuple):
        return PathValue(written, "list", str(len(value)))
    if is_number(value) and not _is_personal(written):
        number = number_of(value)
        whole = number == number.to_integral_value() and abs(number) < Decimal(10) ** 18
        return PathValue(written, "number", str(int(number)) if whole else str(number))
    return PathValue(written, "text", HIDDEN if _is_personal(written) else _shown(str(value)))


def _shown(text: str) -> str:
    """A free text's beginning, without what may be a phone or an account."""
    return _PHONE.sub(HIDDEN, text)[:PART_CHARACTERS]


def _is_personal(path: str) -> bool:
    folded = fold(re.sub(r"(?<=[a-z])(?=[A-Z])", "_", path))
    return path.startswith(_PEOPLE) or _PERSONAL.search(folded) is not None


def as_facts(parts: list[Part]) -> list[Json]:
    """The parts as a decision keeps them: [{text, values: [{path, kind, value}]}]."""
    return [
        {
            "text": part.text,
            "values": [{"path": one.path, "kind": one.kind, "value": one.value} for one in part.values],
        }
        for part in parts
    ]
