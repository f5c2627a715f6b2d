"""Say in plain words what is wrong with a document under one of the JSON Schemas of `schemas/`.

The words never hold a value of the document: a body holds names and phone numbers.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from functools import cache
from itertools import islice
from typing import TYPE_CHECKING, Any

from bridge.core.model import Json
from bridge.lib.jsonschema.documents import (
    FOLDER,
    SUFFIX,
    Problem,
    kept_schema,
    list_schemas,
    nearest,
    openapi,
    pointer,
    schema,
)
from bridge.lib.jsonschema.validity import Failure, UnknownKeyword, compile_search

if TYPE_CHECKING:
    from jsonschema import Draft202012Validator
    from jsonschema.exceptions import ValidationError

__all__ = [
    "FOLDER",
    "SUFFIX",
    "Problem",
    "check",
    "compile_schema",
    "find_errors",
    "in_words",
    "list_schemas",
    "mistyped",
    "nearest",
    "openapi",
    "pointer",
    "problems",
    "schema",
]

# A hostile body can be wrong in a hundred thousand places; nobody reads more than this.
MOST_PROBLEMS = 200


def problems(document: Json, name: str) -> list[Problem]:
    """All problems of a document under a schema, sorted by their place; [] when it is valid.

    `name` is the file below schemas/ without `.schema.json`: "event", "platforms/NAME". The validator is built
    once per name. A key that is missing is reported at its parent, an unknown key at itself.
    """
    return in_words(find_errors(document, name))


def find_errors(document: Json, name: str) -> list[ValidationError]:
    """The first MOST_PROBLEMS errors of a document under a schema; to find them is what costs."""
    search = _search(name)
    failures = [*islice(search(document), MOST_PROBLEMS)] if search else []
    if search and not failures:
        return []
    from bridge.lib.jsonschema.errors import as_errors, validator_of  # noqa: PLC0415  only where something is wrong

    validator = validator_of(name)
    if search is None:
        return [*islice(validator.iter_errors(document), MOST_PROBLEMS)]
    return [*islice((error for failure in failures for error in as_errors(failure, validator)), MOST_PROBLEMS)]


def check(document: Json, validator: Draft202012Validator) -> list[Problem]:
    """As `problems`, with a validator of `compile_schema`."""
    return in_words([*islice(validator.iter_errors(document), MOST_PROBLEMS)])


def in_words(found: Collection[ValidationError]) -> list[Problem]:
    """These errors as `problems` says them; the document must not have changed since."""
    if not found:
        return []
    from bridge.lib.jsonschema import errors  # noqa: PLC0415  only where something is wrong

    return errors.in_words(found)


def mistyped(errors: Iterable[ValidationError]) -> list[tuple[tuple[str | int, ...], frozenset[str]]]:
    """Where a value has none of the types that the schema allows there, and these types."""
    found: list[tuple[tuple[str | int, ...], Any]] = [
        (tuple(error.absolute_path), error.validator_value) for error in errors if error.validator == "type"
    ]
    return [(path, frozenset([types] if isinstance(types, str) else types)) for path, types in found]


def compile_schema(document: Mapping[str, Json]) -> Draft202012Validator:
    """A validator for a schema that is built while running. Never reads the network for a `$ref`."""
    from bridge.lib.jsonschema import errors  # noqa: PLC0415  no schema of ours needs it

    return errors.compile_schema(document)


@cache
def _search(name: str) -> Callable[[Json], Iterator[Failure]] | None:
    """The compiled search of a schema on disk; None where only jsonschema knows its keywords."""
    try:
        return compile_search(kept_schema(name))
    except UnknownKeyword:
        return None
