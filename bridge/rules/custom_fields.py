"""A template's custom fields: which `datas` its script takes, as a JSON Schema and as a check.

`fields` is what VBot's getCustomFieldInScript lists: {cfkey, cfname, cftype, isRequired, description}. VBot documents
no length; one that a field gives anyway, as maxLength, max_length or in its type such as varchar(50), is kept.
Messages name fields and never quote a value. Pure: no I/O, no clock.
"""

from __future__ import annotations

import difflib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from typing import TYPE_CHECKING

from bridge.core.markup import spoken_text
from bridge.core.model import BadRule, Json
from bridge.rules.filters import FILTERS
from bridge.rules.filters.values import is_blank, is_number, number_of, number_text, text_of

if TYPE_CHECKING:
    from jsonschema import Draft202012Validator
    from jsonschema.exceptions import ValidationError

DIALECT = "https://json-schema.org/draft/2020-12/schema"
NUMBER_TYPES = frozenset(["number", "int", "integer", "float", "double", "decimal", "money", "currency"])
TEXT_TYPES = frozenset(["text", "string", "str", "textarea", "varchar"])
# VBot's documents leave open how true is written.
TRUE = ("true", "1", "yes")
# A number that is not whole goes out as text: a float would not be the amount any more.
DECIMAL = re.compile("-?[0-9]+([.][0-9]+)?")
NUMBER = {"type": ["number", "string"], "pattern": f"^{DECIMAL.pattern}$"}
TEXT = {"type": "string", "minLength": 1}
SCALAR = {"type": ["string", "number", "boolean"]}
TYPE = re.compile(r"\s*([^()]*?)\s*(?:\(\s*([0-9]{1,6})\s*\))?\s*")
LENGTHS = ("maxLength", "max_length")
# A text with one {{ … }} in it, and the last filter there; what is left without them is spoken in any case.
SHOWN = re.compile(r"\{\{.*?\}\}", re.DOTALL)
LAST_FILTER = re.compile(r".*\|\s*(\w+)[^|]*\}\}", re.DOTALL)


def datas_schema(fields: list[Json]) -> dict[str, Json]:
    """The JSON Schema (2020-12) of the `datas` that a template with these custom fields takes, as they are sent."""
    known = _known(fields)
    return {
        "$schema": DIALECT,
        "type": "object",
        "properties": {key: _property(field) for key, field in known.items()},
        "required": [key for key, field in known.items() if is_required(field)],
        "additionalProperties": False,
    }


def check_datas(datas: Mapping[str, Json], fields: list[Json] | None) -> dict[str, Json]:
    """These `datas` as VBot takes them: blank ones left out, others of their field's kind, no markup, nothing a float.

    Shapes   fields: None while VBot has not given them; then any key and any single value passes.
    Errors   BadRule at "datas.<key>": a key is no field, a required field is missing, or a value is of a wrong kind.
    """
    known = _known(fields or [])
    ready = {key: _converted(key, value, known.get(key, {})) for key, value in datas.items() if not is_blank(value)}
    if fields is None:
        return ready
    errors = list(_validator(json.dumps(fields, sort_keys=True, default=str)).iter_errors(ready))
    if errors:
        raise _refusal(min(errors, key=_order), ready, known)
    return ready


@dataclass(frozen=True)
class Misfit:
    """Why VBot would take no call of a rule, or speak wrong words in each: a key of its `datas`, and what is wrong."""

    key: str
    problem: str


def misfits(datas: Mapping[str, Json], template: str, fields: list[Json] | None) -> tuple[Misfit, ...]:
    """Where a rule's `datas`, as its document writes them, cannot fit the template, whatever the order.

    Shapes   fields: None while VBot has not given them; then everything fits. Unknown keys first, then missing.
    """
    if fields is None:
        return ()
    known = _known(fields)
    takes = f"it has: {', '.join(sorted(known)) or 'none'}"
    unknown = [Misfit(key, f"is no custom field of {template}; {takes}") for key in sorted(datas.keys() - known)]
    needed = sorted(key for key, field in known.items() if is_required(field) and key not in datas)
    missing = [Misfit(key, f"is required by {template}; write a value for it") for key in needed]
    wrong = ((key, _never_fits(key, datas[key], field)) for key, field in known.items() if key in datas)
    return (*unknown, *missing, *(Misfit(key, problem) for key, problem in wrong if problem))


def same_fields(one: list[Json], other: list[Json]) -> bool:
    """Whether two lists want the same `datas`, in whatever order they stand."""
    first, second = datas_schema(one), datas_schema(other)
    return first["properties"] == second["properties"] and set(first["required"]) == set(second["required"])


def _never_fits(key: str, spec: Json, field: Mapping[str, Json]) -> str | None:
    """Why no value that this makes can be what the field takes; None where some may."""
    if isinstance(spec, Mapping):
        formats = spec.get("format") or ()
        last = formats if isinstance(formats, str) else next(iter(reversed(formats)), None)
        return _as_words(field, _makes_words(last))
    if not isinstance(spec, str) or "{" not in spec:
        try:
            check_datas({key: spec}, [field])
        except BadRule as error:
            return error.problem
        return None
    plain = "" if "{%" in spec else SHOWN.sub("", spec).strip()
    most = _longest(field)
    if most is not None and len(plain) > most:
        return f"is longer than the {most} characters that the template takes"
    last_filter = None if plain or "{%" in spec else LAST_FILTER.fullmatch(spec.strip())
    return _as_words(field, bool(re.search(r"[^0-9.\s-]", plain)) or bool(last_filter and _makes_words(last_filter[1])))


