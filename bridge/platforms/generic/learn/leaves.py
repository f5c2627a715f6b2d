"""The values of a document of unknown shape, each with its path as `fields` writes it, and the words of its names."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from bridge.core.folding import fold
from bridge.core.model import Json

MOST_LEAVES = 500
DEEPEST = 8  # levels

# Keys of an entry that is a name beside its value: {"name": "SĐT", "value": "09…"}.
NAMES = ("column_id", "name", "key", "label", "title", "field", "question")
VALUES = ("value", "values", "string_value", "answer")

# How Odoo and others mark a field that the shop added.
_OWN = re.compile(r"^x (studio )?(?=.)")
_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")


@dataclass(frozen=True)
class Leaf:
    """A value, where it stands, its own name and the names around it, folded; the outermost comes first."""

    path: str
    name: str
    around: tuple[str, ...]
    value: Json


def words_of(key: str) -> str:
    """The words of a key, folded: "customerName", "customer_name" and "Customer-Name" are "customer name"."""
    return _OWN.sub("", fold(_CAMEL.sub(" ", key)))


def list_leaves(document: Json) -> list[Leaf]:
    """All that is no object and no list of objects, in the order of the document; of such a list its first entry."""
    return [leaf for leaf, _ in zip(_leaves(document, "", (), 0), range(MOST_LEAVES), strict=False)]


def list_lines(document: Json) -> list[Leaf]:
    """All lists of objects that are no names with their values."""
    return list(_lists(document, "", (), 0))


def _leaves(value: Json, path: str, around: tuple[str, ...], depth: int) -> Iterator[Leaf]:
    if depth > DEEPEST:
        return
    if isinstance(value, dict):
        for key, inner in value.items():
            if is_plain(key, is_root=not path):
                yield from _member(inner, _below(path, key), words_of(key), around, depth)
    elif isinstance(value, list):
        yield from _entries(value, path, around, depth)


def _member(value: Json, path: str, name: str, around: tuple[str, ...], depth: int) -> Iterator[Leaf]:
    if isinstance(value, list) and value and not isinstance(value[0], dict | list):
        yield Leaf(f"{path}[0]", name, around, value[0])
    elif isinstance(value, dict | list) and value:
        yield from _leaves(value, path, (*around, name), depth + 1)
    elif not isinstance(value, dict | list):
        yield Leaf(path, name, around, value)


def _entries(entries: list[Json], path: str, around: tuple[str, ...], depth: int) -> Iterator[Leaf]:
    named = [pair for pair in map(name_and_value, entries) if pair is not None]
    for key, word, inner in named:
        place = f"{path}[{key}={word}]"
        yield from _member(*_first(place, inner), words_of(word), around, depth)
    if not named and entries:
        yield from _leaves(entries[0], f"{path}[0]", around, depth + 1)


def _first(place: str, inner: tuple[str, Json]) -> tuple[Json, str]:
    key, value = inner
    return value, f"{place}.{key}"


def name_and_value(entry: Json) -> tuple[str, str, tuple[str, Json]] | None:
    """(the key of its name, the name, (the key of its value, the value)); None for an entry that is none of these."""
    if not isinstance(entry, dict):
        return None
    key = next((key for key in NAMES if isinstance(entry.get(key), str)), None)
    value = next((key for key in VALUES if key in entry), None)
    if key is None or value is None or not re.fullmatch(r"[^\]=\[]{1,60}", str(entry[key])):
        return None
    return key, str(entry[key]), (value, entry[value])


def _lists(value: Json, path: str, around: tuple[str, ...], depth: int) -> Iterator[Leaf]:
    if not isinstance(value, dict) or depth > DEEPEST:
        return
    for key, inner in value.items():
        if not is_plain(key, is_root=not path):
            continue
        place, name = _below(path, key), words_of(key)
        is_list = isinstance(inner, list) and inner and all(isinstance(entry, dict) for entry in inner)
        if is_list and name_and_value(inner[0]) is None:
            yield Leaf(place, name, around, inner)
        elif isinstance(inner, dict):
            yield from _lists(inner, place, (*around, name), depth + 1)


def is_plain(key: str, *, is_root: bool) -> bool:
    """Whether a path can name this key: dots and brackets only where the key is the whole path."""
    return bool(key.strip()) and len(key) <= 80 and (is_root or not re.search(r"[.\[\]]", key))


def _below(path: str, key: str) -> str:
    return f"{path}.{key}" if path else key
