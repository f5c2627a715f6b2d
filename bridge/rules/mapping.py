"""What a rule makes of an event's document: does it hold, whom to call, with which `datas`.

Compiled once, used for every event. Pure: no I/O, no clock. Errors are BadRule and never quote a value.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from bridge.core.model import BadRule, Json
from bridge.rules.filters.values import is_blank, is_number, number_of, text_of
from bridge.rules.liquid import (
    Script,
    apply_filter,
    evaluate,
    parse_path,
    parse_text,
    parse_when,
    require_filter,
    unmet_parts,
)
from bridge.rules.liquid.environment import NO_AMOUNT

MAX_SPOKEN = 5_000
QUOTES = "write a text in quotes, a number, or {from: order.total, format: vnd_words}"


@dataclass(frozen=True, repr=False)
class Condition:
    """A compiled `when`."""

    script: Script

    def holds(self, document: Mapping[str, Json]) -> bool:
        """Whether it is true of this document. What is missing is null; BadRule where kinds cannot be compared."""
        return bool(evaluate(self.script, document))

    def unmet(self, document: Mapping[str, Json]) -> list[Json]:
        """Where it is false, for which of its parts: [{text, values: [{path, kind, value}]}], nothing personal."""
        return unmet_parts(self.script, document)


@dataclass(frozen=True, repr=False)
class Paths:
    """Compiled paths, in order."""

    scripts: tuple[Script, ...]

    def values(self, document: Mapping[str, Json]) -> list[tuple[str, Json]]:
        """Each path with its value that is not blank, in order; of a list, with each of its items."""
        found = ((str(script.only), evaluate(script, document)) for script in self.scripts)
        each = (
            (path, item) for path, value in found for item in (value if isinstance(value, list | tuple) else (value,))
        )
        return [(path, value) for path, value in each if not is_blank(value)]


@dataclass(frozen=True, repr=False)
class Value:
    """A compiled value: the first script that is not blank, through the named filters, else the default."""

    where: str
    scripts: tuple[Script, ...] = ()
    formats: tuple[str, ...] = ()
    default: Json = None

    def render(self, document: Mapping[str, Json]) -> Json:
        """The value for this document: int, Decimal, bool, text without outer spaces, or None where it is blank.

        A whole amount is an int. BadRule: a filter cannot work on the value, or the value is no single one.
        """
        return self.trace(document)[0]

    def trace(self, document: Mapping[str, Json]) -> tuple[Json, str]:
        """The value as `render` gives it, and the paths that it is read from; "" for the default and a fixed text."""
        found = ((script, evaluate(script, document)) for script in self.scripts)
        script, value = next(((script, value) for script, value in found if not is_blank(value)), (None, None))
        if value is None and self.default is None and any(script.is_amount for script in self.scripts):
            raise BadRule(self.where, NO_AMOUNT, reason="mapping_no_amount")
        for name in self.formats if value is not None else ():
            value = apply_filter(name, value, document, self.where)
        try:
            is_default = is_blank(value)
            return _single(self.default if is_default else value), "" if is_default or not script else script.reads
        except ValueError as error:
            raise BadRule(self.where, str(error)) from None


def _single(value: Json) -> Json:
    if value is None or isinstance(value, bool):
        return value
    if is_number(value):
        number = number_of(value)
        return int(number) if number == number.to_integral_value() else number
    text = text_of(value).strip()
    if len(text) > MAX_SPOKEN:
        raise ValueError(f"is longer than the {MAX_SPOKEN} characters that a call may say")
    return None if is_blank(text) else text


def compile_condition(text: str, where: str) -> Condition:
    """The condition in this text, such as `order.payment.cod and order.total >= 100000`; BadRule if it is none."""
    return Condition(parse_when(text, where))


def compile_paths(paths: str | list[str], where: str) -> Paths:
    """One path, or several in order, such as order.phone; BadRule if one is no path."""
    return Paths(_scripts(paths, where))


def compile_value(spec: Json, where: str) -> Value:
    """The value that `spec` describes; BadRule if it describes none.

    Shapes   text: a Liquid template; one that is a single `{{ … }}` keeps the kind of its value.
             number, true, false: itself. A mapping: `from` path or paths, `format` filter or filters, `default`.
    """
    if isinstance(spec, str):
        return Value(where, (parse_text(spec, where),))
    if isinstance(spec, Mapping) and "from" in spec:
        return _shorthand(spec, where)
    if isinstance(spec, bool | int | float | Decimal):
        return Value(where, default=spec)
    raise BadRule(where, f"is neither a text nor a number; {QUOTES}")


def _shorthand(spec: Mapping[str, Json], where: str) -> Value:
    for key in spec:
        if key not in ("from", "format", "default"):
            raise BadRule(where, f"knows from, format and default, not {key}")
    formats = spec.get("format", [])
    formats = [formats] if isinstance(formats, str) else formats
    if not isinstance(formats, list) or not all(isinstance(name, str) for name in formats):
        raise BadRule(where, "format names one filter, or a list of them, such as [clean, name_vi]")
    for name in formats:
        if ":" in name:
            raise BadRule(where, f'a filter with values needs a text; write "{{{{ path | {name} }}}}"')
        require_filter(name, where)
    default = spec.get("default")
    if not (default is None or isinstance(default, str | int | float | Decimal)):
        raise BadRule(where, "default is a plain text or a number")
    if isinstance(default, str) and ("{{" in default or "{%" in default):
        raise BadRule(where, "default is plain text; write a Liquid template without from instead")
    return Value(where, _scripts(spec["from"], where), tuple(formats), default)


def _scripts(paths: Json, where: str) -> tuple[Script, ...]:
    several = [paths] if isinstance(paths, str) else paths
    if not isinstance(several, list) or not several:
        raise BadRule(where, "write a path such as order.phone, or a list of paths")
    return tuple(parse_path(path, where) for path in several)


def trace_datas(values: Mapping[str, Value], document: Mapping[str, Json]) -> dict[str, tuple[Json, str]]:
    """Each value for this document with where it is read from, by its key; BadRule at "datas.<key>" for the first that
    fails."""
    return {key: _trace_at(f"datas.{key}", value, document) for key, value in values.items()}


def _trace_at(where: str, value: Value, document: Mapping[str, Json]) -> tuple[Json, str]:
    try:
        return value.trace(document)
    except BadRule as bad:
        raise bad.at(where) from None
