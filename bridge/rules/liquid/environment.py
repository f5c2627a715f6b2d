"""The Liquid environment of rules: an allow-list of tags, our filters, and limits."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TextIO

from liquid import BoundTemplate, Environment, RenderContext, Token
from liquid.builtin import content, illegal, output
from liquid.builtin.tags import assign_tag, capture_tag, comment_tag, for_tag
from liquid.exceptions import FilterArgumentError
from liquid.expression import Expression
from liquid.filter import with_context

from bridge.core.model import Json
from bridge.rules.filters import FILTERS, GIVEN, Filter
from bridge.rules.filters.values import Unfit, text_of
from bridge.rules.liquid.conditions import Case, If, Unless, plain
from bridge.rules.liquid.limits import spend

TAGS = (
    *(content.Literal, illegal.Illegal, comment_tag.CommentTag, If, Unless, Case),
    *(for_tag.ForTag, for_tag.BreakTag, for_tag.ContinueTag, assign_tag.AssignTag, capture_tag.CaptureTag),
)
TAG_NAMES = frozenset(
    [
        *("if", "elsif", "else", "endif", "unless", "endunless", "case", "when", "endcase", "for", "endfor"),
        *("break", "continue", "assign", "capture", "endcapture", "comment", "endcomment"),
    ]
)


NO_AMOUNT = "order.total is not known: the order came without an amount; write a text that says none, or a default"


def is_amount(expression: Expression | None) -> bool:
    """Whether this is the order's amount as it is, which must not be spoken as a blank."""
    return str(expression) == "order.total"


class BadValue(FilterArgumentError):
    """A value that a text of a rule cannot work on, with the reason for a shopkeeper where its `cause` has one."""

    def __init__(self, problem: str, token: Token | None, cause: ValueError | None) -> None:
        super().__init__(problem, token=token)
        self.reason = cause.reason if isinstance(cause, Unfit) else None
        self.facts = cause.facts if isinstance(cause, Unfit) else {}


class SpokenNode(output.OutputNode):
    """`{{ … }}` in a text: whole amounts without decimals, no groups of fields."""

    def render_to_output(self, context: RenderContext, buffer: TextIO) -> int:
        spend(context)
        value = plain(self.expression.evaluate(context))
        if value is None and is_amount(self.expression):
            raise BadValue(NO_AMOUNT, self.token, Unfit(NO_AMOUNT, "mapping_no_amount"))
        try:
            return buffer.write(text_of(value))
        except ValueError as error:
            raise BadValue(str(error), self.token, error) from None


class Output(output.Output):
    node_class = SpokenNode


class RuleContext(RenderContext):
    """Counts what Liquid does not: each assignment, which weighs all variables anew, and loops beside each other."""

    def get_size_of_locals(self) -> int:
        spend(self, range(len(self.locals)), weight=6)
        return super().get_size_of_locals()

    def raise_for_loop_limit(self, length: int = 1) -> None:
        spend(self, range(length))
        super().raise_for_loop_limit(length)


class RuleTemplate(BoundTemplate):
    context_class = RuleContext


class RuleEnvironment(Environment):
    """Liquid's limits can be set only on the class."""

    template_class = RuleTemplate
    block_nesting_limit = 20
    loop_iteration_limit = 2_000
    local_namespace_limit = 200_000
    output_stream_limit = 20_000

    def setup_tags_and_filters(self, *, extra: bool = False) -> None:
        for tag in (*TAGS, Output):
            self.add_tag(tag)
        for each in FILTERS.values():
            self.add_filter(each.name, _guarded(each))


def _guarded(each: Filter) -> Callable[..., object]:
    given = {name: GIVEN[name] for name in each.given}

    def filtered(value: object, *others: object, context: RenderContext, **named: object) -> Json:
        values = [plain(each) for each in (value, *others)]
        options = {key: plain(each) for key, each in named.items()}
        options |= {name: _found(context.globals, path) for name, path in given.items()}
        spend(context, *values, weight=each.weight)
        problem, cause = "cannot work on this value", None
        try:
            return each.work(*values, **options)
        except ValueError as error:
            # A message of the standard library may quote the value, ours never do.
            if type(error) in (ValueError, Unfit):
                problem, cause = str(error), error
        except Exception:
            cause = None
        raise BadValue(f"the filter {each.name} {problem}", None, cause)

    return with_context(filtered)


def _found(document: Mapping[str, object], path: tuple[str, ...]) -> Json:
    value: Json = document
    for step in path:
        value = value.get(step) if isinstance(value, Mapping) else None
    return value


ENVIRONMENT = RuleEnvironment()
NOTHING = ENVIRONMENT.from_string("")
