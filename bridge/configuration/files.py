"""Configuration files: read, checked and merged, with a place in a file for everything that is wrong."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any

from bridge.configuration.changes import NAMED
from bridge.configuration.lint import (
    PLACEHOLDER,
    CompileRule,
    Entry,
    Finding,
    Spot,
    check_carriers,
    check_rule,
    check_source,
    dotted,
    repeated,
    shared_topics,
)
from bridge.configuration.receivers import RECEIVERS, check_fallback, check_receiver
from bridge.core.model import Json
from bridge.lib.jsonschema import problems, schema
from bridge.lib.yamltext import BadText, read_text


@dataclass(frozen=True, repr=False)
class Configuration:
    """Several files as one: documents as written, with `${NAME}` unexpanded; whole numbers are int.

    `spots` holds, for each list of entries, where they stand.
    """

    sources: tuple[Entry, ...] = ()
    hotlines: tuple[Entry, ...] = ()
    holidays: tuple[str, ...] = ()
    rules: tuple[Entry, ...] = ()
    webhooks: tuple[Entry, ...] = ()
    notify: tuple[Entry, ...] = ()
    templates: Mapping[str, str] = field(default_factory=dict)
    reports: Mapping[str, Json] = field(default_factory=dict)
    spots: Mapping[str, tuple[Spot, ...]] = field(default_factory=dict, compare=False)

    def each(self, kind: str) -> list[tuple[Entry, Spot]]:
        """The entries of one list, such as "rules", each with its spot."""
        return list(zip(getattr(self, kind), self.spots[kind], strict=True))


def read_files(
    texts: Sequence[tuple[str, str]],
    compile_rule: CompileRule,
    platforms: Collection[str],
    known_sources: Collection[str] = (),
) -> tuple[Configuration, list[Finding]]:
    """Merge files, given as (name, text), into one configuration; return it with everything that is wrong in them.

    `compile_rule` raises BadRule, and must take a rule of a few fields too; `platforms` are those that this version
    has; `known_sources` are ids that rules may name though no file defines them. Entries that the schema refuses are
    left out of the configuration: use it only where no finding is an error.
    """
    findings: list[Finding] = []
    roots = [root for name, text in texts if (root := _read(name, text, findings))]
    configuration = _merge(roots, findings)
    sources = {*known_sources, *_written_ids(roots)}
    for source, spot in configuration.each("sources"):
        findings += check_source(source, spot, platforms)
    findings += check_carriers(configuration.each("sources"), known_sources)
    webhooks = [webhook["name"] for webhook in configuration.webhooks]
    for rule, spot in configuration.each("rules"):
        findings += check_fallback(rule, spot, webhooks)
        findings += check_rule(rule, spot, sources, compile_rule)
    for group in RECEIVERS:
        for entry, spot in configuration.each(group):
            findings += check_receiver(group, entry, spot)
    for kind, key in NAMED.items():
        findings += repeated(configuration.each(kind), key)
    findings += shared_topics(configuration.each("rules"))
    return configuration, in_order(findings, texts)


def in_order(findings: Sequence[Finding], texts: Sequence[tuple[str, str]]) -> list[Finding]:
    """The findings as they stand in the files, none twice."""
    order = {name: number for number, (name, _) in enumerate(texts)}
    placed = sorted(findings, key=lambda found: (order[found.file], found.line, found.column))
    return list({(found.file, found.path, found.message): found for found in placed}.values())


def expand(configuration: Configuration, environment: Mapping[str, str]) -> tuple[Configuration, list[Finding]]:
    """Put the environment's values for `${NAME}` into whatever may be secret; a finding where one is not set.

    Other text stays as it is, `…` too, which stands for the stored secret.
    """
    findings: list[Finding] = []
    sources = []
    for source, spot in configuration.each("sources"):
        filled = dict(source)
        for key in {"secrets", "settings"} & source.keys():
            filled[key] = _fill(source[key], environment, spot.below(key), findings)
        sources.append(filled)
    told: dict[str, Any] = {
        group: tuple(_fill_receiver(group, *each, environment, findings) for each in configuration.each(group))
        for group in RECEIVERS
    }
    findings.sort(key=lambda found: (found.file, found.line, found.column))
    return replace(configuration, sources=tuple(sources), **told), findings


def credentials(platform: str) -> frozenset[str]:
    """The names of those settings of a platform that are secret: to be stored encrypted, and never shown."""
    settings = schema("config")["$defs"].get(f"settings_{platform}", {"properties": {}})
    return frozenset(name for name, about in settings["properties"].items() if about.get("writeOnly"))


def _read(name: str, text: str, findings: list[Finding]) -> Spot | None:
    try:
        return Spot(name, read_text(text, name))
    except BadText as error:
        findings.append(Finding(name, error.line, error.column, dotted(error.at, None), error.problem))
        return None


def _merge(roots: list[Spot], findings: list[Finding]) -> Configuration:
    entries: dict[str, list[Entry]] = {kind: [] for kind in NAMED}
    spots: dict[str, list[Spot]] = {kind: [] for kind in NAMED}
    holidays: list[str] = []
    groups: dict[str, dict[str, Json]] = {"templates": {}, "reports": {}}
    for root in roots:
        refused = {""}
        for problem in problems(root.marked.document, "config"):
            place = root.marked.keys.get(problem.pointer) if problem.key else None
            findings.append(replace(root, at=problem.pointer).finding(problem.problem, place=place))
            refused |= {"/".join(problem.pointer.split("/")[:3]), problem.pointer}
        for kind in NAMED:
            for number, entry in enumerate(_list(root, kind)):
                if f"/{kind}/{number}" not in refused:
                    entries[kind].append(_whole_numbers(entry))
                    spots[kind].append(root.below(kind, number))
        for kind, group in groups.items():
            if f"/{kind}" not in refused and isinstance(root.marked.document, Mapping):
                group.update(_whole_numbers(root.marked.document.get(kind) or {}))
        holidays += [day for number, day in enumerate(_list(root, "holidays")) if f"/holidays/{number}" not in refused]
    return Configuration(
        sources=tuple(entries["sources"]),
        hotlines=tuple(entries["hotlines"]),
        holidays=tuple(dict.fromkeys(holidays)),
        rules=tuple(entries["rules"]),
        webhooks=tuple(entries["webhooks"]),
        notify=tuple(entries["notify"]),
        templates=groups["templates"],
        reports=groups["reports"],
        spots={kind: tuple(found) for kind, found in spots.items()},
    )


def _list(root: Spot, kind: str) -> list[Json]:
    found = root.marked.document.get(kind)
    return found if isinstance(found, list) else []


def _written_ids(roots: list[Spot]) -> Iterator[str]:
    for root in roots:
        for source in _list(root, "sources"):
            if isinstance(source, dict) and isinstance(source.get("id"), str):
                yield source["id"]


def _whole_numbers(value: Json) -> Json:
    # The schema lets 5.0 through where it wants a whole number, as JSON Schema does.
    if isinstance(value, dict):
        return {key: _whole_numbers(part) for key, part in value.items()}
    if isinstance(value, list):
        return [_whole_numbers(part) for part in value]
    return int(value) if isinstance(value, Decimal) else value


def _fill_receiver(
    group: str, entry: Entry, spot: Spot, environment: Mapping[str, str], findings: list[Finding]
) -> Entry:
    """What the values make wrong is a finding too."""
    unset: list[Finding] = []
    filled: Entry = _fill(entry, environment, spot, unset)
    known = list(check_receiver(group, entry, spot))
    findings += unset or [found for found in check_receiver(group, filled, spot) if found not in known]
    return filled


def _fill(value: Json, environment: Mapping[str, str], spot: Spot, findings: list[Finding]) -> Json:
    if isinstance(value, dict):
        return {key: _fill(part, environment, spot.below(key), findings) for key, part in value.items()}
    if isinstance(value, list):
        return [_fill(part, environment, spot.below(number), findings) for number, part in enumerate(value)]
    if not isinstance(value, str):
        return value
    for name in PLACEHOLDER.findall(value):
        if not environment.get(name):
            state = "is empty" if name in environment else "is not set"
            findings.append(spot.finding(f"the environment variable {name} {state}; set it to the value meant here"))
    return PLACEHOLDER.sub(lambda match: environment.get(match[1], ""), value)
