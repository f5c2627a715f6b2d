"""A rule as somebody edits it on a page: its text, what is wrong in it, and the rules as they would stand with it."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from bridge.configuration.changes import entries
from bridge.configuration.files import Configuration, in_order, read_files
from bridge.configuration.lint import Finding
from bridge.configuration.rule_flaws import Seen, find_rule_flaws
from bridge.core.model import Json
from bridge.lib.jsonschema import schema
from bridge.lib.yamltext import read_text, write_yaml
from bridge.platforms import list_names
from bridge.rules.rule import Rule, parse_rule

_QUOTED_ON = re.compile(r"^( *)'on':", re.MULTILINE)  # which YAML 1.1 takes for true, and files here for a word

FILE = "rules.yaml"  # what findings call the text
MOST_CHARACTERS = 100_000
_ONLY_RULES = "a page edits rules alone; write this into a file, and apply it"
_ONLY_RULES_VI = "trang này chỉ sửa quy tắc; hãy ghi phần này vào một tệp rồi apply"
_NO_RULE = "there is no rule in it; write one below rules:"
_NO_RULE_VI = "chưa có quy tắc nào; hãy viết một quy tắc dưới rules:"


@dataclass(frozen=True, repr=False)
class Draft:
    """A text of rules that was read. `documents` hold only what the schema accepts: use them where `is_sound`."""

    documents: Sequence[Json]
    findings: Sequence[Finding]

    @property
    def is_sound(self) -> bool:
        return all(finding.warning for finding in self.findings)

    def rules(self) -> list[Rule]:
        """Compiled. BadRule where it is not sound."""
        return [parse_rule(document) for document in self.documents]


def text_of_rule(document: Json) -> str:
    """The rule as YAML, its keys in the order of the schema; comments that it was written with are not stored."""
    order = list(schema("config")["$defs"]["rule"]["properties"])
    keys = sorted(document, key=lambda key: order.index(key) if key in order else len(order))
    whole = {"rules": [{key: document[key] for key in keys}]}
    written = write_yaml(whole)
    plain = _QUOTED_ON.sub(r"\1on:", written)
    return plain if read_text(plain, FILE).document == read_text(written, FILE).document else written


def mark_of(live: Mapping[str, Any], name: str) -> str:
    """What tells whether the rule of this name still stands as it did; "" where there is none."""
    document = entries(live, "rules").get(name)
    return hashlib.sha256(text_of_rule(document).encode()).hexdigest()[:16] if document else ""


def read_draft(text: str, live: Mapping[str, Any], seen: Seen, *, rules_alone: bool = True) -> Draft:
    """Read the text as `check` reads a file, beside the sources that stand; `seen` as for `find_rule_flaws`.

    rules_alone  whether anything but rules is a mistake; else it is checked, and of no account
    """
    known = [document["id"] for document in live["sources"]]
    platforms = list_names()
    written, findings = read_files([(FILE, text)], parse_rule, platforms, known)
    beside = replace(written, sources=tuple(live["sources"]))
    found = [*findings, *find_rule_flaws(beside, seen), *(_misplaced(written) if rules_alone else ())]
    if not found and not written.rules:
        found.append(Finding(FILE, 1, 1, "rules", _NO_RULE, vietnamese=_NO_RULE_VI))
    return Draft(written.rules, in_order(found, [(FILE, text)]))


def with_draft(live: Mapping[str, Any], name: str, draft: Draft) -> list[Json]:
    """The rules as they would stand: the draft's in the place of the rule `name`, and of those of their own names.

    name  "" for a new rule, which comes last. A rule that the draft names otherwise is renamed.
    """
    named = entries({"rules": draft.documents}, "rules")
    rules: list[Json] = []
    for document in live["rules"]:
        if document["rule"] == name:
            rules += [one for key, one in named.items() if key == name or key not in entries(live, "rules")]
            named = {key: one for key, one in named.items() if one not in rules}
        elif document["rule"] in named:
            rules.append(named.pop(document["rule"]))
        else:
            rules.append(document)
    return [*rules, *named.values()]


def _misplaced(written: Configuration) -> Iterator[Finding]:
    for kind in ("sources", "hotlines", "webhooks"):
        for _, spot in written.each(kind):
            yield replace(spot.finding(_ONLY_RULES), vietnamese=_ONLY_RULES_VI)
    if written.templates or written.reports or written.holidays:
        yield Finding(FILE, 1, 1, ".", _ONLY_RULES, vietnamese=_ONLY_RULES_VI)
