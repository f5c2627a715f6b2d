"""The JSON Schemas of `schemas/`, and how a place and a misspelt word are said."""

from __future__ import annotations

import difflib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from bridge.core.model import Json

FOLDER = Path(__file__).resolve().parents[3] / "schemas"
SUFFIX = ".schema.json"


@dataclass(frozen=True)
class Problem:
    """What is wrong at one place. `pointer` is a JSON pointer (RFC 6901), "" for the whole document.

    `key`: the key at that place is wrong, not its value.
    """

    pointer: str
    problem: str
    key: bool = field(default=False, compare=False)


def schema(name: str) -> dict[str, Json]:
    """The schema document itself; FileNotFoundError for a name that `list_schemas` does not have."""
    found = json.loads((FOLDER / f"{name}{SUFFIX}").read_text(encoding="utf-8"))
    if not isinstance(found, dict):
        raise ValueError(f"schemas/{name}{SUFFIX} is not an object")
    return found


@cache
def kept_schema(name: str) -> Mapping[str, Json]:
    """As `schema`, read once, and the same object each time: its parts are known by their identity."""
    return schema(name)


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
