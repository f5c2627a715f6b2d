"""What can be found wrong in a text once the shape of its documents is known: paths, kinds, numbers with separators.

Nothing here stops a rule from running: a flaw is what `check` reports of it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from liquid import RenderContext, Token
from liquid.ast import Node
from liquid.builtin.expressions import FilteredExpression, LoopExpression, Path, PositionalArgument, StringLiteral
from liquid.builtin.expressions.filtered import Filter
from liquid.builtin.expressions.primitive import (
    Blank,
    Empty,
    FalseLiteral,
    FloatLiteral,
    IntegerLiteral,
    Nil,
    TrueLiteral,
)
from liquid.builtin.output import OutputNode
from liquid.builtin.tags.assign_tag import AssignNode
from liquid.builtin.tags.capture_tag import CaptureNode
from liquid.builtin.tags.for_tag import ForNode
from liquid.expression import Expression

from bridge.core.vietnamese.regions import find_region
from bridge.rules.filters import FILTERS
from bridge.rules.liquid.conditions import ORDERED, Comparison
from bridge.rules.liquid.environment import NOTHING
from bridge.rules.names import nearest
from bridge.rules.shapes import ANY, Kind, Shape, suggest

# 500.000 is 500 to a program, and half a million to a Vietnamese reader.
GROUPED = re.compile(r"[1-9]\d{0,2}(?:\.\d{3})+")
NUMBER = re.compile(r"-?\d[\d.,]*")
# Filters that give the list back, or a part of it, and those whose first value names a field of the items.
SAME_LIST = frozenset(["where", "reject", "sort", "uniq", "compact", "reverse", "concat", "slice"])
BY_FIELD = frozenset(["map", "where", "reject", "sort", "sum", "uniq", "compact"])
TEXT, NUMERIC, BOOLEAN = Shape("text"), Shape("number"), Shape("boolean")
LITERALS: Mapping[type[Expression], Shape] = {
    StringLiteral: TEXT,
    IntegerLiteral: NUMERIC,
    FloatLiteral: NUMERIC,
    TrueLiteral: BOOLEAN,
    FalseLiteral: BOOLEAN,
}


@dataclass(frozen=True)
class Flaw:
    """What is wrong, or doubtful, at a token of a text."""

    problem: str
    token: Token
    warning: bool = False


MANY = 20  # orders; a path that none of so many has is a mistake, and not a field that few have


@dataclass(frozen=True)
class Names:
    """What a walk knows beside the text: how people name a path elsewhere, and whose samples these are.

    looked_at   how many stored orders of each source are among the samples
    documented  the shape of the platforms' own documents
    """

    aliases: Mapping[str, str]
    samples: str = ""
    looked_at: int = 0
    documented: Shape = ANY


class Walk:
    """One walk through the expressions of a text, in the order in which they are evaluated."""

    def __init__(self, root: Shape, names: Names) -> None:
        self.root = root
        self.names = names
        self.scope: dict[str, Shape] = dict(root.fields)
        self.flaws: list[Flaw] = []

    def nodes(self, nodes: Iterable[Node]) -> None:
        for node in nodes:
            self._node(node)

    def _node(self, node: Node) -> None:
        if isinstance(node, AssignNode):
            self.scope[str(node.name)] = self.kind_of(node.expression)
            return
        if isinstance(node, CaptureNode):
            self.nodes(node.children(RenderContext(NOTHING)))
            self.scope[str(node.name)] = TEXT
            return
        if isinstance(node, ForNode):
            self._loop(node)
            return
        shapes = [self.kind_of(expression) for expression in node.expressions()]
        if isinstance(node, OutputNode):
            self._output(shapes[0], node)
        self.nodes(node.children(RenderContext(NOTHING)))

    def _loop(self, node: ForNode) -> None:
        expression: LoopExpression = node.expression
        over, name = self.kind_of(expression.iterable), expression.identifier
        if over.kind in ("text", "number", "boolean"):
            self._flaw(
                f"{expression.iterable} is {over.describe()}, and a loop wants a list", expression.iterable.token
            )
        before = dict(self.scope)
        self.scope |= {name: over.item or ANY if over.kind == "list" else ANY, "forloop": ANY}
        self.nodes(node.children(RenderContext(NOTHING)))
        self.scope = before | {key: shape for key, shape in self.scope.items() if key not in (name, "forloop")}

    def _output(self, shape: Shape, node: OutputNode) -> None:
        of_groups = shape.kind == "list" and shape.item is not None and shape.item.kind in ("group", "list")
        if shape.kind == "group" or of_groups:
            what = "a list of groups" if of_groups else "a group of fields"
            known = ", ".join((shape.item or ANY).fields if of_groups else shape.fields)
            self._flaw(f"{node.expression} is {what} and cannot be said; name one of {known}", node.expression.token)

    def kind_of(self, expression: Expression) -> Shape:
        """What the expression gives, with every flaw within it noted."""
        if isinstance(expression, Path):
            return self._path(expression)
        if isinstance(expression, FloatLiteral) and GROUPED.fullmatch(expression.token.value):
            whole = expression.token.value.replace(".", "")
            self._flaw(f"write {whole}: a point stands before decimals here, not between thousands", expression.token)
        if isinstance(expression, FilteredExpression):
            shape = self.kind_of(expression.left)
            for used in expression.filters or ():
                shape = self._filtered(shape, used, expression)
            return shape
        shapes = [self.kind_of(part) for part in expression.children()]
        if isinstance(expression, Comparison):
            self._comparison(expression, *shapes)
            return BOOLEAN
        return next((shape for kind, shape in LITERALS.items() if isinstance(expression, kind)), ANY)

    def _path(self, path: Path) -> Shape:
        shape, name = self.scope.get(str(path.path[0]), ANY), str(path.path[0])
        for step in path.path[1:]:
            if isinstance(step, Path):
                self._path(step)
                inner: Shape | None = shape.item if shape.kind == "list" else ANY
            elif isinstance(step, int):
                inner = shape.item if shape.kind == "list" else ANY
            else:
                inner = _step(shape, step)
                name = f"{name}.{step}"
            if inner is None:
                self._unknown(path, name, shape)
                return ANY
            shape = inner
        if not shape.filled:
            self._flaw(f"{name} is blank in the sample orders of {self.names.samples}", path.token, warning=True)
        return shape

    def _unknown(self, path: Path, name: str, shape: Shape) -> None:
        if shape.kind not in ("group", "any"):
            parent = name.rpartition(".")[0]
            self._flaw(f"{parent} is {shape.describe()} and has no fields", path.token)
            return
        root = str(path.path[0])
        whole = ".".join(str(step) for step in path.path if not isinstance(step, int))
        if root == "raw" and not shape.closed:
            near = nearest(name.rpartition(".")[2], shape.fields, 0.8)
            has_many = self.names.looked_at >= MANY
            among = f"none of the newest {self.names.looked_at} orders has" if has_many else f"{self._no_sample()} has"
            is_warning = not has_many or _knows(self.names.documented, name.split(".")[1:])
            self._flaw(f"{among} {name}{near}", path.token, warning=is_warning)
            return
        if root in self.root.fields:
            found = suggest(whole, self.root, self.names.aliases)
            self._flaw(f"there is no {name}{f'; did you mean {found}?' if found else ''}", path.token)
            return
        self._flaw(f"there is no {name}{nearest(name.rpartition('.')[2], shape.fields)}", path.token)

    def _no_sample(self) -> str:
        return f"no sample order of {self.names.samples}"

    def _filtered(self, shape: Shape, used: Filter, expression: FilteredExpression) -> Shape:
        for argument in used.args:
            self.kind_of(argument.value)
        each = FILTERS[used.name]
        if each.takes == "number" and shape.kind not in ("any", "number"):
            by = f"; write {expression.left} | number | {used.name}" if shape.kind == "text" else ""
            problem = f"the filter {used.name} needs a number, and what comes before it is {shape.describe()}{by}"
            self._flaw(problem, used.token)
        item = shape.item if shape.kind == "list" and shape.item is not None else ANY
        if used.name in BY_FIELD and used.args and isinstance(used.args[0], PositionalArgument):
            field = self._item_field(item, used, expression)
            if used.name == "map":
                return Shape("list", item=field)
            if used.name == "sum" and field.kind not in ("any", "number"):
                self._flaw(f"the filter sum needs numbers, and the field is {field.describe()}", used.token)
        if used.name in SAME_LIST:
            return shape if shape.kind == "list" else ANY
        if used.name in ("first", "last"):
            return item
        made: Mapping[str, Kind] = {"number": "number", "list": "list", "text": "text", "words": "text"}
        return Shape(made[each.returns]) if each.returns in made else ANY

    def _item_field(self, item: Shape, used: Filter, expression: FilteredExpression) -> Shape:
        """The field of the items that the filter's first value names."""
        named = used.args[0].value
        if not isinstance(named, StringLiteral) or item.kind != "group":
            return ANY
        found = item.fields.get(named.value)
        if found is None:
            is_raw = not item.closed
            near = nearest(named.value, item.fields) or f"; they have {', '.join(item.fields)}"
            self._flaw(f"no item of {expression.left} has {named.value}{near}", named.token, warning=is_raw)
        return found or ANY

    def _comparison(self, comparison: Comparison, left: Shape, right: Shape) -> None:
        sign = comparison.token.value
        if isinstance(comparison.left, Blank | Empty | Nil) or isinstance(comparison.right, Blank | Empty | Nil):
            return
        if sign == "contains":
            if left.kind in ("number", "boolean"):
                self._flaw(
                    f"{comparison.left} is {left.describe()}: contains looks into a text or a list", comparison.token
                )
            return
        self._word(comparison.left, left, comparison.right)
        self._word(comparison.right, right, comparison.left)
        if "any" in (left.kind, right.kind):
            return
        if left.kind != right.kind:
            hint = _hint(comparison, left, right)
            kinds = f"{comparison.left} is {left.describe()} and {comparison.right} {right.describe()}"
            self._flaw(f"{kinds}: `{sign}` never holds between them{hint}", comparison.token)
        elif sign in ORDERED and left.kind not in ("number", "text"):
            self._flaw(f"{comparison.left} is {left.describe()}: `{sign}` compares numbers or texts", comparison.token)

    def _word(self, path: Expression, shape: Shape, literal: Expression) -> None:
        if shape.words and isinstance(literal, StringLiteral) and literal.value not in shape.words:
            region = find_region(literal.value)
            near = f"; did you mean {region}?" if region in shape.words else nearest(literal.value, shape.words)
            near = near or f"; it is one of {', '.join(sorted(shape.words))}"
            self._flaw(f"{path} is never '{literal.value}'{near}", literal.token)

    def _flaw(self, problem: str, token: Token, *, warning: bool = False) -> None:
        self.flaws.append(Flaw(problem, token, warning))


