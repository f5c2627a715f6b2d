"""What differs between two configurations, in lines that a person reads. Pure; nothing secret is in a document."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from bridge.core.model import Json

# The lists of a configuration and what names an entry of theirs.
NAMED = {"sources": "id", "hotlines": "code", "rules": "rule", "webhooks": "name", "notify": "channel"}
# What an entry of each is called.
ENTRY = {"sources": "source", "hotlines": "hotline", "rules": "rule", "webhooks": "webhook", "notify": "channel"}
SHOWN_CHARACTERS = 200

# What stands at the top of a configuration by itself, and is left out where nothing is written.
GROUPS = ("templates", "reports")

Documents = Mapping[str, Any]


@dataclass(frozen=True)
class Change:
    """One line of a plan. `what` names the keys that differ; `values` are theirs, old and new."""

    sign: str  # + new, ~ changed, - removed
    kind: str  # source, hotline, rule, webhook, channel, rules, holidays, templates, reports
    name: str
    what: tuple[str, ...] = ()
    values: tuple[tuple[str, Json, Json], ...] = field(default=(), compare=False, repr=False)

    def __str__(self) -> str:
        keys = f"({', '.join(self.what)})" if self.what else ""
        return " ".join(filter(None, (self.sign, self.kind, self.name, keys)))

    def lines(self) -> Iterator[str]:
        """The line, then each key that differs: `    when: old → new`."""
        yield str(self)
        for key, old, new in self.values:
            yield f"    {key}: {_shown(old)} → {_shown(new)}"


def changes_between(before: Documents, after: Documents) -> list[Change]:
    """What makes the second of the first: sources, hotlines, rules, their order, webhooks, channels, the holidays."""
    changes: list[Change] = []
    for kind in NAMED:
        old, new = entries(before, kind), entries(after, kind)
        for name, document in new.items():
            change = entry_change(kind, name, old.get(name), document)
            if change:
                changes.append(change)
        changes += [Change("-", ENTRY[kind], name) for name in old if name not in new]
    named = [[document["rule"] for document in documents.get("rules", ())] for documents in (before, after)]
    if named[0] != named[1] and sorted(named[0]) == sorted(named[1]):
        changes.append(Change("~", "rules", "", ("order",)))
    if list(before.get("holidays", ())) != list(after.get("holidays", ())):
        changes.append(Change("~", "holidays", ""))
    return [*changes, *group_changes(before, after)]


def group_changes(before: Documents, after: Documents) -> list[Change]:
    """What differs in the texts of templates and in the rates, key by key."""
    found = []
    for kind in GROUPS:
        old, new = before.get(kind) or {}, after.get(kind) or {}
        keys = [key for key in sorted({*old, *new}) if old.get(key) != new.get(key)]
        if keys:
            found.append(Change("~", kind, "", tuple(keys), tuple((key, old.get(key), new.get(key)) for key in keys)))
    return found


def entry_change(kind: str, name: str, old: Json, new: Json, also: Sequence[str] = ()) -> Change | None:
    """The change of one entry, None where there is none. `also`: what differs and is in no document."""
    if old is None:
        return Change("+", ENTRY[kind], name)
    keys = [key for key in sorted({*old, *new}) if old.get(key) != new.get(key)]
    if not keys and not also:
        return None
    return Change("~", ENTRY[kind], name, (*keys, *also), tuple((key, old.get(key), new.get(key)) for key in keys))


def entries(documents: Documents, kind: str) -> dict[str, Json]:
    """The entries of one list, by name."""
    return {document[NAMED[kind]]: document for document in documents.get(kind, ())}


def text_of(changes: Sequence[Change]) -> str:
    """The changes as text, a line each, with the values that differ below."""
    return "\n".join(line for change in changes for line in change.lines())


def _shown(value: Json) -> str:
    if value is None:
        return "–"
    said = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)
    said = " ".join(said.split())
    return said if len(said) <= SHOWN_CHARACTERS else f"{said[:SHOWN_CHARACTERS]}…"
