"""A rule as a configuration file writes it, compiled: its topics, condition, `datas`, and when it may ring. Pure."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta

from bridge.core.model import BadRule, Json
from bridge.core.schedule import Window, parse_duration, parse_windows
from bridge.rules.mapping import Condition, Paths, Value, compile_condition, compile_paths, compile_value
from bridge.rules.write_back import WriteBacks, parse_write_back, with_fallback

DEFAULT_TO = ["order.phone", "customer.phone"]
DEFAULT_CANCEL_ON = ("order.cancelled", "order.deleted")
# What a carrier says last of a parcel: it ends what waits, whatever else ends it.
ENDS_ALL = frozenset({"delivery.delivered", "delivery.returned"})
ONCE_PER = ("order", "order+topic", "phone+day")
WHOLE = 10_000
SAMPLE = re.compile(r"\s*(\d{1,3}(?:\.\d{1,2})?)\s*%\s*(?:-\s*(\d{1,3}(?:\.\d{1,2})?)\s*%\s*)?")


@dataclass(frozen=True)
class Redial:
    """Ring again after a call that ended `on` one of these results, at most `times`, `every` so long after its end."""

    on: frozenset[str]
    times: int
    every: timedelta


@dataclass(frozen=True)
class Batch:
    """Place up to `size` calls with one request; the first of them waits for the others at most for `wait`."""

    size: int
    wait: timedelta


@dataclass(frozen=True)
class Sample:
    """The share of orders that a rule takes, in hundredths of a percent from `first` up to `end`, which is not in it.

    An order stands at the same place for all rules, so that 0 to 10% and 10 to 100% share the orders among them.
    """

    first: int
    end: int

    def takes(self, source_id: str, order_id: str) -> bool:
        digest = hashlib.sha256(f"{source_id}\n{order_id}".encode("utf-8", "surrogatepass")).digest()
        return self.first <= int.from_bytes(digest[:8], "big") % WHOLE < self.end


@dataclass(frozen=True, repr=False)
class Rule:
    """One rule, compiled. `document` is its entry in the file; `once_per` one of ONCE_PER or a compiled text.

    write_back   with the note of `fallback`, where nobody was reached
    """

    name: str
    document: Mapping[str, Json]
    enabled: bool
    template: str
    hotline: str | None
    sources: frozenset[str] | None
    on: frozenset[str]
    when: Condition | None
    to: Paths
    datas: Mapping[str, Value]
    after: timedelta
    within: timedelta
    windows: tuple[Window, ...]
    advertising: bool
    once_per: str | Value
    cancel_on: frozenset[str]
    cooldown: timedelta
    max_per_day: int | None
    abroad: bool
    after_delivery: bool
    max_time: int
    max_waiting_time: int
    redial: Redial | None
    answers: Mapping[str, str]
    batch: Batch | None = None
    sample: Sample | None = None
    hour: str | None = None
    reads_buyer: bool = False
    write_back: WriteBacks = field(default_factory=dict)

    @property
    def fallback_webhook(self) -> str | None:
        """The webhook that is told once nobody was reached."""
        name: str | None = (self.document.get("fallback") or {}).get("webhook")
        return name

    def listens(self, source_id: str) -> bool:
        return self.enabled and (self.sources is None or source_id in self.sources)


def parse_rule(document: Mapping[str, Json]) -> Rule:
    """The rule that a document, valid by schemas/config.schema.json, describes.

    Errors   BadRule: `where` is the path inside the rule, with line and column inside that text if known.
    """
    on = frozenset(document["on"])
    return Rule(
        name=document["rule"],
        document=document,
        enabled=document.get("enabled", True),
        template=document["template"],
        hotline=document.get("hotline"),
        sources=frozenset(document["sources"]) if document.get("sources") is not None else None,
        on=on,
        when=compile_condition(document["when"], "when") if document.get("when") is not None else None,
        to=compile_paths(_buyers(_as_list(document.get("to", DEFAULT_TO))), "to"),
        datas={key: compile_value(spec, f"datas.{key}") for key, spec in document.get("datas", {}).items()},
        after=_duration(document, "after", "0"),
        within=_duration(document, "within", "24h"),
        windows=_windows(document),
        advertising=document.get("advertising", False),
        once_per=_once_per(document.get("once_per", "order+topic" if "delivery.failed" in on else "order")),
        cancel_on=_cancel_on(document) - on,
        cooldown=_duration(document, "cooldown", "10m"),
        max_per_day=document.get("max_per_day"),
        abroad=document.get("abroad", False),
        after_delivery=document.get("after_delivery", False),
        max_time=document.get("max_time", -1),
        max_waiting_time=document.get("max_waiting_time", 30),
        redial=_redial(document.get("redial")),
        answers=dict(document.get("answers") or {}),
        batch=_batch(document.get("batch")),
        sample=_sample(document.get("sample")),
        hour=document.get("hour"),
        reads_buyer=_names_buyer(document),
        write_back=_write_back(document),
    )


def _cancel_on(document: Mapping[str, Json]) -> frozenset[str]:
    explicit = document.get("cancel_on")
    ends = frozenset({"delivery.returned"}) if document.get("after_delivery", False) else ENDS_ALL
    return frozenset(DEFAULT_CANCEL_ON if explicit is None else explicit) | ends


def _sample(text: Json) -> Sample | None:
    """ "10%" is the first tenth, "10%-100%" all others."""
    if text is None:
        return None
    found = SAMPLE.fullmatch(str(text))
    ends = [round(float(part) * 100) for part in found.groups() if part is not None] if found else []
    first, end = (0, *ends) if len(ends) == 1 else tuple(ends or (0, 0))
    if not 0 <= first < end <= WHOLE:
        raise BadRule("sample", "is no share of the orders; write for example 10%, or 10%-100% for all others")
    return Sample(first, end)


def _names_buyer(document: Mapping[str, Json]) -> bool:
    """Whether a text of the rule may ask for the buyer: only then is the ledger looked into."""
    parts = (document.get(key) for key in ("when", "datas", "once_per"))
    return any("buyer" in repr(part) for part in parts if part is not None)


def _once_per(text: str) -> str | Value:
    return text if text in ONCE_PER else compile_value(text, "once_per")


def _duration(document: Mapping[str, Json], key: str, default: str) -> timedelta:
    try:
        return parse_duration(document.get(key, default))
    except ValueError as error:
        raise BadRule(key, str(error)) from None


def _redial(document: Json) -> Redial | None:
    if document is None:
        return None
    try:
        every = parse_duration(document["every"])
    except ValueError as error:
        raise BadRule("redial.every", str(error)) from None
    return Redial(frozenset(document["on"]), document["times"], every)


def _write_back(document: Mapping[str, Json]) -> WriteBacks:
    written = parse_write_back(document.get("write_back"), document.get("answers") or {})
    return with_fallback(written, (document.get("fallback") or {}).get("note"))


def _batch(document: Json) -> Batch | None:
    if document is None:
        return None
    try:
        return Batch(document["size"], parse_duration(document["wait"]))
    except ValueError as error:
        raise BadRule("batch.wait", str(error)) from None


def _windows(document: Mapping[str, Json]) -> tuple[Window, ...]:
    try:
        return parse_windows(document.get("window"))
    except ValueError as error:
        raise BadRule("window", str(error)) from None


def _buyers(paths: list[Json]) -> list[Json]:
    """These paths, none of which leads to a carrier's word. Errors: BadRule"""
    for n, path in enumerate(paths):
        if str(path).strip().startswith("parcel"):
            problem = "is the courier's number, who is never called; write order.phone"
            raise BadRule(f"to[{n}]" if len(paths) > 1 else "to", problem)
    return paths


def _as_list(value: Json) -> list[Json]:
    return value if isinstance(value, list) else [value]
