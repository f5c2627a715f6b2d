"""What the entries of a configuration must be to each other and to the world, beyond their schema.

Entries are documents that schemas/config.schema.json accepts; each comes with the spot where it was written.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from phonenumbers import SUPPORTED_REGIONS

from bridge.core.model import BadRule, Json, Source
from bridge.core.reasons.problems import finding_vi
from bridge.core.schedule import next_permitted, parse_duration, parse_windows
from bridge.lib.jsonschema import nearest, pointer
from bridge.lib.yamltext import Marked, Place, place_in_text
from bridge.lib.zones import zone_names
from bridge.platforms import find_platform, is_carrier
from bridge.rules.lint import RuleFlaw

Entry = dict[str, Json]
CompileRule = Callable[[Entry], object]

ANY_DAY = datetime(2026, 1, 5, tzinfo=UTC)  # a window recurs each week
KEPT = "…"  # a credential in an applied file that stands for the stored one
PLACEHOLDER = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)\}")


@dataclass(frozen=True)
class Finding:
    """One thing that is wrong, or doubtful, at a place in a file. `path` is dotted: "rules[0].datas.total".

    vietnamese   the message in Vietnamese, where it is not put together from clauses
    """

    file: str
    line: int
    column: int
    path: str
    message: str
    warning: bool = False
    vietnamese: str | None = None

    def __str__(self) -> str:
        return self.said("en")

    def said(self, language: str) -> str:
        """The finding in `vi` or, for any other language, in English: `file:line:col: path: message`."""
        is_vietnamese = language == "vi"
        kind = ("cảnh báo: " if is_vietnamese else "warning: ") if self.warning else ""
        return f"{self.file}:{self.line}:{self.column}: {self.path}: {kind}{self.message_in(language)}"

    def message_in(self, language: str) -> str:
        return (self.vietnamese or finding_vi(self.message)) if language == "vi" else self.message


@dataclass(frozen=True, repr=False)
class Spot:
    """Where a value of the merged configuration was written: the file, and the pointer in it."""

    file: str
    marked: Marked
    at: str = ""

    def below(self, *steps: str | int) -> Spot:
        return replace(self, at=self.at + pointer(steps))

    def place(self) -> Place:
        """Where the value begins; for a value that is absent, the nearest one around it."""
        at = self.at
        while at not in self.marked.marks:
            at = at.rpartition("/")[0]
        return self.marked.marks[at]

    def finding(self, message: str, *, place: Place | None = None, warning: bool = False) -> Finding:
        path = dotted(self.at, self.marked.document)
        return Finding(self.file, *(place or self.place()), path, message, warning)


def check_source(source: Entry, spot: Spot, platforms: Collection[str]) -> Iterator[Finding]:
    """Whether its platform is in this version, its zone and country exist, and its `${NAME}` can be read."""
    if source["platform"] not in platforms:
        available = ", ".join(sorted(platforms))
        yield spot.below("platform").finding(f"this platform is not in this version; write one of: {available}")
    yield from check_zone(source, spot)
    if source.get("country", "VN") not in SUPPORTED_REGIONS:
        yield spot.below("country").finding("not a country; write its two ISO 3166 letters, such as VN")
    yield from _flaws(source, spot)
    for key in ("secrets", "settings"):
        for text, place in texts_within(source.get(key), spot.below(key)):
            if "${" in PLACEHOLDER.sub("", text):
                yield place.finding("not a variable; write ${NAME}, with a name of letters, digits and _")


def check_zone(entry: Entry, spot: Spot) -> Iterator[Finding]:
    """Whether its `timezone` exists."""
    zone = entry.get("timezone")
    if zone is not None and zone not in zone_names():
        yield spot.below("timezone").finding(
            f"not a time zone{nearest(zone, zone_names()) or '; write one such as Asia/Ho_Chi_Minh'}"
        )


def _flaws(source: Entry, spot: Spot) -> Iterator[Finding]:
    """What its platform finds wrong in its settings."""
    found = find_platform(source["platform"])
    described = Source(source["id"], source["platform"], settings=source.get("settings", {}))
    for flaw in found.flaws(described) if found else ():
        yield spot.below(*flaw.where).finding(flaw.message, warning=not flaw.is_error)


def check_carriers(sources: Sequence[tuple[Entry, Spot]], known: Collection[str]) -> Iterator[Finding]:
    """Whether each carrier's parcels can find their orders. `known`: ids of sources that stand in no file."""
    carriers = {source["id"] for source, _ in sources if is_carrier(source["platform"])}
    shops = {source["id"] for source, _ in sources} | set(known)
    shops -= carriers
    for source, spot in sources:
        named = source.get("settings", {}).get("orders_of")
        if source["id"] not in carriers:
            continue
        for number, name in enumerate(named or ()):
            place = spot.below("settings", "orders_of", number)
            if name in carriers:
                yield place.finding("is a carrier, and has no orders; write the id of a shop")
            elif name not in shops:
                hint = nearest(name, shops) or f"; known are {', '.join(sorted(shops)) or 'none'}"
                yield place.finding(f"no source has this id{hint}")
        if named is None and len(shops) > 1:
            example = f"settings: {{orders_of: [{min(shops)}]}}"
            yield spot.below("settings").finding(
                f"its parcels belong to one of several shops, so none finds its order; write {example}", warning=True
            )


