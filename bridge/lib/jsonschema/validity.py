"""Where a document does not hold under a JSON Schema, in a tenth of the time that jsonschema takes.

A schema is compiled once, to a function of its keywords. Only those that our schemas use are known here; where a schema
has another, and for the words of what fails, `bridge.lib.jsonschema` asks jsonschema.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator, Mapping
from datetime import date
from decimal import Decimal
from math import isfinite
from typing import NamedTuple, TypeVar

from bridge.core.model import Json

Check = Callable[[Json], bool]
Compile = Callable[[Json], Check]
Path = tuple[str | int, ...]
T = TypeVar("T")

_NOTES = (
    "$schema",
    "$id",
    "$comment",
    "$defs",
    "title",
    "description",
    "examples",
    "default",
    "writeOnly",
    "errorMessage",
)
_SILENT = frozenset((*_NOTES, "patternErrorMessage", "x-description-vi", "then", "else"))
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_LOOKED_INTO = frozenset({"$ref", "if", "properties", "patternProperties", "items"})


class UnknownKeyword(Exception):
    """This schema cannot be compiled here."""


class Failure(NamedTuple):
    """A keyword of this schema that the value at this path of the document does not keep."""

    path: Path
    keyword: str
    schema: Mapping[str, Json]
    value: Json


def compile_search(root: Mapping[str, Json]) -> Callable[[Json], Iterator[Failure]]:
    """A function that finds the failures of a document under this schema, in the schema's order.

    Errors   UnknownKeyword
    """
    compiled = _Compiled(root)
    compiled.check(root)
    return lambda document: compiled.search(root, document, ())


class _Compiled:
    """The parts of a schema, each compiled once."""

    def __init__(self, root: Mapping[str, Json]) -> None:
        self._root = root  # what the ids below belong to
        self._checks: dict[int, Check] = {}
        self._keywords: dict[int, list[tuple[str, Check]]] = {}

    def check(self, schema: Json) -> Check:
        if schema is True:
            return lambda _: True
        if schema is False:
            raise UnknownKeyword("false")
        known = id(schema)
        if known not in self._checks:
            self._checks[known] = lambda value: self._checks[known](value)  # noqa: PLW0108  it may hold itself
            self._keywords[known] = [(name, self._keyword(name, schema)) for name in schema if name not in _SILENT]
            checks = [check for _, check in self._keywords[known]]
            self._checks[known] = checks[0] if len(checks) == 1 else _all(checks)
        return self._checks[known]

    def search(self, schema: Json, value: Json, path: Path) -> Iterator[Failure]:
        """Only what fails is looked into."""
        for name, holds in self._keywords[id(schema)]:
            if holds(value):
                continue
            if name in _LOOKED_INTO:
                for part, inner, step in self._inside(name, schema, value):
                    yield from self.search(part, inner, (*path, *step))
            else:
                yield Failure(path, name, schema, value)

    def _inside(self, name: str, schema: Mapping[str, Json], value: Json) -> Iterator[tuple[Json, Json, Path]]:
        """The parts of the schema that fail under this keyword, each with its value and the way there."""
        wanted = schema[name]
        if name == "$ref":
            yield self._referred(wanted), value, ()
        elif name == "if":
            yield schema["then" if self.check(wanted)(value) else "else"], value, ()
        else:
            for step, part, inner in _parts(name, wanted, value):
                if not self.check(part)(inner):
                    yield part, inner, (step,)

    def _keyword(self, name: str, schema: Mapping[str, Json]) -> Check:
        if name == "$ref":
            return self.check(self._referred(schema[name]))
        if name not in _KEYWORDS:
            raise UnknownKeyword(name)
        return _KEYWORDS[name](schema[name], schema, self.check)

    def _referred(self, name: str) -> Json:
        definition = self._root.get("$defs", {}).get(name.removeprefix("#/$defs/"))
        if definition is None:
            raise UnknownKeyword(name)
        return definition


def is_number(value: Json) -> bool:
    """Exact ones are numbers of JSON too; true and false are none."""
    if isinstance(value, bool) or not isinstance(value, int | float | Decimal):
        return False
    return isinstance(value, int) or (value.is_finite() if isinstance(value, Decimal) else isfinite(value))


def is_integer(value: Json) -> bool:
    """A number without a fraction: 1.0 is one."""
    if not is_number(value):
        return False
    if isinstance(value, Decimal):  # never int(): 1E+999999999 is short to write and endless to compute
        return bool(value == value.to_integral_value())
    return isinstance(value, int) or value.is_integer()


def exact(pattern: str) -> str:
    """In JSON Schema `$` is the end of the text; in Python it also stands before a last line break."""
    return f"{pattern[:-1]}\\Z" if pattern.endswith("$") else pattern


_TYPES: Mapping[str, Check] = {
    "string": lambda value: isinstance(value, str),
    "number": is_number,
    "integer": is_integer,
    "boolean": lambda value: isinstance(value, bool),
    "array": lambda value: isinstance(value, list),
    "object": lambda value: isinstance(value, dict),
    "null": lambda value: value is None,
}


def _all(checks: Collection[Check]) -> Check:
    def holds(value: Json) -> bool:
        for check in checks:  # noqa: SIM110  `all` of a generator takes twice the time
            if not check(value):
                return False
        return True

    return holds


def _any(checks: Collection[Check]) -> Check:
    return lambda value: any(check(value) for check in checks)


def _type(wanted: Json, _schema: Json, _compile: Compile) -> Check:
    kinds = [_TYPES[name] for name in ([wanted] if isinstance(wanted, str) else wanted)]
    return kinds[0] if len(kinds) == 1 else _any(kinds)


def _enum(wanted: Json, _schema: Json, _compile: Compile) -> Check:
    if any(isinstance(each, dict | list) for each in wanted):
        raise UnknownKeyword("enum")
    among = {(isinstance(each, bool), each) for each in wanted}  # 1 is not true
    return lambda value: not isinstance(value, dict | list) and (isinstance(value, bool), value) in among


def _properties(wanted: Json, _schema: Json, compile_part: Compile) -> Check:
    checks = [(name, compile_part(part)) for name, part in wanted.items()]

    def holds(value: Json) -> bool:
        if isinstance(value, dict):
            for name, check in checks:
                if name in value and not check(value[name]):
                    return False
        return True

    return holds


def _patterned(wanted: Json, _schema: Json, compile_part: Compile) -> Check:
    checks = {pattern: compile_part(part) for pattern, part in wanted.items()}
    return _of(dict, lambda value: all(check(value[key]) for check, key in _matching(checks, value)))


def _matching(patterns: Mapping[str, T], value: Mapping[str, Json]) -> Iterator[tuple[T, str]]:
    """The keys of the value that each pattern finds, with what stands for the pattern."""
    return ((part, key) for pattern, part in patterns.items() for key in value if re.search(pattern, key))


def _parts(name: str, wanted: Json, value: Json) -> Iterator[tuple[str | int, Json, Json]]:
    """The keys or positions of the value that this keyword speaks of, each with its schema and what stands there."""
    if name == "items":
        return ((place, wanted, one) for place, one in enumerate(value))
    if name == "properties":
        return ((key, part, value[key]) for key, part in wanted.items() if key in value)
    return ((key, part, value[key]) for part, key in _matching(wanted, value))


def _further(wanted: Json, schema: Mapping[str, Json], compile_part: Compile) -> Check:
    if "patternProperties" in schema:
        raise UnknownKeyword("patternProperties")
    known = schema.get("properties", {})
    check = compile_part(wanted) if wanted is not False else lambda _: False
    return _of(dict, lambda value: all(check(value[name]) for name in value if name not in known))


def _items(wanted: Json, schema: Mapping[str, Json], compile_part: Compile) -> Check:
    check = compile_part(wanted)
    return _of(list, lambda value: all(check(each) for each in value))


def _depending(wanted: Json, _schema: Json, _compile: Compile) -> Check:
    return _of(dict, lambda value: all(value.keys() >= set(needed) for name, needed in wanted.items() if name in value))


def _if(wanted: Json, schema: Mapping[str, Json], compile_part: Compile) -> Check:
    condition, then = compile_part(wanted), compile_part(schema.get("then", True))
    otherwise = compile_part(schema.get("else", True))
    return lambda value: then(value) if condition(value) else otherwise(value)


def _pattern(wanted: Json, _schema: Json, _compile: Compile) -> Check:
    search = re.compile(exact(wanted)).search
    return _of(str, lambda value: search(value) is not None)


def _not(wanted: Json, _schema: Json, compile_part: Compile) -> Check:
    check = compile_part(wanted)
    return lambda value: not check(value)


def _one(wanted: Json, _schema: Json, compile_part: Compile) -> Check:
    checks = [compile_part(part) for part in wanted]
    return lambda value: sum(check(value) for check in checks) == 1


def _names(wanted: Json, _schema: Json, compile_part: Compile) -> Check:
    check = compile_part(wanted)
    return _of(dict, lambda value: all(check(name) for name in value))


def _format(wanted: Json, _schema: Json, _compile: Compile) -> Check:
    if wanted != "date":
        raise UnknownKeyword(f"format {wanted}")
    return _of(str, _is_date)


def _is_date(value: str) -> bool:
    try:
        return _DATE.fullmatch(value) is not None and date.fromisoformat(value) is not None
    except ValueError:
        return False


def _unique(wanted: Json, _schema: Json, _compile: Compile) -> Check:
    return _of(list, lambda value: not wanted or len({_frozen(each) for each in value}) == len(value))


def _frozen(value: Json) -> object:
    """A hashable value that is equal where JSON is: 1 is 1.0, and not true."""
    if isinstance(value, dict):
        return "object", frozenset((key, _frozen(each)) for key, each in value.items())
    if isinstance(value, list):
        return "array", tuple(_frozen(each) for each in value)
    return isinstance(value, bool), value


def _of(kind: type, check: Check) -> Check:
    """A keyword that says nothing of values of another kind."""
    return lambda value: not isinstance(value, kind) or check(value)


def _size(kind: type, fits: Callable[[int, int], bool]) -> Callable[[Json, Json, Compile], Check]:
    return lambda wanted, _schema, _compile: _of(kind, lambda value: fits(len(value), wanted))


def _compared(fits: Callable[[Json, Json], bool]) -> Callable[[Json, Json, Compile], Check]:
    return lambda wanted, _schema, _compile: lambda value: not is_number(value) or fits(value, wanted)


_KEYWORDS: Mapping[str, Callable[[Json, Json, Compile], Check]] = {
    "type": _type,
    "enum": _enum,
    "const": lambda wanted, schema, compile_part: _enum([wanted], schema, compile_part),
    "required": lambda wanted, _schema, _compile: _of(dict, lambda value: all(name in value for name in wanted)),
    "properties": _properties,
    "patternProperties": _patterned,
    "additionalProperties": _further,
    "dependentRequired": _depending,
    "items": _items,
    "pattern": _pattern,
    "minLength": _size(str, lambda size, least: size >= least),
    "maxLength": _size(str, lambda size, most: size <= most),
    "minItems": _size(list, lambda size, least: size >= least),
    "maxItems": _size(list, lambda size, most: size <= most),
    "propertyNames": _names,
    "format": _format,
    "uniqueItems": _unique,
    "minProperties": _size(dict, lambda size, least: size >= least),
    "minimum": _compared(lambda value, least: value >= least),
    "maximum": _compared(lambda value, most: value <= most),
    "exclusiveMinimum": _compared(lambda value, bound: value > bound),
    "allOf": lambda wanted, _schema, compile_part: _all([compile_part(part) for part in wanted]),
    "anyOf": lambda wanted, _schema, compile_part: _any([compile_part(part) for part in wanted]),
    "oneOf": _one,
    "not": _not,
    "if": _if,
}
