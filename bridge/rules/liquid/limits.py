"""How much work one text of a rule may make.

Liquid counts loops, output and variables, but not what a filter or a comparison does inside a loop. Counted in
characters and values touched, not in seconds, so that the same rule gives the same answer on every machine.
"""

from __future__ import annotations

from collections.abc import Sized

from liquid import RenderContext
from liquid.exceptions import ResourceLimitError

from bridge.core.model import Json

MAX_WORK = 500_000
STEP = 5


def spend(context: RenderContext, *values: Json, weight: int = 1) -> None:
    """Count these values, with all that they hold, against the text being rendered.

    `weight`: what is done with each character of a text, or each item of a list, in plain steps.
    Errors   ResourceLimitError when the text has done too much
    """
    outer = sum(len(value) for value in values if isinstance(value, Sized)) if weight > 1 else 0
    work = context.tag_namespace.get("work", 0) + STEP + _size(values) + (weight - 1) * outer
    context.tag_namespace["work"] = work
    if work > MAX_WORK:
        raise ResourceLimitError("this text makes too much work", token=None)


def _size(values: tuple[Json, ...]) -> int:
    """Characters and values, those inside lists and groups too, at any depth; no more than what passes the limit."""
    found, groups = 0, [values]
    while groups and found <= MAX_WORK:
        group = groups.pop()
        found += len(group)
        for value in group:
            kind = type(value)  # documents hold plain kinds, and asking for more costs five times as much
            if kind is str or kind is range:
                found += len(value)
            elif kind is dict:
                groups.append(tuple(value.values()))
            elif kind is list or kind is tuple:
                groups.append(value)
    return found
