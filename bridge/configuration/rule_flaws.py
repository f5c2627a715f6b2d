"""Flaws of rules: paths and kinds that no sample order of their sources fits."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime
from functools import cache, reduce

from bridge.configuration.files import Configuration
from bridge.configuration.lint import Finding, find_in_rule, parts_of
from bridge.configuration.write_back_flaws import write_flaws
from bridge.core.model import BadPayload, BadRule, BadSignature, Json, Request, Source
from bridge.platforms import find_platform, parcels_of
from bridge.platforms.shared.sample import sample_document
from bridge.rules import names as usual
from bridge.rules.document import event_document
from bridge.rules.lint import RuleFlaw, rule_flaws
from bridge.rules.liquid.kinds import Names
from bridge.rules.rule import Rule, parse_rule
from bridge.rules.shapes import Shape, either, event_shape, platform_shape, with_fields, with_raw, with_samples

# What generic fills whatever its `fields` name.
GENERIC = ("order.id", "order.number", "order.state", "order.currency", "order.test", "order.in_store")
Seen = Mapping[str, Sequence[Mapping[str, Json]]]
GIVEN = ("event", "source")
MADE_AT = datetime(2026, 1, 1, tzinfo=UTC)  # of the sample orders: no flaw depends on it


def find_rule_flaws(configuration: Configuration, seen: Seen | None = None) -> Iterator[Finding]:
    """A finding for each flaw in those texts of rules that compile; what does not is a finding of `read_files`.

    seen   by source, the documents of its newest stored orders, where a database is at hand
    """
    written = {entry["id"]: entry for entry in configuration.sources}
    for entry, spot in configuration.each("rules"):
        named = entry.get("sources") or list(written)
        sources = [_source(written[name]) for name in named if name in written]
        is_known = len(sources) == len(named)
        for part in parts_of(entry):
            try:
                rule = parse_rule(part)
            except BadRule:
                continue
            yield from (
                find_in_rule(spot, flaw) for flaw in flaws_of_rule(rule, sources if is_known else (), seen or {})
            )
        if is_known and sources:
            with suppress(BadRule):  # a finding of `read_files`
                carriers = _carriers_of(written, sources)
                yield from (find_in_rule(spot, flaw) for flaw in _write_flaws(entry, sources, carriers))


def _carriers_of(written: Mapping[str, Mapping[str, Json]], sources: Sequence[Source]) -> list[Source]:
    """The carriers among these sources, and those whose parcels may belong to their orders."""
    live = {name: _source(one) for name, one in written.items()}
    ids = {source.id for source in sources}
    return [live[name] for name, shops in parcels_of(live).items() if name in ids or ids.intersection(shops)]


def _source(entry: Mapping[str, Json]) -> Source:
    return Source(entry["id"], entry["platform"], settings=entry.get("settings", {}))


def _write_flaws(
    entry: Mapping[str, Json], sources: Sequence[Source], carriers: Sequence[Source]
) -> Iterator[RuleFlaw]:
    answers, note = entry.get("answers"), (entry.get("fallback") or {}).get("note")
    yield from write_flaws(entry.get("write_back") or {}, answers, sources, carriers)
    if note is not None:
        for flaw in write_flaws({"unreachable": [{"note": note}]}, answers, sources, carriers):
            yield replace(flaw, where="fallback.note")


def flaws_of_rule(rule: Rule, sources: Iterable[Source], seen: Seen) -> Iterator[RuleFlaw]:
    """Each flaw of a rule for these sources; without any, what no order of whatever source can have."""
    known = list(sources)
    shapes = [_shape_of(source, seen.get(source.id, ())) for source in known]
    root = reduce(either, shapes) if shapes else event_shape()
    aliases = dict(usual.PATHS)
    for source in known:
        platform = find_platform(source.platform)
        aliases |= platform.names if platform else {}
    platforms = ", ".join(dict.fromkeys(source.platform for source in known))
    looked_at = min((len(seen.get(source.id, ())) for source in known), default=0)
    documented = reduce(either, (platform_shape(source.platform) for source in known)) if known else event_shape()
    yield from rule_flaws(rule, root, Names(aliases, platforms, looked_at, documented))


def _shape_of(source: Source, seen: Sequence[Mapping[str, Json]]) -> Shape:
    platform = find_platform(source.platform)
    fields = (platform.completed(source) if platform else source).settings.get("fields")
    if isinstance(fields, Mapping) and fields:
        given = [f"{group}.{name}" for group in GIVEN for name in event_shape().fields[group].fields]
        return with_raw(with_fields(event_shape(), [*fields, *GENERIC, *given]), seen)
    return (
        with_samples(event_shape(), [*_sample_documents(source.platform), *seen]) if seen else _sampled(source.platform)
    )


@cache
def _sampled(platform: str) -> Shape:
    return with_samples(event_shape(), _sample_documents(platform))


@cache
def _sample_documents(name: str) -> list[dict[str, Json]]:
    """The platform's sample order in each of its states, as rules see it."""
    platform = find_platform(name)
    if platform is None:
        return []
    source = Source("sample", name, ("sample",), platform.sample.settings)
    fetched = {name: json.dumps(one).encode() for name, one in platform.sample.fetched(MADE_AT).items()}
    found = []
    for word in platform.topics:
        try:
            document, headers = platform.sample.fitted(sample_document(platform, word, MADE_AT), source)
            body = json.dumps(document).encode()
            signed = platform.sign(body, word, source, MADE_AT) if platform.sends else ()
            reading = platform.read(Request("POST", "", "", (*signed, *headers), body, fetched), source, MADE_AT)
        except (ValueError, BadPayload, BadSignature):
            continue
        found += [event_document(event, source) for event in reading.events if event.order is not None]
    return found