def _step(shape: Shape, name: str) -> Shape | None:
    """What stands under this name, None where nothing can."""
    if shape.kind == "any":
        return ANY
    if name in shape.fields:
        return shape.fields[name]
    if name == "size" and shape.kind in ("text", "list", "group"):
        return NUMERIC
    if name in ("first", "last") and shape.kind == "list":
        return shape.item or ANY
    return None


def _hint(comparison: Comparison, left: Shape, right: Shape) -> str:
    path, literal = (comparison.left, comparison.right)
    shape = left
    if not isinstance(path, Path):
        path, literal, shape = literal, path, right
    if shape.kind == "boolean":
        return f"; write {path} alone, or not {path}"
    if shape.kind == "list":
        return f"; write {path} contains {literal}"
    if shape.kind == "number" and isinstance(literal, StringLiteral) and NUMBER.fullmatch(literal.value):
        return f"; write {re.sub('[.,]', '', literal.value)} without quotes"
    if shape.kind == "text" and isinstance(literal, IntegerLiteral):
        if isinstance(path, Path) and path.path[0] == "raw":
            return "; raw holds such amounts as text, order.total is a number"
        return f"; write '{literal}' in quotes"
    return ""


def _knows(shape: Shape, steps: list[str]) -> bool:
    """Whether the shape has a field at these steps; those of a list's entries count as its own."""
    for step in steps:
        shape = shape.item or ANY if shape.kind == "list" else shape
        inner = shape.fields.get(step)
        if inner is None:
            return False
        shape = inner
    return True
