"""Load the JSON Schemas of `schemas/` and put into plain words what is wrong with a document.

The words never hold a value of the document: a body holds names and phone numbers.
"""

from __future__ import annotations

import difflib
import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cache
from itertools import islice
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator
from jsonschema import validators as jsonschema_validators
from jsonschema.exceptions import ValidationError, best_match
from referencing import Registry

from bridge.core.model import Json
from bridge.lib.jsonschema.validity import Failure, UnknownKeyword, compile_search, exact, is_integer, is_number

FOLDER = Path(__file__).resolve().parents[3] / "schemas"
SUFFIX = ".schema.json"

# A hostile body can be wrong in a hundred thousand places; nobody reads more than this.
MOST_PROBLEMS = 200

# Keywords whose errors lie in parts of the value, or of the schema.
_WITH_PARTS = frozenset({"additionalProperties", "dependentRequired", "allOf", "anyOf", "oneOf"})


@dataclass(frozen=True)
class Problem:
    """What is wrong at one place. `pointer` is a JSON pointer (RFC 6901), "" for the whole document.

    `key`: the key at that place is wrong, not its value.
    """

    pointer: str
    problem: str
    key: bool = field(default=False, compare=False)


def problems(document: Json, name: str) -> list[Problem]:
    """All problems of a document under a schema, sorted by their place; [] when it is valid.

    `name` is the file below schemas/ without `.schema.json`: "event", "platforms/NAME". The validator is built
    once per name. A key that is missing is reported at its parent, an unknown key at itself.
    """
    return in_words(find_errors(document, name))


def find_errors(document: Json, name: str) -> list[ValidationError]:
    """The first MOST_PROBLEMS errors of a document under a schema; to find them is what costs."""
    return [*islice(_search(name)(document), MOST_PROBLEMS)]


def check(document: Json, validator: Draft202012Validator) -> list[Problem]:
    """As `problems`, with a validator of `compile_schema`."""
    return in_words([*islice(validator.iter_errors(document), MOST_PROBLEMS)])


def in_words(found: Iterable[ValidationError]) -> list[Problem]:
    """These errors as `problems` says them; the document must not have changed since."""
    errors = [_deepest(error) for error in found]
    errors.sort(key=lambda error: [(isinstance(step, str), step) for step in error.absolute_path])
    # What is of the wrong type is wrong in other ways too, which help nobody.
    mistyped = {pointer(error.absolute_path) for error in errors if error.validator == "type"}
    shown = [error for error in errors if error.validator == "type" or pointer(error.absolute_path) not in mistyped]
    return list(dict.fromkeys(problem for error in shown for problem in _explain(error)))


def mistyped(errors: Iterable[ValidationError]) -> list[tuple[tuple[str | int, ...], frozenset[str]]]:
    """Where a value has none of the types that the schema allows there, and these types."""
    found: list[tuple[tuple[str | int, ...], Any]] = [
        (tuple(error.absolute_path), error.validator_value) for error in errors if error.validator == "type"
    ]
    return [(path, frozenset([types] if isinstance(types, str) else types)) for path, types in found]


def compile_schema(document: Mapping[str, Json]) -> Draft202012Validator:
    """A validator for a schema that is built while running. Never reads the network for a `$ref`."""
    validator: Draft202012Validator = _Validator(document, registry=Registry(), format_checker=_FORMAT_CHECKER)
    return validator


def schema(name: str) -> dict[str, Json]:
    """The schema document itself; FileNotFoundError for a name that `list_schemas` does not have."""
    found = json.loads((FOLDER / f"{name}{SUFFIX}").read_text(encoding="utf-8"))
    if not isinstance(found, dict):
        raise ValueError(f"schemas/{name}{SUFFIX} is not an object")
    return found


@cache
def openapi() -> dict[str, Json]:
    """The OpenAPI document of the API; its schemas stand in its `components`."""
    found: dict[str, Json] = json.loads((FOLDER / "openapi.json").read_text(encoding="utf-8"))
    return found


def list_schemas() -> tuple[str, ...]:
    """The names of all schemas on disk, sorted."""
    return tuple(
        sorted(path.relative_to(FOLDER).as_posix().removesuffix(SUFFIX) for path in FOLDER.rglob(f"*{SUFFIX}"))
    )


def pointer(path: Iterable[str | int]) -> str:
    """The JSON pointer (RFC 6901) of a path of keys and positions."""
    return "".join("/" + str(step).replace("~", "~0").replace("/", "~1") for step in path)


def nearest(word: str, known: Iterable[str]) -> str:
    """`; did you mean 'x'?` for the nearest known word, else empty text."""
    match = difflib.get_close_matches(word, list(known), n=1)
    return f"; did you mean '{match[0]}'?" if match else ""


@cache
def _search(name: str) -> Callable[[Json], Iterator[ValidationError]]:
    document = schema(name)
    validator = compile_schema(document)
    try:
        search = compile_search(document)
    except UnknownKeyword:
        return validator.iter_errors
    return lambda document: (error for failure in search(document) for error in _errors(failure, validator))


def _errors(failure: Failure, validator: Any) -> Iterator[ValidationError]:
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
