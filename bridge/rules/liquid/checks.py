"""What can be found wrong in a text before any document comes: each check raises LiquidSyntaxError with a sentence."""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterable, Iterator

from liquid import RenderContext, Token
from liquid.ast import Node
from liquid.builtin.expressions import FilteredExpression, KeywordArgument, Path
from liquid.builtin.expressions.primitive import RangeLiteral
from liquid.exceptions import LiquidSyntaxError
from liquid.expression import Expression
from liquid.token import TOKEN_EXPRESSION, TOKEN_TAG

from bridge.rules.filters import FILTERS
from bridge.rules.liquid.conditions import MAX_DEPTH
from bridge.rules.liquid.environment import ENVIRONMENT, NOTHING, TAG_NAMES
from bridge.rules.names import FILTERS as FOREIGN_FILTERS
from bridge.rules.names import nearest

ROOTS = ("event", "source", "order", "customer", "shipping", "billing", "items", "parcel", "buyer", "raw")
# The lexer takes these two before any tag is looked up.
UNTAGGED = re.compile(r"\{%-?\s*(raw|doc)\b")
GAP = re.compile(r"\s{101}")
TAG = re.compile(r"\{\{.*?\}\}|\{%.*?%\}", re.DOTALL)
BRACKET = re.compile(r"'[^']*'|\"[^\"]*\"|[()\[\]]")


def mistake(problem: str, source: str, index: int) -> LiquidSyntaxError:
    return LiquidSyntaxError(problem, token=Token(TOKEN_EXPRESSION, source, index, source))


def check_closed(source: str) -> None:
    # Also a guard: the lexer needs quadratic time for signs that nothing closes, and for long gaps.
    gap = GAP.search(source)
    if gap:
        raise mistake("write at most 100 spaces or line breaks in a row", source, gap.start())
    for sign, end in (("{{", "}}"), ("{%", "%}")):
        last = source.rfind(sign)
        if last >= 0 and source.find(end, last) < 0:
            raise mistake(f"{sign} is not closed; write {end}", source, last)
    check_depth(source, TAG.findall(source))


def check_depth(source: str, tags: Iterable[str] | None = None) -> None:
    """Liquid's parser goes a step down its stack for each bracket, and tries anew at each that nothing closes."""
    for tag in [source] if tags is None else tags:
        depth = 0
        for bracket in BRACKET.finditer(tag):
            depth += {"(": 1, "[": 1, ")": -1, "]": -1}.get(bracket[0], 0)
            if depth > MAX_DEPTH:
                what = "parentheses and nots" if bracket[0] == "(" else "brackets"
                problem = f"has more than {MAX_DEPTH} {what} inside each other; write it simpler"
                raise mistake(problem, source, source.index(tag) + bracket.start())


def check_tags(source: str) -> None:
    hidden = UNTAGGED.search(source)
    if hidden:
        raise mistake(f"the tag {hidden[1]} is not part of the rule language", source, hidden.start(1))
    for token in ENVIRONMENT.tokenizer()(source):
        if token.kind == TOKEN_TAG and token.value not in TAG_NAMES:
            problem = f"the tag {token.value} is not part of the rule language{nearest(token.value, TAG_NAMES)}"
            raise LiquidSyntaxError(problem, token=token)


def check_nodes(nodes: list[Node]) -> None:
    every = list(_walk(nodes))
    names = frozenset(name for node in every for name in (*node.template_scope(), *node.block_scope()))
    check_expressions((expression for node in every for expression in node.expressions()), names)


def _walk(nodes: Iterable[Node]) -> Iterator[Node]:
    for node in nodes:
        yield node
        yield from _walk(node.children(RenderContext(NOTHING)))


def check_expressions(expressions: Iterable[Expression], names: frozenset[str]) -> None:
    for expression in expressions:
        if isinstance(expression, RangeLiteral):
            raise LiquidSyntaxError("a range such as (1..5) is not part of the rule language", token=expression.token)
        if isinstance(expression, Path):
            _check_root(expression, names)
        if isinstance(expression, FilteredExpression):
            for used in expression.filters or ():
                named = [argument.name for argument in used.args if isinstance(argument, KeywordArgument)]
                check_filter(used.name, len(used.args) - len(named), named, used.token)
        check_expressions(expression.children(), names)


def _check_root(path: Path, names: frozenset[str]) -> None:
    root = path.path[0]
    if not isinstance(root, str):
        raise LiquidSyntaxError("a path starts with a name, such as order.phone", token=path.token)
    if root not in ROOTS and root not in names:
        problem = f"a rule does not see {root}{nearest(root, (*ROOTS, *names))}; it sees {', '.join(ROOTS)}"
        raise LiquidSyntaxError(problem, token=path.token)


def check_filter(name: str, given: int, named: Iterable[str], token: Token | None) -> None:
    if name not in FILTERS:
        ours = FOREIGN_FILTERS.get(name)
        hint = f"; write {ours}" if ours else nearest(name, FILTERS)
        problem = f"the filter {name} is not part of the rule language{hint}"
        raise LiquidSyntaxError(problem, token=token)
    accepted = FILTERS[name].parameters
    try:
        inspect.Signature(accepted).bind(*[None] * (given + 1), **dict.fromkeys(named))
    except TypeError:
        least = sum(parameter.default is parameter.empty for parameter in accepted) - 1
        most = len(accepted) - 1
        count = f"{least} to {most} values" if least < most else f"{most} value{'s'[: most != 1]}"
        raise LiquidSyntaxError(f"the filter {name} takes {count} after a colon", token=token) from None


def paths_in(nodes: Iterable[Node], only: Expression | None) -> tuple[str, ...]:
    """The document's paths that a compiled text reads, each once, in their order; names of its own are none."""
    every = list(_walk(nodes))
    expressions = [only] if only is not None else [each for node in every for each in node.expressions()]
    return tuple(dict.fromkeys(_paths(expressions)))


def _paths(expressions: Iterable[Expression]) -> Iterator[str]:
    for expression in expressions:
        if isinstance(expression, Path) and expression.path[0] in ROOTS:
            yield str(expression)
        yield from _paths(expression.children())
