"""What jsonschema says of what is wrong, and its words in ours; imported only where something is wrong.

jsonschema and what it needs take longer to import than a look-up may take.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal
from functools import cache
from typing import Any

from jsonschema import Draft202012Validator
from jsonschema import validators as jsonschema_validators
from jsonschema.exceptions import ValidationError, best_match
from referencing import Registry

from bridge.core.model import Json
from bridge.lib.jsonschema.documents import Problem, kept_schema, nearest, pointer
from bridge.lib.jsonschema.validity import Failure, exact, is_integer, is_number

# Keywords whose errors lie in parts of the value, or of the schema.
_WITH_PARTS = frozenset({"additionalProperties", "dependentRequired", "propertyNames", "allOf", "anyOf", "oneOf"})


@cache
def validator_of(name: str) -> Draft202012Validator:
    """The validator of a schema on disk, built once."""
    return compile_schema(kept_schema(name))


def in_words(found: Iterable[ValidationError]) -> list[Problem]:
    """These errors as Problems, sorted by their place, each once."""
    errors = [_deepest(error) for error in found]
    errors.sort(key=lambda error: [(isinstance(step, str), step) for step in error.absolute_path])
    # What is of the wrong type is wrong in other ways too, which help nobody.
    mistyped = {pointer(error.absolute_path) for error in errors if error.validator == "type"}
    shown = [error for error in errors if error.validator == "type" or pointer(error.absolute_path) not in mistyped]
    return list(dict.fromkeys(problem for error in shown for problem in _explain(error)))


def compile_schema(document: Mapping[str, Json]) -> Draft202012Validator:
    """A validator for a schema that is built while running. Never reads the network for a `$ref`."""
    validator: Draft202012Validator = _Validator(document, registry=Registry(), format_checker=_FORMAT_CHECKER)
    return validator


def as_errors(failure: Failure, validator: Any) -> Iterator[ValidationError]:
    """The errors as jsonschema has them, but without its messages, which hold the values, however large."""
    path, keyword, part, value = failure
    if keyword in _WITH_PARTS:
        # For a root, which names its `$schema`, `evolve` takes jsonschema's own validator instead of ours.
        inner = validator if part is validator.schema else validator.evolve(schema=part)
        for error in inner.iter_errors(value):
            if error.schema_path[0] == keyword:
                error.path.extendleft(reversed(path))
                yield error
        return
    about: dict[str, Any] = {"validator": keyword, "validator_value": part[keyword], "schema_path": (keyword,)}
    times = sum(name not in value for name in part[keyword]) if keyword == "required" else 1
    for _ in range(times):
        yield ValidationError("", path=path, instance=value, schema=part, **about, type_checker=_Validator.TYPE_CHECKER)


def _pattern(_validator: object, pattern: str, value: Json, _schema: object) -> Iterator[ValidationError]:
    if isinstance(value, str) and not re.search(exact(pattern), value):
        yield ValidationError("")


_FORMAT_CHECKER = Draft202012Validator.FORMAT_CHECKER
_untyped: Any = jsonschema_validators
_Validator = _untyped.extend(
    Draft202012Validator,
    {"pattern": _pattern},
    type_checker=Draft202012Validator.TYPE_CHECKER.redefine_many(
        {"number": lambda _, value: is_number(value), "integer": lambda _, value: is_integer(value)}
    ),
)

_TYPES = {
    "string": "text",
    "number": "a number",
    "integer": "a whole number",
    "boolean": "true or false",
    "array": "a list",
    "object": "a mapping of keys to values",
    "null": "null",
}
_FORMATS = {
    "date-time": "a date and time with its zone, such as 2026-11-25T08:30:00+07:00",
    "date": "a date such as 2026-11-25",
    "uri": "a URL such as https://example.test",
    "email": "an e-mail address",
    "uuid": "a UUID",
}
_SENTENCES = {
    "minimum": "must be {} or more",
    "maximum": "must be {} or less",
    "exclusiveMinimum": "must be more than {}",
    "exclusiveMaximum": "must be less than {}",
    "multipleOf": "must be a multiple of {}",
    "minLength": "must have at least {} characters",
    "maxLength": "must have at most {} characters",
    "minItems": "must hold at least {} entries",
    "maxItems": "must hold at most {} entries",
    "minProperties": "must have at least {} keys",
    "maxProperties": "must have at most {} keys",
    "pattern": "must have the form {}",
    "format": "must be {}",
    "uniqueItems": "must not hold the same entry twice",
}


# The stubs call every field of an error perhaps unset; on the errors of `iter_errors` all are set. Hence Any.
def _deepest(error: Any) -> Any:
    return best_match([error]) if error.context else error


def _explain(error: Any) -> Iterator[Problem]:
    here = pointer(error.absolute_path)
    if error.validator == "required":
        missing = [name for name in error.validator_value if name not in error.instance]
        yield Problem(here, f"{_listed(missing)} {'is' if len(missing) == 1 else 'are'} missing")
    elif error.validator == "additionalProperties":
        known, patterns = error.schema.get("properties", {}), error.schema.get("patternProperties", {})
        for key in error.instance:
            if key not in known and not any(re.search(pattern, key) for pattern in patterns):
                yield Problem(f"{here}{pointer([key])}", f"'{key}' is not a known key{_known(key, known)}", key=True)
    elif "propertyNames" in error.absolute_schema_path:
        yield Problem(f"{here}{pointer([error.instance])}", f"the key {_sentence(error)}", key=True)
    else:
        yield Problem(here, _sentence(error))


def _sentence(error: Any) -> str:
    rule, wanted = error.validator, error.validator_value
    own = error.schema.get("patternErrorMessage" if rule == "pattern" else "errorMessage") if error.schema else None
    if own:
        return str(own)
    if rule == "type":
        return _wrong_type([wanted] if isinstance(wanted, str) else wanted, error.instance)
    if rule in ("enum", "const"):
        return _not_among(wanted if rule == "enum" else [wanted], error.instance)
    if rule in ("minLength", "minItems", "minProperties") and wanted == 1:
        return "must not be empty"
    if rule == "format":
        wanted = _FORMATS.get(wanted, wanted)
    return _SENTENCES.get(rule, "is not allowed here").format(wanted)


def _wrong_type(wanted: list[str], value: Json) -> str:
    sentence = f"must be {' or '.join(_TYPES[name] for name in wanted)}"
    if value is None:
        return f"{sentence}, and nothing is written here"
    if "string" in wanted and isinstance(value, int | float | Decimal):
        return f"{sentence}: put it in quotes"
    return sentence


def _not_among(allowed: list[Json], value: Json) -> str:
    words = [entry if isinstance(entry, str) else json.dumps(entry) for entry in allowed]
    sentence = f"must be {'' if len(words) == 1 else 'one of: '}{', '.join(words)}"
    return sentence + (nearest(value, words) if isinstance(value, str) and len(words) > 1 else "")


def _known(key: str, known: Iterable[str]) -> str:
    names = list(known)
    return nearest(key, names) or (f"; known are {', '.join(names)}" if names else "; none is allowed here")


def _listed(names: list[str]) -> str:
    return ", ".join(f"'{name}'" for name in names)
