"""What a rule writes back to the shop once a call has its result. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from bridge.core.model import CHANGES_ORDER, BadRule, Json, WriteKind

# Nobody was reached, after the last redial.
UNREACHABLE = frozenset({"no_answer", "busy", "failed"})
NO_KEY = "none"  # as `key`: the action is meant for a call without a key
KINDS: tuple[WriteKind, ...] = ("note", "tag", "status", "confirm_order", "cancel_order", "redeliver")


@dataclass(frozen=True)
class Action:
    """One thing to write. `value`: a note's text, a tag, a status; `key`: only where the buyer pressed it."""

    kind: WriteKind
    value: str = ""
    key: str | None = None


WriteBacks = Mapping[str, tuple[Action, ...]]


def parse_write_back(document: Json, answers: Mapping[str, str]) -> WriteBacks:
    """The actions by result, or by `unreachable` for no_answer, busy and failed.

    answers   the rule's keys in words
    Errors    BadRule: an action that is none, or two; a change of the order that is not asked for twice, or by a key
              that means another result
    """
    return {
        result: tuple(
            _action(entry, f"write_back.{result}[{n}]", result, answers) for n, entry in enumerate(entries or ())
        )
        for result, entries in (document or {}).items()
    }


def with_fallback(write_back: WriteBacks, note: str | None) -> WriteBacks:
    """The same, and this note wherever nobody was reached."""
    if note is None:
        return write_back
    unreached = {"unreachable", *UNREACHABLE & write_back.keys()}
    return {**write_back, **{result: (*write_back.get(result, ()), Action("note", note)) for result in unreached}}


def actions_for(write_back: WriteBacks, result: str, key: str | None) -> tuple[tuple[int, Action], ...]:
    """(position, action) of each that this result has; the result's own word goes before `unreachable`."""
    name = result if result in write_back or result not in UNREACHABLE else "unreachable"
    return tuple(
        (n, action)
        for n, action in enumerate(write_back.get(name, ()))
        if action.key is None or action.key == (key or NO_KEY)
    )


def results_of(write_back: WriteBacks) -> frozenset[str]:
    """The results for which something is written."""
    named = set(write_back)
    return frozenset(named | UNREACHABLE if "unreachable" in named else named)


def _action(entry: Mapping[str, Json], where: str, result: str, answers: Mapping[str, str]) -> Action:
    kinds = [kind for kind in KINDS if kind in entry]
    if len(kinds) != 1:
        raise BadRule(where, f"must hold one action, of {', '.join(KINDS)}; write a list entry for each")
    kind, key = kinds[0], entry.get("key")
    value = entry[kind] if isinstance(entry[kind], str) else ""
    if kind in CHANGES_ORDER and key is None:
        raise BadRule(
            where,
            f"{kind} changes the order itself, so say it twice: write the key that the buyer presses beside it, such"
            f' as {{{kind}: {value or "true"}, key: "2"}}; key: "{NO_KEY}" where no key is pressed',
        )
    if key not in (None, NO_KEY) and answers.get(key, "answered") != result:
        meant = f"means {answers[key]}" if key in answers else "has no meaning in answers"
        raise BadRule(where, f"key {key} {meant}, so that it never comes with the result {result}")
    return Action(kind, value, key)
