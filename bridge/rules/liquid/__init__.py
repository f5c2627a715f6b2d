"""The language of rules: Liquid with only harmless tags, our filters, and limits that hold in the engine.

What is wrong with a text is found when it is compiled; what is wrong with a value, when it is used. Both are BadRule
with a sentence, and with line and column (from 1) inside the text. Nothing here reads a clock, a file or a network,
and no message quotes a value of the document.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache

from liquid import BoundTemplate, RenderContext, Token, TokenStream
from liquid.builtin.content import ContentNode
from liquid.builtin.expressions import Path, tokenize
from liquid.builtin.output import OutputNode
from liquid.exceptions import LiquidError, ResourceLimitError
from liquid.expression import Expression
from liquid.token import TOKEN_EXPRESSION

from bridge.core.model import BadRule, Json
from bridge.rules.liquid.checks import (
    check_closed,
    check_depth,
    check_expressions,
    check_filter,
    check_nodes,
    check_tags,
    mistake,
    paths_in,
)
from bridge.rules.liquid.conditions import parse_condition, plain
from bridge.rules.liquid.environment import ENVIRONMENT, NOTHING, is_amount
from bridge.rules.liquid.kinds import Flaw, Names, Walk
from bridge.rules.liquid.parts import as_facts, find_unmet
from bridge.rules.shapes import ANY, Shape

MAX_LENGTH = 4_000
# Liquid's own `now` and `today` read the clock; a null under their name hides them.
CLOCK = {"now": None, "today": None}
PATH = re.compile(r"\s*\w[^{}|]*")
# Liquid's own words for a mistake, which leave out what to write.
FOREIGN = ("expected ", "unexpected ", "missing ", "unknown ", "found ", "invalid ")
GROUPED = re.compile(r"(?<![\w.,])\d{1,3}(?:(?:,\d{3})+|(?:\.\d{3}){2,})(?![\w])")
EXAMPLE = "is not readable here (%s); write for example {{ order.number }}, or in a condition order.total >= 100000"
REMEDIES = {
    "expected an identifier": "write a field with such a name as raw['limit'] (%s)",
    "expected tag end": "a block is not closed (%s); write its end tag",
    "unexpected liquid": "cannot be read (%s); write it shorter and simpler",  # the parser ran out of stack
    "unexpected '&'": "write and instead of &&",
    "unknown operator '!'": "write not, or !=",
    "unknown operator '=>'": "write >= instead of =>",
    "unknown operator '=<'": "write <= instead of =<",
}


@dataclass(frozen=True, repr=False)
class Script:
    """A compiled text. `only` is the value of a condition, a path, or a text that is one `{{ … }}` and nothing else."""

    where: str
    template: BoundTemplate
    only: Expression | None

    @property
    def is_amount(self) -> bool:
        """Whether its value is the order's amount as it is."""
        return is_amount(self.only)

    @cached_property
    def reads(self) -> str:
        """The paths that it reads, as a person names them: "order.number, order.total"; "" for none."""
        return ", ".join(paths_in(self.template.nodes, self.only))


# Scripts that are kept: a rule is compiled as a whole, part by part, and again for what may be wrong with it.
COMPILED = 4096


def parse_text(text: str, where: str) -> Script:
    """The template that this text is, with every mistake found that can be found without a document."""
    return _parse_text(_readable(text, where), where)


@lru_cache(maxsize=COMPILED)
def _parse_text(source: str, where: str) -> Script:
    try:
        check_closed(source)
        check_tags(source)
        template = ENVIRONMENT.from_string(source)
        check_nodes(template.nodes)
    except Exception as error:
        raise _bad_rule(error, where, source) from None
    shown = [node for node in template.nodes if not (isinstance(node, ContentNode) and node.blank)]
    only = shown[0].expression if len(shown) == 1 and isinstance(shown[0], OutputNode) else None
    return Script(where, template, only)


def parse_when(text: str, where: str) -> Script:
    """The condition that this text is, without `{%` and `%}`; `only` is its value, a bool."""
    return _parse_when(_readable(text, where), where)


@lru_cache(maxsize=COMPILED)
def _parse_when(source: str, where: str) -> Script:
    try:
        for sign in ("{%", "%}", "{{", "}}"):
            if sign in source:
                raise mistake(f"write the condition alone, without {sign}", source, source.index(sign))
        check_depth(source)
        only = parse_condition(ENVIRONMENT, _tokens(source))
        check_expressions([only], frozenset())
    except Exception as error:
        raise _bad_rule(error, where, source) from None
    return Script(where, NOTHING, only)


def parse_path(text: str, where: str) -> Script:
    """The path that this text is, such as order.phone; `only` is its value."""
    return _parse_path(_readable(text, where), where)


