"""What a compiled rule cannot mean, whatever order comes: for `check`, and never in the way of a call. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from bridge.core.model import Json
from bridge.rules.filters import FILTERS
from bridge.rules.liquid import Script, find_flaws, place_of
from bridge.rules.liquid.kinds import Names
from bridge.rules.mapping import Value
from bridge.rules.rule import Rule
from bridge.rules.shapes import Shape

__all__ = ["Names", "RuleFlaw", "rule_flaws"]


@dataclass(frozen=True)
class RuleFlaw:
    """What is wrong at a field of a rule: "when", "to[1]", "datas.total.from"; line and column inside its text.

    vietnamese   the problem in Vietnamese, where it is not put together from the clauses of `check`
    """

    where: str
    problem: str
    line: int = 0
    column: int = 0
    warning: bool = False
    vietnamese: str | None = None


def rule_flaws(rule: Rule, root: Shape, names: Names) -> Iterator[RuleFlaw]:
    """Each flaw of a rule about documents of this shape, in the order of its fields."""
    if rule.when is not None:
        yield from _of_script(rule.when.script, "when", root, names)
    yield from _of_paths(rule.to.scripts, rule.document.get("to"), "to", root, names)
    for key, value in rule.datas.items():
        yield from _of_value(value, rule.document["datas"][key], f"datas.{key}", root, names)
    if isinstance(rule.once_per, Value):
        yield from _of_value(rule.once_per, rule.document.get("once_per"), "once_per", root, names)
        if not any(script.reads for script in rule.once_per.scripts):
            problem = 'reads nothing of the order, so the rule rings once in all; write for example "{{ customer.id }}"'
            yield RuleFlaw("once_per", problem, warning=True)


def _of_value(value: Value, spec: Json, where: str, root: Shape, names: Names) -> Iterator[RuleFlaw]:
    if not isinstance(spec, Mapping):
        for script in value.scripts:
            yield from _of_script(script, where, root, names)
        return
    yield from _of_paths(value.scripts, spec.get("from"), f"{where}.from", root, names)
    first = next(iter(value.formats), None)
    shapes = [find_flaws(script, root, names)[1] for script in value.scripts]
    if first is None or FILTERS[first].takes != "number":
        return
    for shape, script in zip(shapes, value.scripts, strict=True):
        if shape.kind not in ("any", "number"):
            by = f"; write format: [number, {first}]" if shape.kind == "text" else ""
            problem = f"the filter {first} needs a number, and {script.only} is {shape.describe()}{by}"
            yield RuleFlaw(f"{where}.format", problem)


def _of_paths(scripts: tuple[Script, ...], spec: Json, where: str, root: Shape, names: Names) -> Iterator[RuleFlaw]:
    """Of the paths in a list, each by its place; of those that stand by default, none.

    A path that a sample leaves blank is no matter where another of the list has a value.
    """
    if spec is None:
        return
    is_served = any(find_flaws(script, root, names)[1].filled for script in scripts)
    for n, script in enumerate(scripts):
        for flaw in _of_script(script, f"{where}[{n}]" if isinstance(spec, list) else where, root, names):
            if not (flaw.warning and is_served):
                yield flaw


def _of_script(script: Script, where: str, root: Shape, names: Names) -> Iterator[RuleFlaw]:
    for flaw in find_flaws(script, root, names)[0]:
        line, column = place_of(flaw.token)
        yield RuleFlaw(where, flaw.problem, line, column, flaw.warning)
