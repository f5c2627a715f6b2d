"""What a document holds, known before one comes: its paths, their kinds, and which of them a sample fills. Pure."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from typing import Literal

from bridge.core.model import Json
from bridge.lib.jsonschema import schema
from bridge.rules.filters.values import is_blank, is_number

Kind = Literal["any", "boolean", "group", "list", "number", "text"]
WORDS = {"boolean": "true or false", "group": "a group of fields", "list": "a list", "number": "a number"}
_KINDS: Mapping[str, Kind] = {
    "string": "text",
    "number": "number",
    "integer": "number",
    "boolean": "boolean",
    "object": "group",
    "array": "list",
}


@dataclass(frozen=True)
class Shape:
    """What may stand at a path.

    fields  of a group, by name; `closed`: there can be no other
    item    of a list, what each of its items is
    words   the only texts that can stand there
    filled  whether a sample has a value there, or none is known
    """

    kind: Kind = "any"
    fields: Mapping[str, Shape] = field(default_factory=dict)
    item: Shape | None = None
    closed: bool = False
    words: frozenset[str] = frozenset()
    filled: bool = True

    def describe(self) -> str:
        return WORDS.get(self.kind, "a text")


ANY = Shape()


@cache
def event_shape() -> Shape:
    """What every rule sees, by schemas/event.schema.json; of `raw` nothing is known."""
    document = schema("event")
    return _from_schema(document, document["$defs"])


@cache
def platform_shape(name: str) -> Shape:
    """What a platform's own document is said to hold, by its schema."""
    document = schema(f"platforms/{name}")
    return _from_schema(document, document.get("$defs", {}))


def with_raw(shape: Shape, documents: Iterable[Mapping[str, Json]]) -> Shape:
    """The same shape, knowing of `raw` what these documents hold there."""
    raws = [_from_sample(document.get("raw")) for document in documents]
    return replace(shape, fields={**shape.fields, "raw": _merged(raws)}) if raws else shape


def with_samples(shape: Shape, documents: Iterable[Mapping[str, Json]]) -> Shape:
    """The same shape, knowing what these documents fill; `raw` is what they hold there."""
    samples = list(documents)
    if not samples:
        return shape
    marked = _marked(shape, samples)
    raw = _merged([_from_sample(document.get("raw")) for document in samples])
    return replace(marked, fields={**marked.fields, "raw": raw})


def with_fields(shape: Shape, paths: Iterable[str]) -> Shape:
    """The same shape, in which the text or number at these paths, and at no other, is filled. Lists and raw stay."""
    named = {path.split("[")[0] for path in paths}
    return _named(shape, named, "")


def either(one: Shape, other: Shape) -> Shape:
    """What may stand there if either may: filled where one of them is."""
    if one.kind != other.kind:
        return replace(ANY, filled=one.filled or other.filled)
    names = [*one.fields, *(name for name in other.fields if name not in one.fields)]
    return Shape(
        one.kind,
        {name: either(one.fields.get(name, ANY), other.fields.get(name, ANY)) for name in names}
        if one.closed
        else {name: _both(one.fields.get(name), other.fields.get(name)) for name in names},
        _both(one.item, other.item) if one.item or other.item else None,
        one.closed and other.closed,
        one.words | other.words if one.words and other.words else frozenset(),
        one.filled or other.filled,
    )


def paths_of(shape: Shape, prefix: str = "") -> Iterator[str]:
    """Every dotted path of a closed shape; the fields of a list's items after its name: items.title."""
    for name, inner in shape.fields.items():
        path = f"{prefix}{name}"
        yield path
        yield from paths_of(inner.item if inner.kind == "list" and inner.item else inner, f"{path}.")


def suggest(path: str, root: Shape, aliases: Mapping[str, str]) -> str | None:
    """The path that is likely meant by one that does not exist.

    aliases  other people's name -> ours; that of a group serves for all of its fields
    """
    known = [known for known in paths_of(root) if not known.startswith("raw.")]
    steps = path.split(".")
    for count in range(len(steps), 0, -1):
        ours = aliases.get(".".join(steps[:count]))
        if ours is None:
            continue
        rest = ".".join([ours, *steps[count:]])
        return rest if rest in known else suggest(rest, root, {**aliases, path: ours}) or ours
    last = [known_path for known_path in known if known_path.rpartition(".")[2] == steps[-1]]
    if len(last) == 1:
        return last[0]
    beside = [known_path for known_path in known if known_path.rpartition(".")[0] == ".".join(steps[:-1])]
    return next(
        iter(difflib.get_close_matches(path, beside, 1) or difflib.get_close_matches(path, known, 1, 0.7)), None
    )


def _from_schema(document: Mapping[str, Json], parts: Mapping[str, Json]) -> Shape:
    if "$ref" in document:
        return _from_schema(parts[document["$ref"].rpartition("/")[2]], parts)
    words = frozenset(word for word in document.get("enum", ()) if isinstance(word, str))
    named = document.get("type", "string" if words else None)
    kinds = {_KINDS[one] for one in ([named] if isinstance(named, str) else named or ()) if one in _KINDS}
    if len(kinds) != 1:
        return ANY
    item = document.get("items")
    return Shape(
        kinds.pop(),
        {name: _from_schema(inner, parts) for name, inner in document.get("properties", {}).items()},
        _from_schema(item, parts) if item else None,
        document.get("additionalProperties") is False,
        words,
    )


def _from_sample(value: Json) -> Shape:
    if isinstance(value, Mapping):
        return Shape("group", {name: _from_sample(inner) for name, inner in value.items()})
    if isinstance(value, list | tuple):
        return Shape("list", item=_merged([_from_sample(inner) for inner in value]) if value else None)
    if isinstance(value, bool):
        return Shape("boolean")
    if is_number(value):
        return Shape("number")
    return Shape("text") if isinstance(value, str) and value.strip() else ANY


def _merged(shapes: list[Shape]) -> Shape:
    merged = shapes[0]
    for shape in shapes[1:]:
        merged = either(merged, shape)
    return merged


def _both(one: Shape | None, other: Shape | None) -> Shape:
    return either(one, other) if one and other else one or other or ANY


def _marked(shape: Shape, values: list[Json]) -> Shape:
    """The shape, `filled` where one of these values, which all stand at its place, is not blank."""
    filled = any(not is_blank(value) for value in values)
    if shape.kind == "group":
        groups = [value for value in values if isinstance(value, Mapping)]
        inner = {name: _marked(part, [group.get(name) for group in groups]) for name, part in shape.fields.items()}
        return replace(shape, fields=inner, filled=filled)
    if shape.kind == "list" and shape.item is not None:
        items = [item for value in values if isinstance(value, list | tuple) for item in value]
        return replace(shape, item=_marked(shape.item, items) if items else shape.item, filled=filled)
    return replace(shape, filled=filled)


def _named(shape: Shape, paths: set[str], at: str) -> Shape:
    if shape.kind != "group":
        return replace(shape, filled=shape.kind == "list" or at in paths or at.removeprefix("order.") in paths)
    inner = {name: _named(part, paths, f"{at}.{name}" if at else name) for name, part in shape.fields.items()}
    return replace(shape, fields=inner)