@lru_cache(maxsize=COMPILED)
def _parse_path(source: str, where: str) -> Script:
    try:
        if not PATH.fullmatch(source):
            raise mistake("write a path alone, such as order.phone; filters go into format", source, 0)
        check_depth(source)
        tokens = _tokens(source)
        only = Path.parse(ENVIRONMENT, tokens)
        tokens.expect_eos()
        check_expressions([only], frozenset())
    except Exception as error:
        raise _bad_rule(error, where, source) from None
    return Script(where, NOTHING, only)


def evaluate(script: Script, document: Mapping[str, Json]) -> Json:
    """What the script makes of this document: the value of `only` as it is, null where missing, else the text."""
    values = {**document, **CLOCK}
    try:
        if script.only is None:
            return script.template.render(values)
        return plain(script.only.evaluate(RenderContext(script.template, globals=values)))
    except Exception as error:
        raise _bad_rule(error, script.where) from None


def unmet_parts(script: Script, document: Mapping[str, Json]) -> list[Json]:
    """Of a condition that is false for this document, the parts for which it is: `parts.as_facts`."""
    if script.only is None:
        return []
    return as_facts(find_unmet(script.only, RenderContext(script.template, globals={**document, **CLOCK})))


def apply_filter(name: str, value: Json, document: Mapping[str, Json], where: str) -> Json:
    """The value through one filter without arguments, as `| name` would do."""
    context = RenderContext(NOTHING, globals={**document, **CLOCK})
    try:
        return plain(context.filter(name, token=None)(value))
    except Exception as error:
        raise _bad_rule(error, where) from None


def find_flaws(script: Script, root: Shape, names: Names) -> tuple[list[Flaw], Shape]:
    """What is wrong, or doubtful, in a compiled text about documents of this shape; and the shape of `only`."""
    walk = Walk(root, names)
    if script.only is not None and script.template is NOTHING:
        shape = walk.kind_of(script.only)
        return walk.flaws, shape
    walk.nodes(script.template.nodes)
    return walk.flaws, ANY


def place_of(token: Token) -> tuple[int, int]:
    """Line and column of a token inside its text, from 1."""
    before = token.source[: token.start_index]
    return before.count("\n") + 1, len(before) - before.rfind("\n")


def require_filter(name: str, where: str) -> None:
    """Raise BadRule unless this filter exists and needs no value after its name."""
    try:
        check_filter(name, 0, (), None)
    except LiquidError as error:
        raise _bad_rule(error, where) from None


def _readable(text: object, where: str) -> str:
    if not isinstance(text, str):
        raise BadRule(where, "must be text; put quotes round it")
    if len(text) > MAX_LENGTH:
        raise BadRule(where, f"has {len(text)} characters; write at most {MAX_LENGTH}", line=1, column=MAX_LENGTH + 1)
    source = unicodedata.normalize("NFC", text)
    if not source.strip():
        raise BadRule(where, "is empty; write something, or leave the key out")
    return source


def _tokens(source: str) -> TokenStream:
    return TokenStream(tokenize(source, Token(TOKEN_EXPRESSION, source, 0, source)))


def _bad_rule(error: Exception, where: str, source: str = "") -> BadRule:
    """The error as ours. One without a place is at the end of `source`; without a source it has no place."""
    if not isinstance(error, LiquidError):  # the parser leaks RecursionError and the like
        return BadRule(where, "cannot be read; write it shorter and simpler")
    problem = str(error.message)
    if isinstance(error, ResourceLimitError):
        problem += "; write it shorter, with fewer blocks and loops"
    elif problem.startswith(FOREIGN):
        remedy = next((ours for theirs, ours in REMEDIES.items() if problem.startswith(theirs)), EXAMPLE)
        problem = remedy.replace("%s", problem)
    token = error.token
    if token is None or token.start_index < 0:
        token = Token(TOKEN_EXPRESSION, source, len(source.rstrip()), source)
    reason, facts = getattr(error, "reason", None), getattr(error, "facts", None)
    if not token.source:
        return BadRule(where, problem, reason=reason, facts=facts)
    line, column = place_of(token)
    return BadRule(where, _grouped_number(token) or problem, line=line, column=column, reason=reason, facts=facts)


def _grouped_number(token: Token) -> str | None:
    """What to write where the mistake is a number with separators, such as 1,000,000, at this token or behind it."""
    for found in GROUPED.finditer(token.source):
        if found.start() - len(token.value) - 3 <= token.start_index < found.end():
            return f"write {re.sub('[.,]', '', found[0])}: a number has no separators between thousands"
    return None