def check_rule(rule: Entry, spot: Spot, sources: Collection[str], compile_rule: CompileRule) -> Iterator[Finding]:
    """Whether its times fit, its sources exist and its texts compile; `sources` are all ids that it may name."""
    findings = [*_check_times(rule, spot), *_check_names(rule, spot, sources)]
    yield from findings
    yield from _compile(rule, spot, compile_rule, whole=all(found.warning for found in findings))


def parts_of(rule: Entry) -> list[Entry]:
    """The rule once for each of its texts, with that one alone."""
    frame = {key: rule[key] for key in ("rule", "template", "on")}
    parts: list[Entry] = [{key: rule[key]} for key in ("when", "to", "once_per") if key in rule]
    parts += [{"datas": {key: value}} for key, value in rule.get("datas", {}).items()]
    return [{**frame, **part} for part in parts]


def find_in_rule(rule: Spot, flaw: BadRule | RuleFlaw) -> Finding:
    """The finding of what is wrong at a field of a rule, as exact as the field's text allows."""
    place = _named(rule, flaw.where)
    value = _value(place)
    within = place_in_text(place.marked, place.at, value, flaw.line, flaw.column) if value else None
    warning = isinstance(flaw, RuleFlaw) and flaw.warning
    found = place.finding(flaw.problem, place=within if flaw.line else None, warning=warning)
    return replace(found, vietnamese=flaw.vietnamese) if isinstance(flaw, RuleFlaw) else found


def repeated(entries: Sequence[tuple[Entry, Spot]], key: str) -> Iterator[Finding]:
    """An error for each entry that is named, by `key`, like an earlier one."""
    first: dict[str, Spot] = {}
    for entry, spot in entries:
        earlier = first.setdefault(entry[key], spot)
        if earlier is not spot:
            yield spot.below(key).finding(
                f"'{entry[key]}' is also at {_shown(earlier.below(key))}; give one of them another name"
            )


def shared_topics(rules: Sequence[tuple[Entry, Spot]]) -> Iterator[Finding]:
    """A warning for each rule that an event reaches beside an earlier one; it names the first of them."""
    earlier: dict[str, list[tuple[Entry, Spot]]] = {}
    for rule, spot in rules:
        if not rule.get("enabled", True):
            continue
        for topic in rule["on"]:
            found = next((one for one in earlier.setdefault(topic, []) if _meet(one[0], rule)), None)
            if found is not None:
                also = f"rule '{found[0]['rule']}' at {_shown(found[1].below('rule'))} also has {topic}"
                yield spot.below("on").finding(f"{also} of the same source: one order may ring twice", warning=True)
                break
        for topic in rule["on"]:
            earlier.setdefault(topic, []).append((rule, spot))


def _meet(one: Entry, other: Entry) -> bool:
    """Whether both rules have a source in common, and are not the same."""
    apart = "sources" in one and "sources" in other and set(one["sources"]).isdisjoint(other["sources"])
    return not apart and one["rule"] != other["rule"]


def texts_within(value: Json, spot: Spot) -> Iterator[tuple[str, Spot]]:
    """Every text inside a value, however deep, with its spot."""
    if isinstance(value, str):
        yield value, spot
    elif isinstance(value, dict | list):
        for key, part in value.items() if isinstance(value, dict) else enumerate(value):
            yield from texts_within(part, spot.below(key))


def dotted(at: str, document: Json) -> str:
    """rules[0].datas.total for /rules/0/datas/total; "." for the whole. Without a document, a number is a position."""
    path, value = "", document
    for step in at.split("/")[1:]:
        key = step.replace("~1", "/").replace("~0", "~")
        position = key.isdigit() if document is None else isinstance(value, list)
        path += f"[{key}]" if position else f".{key}"
        value = value[int(key)] if isinstance(value, list) else value.get(key) if isinstance(value, dict) else None
    return path.removeprefix(".") or "."