def _makes_words(name: str | None) -> bool:
    each = FILTERS.get(name or "")
    return each is not None and each.returns == "words"


def _as_words(field: Mapping[str, Json], is_text: bool) -> str | None:
    if is_text and _kind(field) is NUMBER:
        return "makes words, and the template wants a number; leave out what makes them, such as vnd_words"
    return None


@lru_cache(maxsize=256)
def _validator(fields_json: str) -> Draft202012Validator:
    from jsonschema import Draft202012Validator  # noqa: PLC0415  only where there are datas

    return Draft202012Validator(datas_schema(json.loads(fields_json)))


def _known(fields: list[Json]) -> dict[str, Mapping[str, Json]]:
    """The fields by key; of a key that is listed twice, the one that is required."""
    known: dict[str, Mapping[str, Json]] = {}
    for field in fields:
        key = field.get("cfkey") if isinstance(field, Mapping) else None
        if isinstance(key, str) and key and not (key in known and is_required(known[key])):
            known[key] = field
    return known


def is_required(field: Mapping[str, Json]) -> bool:
    word = field.get("isRequired")
    return word is True or word == 1 or (isinstance(word, str) and word.strip().lower() in TRUE)


def _kind(field: Mapping[str, Json]) -> Mapping[str, Json]:
    word = _type(field)[0]
    if word in TEXT_TYPES:
        return TEXT
    return NUMBER if word in NUMBER_TYPES else SCALAR


def _type(field: Mapping[str, Json]) -> tuple[str, int | None]:
    """The field's type in lower case, and the length in brackets behind it, if there is one."""
    found = TYPE.fullmatch(str(field.get("cftype") or "").lower())
    return (found[1], int(found[2]) if found[2] else None) if found else ("", None)


def _longest(field: Mapping[str, Json]) -> int | None:
    """The most characters of a text, where the field gives it."""
    given = [field.get(name) for name in LENGTHS]
    lengths = [int(str(word)) for word in given if not isinstance(word, bool) and str(word).isdecimal()]
    most = lengths[0] if lengths else _type(field)[1]
    return most if most and _kind(field) is not NUMBER else None


def _property(field: Mapping[str, Json]) -> dict[str, Json]:
    words = {"title": field.get("cfname"), "description": field.get("description")}
    most = _longest(field)
    limit = {} if most is None else {"maxLength": most}
    return {**_kind(field), **limit, **{key: word for key, word in words.items() if isinstance(word, str) and word}}


def _converted(key: str, value: Json, field: Mapping[str, Json]) -> Json:
    kind = _kind(field)
    if isinstance(value, str):
        value = spoken_text(value)
    try:
        if kind is TEXT and isinstance(value, bool | int | float | Decimal):
            return text_of(value)
        if kind is NUMBER and isinstance(value, str) and DECIMAL.fullmatch(value.strip()):
            return _sendable(Decimal(value.strip()))
        return _sendable(value) if is_number(value) else value
    except ValueError as error:
        raise BadRule(f"datas.{key}", str(error)) from None


def _sendable(value: Json) -> int | str:
    number = number_of(value)
    return int(number) if number == number.to_integral_value() else number_text(number)


def _order(error: ValidationError) -> tuple[int, str]:
    """A misspelt key first: it is also why another is missing."""
    first = {"additionalProperties": 0, "required": 1}
    return first.get(str(error.validator), 2), str(error.absolute_path[0]) if error.absolute_path else ""


def _refusal(error: ValidationError, ready: Mapping[str, Json], known: Mapping[str, Mapping[str, Json]]) -> BadRule:
    if error.validator == "additionalProperties":
        key = min(key for key in ready if key not in known)
        near = difflib.get_close_matches(key, list(known), 1)
        hint = f"did you mean {near[0]}?" if near else f"it takes {', '.join(known) or 'none'}"
        problem = f"the template has no custom field {key}; {hint}"
        return BadRule(f"datas.{key}", problem, reason="mapping_unknown_field")
    if error.validator == "required":
        key = next(key for key, field in known.items() if is_required(field) and key not in ready)
        problem = f"the template needs {_name(key, known)}, and it is missing or blank"
        return BadRule(f"datas.{key}", problem, reason="mapping_required")
    key = str(error.absolute_path[0])
    if error.validator == "maxLength":
        problem = f"the template takes {_name(key, known)} of at most {error.validator_value} characters"
        return BadRule(f"datas.{key}", problem, reason="mapping_too_long")
    kind = {id(TEXT): "a text", id(NUMBER): "a number"}.get(id(_kind(known[key])), "a text, a number or true or false")
    reason = {id(TEXT): "mapping_text", id(NUMBER): "mapping_number"}.get(id(_kind(known[key])))
    return BadRule(f"datas.{key}", f"the template wants {_name(key, known)} as {kind}", reason=reason)


def _name(key: str, known: Mapping[str, Mapping[str, Json]]) -> str:
    name = known[key].get("cfname")
    return f"{key} ({name})" if isinstance(name, str) and name and name != key else key
