"""The sentence of each reason code, as a shopkeeper understands it, in Vietnamese and in English.

A template names facts in braces; a part in square brackets is said only where all its facts are known.
Facts are never personal data: no name, phone number or address.
"""

from __future__ import annotations

import re
from datetime import datetime
from zoneinfo import ZoneInfo

from bridge.core.model import DEFAULT_ZONE
from bridge.core.reasons.calls import ENDS, RESULTS, UNSURE, WAITS
from bridge.core.reasons.decisions import CANCELS, DECISIONS, MAPPINGS, PASSED, PHONES, SOURCES
from bridge.core.reasons.deliveries import DELIVERIES, MISADDRESSED, POLLS, REFUSED, STOPS
from bridge.core.reasons.fetches import FETCHES
from bridge.core.reasons.hearing import HEARING
from bridge.core.reasons.problems import problem_vi
from bridge.core.reasons.records import RECORDS
from bridge.core.reasons.writes import WRITES

SENTENCES = DECISIONS | PHONES | PASSED | MAPPINGS | SOURCES | CANCELS | ENDS | RESULTS | UNSURE | WAITS | RECORDS
SENTENCES |= DELIVERIES | MISADDRESSED | REFUSED | STOPS | POLLS | FETCHES | HEARING | WRITES


def sentence(code: str, /, language: str, **facts: object) -> str:
    """Return the sentence of a reason code in `vi` or, for any other language, in English.

    Facts    field, rule, topic, method (of payment, in the shop's words), template, call, order (its number),
             marketplace, detail, pointer, key, rings, tries, others, platform, failures,
             orders, parcels, unjoined (how many), currency, usual (a share);
             `detail_reason`: the reason code that says `detail`, which is English, in Vietnamese;
             `because`: the reason code behind this one;
             at, asked_at, not_after: an aware datetime or ISO 8601 text, said in the time zone `timezone`
             (default Asia/Ho_Chi_Minh). Never personal data.
    Errors   none: the part of an unknown fact is left out, or said as “…”; an unknown code is named as it is.
    """
    is_vietnamese = language.lower().startswith("vi")
    if code not in SENTENCES:
        return f"Lý do: {code}." if is_vietnamese else f"Reason: {code}."
    template = SENTENCES[code][0 if is_vietnamese else 1]
    zone = str(facts.get("timezone") or DEFAULT_ZONE)
    known = {name: _said(value, zone, is_vietnamese) for name, value in facts.items() if value not in (None, "", code)}
    if is_vietnamese and known.get("detail_reason") in SENTENCES:
        said = sentence(known["detail_reason"], language, **{**facts, "detail_reason": None})
        known["detail"] = (said[:1].lower() + said[1:]).removesuffix(".")
    if is_vietnamese and code in ("read_around", "bad_payload") and "detail" in known:
        known["detail"] = problem_vi(known["detail"])
    if "because" in known:
        inner = {name: value for name, value in facts.items() if name != "because"}
        known["because"] = sentence(known["because"], language, **inner).removesuffix(".")
    whole = _OPTIONAL.sub(lambda part: part[1] if set(_FACT.findall(part[1])) <= known.keys() else "", template)
    return _FACT.sub(lambda fact: known.get(fact[1], "…"), whole)


def cause(code: str, /, language: str, **facts: object) -> str:
    """The sentence of a reason without its verdict ("Not called: ") and its stop, as a part of another sentence."""
    said = sentence(code, language, **facts).removesuffix(".")
    return said.removeprefix("Not called: ").removeprefix("Không gọi: ")


_OPTIONAL = re.compile(r"\[([^\[\]]*)\]")
_FACT = re.compile(r"\{(\w+)\}")
_INSTANT = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d(?::\d\d(?:\.\d{1,6})?)?(?:Z|[+-]\d\d:?\d\d)")


def _said(value: object, zone: str, is_vietnamese: bool) -> str:
    # A sentence has its own stop; a detail that brings one would make two.
    text = " ".join(str(value).split()).rstrip(".")
    try:
        instant = datetime.fromisoformat(text) if _INSTANT.fullmatch(text) else None
        local = instant.astimezone(ZoneInfo(zone)) if instant else None
    except (ValueError, OverflowError, KeyError, OSError):
        return text
    if local is None:
        return text
    return f"{local:%H:%M ngày %d/%m/%Y}" if is_vietnamese else f"{local:%H:%M on %-d %B %Y}"
