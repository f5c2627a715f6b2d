"""Conditions: what stands in `when`, in `{% if %}` and in `{% unless %}`.

Liquid's own reader takes `not a and b` as not (a and b), `a and b or c` as a and (b or c), a text >= a number as
false, and null as not blank. Here `not` holds its neighbour only, a mix that can be read in two ways wants
parentheses, unlike kinds are an error, and null is blank.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping
from typing import Any

from liquid import Environment, RenderContext, Token, TokenStream
from liquid.ast import BlockNode, ConditionalBlockNode, Node
from liquid.builtin.expressions import parse_primitive
from liquid.builtin.expressions.primitive import Blank, Empty
from liquid.builtin.tags.case_tag import CaseTag, MultiExpressionBlockNode
from liquid.builtin.tags.if_tag import IfNode, IfTag
from liquid.builtin.tags.unless_tag import UnlessNode, UnlessTag
from liquid.exceptions import LiquidSyntaxError, LiquidTypeError
from liquid.expression import Expression
from liquid.parser import get_parser
from liquid.token import TOKEN_EXPRESSION, TOKEN_TAG
from liquid.undefined import is_undefined

from bridge.core.model import Json
from bridge.rules.filters.values import is_blank, is_number, number_of, same, text_of
from bridge.rules.liquid.limits import spend

MAX_DEPTH = 20
ORDERED: Mapping[str, Callable[[Any, Any], bool]] = {
    "<": operator.lt,
    ">": operator.gt,
    "<=": operator.le,
    ">=": operator.ge,
}
SIGNS = frozenset(["==", "!=", "<>", "contains", *ORDERED])
HINTS = {
    "|": "a filter cannot be used in a condition; compare the field itself",
    "||": "write or instead of ||",
    "=": "write == to compare",
    "..": "a range such as (1..5) is not part of the rule language",
}


class UnlikeKinds(LiquidTypeError):
    """Two values that the sign between them cannot compare."""

    reason = "mapping_kinds"
    facts: Mapping[str, str] = {}


class Joined(Expression):
    """Parts between `and` (join: all) or `or` (join: any)."""

    def __init__(self, token: Token, parts: list[Expression], join: Callable[[Any], bool]) -> None:
        super().__init__(token)
        self.parts = parts
        self.join = join

    def evaluate(self, context: RenderContext) -> bool:
        return self.join(part.evaluate(context) for part in self.parts)

    def children(self) -> list[Expression]:
        return self.parts


class Negated(Expression):
    """A part after `not`."""

    def __init__(self, token: Token, part: Expression) -> None:
        super().__init__(token)
        self.part = part

    def evaluate(self, context: RenderContext) -> bool:
        return not self.part.evaluate(context)

    def children(self) -> list[Expression]:
        return [self.part]


class Truth(Expression):
    """A value alone: true unless it is null or false."""

    def __init__(self, token: Token, value: Expression) -> None:
        super().__init__(token)
        self.value = value

    def evaluate(self, context: RenderContext) -> bool:
        value = plain(self.value.evaluate(context))
        return value is not None and value is not False

    def children(self) -> list[Expression]:
        return [self.value]


class Comparison(Expression):
    """Two values and the sign between them, which is the token."""

    def __init__(self, token: Token, left: Expression, right: Expression) -> None:
        super().__init__(token)
        self.left = left
        self.right = right

    def evaluate(self, context: RenderContext) -> bool:
        sign = self.token.value
        left, right = plain(self.left.evaluate(context)), plain(self.right.evaluate(context))
        spend(context, left, right)
        try:
            if sign == "contains":
                return _contains(left, right)
            return _in_order(sign, left, right) if sign in ORDERED else self._equal(left, right) == (sign == "==")
        except ValueError as error:
            raise UnlikeKinds(f"`{sign}` {error}", token=self.token) from None

    def _equal(self, left: Json, right: Json) -> bool:
        if isinstance(self.right, Blank | Empty):
            return is_blank(left)
        return is_blank(right) if isinstance(self.left, Blank | Empty) else same(left, right)

    def children(self) -> list[Expression]:
        return [self.left, self.right]


def plain(value: object) -> Json:
    """The value without Liquid's own kinds: what is missing, and the words blank and empty, are null."""
    return None if is_undefined(value) or isinstance(value, Expression) else value


def _contains(left: Json, right: Json) -> bool:
    if left is None or right is None:
        return False
    if isinstance(left, str):
        return text_of(right) in left
    if isinstance(left, Mapping):
        return isinstance(right, str) and right in left
    if isinstance(left, list | tuple):
        return any(same(item, right) for item in left)
    raise ValueError("looks into a text or a list, and the value before it is neither")


def _in_order(sign: str, left: Json, right: Json) -> bool:
    if left is None or right is None:
        return False
    if isinstance(left, str) and isinstance(right, str):
        return ORDERED[sign](left, right)
    if is_number(left) and is_number(right):
        return ORDERED[sign](number_of(left), number_of(right))
    raise ValueError(
        "compares two numbers or two texts; raw may hold amounts as text, which {% assign n = raw.x | number %} makes "
        "numbers, order.total is one"
    )