def _shown(spot: Spot) -> str:
    line, column = spot.place()
    return f"{spot.file}:{line}:{column}"


def _check_times(rule: Entry, spot: Spot) -> Iterator[Finding]:
    for path in (("after",), ("within",), ("cooldown",), ("redial", "every"), ("batch", "wait")):
        value = rule.get(path[0]) if len(path) == 1 else rule.get(path[0], {}).get(path[1])
        if value is not None and _duration(value) is None:
            yield spot.below(*path).finding("longer than a year; write at most 365d")
    after, within = _duration(rule.get("after", 0)), _duration(rule.get("within", "24h"))
    if after is not None and within is not None and after >= within:
        message = "every call would be too late: after must be shorter than within"
        yield spot.below("within" if "within" in rule else "after").finding(message)
    windows = rule.get("window", {})
    place = spot.below("window" if "window" in rule else "advertising")
    for number, window in enumerate(windows if isinstance(windows, list) else [windows]):
        entry = place.below(number) if isinstance(windows, list) else place
        yield from _check_window(window, entry, advertising=rule.get("advertising", False))
    if _never_opens(windows):
        yield place.finding("no call would ever start: none starts in a window's last 60 seconds; write a longer one")


def _check_window(window: Entry, spot: Spot, *, advertising: bool) -> Iterator[Finding]:
    try:
        (parsed,) = parse_windows(window)
    except ValueError as error:
        yield spot.finding(str(error))
        return
    if advertising and (parsed.from_minute < 8 * 60 or parsed.to_minute > 17 * 60):
        yield spot.finding(
            "wider than 08:00-17:00, which advertising: true does not allow; "
            'write {from: "08:00", to: "17:00"} or narrower (the default is 08:00-20:00)'
        )


def _never_opens(windows: Json) -> bool:
    """Whether no instant of a week is permitted by these; False where one of them cannot be read."""
    try:
        parsed = parse_windows(windows)
    except ValueError:
        return False
    return next_permitted(ANY_DAY, parsed, "UTC") is None


def _duration(value: Json) -> timedelta | None:
    try:
        return parse_duration(value)
    except ValueError:
        return None


def _check_names(rule: Entry, spot: Spot, sources: Collection[str]) -> Iterator[Finding]:
    for number, name in enumerate(rule.get("sources", ())):
        if name not in sources:
            hint = nearest(name, sources) or f"; known are {', '.join(sorted(sources)) or 'none'}"
            yield spot.below("sources", number).finding(f"no source has this id{hint}")
    for number, topic in enumerate(rule["on"]):
        if topic == "test":
            yield spot.below("on", number).finding("a test message never rings", warning=True)
        if topic == "delivery.delivered" and not rule.get("after_delivery"):
            yield spot.below("on", number).finding(f"{topic} rings only with after_delivery: true; write that too")
    for number, topic in enumerate(rule.get("cancel_on", ())):
        if topic in rule["on"]:
            yield spot.below("cancel_on", number).finding(
                f"{topic} is also in on: it cannot start a call and end it; take it out of one of them"
            )


def _compile(rule: Entry, spot: Spot, compile_rule: CompileRule, *, whole: bool) -> Iterator[Finding]:
    # Compiling stops at the first error: so each field alone, then, if nothing else is wrong, all together.
    found = [error for part in parts_of(rule) if (error := _compile_error(part, compile_rule))]
    if whole and not found:
        found = [error for error in [_compile_error(rule, compile_rule)] if error]
    yield from (find_in_rule(spot, error) for error in found)


def _compile_error(rule: Entry, compile_rule: CompileRule) -> BadRule | None:
    try:
        compile_rule(rule)
    except BadRule as error:
        return error
    return None


def _named(rule: Spot, where: str) -> Spot:
    """The spot of a field that BadRule names: "when", "datas.total", "datas.total.from[1]"."""
    marked = rule.marked
    prefix = dotted(rule.at, marked.document)
    known = {dotted(at, marked.document): at for at in marked.marks if at.startswith(f"{rule.at}/")}
    while where and f"{prefix}.{where}" not in known:
        where = re.sub(r"(^|\.|\[)[^.\[]*$", "", where)
    return replace(rule, at=known.get(f"{prefix}.{where}", rule.at))


def _value(spot: Spot) -> str | None:
    value = spot.marked.document
    for step in spot.at.split("/")[1:]:
        value = value[int(step)] if isinstance(value, list) else value[step.replace("~1", "/").replace("~0", "~")]
    return value if isinstance(value, str) else None
