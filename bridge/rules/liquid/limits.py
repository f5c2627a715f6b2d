"""How much work one text of a rule may make.

Liquid counts loops, output and variables, but not what a filter or a comparison does inside a loop. Counted in
characters and items touched, not in seconds, so that the same rule gives the same answer on every machine.
"""

from __future__ import annotations

from collections.abc import Sized

from liquid import RenderContext
from liquid.exceptions import ResourceLimitError

from bridge.core.model import Json

MAX_WORK = 500_000
STEP = 5


def spend(context: RenderContext, *values: Json) -> None:
    """Count these values against the text being rendered; raises ResourceLimitError when it has done too much."""
    cost = STEP + sum(len(value) for value in values if isinstance(value, Sized))
    context.tag_namespace["work"] = context.tag_namespace.get("work", 0) + cost
    if context.tag_namespace["work"] > MAX_WORK:
        raise ResourceLimitError("this text makes too much work", token=None)