class Matches(Expression):
    """What stands after `when` in `{% case %}`: each of its values, compared with the case's as by `==`."""

    def __init__(self, token: Token, comparisons: list[Comparison]) -> None:
        super().__init__(token)
        self.comparisons = comparisons

    def evaluate(self, context: RenderContext) -> list[bool]:
        return [any(comparison.evaluate(context) for comparison in self.comparisons)]

    def children(self) -> list[Expression]:
        return [*self.comparisons]


class Case(CaseTag):
    """`{% case %}` whose values are compared as everywhere: blank and empty are what is blank, a text is no number."""

    def parse(self, stream: TokenStream) -> Node:
        node = super().parse(stream)
        for block in node.children(None):  # type: ignore[arg-type] # a tag of Liquid's own, which needs no context
            if isinstance(block, MultiExpressionBlockNode):
                theirs = block.expression
                equal = Token("eq", "==", theirs.token.start_index, theirs.token.source)
                found = [Comparison(equal, theirs.left, value) for value in theirs.expressions]
                block.expression = Matches(theirs.token, found)  # type: ignore[assignment]
        return node


class Unless(UnlessTag):
    """`{% unless %}` with conditions of ours."""

    def parse(self, stream: TokenStream) -> UnlessNode:
        return UnlessNode(*_parse_branches(self.env, stream, "endunless"))


class If(IfTag):
    """`{% if %}` with conditions of ours."""

    def parse(self, stream: TokenStream) -> IfNode:
        return IfNode(*_parse_branches(self.env, stream, "endif"))


Branches = tuple[Token, Expression, BlockNode, list[ConditionalBlockNode], BlockNode | None]


def _parse_branches(env: Environment, stream: TokenStream, end: str) -> Branches:
    token = stream.eat(TOKEN_TAG)
    parse_block = get_parser(env).parse_block
    condition = parse_condition(env, stream.into_inner(tag=token))
    block = parse_block(stream, ("elsif", "else", end))
    others = []
    while stream.current.is_tag("elsif"):
        elsif = stream.eat(TOKEN_TAG)
        other = parse_condition(env, stream.into_inner(tag=elsif))
        others.append(ConditionalBlockNode(elsif, other, parse_block(stream, ("elsif", "else", end))))
    default = None
    if stream.current.is_tag("else"):
        stream.eat(TOKEN_TAG)
        if stream.current.kind == TOKEN_EXPRESSION:
            raise LiquidSyntaxError("write elsif for an else with a condition", token=stream.current)
        default = parse_block(stream, (end,))
    if not stream.current.is_tag(end):
        raise LiquidSyntaxError(f"is not closed; write {{% {end} %}}", token=token)
    return token, condition, block, others, default


def parse_condition(env: Environment, tokens: TokenStream) -> Expression:
    """The condition that all these tokens make; its value is a bool. Raises LiquidSyntaxError with a sentence."""
    condition = _parse_or(env, tokens, 0)
    if tokens.current is not tokens.eof:
        raise _unexpected(tokens.current)
    return condition


def _parse_or(env: Environment, tokens: TokenStream, depth: int) -> Expression:
    parts: list[Expression] = []
    while True:
        token = tokens.current
        several = _parse_and(env, tokens, depth)
        parts.append(several[0] if len(several) == 1 else Joined(token, several, all))
        if tokens.current.kind != "or":
            return parts[0] if len(parts) == 1 else Joined(token, parts, any)
        if len(several) > 1:
            raise LiquidSyntaxError("write parentheses round the part with and: (a and b) or c", token=tokens.current)
        next(tokens)


def _parse_and(env: Environment, tokens: TokenStream, depth: int) -> list[Expression]:
    parts = [_parse_part(env, tokens, depth)]
    while tokens.current.kind == "and":
        next(tokens)
        parts.append(_parse_part(env, tokens, depth))
    return parts


def _parse_part(env: Environment, tokens: TokenStream, depth: int) -> Expression:
    token = tokens.current
    if depth > MAX_DEPTH:
        raise LiquidSyntaxError(f"has more than {MAX_DEPTH} parentheses and nots inside each other", token=token)
    if token.kind == "not":
        next(tokens)
        return Negated(token, _parse_part(env, tokens, depth + 1))
    if token.kind in (
        "lparen",
        "rangeexpression",
    ):  # Liquid sees a range in ( with .. anywhere behind it, even in a text
        next(tokens)
        group = _parse_or(env, tokens, depth + 1)
        if tokens.current.kind != "rparen":
            raise _unexpected(tokens.current, "a parenthesis is not closed; write )")
        next(tokens)
        return group
    left = _parse_value(env, tokens)
    sign = tokens.current
    if sign.kind == "string" or sign.value not in SIGNS:
        return Truth(token, left)
    next(tokens)
    return Comparison(sign, left, _parse_value(env, tokens))


def _parse_value(env: Environment, tokens: TokenStream) -> Expression:
    token = tokens.current
    if token is tokens.eof or (token.kind != "string" and token.value in SIGNS | HINTS.keys()):
        raise _unexpected(token)
    return parse_primitive(env, tokens)


def _unexpected(token: Token, end: str = "the condition ends too early; write a value") -> LiquidSyntaxError:
    if token.start_index < 0:
        return LiquidSyntaxError(end, token=None)
    hint = HINTS.get(token.value) if token.kind != "string" else None
    return LiquidSyntaxError(hint or "does not belong here; write and, or, or nothing before it", token=token)
