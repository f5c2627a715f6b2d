"""Whether a shop's message about an order says nothing but what we wrote there ourselves: by content, not by time.

A shop may merge our change with one of its staff in one message, or send it before it answers us.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Collection
from functools import partial

from bridge.core.model import CHANGES_ORDER, Json, Write
from bridge.core.platform import Echo
from bridge.platforms.shared.values import find, find_text
from bridge.platforms.shared.write_back import split_tags, tag_key


def is_echo(before: Json, after: Json, echo: Echo, writes: Collection[Write]) -> bool:
    """Whether `after` differs from the document before it in nothing but these writes, and in times of change."""
    if not writes:
        return False
    drop_states = _is_our_state(after, echo, writes)
    return bool(_rest(before, echo, writes, drop_states) == _rest(after, echo, writes, drop_states))


def _is_our_state(after: Json, echo: Echo, writes: Collection[Write]) -> bool:
    """The order stands in a status that we wrote."""
    kinds = {write.kind for write in writes}
    statuses = {echo.words.get(write.value, write.value) for write in writes if write.kind == "status"}
    shown = {str(find(after, *_steps(pointer))) for pointer in echo.states}
    return bool(statuses & shown or (CHANGES_ORDER - {"status"}) & kinds)


def _rest(document: Json, echo: Echo, writes: Collection[Write], drop_states: bool) -> Json:
    """A copy without what is ours."""
    copy = json.loads(json.dumps(document, default=str))
    for pointer in (*echo.stamps, *(echo.states if drop_states else ())):
        _change(copy, pointer, lambda value: None)
    ours = {tag_key(tag) for write in writes if write.kind == "tag" for tag in (write.value, *write.instead)}
    for pointer in echo.tags:
        _change(copy, pointer, lambda value: sorted(tag for tag in split_tags(value) if tag_key(tag) not in ours))
    markers = tuple(write.marker for write in writes if write.kind == "note")
    for pointer in echo.notes:
        _change(copy, pointer, lambda value: _lines_of_others(value, markers))
    for pointer, key in echo.own:
        _change(copy, pointer, partial(_entries_of_others, key))
    return copy


def _lines_of_others(value: Json, markers: tuple[str, ...]) -> Json:
    if isinstance(value, list):
        return [one for one in value if not any(mark in (find_text(one, "value") or "") for mark in markers)]
    lines = str(value or "").splitlines()
    return "\n".join(line.strip() for line in lines if line.strip() and not any(mark in line for mark in markers))


def _entries_of_others(key: str, value: Json) -> Json:
    entries = value if isinstance(value, list) else []
    return [one for one in entries if not (isinstance(one, dict) and key in (one.get("key"), one.get("name")))]


def _change(document: Json, pointer: str, new: Callable[[Json], Json]) -> None:
    *parents, last = _steps(pointer)
    parent = find(document, *parents) if parents else document
    if isinstance(parent, dict):
        parent[last] = new(parent.get(last))


def _steps(pointer: str) -> list[str]:
    return pointer.split("/")[1:]
