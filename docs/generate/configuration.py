"""The keys of configuration files, our topics, and the fields that a rule sees: from the JSON Schemas."""

from __future__ import annotations

from collections.abc import Iterator

from bridge.core.model import Json
from bridge.core.model.texts import Language
from bridge.lib.jsonschema import schema
from docs.generate.markdown import Blocks, code, table

KEYS = {"en": ("key", "default", "means"), "vi": ("khóa", "mặc định", "ý nghĩa")}
FIELDS = {"en": ("field", "kind", "means", "example"), "vi": ("trường", "loại", "ý nghĩa", "ví dụ")}
KINDS = {
    "en": {"string": "text", "number": "number", "boolean": "true or false", "array": "list", "object": "group"},
    "vi": {"string": "chữ", "number": "số", "boolean": "đúng hoặc sai", "array": "danh sách", "object": "nhóm"},
}
MOST_CHOICES = 10
OR = {"en": " or ", "vi": " hoặc "}
ONE_OF = {"en": "{said} One of {choices}.", "vi": "{said} Một trong {choices}."}


def keys_of(language: Language, name: str) -> str:
    """The keys of one entry of a configuration file, such as `source`, `hotline` or `rule`."""
    found = schema("config")
    rows = [
        (code(key), code(about["default"]) if "default" in about else "–", _means(about, language))
        for key, about in _keys(found, found["$defs"][name], "")
    ]
    return table(KEYS[language], rows)


def all_fields(language: Language) -> str:
    """Every field of the document that a rule sees."""
    found = schema("event")
    rows = [
        (
            code(path),
            _kind(about, language),
            describe(about, language),
            ", ".join(code(one) for one in about.get("examples", ())[:1]),
        )
        for path, about in _fields(found, found, "")
    ]
    return table(FIELDS[language], rows)


def _keys(whole: Json, part: Json, prefix: str) -> Iterator[tuple[str, Json]]:
    """Where an entry may also be a text, its keys are under `then`."""
    for key, written in (part.get("properties") or part["then"]["properties"]).items():
        about = resolve(whole, written)
        yield f"{prefix}{key}", about
        if key in ("redial", "batch"):
            yield from _keys(whole, about, f"{prefix}{key}.")


def _fields(whole: Json, part: Json, prefix: str) -> Iterator[tuple[str, Json]]:
    for key, written in part["properties"].items():
        about = resolve(whole, written)
        inside = resolve(whole, about["items"]) if "items" in about else about
        if "properties" in inside:
            yield from _fields(whole, inside, f"{prefix}{key}{'[]' if 'items' in about else ''}.")
        else:
            yield f"{prefix}{key}", about


def resolve(whole: Json, part: Json) -> Json:
    """The part with what it refers to; what it says itself comes first."""
    if "$ref" not in part:
        return part
    return {**whole["$defs"][part["$ref"].rpartition("/")[2]], **part}


def describe(about: Json, language: Language) -> str:
    """What the schema says of a part; in English where it does not say it in Vietnamese."""
    english: str = about.get("description", "")
    return about.get("x-description-vi", english) if language == "vi" else english


def _means(about: Json, language: Language) -> str:
    choices = about.get("enum") or about.get("items", {}).get("enum")
    said = describe(about, language)
    if not choices or len(choices) > MOST_CHOICES:
        return said
    return ONE_OF[language].format(said=said, choices=", ".join(map(code, choices)))


def _kind(about: Json, language: Language) -> str:
    kinds = about.get("type", "string" if "enum" in about else "any")
    names = [kind for kind in ([kinds] if isinstance(kinds, str) else kinds) if kind != "null"]
    return OR[language].join(KINDS[language].get(name, name) for name in names)


BLOCKS: Blocks = {"keys": keys_of, "fields": all_fields}
